"""Promises to several processes: one rate, one token, one worker."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import UsageError
from leadstate.testing.stores.base import NOON, Promises, after, several, write

if TYPE_CHECKING:
    from leadstate.store import Store
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Sharing"]


def _waits(store: Store) -> list[float]:
    budget = store.budget(lambda: NOON)
    return [budget.take("hub", per_second=10, burst=3) for _ in range(10)]


class Sharing(Promises):
    """What all who have the database open share."""

    def test_a_rate_is_kept_over_all_who_call(
        self, rig: StoreRig, store: Store
    ) -> None:
        """A burst goes at once, then one call after the other, exactly."""
        with several(rig, 3) as others, ThreadPoolExecutor(4) as threads:
            all_waits = threads.map(_waits, [store, *others])
            found = [one for waits in all_waits for one in waits]

        ought = [max(0, number - 2) / 10 for number in range(40)]
        assert pytest.approx(ought) == sorted(found)

    def test_a_pause_earns_the_burst_again(self, store: Store) -> None:
        """But no more than that."""
        now = NOON
        budget = store.budget(lambda: now)
        asked = {"per_second": 10.0, "burst": 2}
        first = [budget.take("hub", **asked) for _ in range(3)]  # type: ignore[arg-type]
        now = after(100)
        second = [budget.take("hub", **asked) for _ in range(3)]  # type: ignore[arg-type]

        assert pytest.approx([0, 0, 0.1]) == first
        assert pytest.approx([0, 0, 0.1]) == second

    def test_a_token_that_works_once_is_taken_by_one(
        self, rig: StoreRig, store: Store
    ) -> None:
        """Of several who renew it at once, one is told that it did."""
        held = {"refresh": "first"}
        store.credentials("hub").save("oauth", held)

        def swap(other: Store) -> bool:
            fresh = {"refresh": "second"}
            return other.credentials("hub").swap("oauth", held, fresh)

        with several(rig, 4) as others, ThreadPoolExecutor(4) as threads:
            found = list(threads.map(swap, others))
        assert [False, False, False, True] == sorted(found)
        assert {"refresh": "second"} == store.credentials("hub").load("oauth")
        assert None is store.credentials("amo").load("oauth")

    def test_one_works_on_a_database(self, rig: StoreRig, store: Store) -> None:
        """A second worker is told; it may begin when the first has ended."""
        with closing(rig.open()) as other:
            with store.worker(NOON), pytest.raises(UsageError), other.worker(NOON):
                pass
            with other.worker(NOON):
                pass

    def test_a_worker_takes_over_what_a_dead_one_held(self, store: Store) -> None:
        """Its leases end at once, and what was perhaps sent says so."""
        with store.begin() as work:
            work.outbox.add([write("t1")])
            [held] = work.outbox.claim("hub", NOON, after(600))
            work.outbox.mark_sent([held.id], str(held.claim_token))
            work.commit()

        with store.worker(after(1)), store.begin() as work:
            [again] = work.outbox.claim("hub", after(1), after(601))

        assert (held.id, True) == (again.id, again.sent)
