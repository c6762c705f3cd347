"""The sandbox clock: the only time a sandbox knows.

It runs with the wall clock until it is set, advanced or given another rate; rate 0
freezes it.  Everything in a sandbox is dated in epoch milliseconds of this clock.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)?)?",
)
LATEST_MS = 253_402_300_799_999  # the last millisecond of the year 9999


def iso(at_ms: int) -> str:
    """Write epoch milliseconds as `2026-11-22T04:16:16.000Z`."""
    seconds, ms = divmod(at_ms, 1000)
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms:03d}Z"


def parse_moment(text: str) -> int | None:
    """Read epoch milliseconds, an ISO date or an ISO moment; None if it is neither."""
    text = text.strip()
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 16:  # noqa: PLR2004
        at_ms = int(text)
        return at_ms if -LATEST_MS // 4 < at_ms <= LATEST_MS else None
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


_MILLISECOND = datetime.resolution * 1000


class SandboxClock:
    """A clock that can be set, advanced, slowed and frozen."""

    def __init__(self, started_at_ms: int) -> None:
        """Start at this moment, running at the pace of the wall clock."""
        self.started_at_ms = started_at_ms
        self._shown_ms = float(started_at_ms)
        self._since = time.monotonic()
        self.rate = 1.0
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> int:
        """Return the epoch milliseconds this clock shows."""
        return int(self._shown_ms + (time.monotonic() - self._since) * 1000 * self.rate)

    def set(self, now_ms: int) -> None:
        """Jump to this moment."""
        self._shown_ms, self._since = float(now_ms), time.monotonic()
        self._tell()

    def advance(self, seconds: float) -> None:
        """Jump forward (or, below zero, backward) by these seconds."""
        self.set(self.now() + int(seconds * 1000))

    def run_at(self, rate: float) -> None:
        """Show `rate` seconds for every second of the wall clock; 0 freezes."""
        now = self.now()
        self.rate = rate
        self.set(now)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after every jump and change of pace."""
        self._watchers.append(watcher)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()
