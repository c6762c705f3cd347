"""Clocks for tests, which nobody has to wait for.

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

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Condition, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FrozenClock", "SteppedClock"]

_TUESDAY_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class FrozenClock:
    """Time that moves only when somebody sleeps or advances it; safe over threads.

    Args:
        start: The first moment (aware); a Tuesday at noon when left out.
    """

    def __init__(self, start: datetime = _TUESDAY_NOON) -> None:
        self._now = _aware(start)
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


class SteppedClock:
    """Time that threads share: when all of them sleep, it is when the first one wakes.

    So many threads work at full speed for minutes, and nobody waits; how fast the
    machine is changes nothing.

    >>> clock = SteppedClock()
    >>> clock.run(lambda: clock.sleep(60), lambda: clock.sleep(90))
    >>> clock.now().isoformat()
    '2026-03-10T12:01:30+00:00'

    Args:
        start: The first moment (aware); a Tuesday at noon when left out.
        moved: Called with the seconds of each step, to move other clocks as far.
    """

    def __init__(
        self,
        start: datetime = _TUESDAY_NOON,
        *,
        moved: Callable[[float], object] = lambda _: None,
    ) -> None:
        self._now = _aware(start)
        self._moved = moved
        self._awake = 0
        self._waking: list[datetime] = []
        self._changed = Condition()

    def now(self) -> datetime:
        """Return the current moment, aware UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed, by this clock."""
        with self._changed:
            wakes = self._now + timedelta(seconds=max(seconds, 0))
            self._waking.append(wakes)
            self._awake -= 1
            self._step()
            self._changed.wait_for(lambda: wakes <= self._now)

    def run(self, *works: Callable[[], object]) -> None:
        """Run each on a thread of its own, until all have ended."""
        self._awake += len(works)
        with ThreadPoolExecutor(len(works)) as pool:
            running = [pool.submit(self._run, work) for work in works]
        for one in running:
            one.result()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            with self._changed:
                self._awake -= 1
                self._step()

    def _step(self) -> None:
        """Move on if everybody sleeps, and wake whose moment has come."""
        if self._awake > 0 or not self._waking:
            return
        then = min(self._waking)
        self._moved((then - self._now).total_seconds())
        self._now = max(then, self._now)
        self._awake += sum(one <= self._now for one in self._waking)
        self._waking = [one for one in self._waking if one > self._now]
        self._changed.notify_all()


def _aware(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError(f"the clock needs an aware moment, not {start}")
    return start.astimezone(UTC)
