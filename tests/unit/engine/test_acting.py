"""Actions as effects: what changes in the record, and what others are to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from one_case import LIFECYCLE, NOON, PEOPLE, case_of, ran, those

from leadstate.domain.action import Assign, AssignBy
from leadstate.domain.clock import TimerKind
from leadstate.domain.effect import (
    Assigned,
    CallMade,
    Escalated,
    FieldSet,
    Flagged,
    Happened,
    MessageSent,
    NoteLeft,
    TaskGiven,
    Unflagged,
)
from leadstate.domain.history import Cause
from leadstate.domain.people import People
from leadstate.domain.signal import Changed, ManualMove, TimerDue
from leadstate.engine.acting import ActionTrigger, act
from leadstate.engine.draft import CaseDraft
from leadstate.engine.rota import Rota

CHANGED = Changed(at=NOON, source="crm")


def _draft(**values: object) -> CaseDraft:
    return CaseDraft.of(LIFECYCLE, case_of("mql", **values), NOON)


def _assigned(draft: CaseDraft, *, keep: bool) -> list[object]:
    """Let somebody of sales get the record; return what came of it."""
    action = Assign(team="sales", by=AssignBy.ROUND_ROBIN, keep=keep)
    act(draft, [action], ActionTrigger(name="enter", at=NOON))
    return list(draft.effects)


def test_a_record_is_given_to_whose_turn_it_is() -> None:
    """With the field, the event for clocks that wait for it, and a turn that counts."""
    found = ran(case_of("lead", need="a CRM"), CHANGED)

    [turn] = those(found, Assigned)
    assert ("ann", "sales", True) == (turn.person, turn.team, turn.given)
    assert "given to Ann Smith, round robin of sales" == turn.origin.note
    assert [("rep", None, "ann", "leadstate")] == [
        (one.field, one.before, one.value, one.source) for one in those(found, FieldSet)
    ]
    assert ["assigned"] == [one.event for one in those(found, Happened)]
    assert {"ann": 1} == found.case.rota.places


def test_the_next_record_goes_to_the_next_person() -> None:
    """The rota is handed from one case to the next."""
    first = ran(case_of("lead", need="a CRM"), CHANGED)
    second = replace(case_of("lead", need="a phone"), rota=first.case.rota)

    found = ran(second, CHANGED)

    assert "bob" == found.case.record.values["rep"]


def test_who_has_it_already_gets_a_turn_and_nothing_new() -> None:
    """It is counted, and the field stays as it is."""
    draft = _draft(rep="ann")

    [turn] = _assigned(draft, keep=False)

    assert isinstance(turn, Assigned)
    assert ("ann", False) == (turn.person, turn.given)
    assert {"ann": 1} == draft.rota.places


def test_an_owner_who_is_kept_had_no_turn() -> None:
    """Nothing at all comes of it."""
    draft = _draft(rep="bob")

    assert [] == _assigned(draft, keep=True)
    assert {} == draft.rota.places


def test_where_nobody_is_there_a_person_has_to_look() -> None:
    """The record waits with a flag."""
    case = replace(
        case_of("lead", need="a CRM"),
        rota=Rota(people=People({"hal": PEOPLE.by_name["hal"]})),
    )

    found = ran(case, CHANGED)

    assert ["nobody of sales is there to take it over"] == [
        one.why for one in those(found, Flagged)
    ]
    assert [] == those(found, Assigned)


def test_without_people_nobody_is_given_anything() -> None:
    """Nor is a record listed for each of them."""
    draft = replace(_draft(), rota=Rota())

    assert [] == _assigned(draft, keep=False)
    assert draft.flag is None


def test_what_others_do_carries_its_texts_and_a_name_of_its_own() -> None:
    """Tasks, notes, messages and calls, by the place of the action in the file."""
    case = case_of("lead", need="a CRM", first_name="Ada")

    found = ran(case, CHANGED)

    [task] = those(found, TaskGiven)
    assert ("Call Ada", NOON + timedelta(hours=2), "ann", "enter:mql:0:1") == (
        task.text,
        task.due_at,
        task.to,
        task.action,
    )
    [note] = those(found, NoteLeft)
    assert "Budget >= 100: nothing known by : " == note.text
    [message] = those(found, MessageSent)
    assert ("chat", "New", "mql from lead", "enter:mql:0", NOON) == (
        message.channel,
        message.subject,
        message.text,
        message.event,
        message.at,
    )
    [call] = those(found, CallMade)
    assert ("page", {"what": "r"}, "a CRM") == (
        call.name,
        call.settings,
        call.values["need"],
    )


def test_an_escalated_stage_names_its_team_or_whoever_is_named() -> None:
    """A stage of nobody needs somebody who is named, or any person."""
    sal = ran(
        case_of("lead", budget=200.0),
        ManualMove(transition="skip", actor="ann", at=NOON),
    )
    parked = ran(
        case_of("lead"),
        ManualMove(transition="park", actor="ann", at=NOON, reason="timing"),
    )

    assert ["sales"] == [one.to for one in those(sal, Escalated)]
    assert ["heads"] == [one.to for one in those(parked, Escalated)]
    assert "Nurture needs somebody: heads has to act" == parked.case.flag


def test_a_field_that_has_the_value_is_not_set() -> None:
    """There would be nothing to judge."""
    skip = ManualMove(transition="skip", actor="ann", at=NOON)

    new = ran(case_of("lead", budget=200.0, need="a CRM"), skip)
    same = ran(case_of("lead", budget=200.0, need="more"), skip)

    assert ["more"] == [one.value for one in those(new, FieldSet)]
    assert [] == those(same, FieldSet)


def test_a_broken_sla_is_escalated_in_its_clock_too() -> None:
    """By the timer; the move that follows takes the record off the list."""
    case = ran(case_of("mql"), CHANGED).case
    due = TimerDue(
        at=NOON + timedelta(hours=4),
        stage_version=3,
        kind=TimerKind.BREACH,
        sla="accept",
    )

    found = ran(case, due, now=due.at)
    park = ManualMove(transition="park", actor="ann", at=due.at, reason="timing")
    on = ran(replace(found.case, flag="x"), Changed(at=due.at), park, now=due.at)

    [escalated] = those(found, Escalated)
    assert ("marketing", Cause.TIMER) == (escalated.to, escalated.origin.cause)
    assert ["marketing"] == [one.escalated_to for one in found.case.clocks]
    assert "Nurture needs somebody: heads has to act" == on.case.flag
    assert [] == those(on, Unflagged)
