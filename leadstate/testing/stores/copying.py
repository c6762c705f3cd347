"""Promises of upkeep: a copy is whole, faults are told, what was forgotten is gone."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store import FirstVisit, Forgetting
from leadstate.store.verifying import verify
from leadstate.testing.stores.base import FIELDS, NOON, Promises, entered, item, new

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Copying"]


def _lived(store: Store) -> None:
    """Let every record have entered its stage, so that nothing is missing."""
    with store.begin() as work:
        ids = ("r1", "r2", "r3")
        rows = work.history.append([entered(id_, note="hello") for id_ in ids])
        work.visits.open_first(
            [
                FirstVisit(record_id=id_, stage="lead", entered_by=row)
                for id_, row in zip(ids, rows, strict=True)
            ]
        )
        work.commit()


class Copying(Promises):
    """What the store tells of itself, and hands on."""

    def test_a_store_that_holds_together_has_no_faults(self, store: Store) -> None:
        """Every record with its visit, every visit with its row."""
        _lived(store)

        assert [] == store.integrity()

    def test_what_does_not_hold_together_is_told(self, store: Store) -> None:
        """A record that is in no stage, as its visits tell it."""
        _lived(store)
        with store.begin() as work:
            work.records.add([new("r9")])
            work.commit()

        assert ["r9" in one for one in store.integrity()] == [True]

    def test_a_copy_is_the_database_of_one_moment(
        self, rig: StoreRig, store: Store, tmp_path: Path
    ) -> None:
        """Whole, proven, and of its own: what is written later is not in it."""
        _lived(store)
        file = tmp_path / "copy"
        store.copy_to(file)
        with store.begin() as work:
            work.inbox.add([item("later")])
            work.commit()

        with rig.open_copy(file) as copy, copy.read() as view:
            proof = verify(view.raw, keys=())
            [told] = view.history.of("r1")
            counts = view.inbox.counts()
            faults = copy.integrity()
        assert ([], (), 3, {}) == (faults, proof.faults, proof.rows, counts)
        assert "hello" == told.note

    def test_a_copy_can_be_worked_on(
        self, rig: StoreRig, store: Store, tmp_path: Path
    ) -> None:
        """It is what a restored installation goes on with."""
        _lived(store)
        store.copy_to(tmp_path / "copy")

        with rig.open_copy(tmp_path / "copy") as copy:
            with copy.begin() as work:
                work.history.append([entered("r1", "mql")])
                work.commit()
            with copy.read() as view:
                proof = verify(view.raw, keys=())
        assert ((), 4) == (proof.faults, proof.rows)

    def test_a_forgotten_person_is_emptied_everywhere(self, store: Store) -> None:
        """Nothing of what was known is read again, and it holds together."""
        with store.begin() as work:
            values = {"email": "planted@person.example", "size": 7}
            work.records.add([new("r7", **values)])
            [row] = work.history.append([entered("r7", note="planted")])
            first = FirstVisit(record_id="r7", stage="lead", entered_by=row)
            work.visits.open_first([first])
            work.inbox.add([item("k7", record_id="r7", payload={"raw": values})])
            work.erasure.forget(
                Forgetting(record_id="r7", identifying=("email",)), NOON
            )
            work.commit()

        with store.read() as view:
            found = view.records.get("r7", FIELDS)
            kept = view.inbox.by_key("k7")
            known = view.forgotten.among(values=["planted@person.example"])
        assert found is not None
        assert kept is not None
        assert ({}, {}) == (found.record.values, kept.payload)
        assert ["planted@person.example"] == [*known.values]
        assert store.wipe()
