"""The machine's clock, and the one that tests move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from leadstate.clock import Clock, SystemClock
from leadstate.testing import FrozenClock

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_the_machines_clock_is_aware_and_goes_on() -> None:
    """Now is UTC, and a pause is one."""
    clock: Clock = SystemClock()

    before = clock.now()
    clock.sleep(0.001)

    assert UTC is before.tzinfo
    assert timedelta(seconds=0.001) <= clock.now() - before


def test_a_frozen_clock_stands_still() -> None:
    """Time does not pass while a test thinks."""
    clock: Clock = FrozenClock(NOON)

    assert NOON == clock.now() == clock.now()


def test_a_frozen_clock_moves_when_somebody_sleeps_or_moves_it() -> None:
    """Pauses are over at once and remembered; steps back are possible."""
    clock = FrozenClock(NOON)

    clock.sleep(1.5)
    clock.advance(timedelta(hours=8))
    clock.advance(timedelta(hours=-1))

    assert NOON + timedelta(hours=7, seconds=1.5) == clock.now()
    assert (1.5,) == clock.slept


def test_a_frozen_clock_speaks_utc() -> None:
    """It starts at any aware moment and always answers in UTC."""
    berlin = timezone(timedelta(hours=1))
    clock = FrozenClock(NOON.astimezone(berlin))

    assert (NOON, UTC) == (clock.now(), clock.now().tzinfo)
    assert UTC is FrozenClock().now().tzinfo


def test_a_frozen_clock_refuses_a_moment_without_a_zone() -> None:
    """A naive start would make every later comparison fail."""
    with pytest.raises(ValueError, match="needs an aware moment"):
        FrozenClock(NOON.replace(tzinfo=None))


def test_a_frozen_clock_is_shared_by_threads() -> None:
    """No pause is lost."""
    clock = FrozenClock(NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: clock.sleep(1), range(400)))

    assert NOON + timedelta(seconds=400) == clock.now()
    assert 400 == len(clock.slept)
