"""Objects that end: deleted, restored, erased, merged.  One timeline goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import ChangeHint
from leadstate.service.inbox import hint_items
from leadstate.store import LinkStatus, RecordStatus

if TYPE_CHECKING:
    from doubles import Desk


def status_of(desk: Desk, record_id: str) -> RecordStatus:
    with desk.app.store.read() as view:
        row = view.records.get(record_id, desk.app.lifecycle.fields)
    assert row is not None
    return row.status


def hint(desk: Desk, *ids: str) -> None:
    """Let a poll have seen these objects."""
    hints = [ChangeHint(id=one, updated_at=desk.clock.now()) for one in ids]
    with desk.app.store.begin() as work:
        work.inbox.add(hint_items(desk.connected, hints, desk.clock.now()))
        work.commit()


def test_deletion_closes_the_record(desk: Desk) -> None:
    """The record ends with its object; the history says so."""
    desk.take_in("1", "mql")

    desk.tell(desk.crm.delete("1"))
    desk.settle()

    assert RecordStatus.CLOSED is desk.record("1").status
    last = desk.history("1")[-1]
    assert ("closed", "mql") == (last.kind, last.from_stage)
    assert last.note == "contacts 1 is gone from the CRM (deleted)"
    assert desk.faults() == []


def test_deletion_told_twice_closes_once(desk: Desk) -> None:
    """A repeated deletion, and one of a stranger, change nothing."""
    desk.take_in("1")
    event = desk.crm.delete("1")
    desk.tell(event)
    desk.settle()

    hint(desk, "1", "999")
    desk.settle()

    assert ["entered", "closed"] == desk.kinds("1")


def test_restoring_reopens_the_record_with_its_past(desk: Desk) -> None:
    """The same record goes on where it stood."""
    desk.take_in("1", "mql")
    before = desk.record("1").record.id
    desk.tell(desk.crm.delete("1"))
    desk.settle()

    desk.tell(desk.crm.restore("1"))
    desk.settle()

    assert before == desk.record("1").record.id
    assert ["entered", "closed", "reopened"] == desk.kinds("1")
    assert RecordStatus.ACTIVE is desk.record("1").status
    assert desk.faults() == []


def test_an_object_restored_elsewhere_is_judged_as_moved(desk: Desk) -> None:
    """What moved while it was gone is an outside move after the reopening."""
    desk.take_in("1", "mql")
    desk.tell(desk.crm.delete("1"))
    desk.settle()
    desk.crm.bin["1"].properties |= desk.connected.binding.properties_of("sal")

    desk.tell(desk.crm.restore("1"))
    desk.settle()

    assert ["entered", "closed", "reopened", "moved"] == desk.kinds("1")
    assert desk.stage("1") == "sal"
    assert desk.faults() == []


def test_a_closed_record_takes_no_move(desk: Desk) -> None:
    """A request for a record that is closed is answered with why."""
    desk.take_in("1", "mql")
    desk.tell(desk.crm.delete("1"))
    desk.settle()

    moved = desk.move("1", "accept", "sales")

    assert moved.refused
    assert moved.letter is not None
    assert "is closed; it cannot be moved" in moved.letter.detail


def test_a_privacy_deletion_erases_the_record(desk: Desk) -> None:
    """The personal values go, in whatever order the two events of it arrive."""
    desk.take_in("1", email="ada@example.com", job_role="owner")
    record_id = desk.record("1").record.id

    desk.tell(desk.crm.delete("1", erase=True))
    desk.settle()

    assert RecordStatus.ERASED is status_of(desk, record_id)
    assert {} == desk.record("1").record.values
    assert desk.kinds("1")[-1] == "erased"
    assert desk.faults() == []


@pytest.mark.parametrize("into", ["9", "1"], ids=["new id", "primary's id"])
def test_a_merge_keeps_one_timeline(desk: Desk, into: str) -> None:
    """The oldest record goes on under the survivor's id; the other is closed."""
    desk.take_in("1", "mql")
    desk.take_in("2")
    kept, lost = desk.record("1").record.id, desk.record("2").record.id

    desk.tell(desk.crm.merge("1", "2", into))
    desk.settle()

    assert kept == desk.record(into).record.id
    assert RecordStatus.ACTIVE is status_of(desk, kept)
    assert RecordStatus.CLOSED is status_of(desk, lost)
    assert "merged" in desk.kinds(into)
    assert LinkStatus.MERGED == desk.link("2")["status"]
    assert desk.faults() == []


@pytest.mark.parametrize("into", ["9", "1"], ids=["new id", "primary's id"])
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_a_merge_survives_news_of_the_merged_in_the_same_batch(
    desk: Desk, into: str, *, first: bool
) -> None:
    """Reading a merged-away object does not close the record that goes on."""
    desk.take_in("1", "mql")
    desk.take_in("2")
    kept = desk.record("1").record.id
    event = desk.crm.merge("1", "2", into)

    if first:
        hint(desk, "1", "2")
    desk.tell(event)
    if not first:
        hint(desk, "1", "2")
    desk.settle()

    assert kept == desk.record(into).record.id
    assert RecordStatus.ACTIVE is status_of(desk, kept)
    assert desk.faults() == []


def test_a_merge_told_after_the_deletions_reopens(desk: Desk) -> None:
    """When the merged objects were seen gone first, the timeline still goes on."""
    desk.take_in("1", "mql")
    desk.take_in("2")
    kept = desk.record("1").record.id
    event = desk.crm.merge("1", "2", "9")
    hint(desk, "1", "2")
    desk.settle()
    assert RecordStatus.CLOSED is status_of(desk, kept)

    desk.tell(event)
    desk.settle()

    assert kept == desk.record("9").record.id
    assert RecordStatus.ACTIVE is status_of(desk, kept)
    assert desk.faults() == []


def test_a_merge_that_only_polling_sees(desk: Desk) -> None:
    """Without a webhook the survivor itself tells what went into it."""
    desk.take_in("1", "mql")
    desk.take_in("2")
    kept = desk.record("1").record.id
    desk.crm.merge("1", "2", "9")

    desk.poll()
    desk.settle()

    assert kept == desk.record("9").record.id
    assert desk.faults() == []


def test_a_merge_of_strangers_takes_the_survivor_in(desk: Desk) -> None:
    """Objects that were never under care leave nothing to merge."""
    desk.crm.create("1")
    desk.crm.create("2")

    desk.tell(desk.crm.merge("1", "2", "9"))
    desk.settle()

    assert ["entered"] == desk.kinds("9")


def test_a_write_to_an_object_that_is_gone_ends(desk: Desk) -> None:
    """A move that cannot arrive any more closes the record instead of trying on."""
    desk.take_in("1")
    desk.tell(*desk.qualify("1"))
    desk.advance()
    desk.crm.delete("1")

    desk.settle()

    assert RecordStatus.CLOSED is desk.record("1").status
    assert desk.letters() == []
    assert desk.faults() == []
