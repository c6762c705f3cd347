"""Promises of the history: it only grows, and proves that it was not changed."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from leadstate.store import Forgetting
from leadstate.store.checkpoints import public_key
from leadstate.store.schema import history
from leadstate.store.verifying import verify
from leadstate.testing.stores.base import NOON, Promises, entered

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Executable

    from leadstate.store import Store
    from leadstate.store.verifying import Proof
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Proving"]

_SEED = b"c" * 32
_CHANGES: list[Callable[[], Executable]] = [
    lambda: update(history).values(actor="somebody else"),
    lambda: delete(history),
]


def _told(store: Store, *ids: str) -> None:
    with store.begin() as work:
        receipt = {"met": True}
        rows = [entered(id_, note=f"about {id_}", receipt=receipt) for id_ in ids]
        work.history.append(rows)
        work.commit()


def _proof(store: Store) -> Proof:
    with store.read() as view:
        return verify(view.raw, keys={public_key(_SEED)})


class Proving(Promises):
    """A row that is written stays, in its place, and shows when somebody touches it."""

    def test_history_is_read_in_the_order_of_the_commits(self, store: Store) -> None:
        """Whatever its moments say; every row comes back as it was kept."""
        late = entered("r1", "mql", happened_at=None, note="Łódź", receipt={"n": [1]})
        with store.begin() as work:
            work.history.append([entered("r1"), entered("r2")])
            work.commit()
        with store.begin() as work:
            work.history.append([late])
            work.commit()

        with store.read() as view:
            found = view.history.of("r1")
            pages = [one.record_id for page in view.history.pages() for one in page]
        assert ["r1", "r2", "r1"] == pages
        assert ("mql", None, "Łódź", {"n": [1]}) == (
            found[1].to_stage,
            found[1].happened_at,
            found[1].note,
            found[1].receipt,
        )

    @pytest.mark.parametrize("change", _CHANGES, ids=["update", "delete"])
    def test_history_refuses_to_be_changed(
        self, store: Store, change: Callable[[], Executable]
    ) -> None:
        """By the database itself: no statement of ours or of others gets through."""
        _told(store, "r1", "r2")

        with store.begin() as work, pytest.raises(Exception, match="append-only"):
            work.connection.execute(change())

        with store.read() as view:
            assert ["leadstate"] * 2 == [one.actor for one in view.history.recent()]

    def test_a_chain_that_nobody_touched_is_proven(self, store: Store) -> None:
        """Over many commits, with a checkpoint between them."""
        for _ in range(3):
            _told(store, "r1", "r2", "r3", "")
        with store.begin() as work:
            work.checkpoints.make(_SEED, NOON)
            work.commit()
        _told(store, "r2")

        proof = _proof(store)

        covered = proof.last.rows if proof.last else 0
        assert ((), 13, 13) == (proof.faults, proof.rows, proof.details)
        assert (1, 12) == (proof.checkpoints, covered)

    def test_a_row_that_was_changed_is_found(self, rig: StoreRig, store: Store) -> None:
        """By whoever has the database, past everything that refuses it."""
        _told(store, *["r1", "r2", "r3"] * 4)
        store.close()

        rig.forge()

        with closing(rig.open()) as again:
            assert _proof(again).faults

    def test_a_rolled_back_row_leaves_no_gap(self, store: Store) -> None:
        """The chain goes on where the last commit ended."""
        _told(store, "r1")
        with store.begin() as work:
            work.history.append([entered("r1"), entered("r2")])
        _told(store, "r1")

        assert ((), 2) == (_proof(store).faults, _proof(store).rows)

    def test_what_told_of_a_forgotten_person_is_gone(self, store: Store) -> None:
        """The rows stay, and are proven; their notes and receipts open for nobody."""
        _told(store, "r1", "r2")
        with store.begin() as work:
            work.history.append([entered("r1", "mql")])
            work.erasure.forget(Forgetting(record_id="r1"), NOON)
            work.commit()

        with store.read() as view:
            [first, _] = view.history.of("r1")
            [other] = view.history.of("r2")
        assert ("", {}, "about r2") == (first.note, first.receipt, other.note)
