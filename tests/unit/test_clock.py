"""The machine's clock, and the one that tests move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest

from leadstate.clock import Clock, SystemClock
from leadstate.testing import PATIENCE_SECONDS, FrozenClock, SteppedClock

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


@pytest.mark.parametrize("clock", [FrozenClock, SteppedClock])
def test_a_clock_for_tests_refuses_a_moment_without_a_zone(
    clock: type[FrozenClock | SteppedClock],
) -> None:
    """A naive start would make every later comparison fail."""
    with pytest.raises(ValueError, match="needs an aware moment"):
        clock(NOON.replace(tzinfo=None))


def test_a_frozen_clock_is_shared_by_threads() -> None:
    """No pause is lost."""
    clock = FrozenClock(NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: clock.sleep(1), range(400)))

    assert NOON + timedelta(seconds=400) == clock.now()
    assert 400 == len(clock.slept)


# -- the clock that threads share ------------------------------------------------------


def test_threads_that_share_a_clock_wake_in_the_order_of_their_moments() -> None:
    """Time jumps from one to the next; other clocks are moved as far."""
    told: list[tuple[str, float]] = []
    steps: list[float] = []
    clock = SteppedClock(NOON, moved=steps.append)

    def sleeper(name: str, *pauses: float) -> None:
        for pause in pauses:
            clock.sleep(pause)
            told.append((name, (clock.now() - NOON).total_seconds()))

    clock.run(lambda: sleeper("quick", 1, 1, 1), lambda: sleeper("slow", 2.5))

    assert [("quick", 1), ("quick", 2), ("slow", 2.5), ("quick", 3)] == told
    assert [1, 1, 0.5, 0.5] == steps


def test_threads_that_wake_at_one_moment_go_on_together() -> None:
    """Nobody is left behind, and nobody moves time while another is awake."""
    clock = SteppedClock(NOON)
    both = Barrier(2)

    def work() -> None:
        clock.sleep(60)
        both.wait(PATIENCE_SECONDS)
        clock.sleep(60)

    clock.run(work, work)

    assert NOON + timedelta(minutes=2) == clock.now()


def test_a_clock_that_threads_share_serves_one_alone() -> None:
    """Outside of a run a pause is over at once, and a negative one is none."""
    clock = SteppedClock(NOON)

    clock.sleep(1.5)
    clock.sleep(-1)

    assert NOON + timedelta(seconds=1.5) == clock.now()


def test_what_a_thread_raises_is_raised_and_holds_nobody_up() -> None:
    """The others work to their end."""
    clock = SteppedClock(NOON)

    def fails() -> None:
        clock.sleep(1)
        raise ZeroDivisionError("inside")

    with pytest.raises(ZeroDivisionError, match="inside"):
        clock.run(fails, lambda: clock.sleep(3))

    assert NOON + timedelta(seconds=3) == clock.now()
