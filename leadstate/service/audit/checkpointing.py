"""Make signed checkpoints of the history, and keep copies of them elsewhere.

Who can write the database can make a history anew, and sign it if the key is in there
too; a copy that they cannot reach is what shows it.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from leadstate.errors import UsageError
from leadstate.store.checkpoints import is_seed, line_of, public_key, read_body

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from leadstate.service.app import App
    from leadstate.store import View, Work
    from leadstate.store.checkpoints import CheckpointRow

__all__ = [
    "CHECKPOINT_EVERY",
    "CHECKPOINT_ROWS",
    "append_line",
    "checkpoint_when_due",
    "known_key",
    "make_checkpoint",
    "signing_key_of",
]

CHECKPOINT_ROWS: Final = 1_000
"""So many new rows are due for a checkpoint at once ..."""

CHECKPOINT_EVERY: Final = timedelta(hours=1)
"""... and fewer of them after this time."""

_CURSOR: Final = "leadstate"
_TAIL_BYTES: Final = 16_384
_log = structlog.get_logger(__name__)


def checkpoint_when_due(app: App) -> bool:
    """Make a checkpoint when one is due; add to the file elsewhere what it lacks.

    Returns:
        Whether one was made.
    """
    now = app.clock.now()
    with app.store.read() as view:
        due = _is_due(view, now)
    if due:
        with app.store.begin() as work:
            if due := _is_due(work, now):  # another process may have been first
                work.checkpoints.make(_seed(app, work), now)
                work.commit()
    _keep_elsewhere(app)
    return due


def make_checkpoint(app: App) -> CheckpointRow:
    """Make a checkpoint now, whether one is due or not."""
    with app.store.begin() as work:
        made = work.checkpoints.make(_seed(app, work), app.clock.now())
        work.commit()
    _keep_elsewhere(app)
    return made


def signing_key_of(app: App) -> str:
    """Return the public key of this installation; its first use makes one."""
    with app.store.read() as view:
        known = known_key(app, view)
    if known is not None:
        return known
    with app.store.begin() as work:
        seed = _seed(app, work)
        work.commit()
    return public_key(seed)


def known_key(app: App, view: View) -> str | None:
    """Return the public key of this installation, or None before it has one."""
    seed = app.signing_key or view.checkpoints.seed()
    return public_key(seed) if is_seed(seed) else None


def _seed(app: App, work: Work) -> bytes:
    return app.signing_key or work.checkpoints.made_seed()


def _is_due(view: View, now: datetime) -> bool:
    rows, last = view.checkpoints.rows(), view.checkpoints.last()
    said = read_body(last.body) if last else None
    if said is None:
        return rows > 0
    new = rows - said.rows
    # One of later was made while the clock ran ahead; it says nothing of how long ago.
    lately = said.made_at <= now < said.made_at + CHECKPOINT_EVERY
    return new >= CHECKPOINT_ROWS or (new > 0 and not lately)


# -- elsewhere -------------------------------------------------------------------------


def _keep_elsewhere(app: App) -> None:
    """Add every checkpoint that the file does not have; what fails is tried again."""
    if app.checkpoints is None:
        return
    name = f"checkpoints {app.checkpoints}"
    with app.store.whole.read() as view:
        rows = view.checkpoints.after(int(view.cursors.get(_CURSOR, name) or 0))
    if not rows:
        return
    try:
        _append(app.checkpoints, "".join(f"{line_of(row)}\n" for row in rows).encode())
    except OSError as error:
        _log.warning(
            "checkpoints.not_kept",
            file=str(app.checkpoints),
            why=error.strerror or str(error),
            waiting=len(rows),
        )
        return
    with app.store.whole.begin() as work:
        work.cursors.set(_CURSOR, name, str(rows[-1].number), app.clock.now())
        work.commit()


def append_line(path: Path, line: str) -> None:
    """Add one checkpoint to a file, durably.

    Raises:
        UsageError: The file cannot be written.
    """
    try:
        _append(path, f"{line}\n".encode())
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise UsageError(message) from error


def _append(path: Path, lines: bytes) -> None:
    """Add lines durably; go on in the middle of one that a crash left half."""
    with path.open("a+b") as file:
        torn = _torn(file)
        if lines.startswith(torn):
            file.write(lines[len(torn) :])
        else:
            file.write(b"\n" + lines)
        file.flush()
        os.fsync(file.fileno())


def _torn(file: BinaryIO) -> bytes:
    """Return what stands behind the last line's end."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    return file.read().rpartition(b"\n")[2]
