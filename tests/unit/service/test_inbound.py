"""Events as networks deliver them: twice, late, out of order, all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import EventKind
from leadstate.errors import BadBody, BadSignature

if TYPE_CHECKING:
    from doubles import Desk


def test_an_event_delivered_twice_has_one_effect(desk: Desk) -> None:
    """A second delivery finds the key taken: one inbox row, one history row."""
    event = desk.crm.create("1")

    assert (1, 1) == desk.tell(event)
    assert (1, 0) == desk.tell(event)
    desk.settle()
    assert (1, 0) == desk.tell(event)
    desk.settle()

    assert desk.kinds("1") == ["entered"]


def test_events_out_of_order_end_where_the_crm_is(desk: Desk) -> None:
    """The newest state counts, whatever order the hints come in."""
    desk.take_in("1", "mql")
    events = [*desk.drag("1", "sal"), *desk.drag("1", "nurture")]

    for event in reversed(events):
        desk.tell(event)
        desk.settle()

    assert desk.stage("1") == "nurture"
    assert desk.faults() == []


def test_an_event_of_an_object_that_is_not_known_takes_it_in(desk: Desk) -> None:
    """A change may be the first that is heard of an object."""
    desk.crm.create("1")

    desk.tell(*desk.crm.edit("1", budget="5"))
    desk.settle()

    assert desk.kinds("1") == ["entered"]


def test_a_new_object_that_qualifies_enters_and_moves_in_one_commit(
    desk: Desk,
) -> None:
    """What an object brings with it is judged at once."""
    desk.crm.create("1")
    desk.qualify("1")

    desk.tell(desk.crm.told[0])
    desk.settle()

    assert desk.kinds("1") == ["entered", "moved"]
    assert ("mql", "marketingqualifiedlead") == (desk.stage("1"), desk.crm.stage("1"))


def test_an_object_first_seen_late_has_no_invented_past(desk: Desk) -> None:
    """Only in the first stage is the moment of entering known."""
    desk.take_in("1", "sal")

    [entered] = desk.history("1")
    assert entered.happened_at is None
    assert entered.note == "was in this stage already when first seen"


def test_ignored_events_are_acknowledged_and_not_kept(desk: Desk) -> None:
    """An authentic event that means nothing to us is answered and forgotten."""
    event = desk.crm.create("1")
    desk.crm.told[0] = replace(event, kind=EventKind.IGNORED)

    assert (1, 0) == desk.tell(desk.crm.told[0])
    assert desk.waiting() == {}


def test_events_of_another_kind_of_object_are_not_taken_for_ours(desk: Desk) -> None:
    """A company may have the same id as a contact; its merge merges no contacts."""
    desk.take_in("1")
    desk.take_in("2")
    told = replace(
        desk.crm.told[0],
        key="of-a-company",
        object="companies",
        kind=EventKind.MERGED,
        id="2",
        into="1",
        merged_ids=("2",),
    )
    desk.crm.told.append(told)

    assert (1, 0) == desk.tell(told)
    desk.settle()

    assert ["entered"] == desk.kinds("2")


@pytest.mark.parametrize(
    ("signature", "body", "error"),
    [("forged", b"[0]", BadSignature), ("good", b"{", BadBody)],
)
def test_what_is_not_the_crms_is_not_stored(
    desk: Desk, signature: str, body: bytes, error: type[Exception]
) -> None:
    """A forged or garbled request raises, and leaves no row."""
    event = desk.crm.create("1")
    request = replace(desk.request(event, signature=signature), body=body)

    with pytest.raises(error):
        desk.deliver(request)

    assert desk.waiting() == {}


@pytest.mark.parametrize("ahead", [2, 240])
def test_a_crm_whose_clock_runs_before_ours_is_believed(desk: Desk, ahead: int) -> None:
    """An event of this moment counts at once: nothing would look at it again later."""
    desk.take_in("1")
    there = desk.clock.now() + timedelta(seconds=ahead)

    desk.tell(*desk.qualify("1"))
    thing = desk.crm.things["1"]
    thing.properties["last_demo_request_at"] = there.isoformat()
    thing.updated_at = there
    desk.settle(seconds=60)

    assert desk.stage("1") == "mql"
    assert desk.faults() == []


def test_what_happens_while_an_object_is_read_counts(desk: Desk) -> None:
    """A slow reading is judged as of its end."""
    desk.take_in("1")
    event = desk.crm.edit("1", budget="5")
    desk.adapter.before_read = lambda: (desk.clock.sleep(3), desk.qualify("1"))

    desk.tell(*event)
    desk.advance()

    assert desk.stage("1") == "mql"
