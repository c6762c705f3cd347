"""The rate budget: a burst after a pause, then the sustained rate, for everybody."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.adapters import Budget
    from leadstate.store import Store
    from tests.unit.store.conftest import Make

CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from threading import Thread
from leadstate.store import open_store

store = open_store(sys.argv[1])
now = datetime(2026, 1, 1, tzinfo=UTC)
budget = store.budget(lambda: now)
waits = []

def call():
    for _ in range(8):
        waits.append(budget.take("hub", per_second=10, burst=5))

threads = [Thread(target=call) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
store.close()
print(*waits)
"""


def test_it_is_what_an_adapter_expects(store: Store, make: type[Make]) -> None:
    """The same shape as the protocol of the adapter kit."""
    budget: Budget = store.budget(lambda: make.noon)

    assert budget.take("hub", per_second=1, burst=1) == 0


def test_a_burst_goes_at_once_and_the_rest_waits(
    store: Store, make: type[Make]
) -> None:
    """Three at once, then one every tenth of a second."""
    budget = store.budget(lambda: make.noon)

    waits = [budget.take("hub", per_second=10, burst=3) for _ in range(6)]

    assert waits == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3])


def test_a_pause_earns_the_burst_again(store: Store, make: type[Make]) -> None:
    """But never more than the burst, however long the pause."""
    now = [make.noon]
    budget = store.budget(lambda: now[0])
    for _ in range(4):
        budget.take("hub", per_second=10, burst=3)

    now[0] = make.at(3600)

    waits = [budget.take("hub", per_second=10, burst=3) for _ in range(4)]
    assert waits == pytest.approx([0, 0, 0, 0.1])


def test_accounts_do_not_share_a_budget(store: Store, make: type[Make]) -> None:
    """The key tells them apart."""
    budget = store.budget(lambda: make.noon)

    assert [budget.take(key, per_second=1, burst=1) for key in ("a", "b")] == [0, 0]


@pytest.mark.parametrize("ahead", [timedelta(days=5), timedelta(days=3653)])
def test_a_clock_that_was_ahead_stops_no_call(
    store: Store, make: type[Make], ahead: timedelta
) -> None:
    """Back at the right time, calls go on as after a burst, and no faster."""
    now = [make.noon + ahead]
    budget = store.budget(lambda: now[0])
    for _ in range(9):
        budget.take("hub", per_second=10, burst=3)

    now[0] = make.noon

    waits = [budget.take("hub", per_second=10, burst=3) for _ in range(3)]
    assert waits == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("rate", "burst"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1)]
)
def test_a_senseless_budget_is_refused(
    store: Store, make: type[Make], rate: float, burst: int
) -> None:
    """A rate of nothing would wait forever."""
    with pytest.raises(ValueError, match="rate and a burst"):
        store.budget(lambda: make.noon).take("hub", per_second=rate, burst=burst)


def test_two_processes_with_four_threads_share_it_exactly(path: Path) -> None:
    """Every booked moment is given once: none twice, none left out."""
    command = [sys.executable, "-c", CHILD, f"sqlite:///{path}"]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    waits = sorted(
        float(word) for child in children for word in child.communicate()[0].split()
    )

    assert [child.returncode for child in children] == [0, 0]
    assert waits[:5] == [0] * 5
    assert len(waits) == 64
    assert {round(b - a, 6) for a, b in pairwise(waits[4:])} == {0.1}
