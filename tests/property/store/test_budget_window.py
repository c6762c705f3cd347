"""No window of time ever holds more calls than the budget allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.property.store.conftest import Fresh

START = datetime(2026, 3, 1, tzinfo=UTC)


@given(
    per_second=st.floats(0.5, 200),
    burst=st.integers(1, 8),
    steps=st.lists(st.floats(-0.5, 2), min_size=1, max_size=40),
)
@settings(max_examples=40, deadline=None)
def test_the_budget_holds_in_every_window(
    fresh: Fresh, per_second: float, burst: int, steps: list[float]
) -> None:
    """Whatever the pauses, and also when the clock is set back."""
    now = START
    starts = []
    with fresh() as store:
        budget = store.budget(lambda: now)
        for step in steps:
            now += timedelta(seconds=step)
            wait = budget.take("hub", per_second=per_second, burst=burst)
            starts.append((now - START).total_seconds() + wait)

    _assert_within(starts, per_second, burst)


@given(per_second=st.floats(5, 500), burst=st.integers(1, 5))
@settings(max_examples=8, deadline=None)
def test_threads_share_the_budget(fresh: Fresh, per_second: float, burst: int) -> None:
    """Several threads with clocks that differ a little book no call too many."""
    starts: list[float] = []
    with fresh() as store:

        def call(skew: float) -> None:
            now = START + timedelta(seconds=skew)
            budget = store.budget(lambda: now)
            for _ in range(10):
                wait = budget.take("hub", per_second=per_second, burst=burst)
                starts.append(skew + wait)

        threads = [Thread(target=call, args=(skew,)) for skew in (0, 0.01, 0.02, 0.05)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(starts) == 40
    _assert_within(starts, per_second, burst)


def _assert_within(starts: list[float], per_second: float, burst: int) -> None:
    ordered = sorted(starts)
    for first, begin in enumerate(ordered):
        for last in range(first, len(ordered)):
            allowed = burst + per_second * (ordered[last] - begin + 2e-6)
            assert last - first + 1 <= allowed
