"""The demo's clock: it begins weeks ago and jumps, so that nobody waits for an SLA.

It wraps the machine's clock and reads no time itself.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from leadstate.clock import Clock

__all__ = ["JumpingClock", "beginning"]

_ZONE = ZoneInfo("Europe/Berlin")  # where the workflow's sales team works
_MORNING = time(10)
_TUESDAY = 1
_WEEK = timedelta(days=7)
# Ten days for a decision, a month to rest, and some for weekends and holidays.
_ROOM = timedelta(days=44)


def beginning(now: datetime) -> datetime:
    """Return a Tuesday morning some six or seven weeks before ``now`` (aware)."""
    day = (now - _ROOM).astimezone(_ZONE).date()
    day -= timedelta(days=(day.weekday() - _TUESDAY) % _WEEK.days)
    return datetime.combine(day, _MORNING, tzinfo=_ZONE).astimezone(now.tzinfo)


class JumpingClock:
    """A clock that runs with another one, some whole seconds behind it.

    Args:
        inner: The clock that really runs.
        start: The first moment (aware), to the second.
    """

    def __init__(self, inner: Clock, start: datetime) -> None:
        self._inner = inner
        self._behind = timedelta(seconds=(inner.now() - start) // timedelta(seconds=1))

    @property
    def behind(self) -> timedelta:
        """How far it is behind the clock that really runs."""
        return self._behind

    def now(self) -> datetime:
        """Return the moment that it shows, aware UTC."""
        return self._inner.now() - self._behind

    def sleep(self, seconds: float) -> None:
        """Pause this thread; that takes its time."""
        self._inner.sleep(seconds)

    def advance(self, by: timedelta) -> None:
        """Jump on by ``by``, at most into the present."""
        self._behind = max(self._behind - by, timedelta())
