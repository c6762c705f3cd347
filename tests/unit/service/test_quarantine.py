"""A stage that nobody mapped is put aside with a reason; it heals by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.service.dead_letters import letters, replay
from leadstate.store import LinkStatus, RecordStatus

if TYPE_CHECKING:
    from doubles import Desk


def test_an_unknown_stage_of_a_new_object_is_never_guessed(desk: Desk) -> None:
    """No record comes under care; the letter says what to do in which file."""
    desk.tell(desk.crm.create("1", lifecyclestage="other"))
    desk.settle()

    assert [("link", "1", "unknown stage")] == desk.letters()
    [letter] = letters(desk.app)
    assert "lifecyclestage='other'" in letter.detail
    assert "bind it under 'stages' in the binding file" in letter.detail
    link = desk.link("1")["row"]
    assert (LinkStatus.QUARANTINED, None) == (link.status, link.record_id)


def test_a_known_record_in_quarantine_stays_where_it_was(desk: Desk) -> None:
    """Nobody invents a move out of a value that nobody mapped."""
    desk.take_in("1", "mql")

    desk.tell(*desk.crm.edit("1", lifecyclestage="other"))
    desk.settle()

    assert desk.stage("1") == "mql"
    assert ["entered"] == desk.kinds("1")
    assert LinkStatus.QUARANTINED == desk.link("1")["status"]


def test_a_mapped_value_heals_and_answers_the_letter(desk: Desk) -> None:
    """When the CRM shows a known stage again, the letter is closed."""
    desk.tell(desk.crm.create("1", lifecyclestage="other"))
    desk.settle()

    desk.tell(*desk.crm.edit("1", lifecyclestage="lead"))
    desk.settle()

    assert desk.letters() == []
    assert ["entered"] == desk.kinds("1")
    assert LinkStatus.ACTIVE == desk.link("1")["status"]


def test_deleting_a_quarantined_object_answers_the_letter(desk: Desk) -> None:
    """There is nothing left to understand."""
    desk.tell(desk.crm.create("1", lifecyclestage="other"))
    desk.settle()

    desk.tell(desk.crm.delete("1"))
    desk.settle()

    assert desk.letters() == []
    assert LinkStatus.GONE == desk.link("1")["status"]


def test_a_record_moved_during_quarantine_is_held_against_the_crm(desk: Desk) -> None:
    """After healing, both sides agree again, or a person is told."""
    desk.take_in("1", "mql")
    desk.tell(*desk.crm.edit("1", lifecyclestage="other"))
    desk.settle()
    desk.move("1", "accept", "sales")
    desk.settle()
    assert desk.crm.stage("1") == "other"

    desk.tell(*desk.drag("1", "mql"))
    desk.settle()

    shown = desk.connected.binding.stage_of(desk.crm.things["1"].properties)
    assert shown == desk.stage("1")
    assert desk.faults() == []


def test_replaying_the_letter_reads_the_object_again(desk: Desk) -> None:
    """A replay looks again; the letter comes back while the cause is there."""
    desk.tell(desk.crm.create("1", lifecyclestage="other"))
    desk.settle()
    [letter] = letters(desk.app)

    assert letter.id == replay(desk.app, letter.id).id
    desk.settle()
    [again] = letters(desk.app)
    desk.crm.edit("1", lifecyclestage="lead")
    desk.clock.sleep(1)
    replay(desk.app, again.id)
    desk.settle()

    assert letters(desk.app) == []
    assert RecordStatus.ACTIVE is desk.record("1").status
    assert {letter.id, again.id} == {
        one.id for one in letters(desk.app, open_only=False)
    }
