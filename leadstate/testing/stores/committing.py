"""Promises of a transaction: all of it or nothing, for everybody, and for good."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import VersionConflict
from leadstate.store import RecordChange
from leadstate.testing.stores.base import (
    FIELDS,
    Promises,
    entered,
    item,
    link,
    new,
    write,
)

if TYPE_CHECKING:
    from leadstate.domain.record import Record
    from leadstate.store import LinkRow, Store, View
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Committing"]


def _record(view: View, id: str = "r1") -> Record:  # noqa: A002
    found = view.records.get(id, FIELDS)
    assert found is not None
    return found.record


def _moved(record: Record, stage: str) -> RecordChange:
    moved = replace(record, stage=stage, version=record.version + 1)
    return RecordChange(record=moved, expected_version=record.version)


def _fails_in_the_middle(store: Store) -> None:
    with store.begin() as work:
        work.records.add([new("r9")])
        work.history.append([entered("r9")])
        raise ZeroDivisionError


def _saved(store: Store, row: LinkRow) -> None:
    with store.begin() as work:
        work.links.save([row])
        work.commit()


class Committing(Promises):
    """What is committed is there as a whole; what is not never was."""

    def test_what_is_committed_is_there_for_others(
        self, rig: StoreRig, store: Store
    ) -> None:
        """Whoever opens the database next sees every row of it."""
        with store.begin() as work:
            work.records.update([_moved(_record(work), "mql")])
            work.history.append([entered("r1", "mql")])
            work.inbox.add([item("k1")])
            work.outbox.add([write("t1")])
            work.commit()

        with closing(rig.open()) as other, other.read() as view:
            found = (
                _record(view).stage,
                len(view.history.of("r1")),
                view.inbox.counts(),
                view.outbox.counts(),
            )
        assert ("mql", 1, {"pending": 1}, {"pending": 1}) == found

    def test_what_is_not_committed_never_was(self, store: Store) -> None:
        """Leaving the block, or an error in it, takes everything back."""
        with pytest.raises(ZeroDivisionError):
            _fails_in_the_middle(store)
        with store.begin() as work:
            work.inbox.add([item("k1")])

        with store.read() as view:
            assert None is view.records.get("r9", FIELDS)
            assert [] == view.history.of("r9")
            assert {} == view.inbox.counts()

    def test_a_snapshot_stays_as_it_is(self, store: Store) -> None:
        """A reader sees one moment, whatever is committed beside it."""
        with store.read() as view:
            before = view.inbox.counts()
            with store.begin() as work:
                work.inbox.add([item("k1")])
                work.commit()

            assert before == view.inbox.counts() == {}

    def test_a_snapshot_refuses_to_be_written(self, store: Store) -> None:
        """Reading is not the way around a commit."""
        with store.read() as view, pytest.raises(Exception, match=r".+"):
            view.inbox.add([item("k1")])

        with store.read() as view:
            assert {} == view.inbox.counts()

    def test_a_record_that_moved_meanwhile_is_not_overwritten(
        self, store: Store
    ) -> None:
        """Whoever decided on what it was decides again."""
        with store.read() as view:
            read = _record(view)
        with store.begin() as work:
            work.records.update([_moved(read, "mql")])
            work.commit()

        with store.begin() as work, pytest.raises(VersionConflict):
            work.records.update([_moved(read, "won")])

        with store.read() as view:
            assert "mql" == _record(view).stage

    def test_a_link_that_was_saved_meanwhile_is_not_overwritten(
        self, store: Store
    ) -> None:
        """As for a record; and one that turned up meanwhile is not replaced."""
        with store.begin() as work:
            work.links.save_if([link("1", "r1")])
            [read] = work.links.at("hub", "1")
            work.links.save_if([replace(read, reason="first")])
            work.commit()

        for late in (replace(read, reason="late"), link("1", "r2")):
            with store.begin() as work, pytest.raises(VersionConflict):
                work.links.save_if([late])
        with store.read() as view:
            [found] = view.links.at("hub", "1")
        assert ("first", "r1", 2) == (found.reason, found.record_id, found.version)

    def test_rows_of_one_commit_may_refer_to_each_other_in_any_order(
        self, store: Store
    ) -> None:
        """References are looked at when all of it is there."""
        with store.begin() as work:
            work.history.append([entered("r8")])
            work.links.save([link("8", "r8")])
            work.records.add([new("r8")])
            work.commit()

        with store.read() as view:
            assert "lead" == _record(view, "r8").stage

    def test_a_reference_to_nothing_is_refused(self, store: Store) -> None:
        """No link without its record."""
        with pytest.raises(Exception, match=r".+"):
            _saved(store, link("9", "nobody"))

        with store.read() as view:
            assert [] == view.links.at("hub", "9")
