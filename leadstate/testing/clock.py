"""A clock for tests.

>>> from datetime import timedelta
>>> clock = FrozenClock()
>>> clock.sleep(30)
>>> clock.advance(timedelta(hours=8))
>>> clock.now().isoformat()
'2026-03-10T20:00:30+00:00'
>>> clock.slept
(30,)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

__all__ = ["FrozenClock"]

_TUESDAY_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class FrozenClock:
    """Time that moves only when somebody sleeps or advances it; safe over threads.

    Args:
        start: The first moment (aware); a Tuesday at noon when left out.
    """

    def __init__(self, start: datetime = _TUESDAY_NOON) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the clock needs an aware moment, not {start}")
        self._now = start.astimezone(UTC)
        self._slept: list[float] = []
        self._moving = Lock()

    @property
    def slept(self) -> tuple[float, ...]:
        """Every pause that was asked for, in seconds, oldest first."""
        return tuple(self._slept)

    def now(self) -> datetime:
        """Return the current moment, aware UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on at once by ``seconds``, and remember the pause."""
        with self._moving:
            self._slept.append(seconds)
            self._now += timedelta(seconds=seconds)

    def advance(self, by: timedelta) -> None:
        """Move on by ``by``; a negative one is a step back, as real clocks make."""
        with self._moving:
            self._now += by
