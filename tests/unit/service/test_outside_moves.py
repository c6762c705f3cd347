"""Moves made in the CRM: accepted, flagged, or put back with a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles import BANT, PERSON, US, WithoutNotes

from leadstate.domain.history import Cause

if TYPE_CHECKING:
    from doubles import Desk


def test_a_move_along_the_rules_is_accepted(desk: Desk) -> None:
    """The record follows a person who keeps to the agreement; nothing is written."""
    desk.take_in("1", "mql")

    desk.tell(*desk.drag("1", "sal"))
    desk.settle()

    last = desk.history("1")[-1]
    assert ("sal", "accept", "accept") == (last.to_stage, last.transition, last.answer)
    assert (PERSON, Cause.OUTSIDE) == (last.actor, last.cause)
    assert desk.record("1").flag is None
    assert desk.crm.ours() == []


def test_a_move_against_the_criteria_is_flagged(desk: Desk) -> None:
    """The record follows, and is listed for a person with the way it went."""
    desk.take_in("1", "mql", lead_tags="spam")

    desk.tell(*desk.drag("1", "sal"))
    desk.settle()

    assert desk.stage("1") == "sal"
    assert desk.history("1")[-1].answer == "flag"
    flag = "moved in the CRM from 'mql' to 'sal' against the criteria"
    assert flag == desk.record("1").flag


def test_a_jump_along_no_transition_is_flagged(desk: Desk) -> None:
    """A way that the agreement does not have is followed and listed."""
    desk.take_in("1")

    desk.tell(*desk.drag("1", "won"))
    desk.settle()

    last = desk.history("1")[-1]
    assert ("won", None, "flag") == (last.to_stage, last.transition, last.answer)


def test_the_next_move_clears_the_flag(desk: Desk) -> None:
    """A move along the rules ends the waiting for a person."""
    desk.take_in("1", "mql", lead_tags="spam")
    desk.tell(*desk.drag("1", "sal"))
    desk.settle()

    desk.move("1", "recycle", "sales", reason="no_budget")

    assert desk.record("1").flag is None


def test_a_move_that_is_put_back_says_what_is_missing(desk: Desk) -> None:
    """The CRM is put back, and a note names every criterion that is open."""
    desk.take_in("1", "sal", job_role="manager")

    desk.tell(*desk.drag("1", "sql"))
    desk.settle()

    assert ("sal", "174913201") == (desk.stage("1"), desk.crm.stage("1"))
    assert ["entered", "reverted"] == desk.kinds("1")
    [(object_id, text, _)] = desk.crm.notes
    assert object_id == "1"
    first, *rest = text.splitlines()
    assert first == "Leadstate moved this lead back to SAL."
    assert "Why: the criteria of 'confirm' are not met." in rest
    assert "Missing for SQL:" in rest
    for label in ("Budget", "Authority", "Need", "Timing", "Technically feasible"):
        assert label in text


def test_a_revert_writes_and_notes_once(desk: Desk) -> None:
    """Two events about one drag, delivered twice, put it back once."""
    desk.take_in("1", "sal")

    events = desk.drag("1", "sql")
    desk.tell(*events, *events)
    desk.tell(*reversed(events))
    desk.settle()
    desk.tell_all()
    desk.settle()

    assert len(desk.crm.notes) == 1
    assert desk.kinds("1").count("reverted") == 1
    assert (
        len([one for one in desk.crm.ours() if one.property == "lifecyclestage"]) == 1
    )


def test_the_loop_breaker_follows_after_three_reverts(desk: Desk) -> None:
    """Whoever insists for the fourth time is followed, and flagged."""
    desk.take_in("1", "sal")

    for _ in range(3):
        desk.tell(*desk.drag("1", "sql"))
        desk.settle()
        assert desk.stage("1") == "sal"
    assert desk.link("1")["reverts"] == 3
    desk.tell(*desk.drag("1", "sql"))
    desk.settle()

    assert ("sql", "salesqualifiedlead") == (desk.stage("1"), desk.crm.stage("1"))
    assert "against the criteria" in (desk.record("1").flag or "")
    assert len(desk.crm.notes) == 3
    assert desk.link("1")["reverts"] == 0


def test_a_drag_that_now_meets_the_criteria_is_accepted(desk: Desk) -> None:
    """The facts that come with the drag are judged with it."""
    desk.take_in("1", "sal", job_role="director")

    desk.tell(*desk.crm.edit("1", **BANT), *desk.drag("1", "sql"))
    desk.settle()

    assert ("sql", "accept") == (desk.stage("1"), desk.history("1")[-1].answer)
    assert {one.actor for one in desk.crm.log} == {PERSON}


def test_a_reason_given_in_the_crm_is_kept(desk: Desk) -> None:
    """The reason's property travels into the history row."""
    desk.take_in("1", "mql")

    events = desk.drag("1", "nurture")
    desk.tell(*desk.crm.edit("1", rejection_reason="no_budget"), *events)
    desk.settle()

    last = desk.history("1")[-1]
    assert ("nurture", "no_budget") == (last.to_stage, last.reason)


def test_our_reason_is_written_with_the_stage(desk: Desk) -> None:
    """A reason given to Leadstate stands in the CRM beside the new stage."""
    desk.take_in("1", "mql")

    desk.move("1", "recycle", "sales", reason="no_answer")
    desk.settle()

    assert "no_answer" == desk.crm.things["1"].properties["rejection_reason"]
    assert US == desk.crm.log[-1].actor


def test_a_crm_without_notes_is_still_put_back(desk: Desk) -> None:
    """Notes are optional: the stage goes back without one."""
    adapter = WithoutNotes(desk.adapter)
    object.__setattr__(desk.connected, "adapter", adapter)
    desk.take_in("1", "sal")

    desk.tell(*desk.drag("1", "sql"))
    desk.advance()
    desk.push()

    assert desk.crm.stage("1") == "174913201"
    assert desk.crm.notes == []
