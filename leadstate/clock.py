"""The only reader of time.  Everything else is told what time it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Where "now" comes from, and how a thread waits."""

    def now(self) -> datetime:
        """Return the current moment, aware UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Pause this thread."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current moment, aware UTC."""
        return datetime.now(tz=UTC)  # noqa: TID251 - this is the one reader

    def sleep(self, seconds: float) -> None:
        """Pause this thread."""
        time.sleep(seconds)
