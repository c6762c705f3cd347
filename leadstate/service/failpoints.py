"""The named commit points: the moments at which a crash must do no harm.

Each use case says when it hits one.  Normally nothing happens.  With
``LEADSTATE_KILL_AT=NAME`` (or ``NAME:3`` for the third time) in the environment the
process kills itself there with SIGKILL, as a power failure would; the acceptance tests
do that at every point and start again.
"""

from __future__ import annotations

import os
import signal
from typing import Final

__all__ = [
    "BACKUP_POINTS",
    "BATCH_POINTS",
    "PAST_POINTS",
    "POINTS",
    "TIMER_POINTS",
    "hit",
]

POINTS: Final = (
    "receive.before_commit",
    "receive.after_commit",
    "advance.after_read",
    "advance.before_commit",
    "advance.after_commit",
    "push.before_claim",
    "push.after_claim",
    "push.after_write",
    "push.before_settle",
    "push.after_settle",
    "poll.before_commit",
    "poll.after_commit",
)

TIMER_POINTS: Final = ("sweep.before_commit", "sweep.after_commit")
"""Those that are hit only when a timer comes due."""

PAST_POINTS: Final = (
    "past.before_gather",
    "past.after_gather",
    "past.before_build",
    "past.after_build",
)
"""Those that are hit only while a past is taken in."""

BATCH_POINTS: Final = (
    "batch.after_begin",
    "batch.before_part",
    "batch.after_part",
    "batch.before_end",
    "batch.after_end",
)
"""Those that are hit only by a batch: going live, and observing again."""

BACKUP_POINTS: Final = (
    "backup.after_copy",
    "backup.before_rename",
    "restore.after_copy",
    "restore.before_replace",
    "restore.after_aside",
    "restore.after_replace",
)
"""Those that are hit only by a backup and a restore."""

_name, _, _times = os.environ.get("LEADSTATE_KILL_AT", "").partition(":")
_left = int(_times or 1)


def hit(point: str) -> None:
    """Say that a commit point is hit."""
    if point == _name:
        _die_on_the_last()


def _die_on_the_last() -> None:
    global _left  # noqa: PLW0603 - one countdown per process
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
