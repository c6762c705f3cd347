"""A record that is only observed: it is followed, and nothing is done about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from one_case import LIFECYCLE, NOON, case_of, ran, those

from leadstate.domain.clock import TimerKind
from leadstate.domain.effect import CameUnderCare, Entered, Moved, TimersArmed
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.signal import (
    Changed,
    FieldEdit,
    FirstSeen,
    ManualMove,
    MovedOutside,
    PauseClocks,
    Reclock,
    TimerDue,
    WentLive,
)
from leadstate.engine.journal import history_entry

if TYPE_CHECKING:
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Case

LATER = NOON + timedelta(hours=5)
LIVE = WentLive(at=LATER, source="crm", actor="ann", note="crm went live")
SEEN = FirstSeen(at=NOON, source="crm", note="first seen in the CRM")


def observed(stage: str, **values: object) -> Case:
    """Return a case of a record that is not under care."""
    return replace(case_of(stage, **values), since=None)


def dragged(stage: str) -> MovedOutside:
    return MovedOutside(stage=stage, at=NOON, source="crm", actor="bob")


@pytest.mark.parametrize(
    "signal",
    [
        Changed(at=NOON, source="crm"),
        ManualMove(transition="qualify", actor="ann", at=NOON),
        FieldEdit(field="need", value="more", actor="ann", at=NOON),
        PauseClocks(reason="holiday", actor="ann", at=NOON),
        TimerDue(at=NOON, stage_version=3, kind=TimerKind.LOOK),
        Reclock(at=NOON, stage_version=3),
    ],
)
def test_nothing_is_judged_and_nothing_done(signal: Signal) -> None:
    """What would move it under care moves nothing, starts no clock, arms no timer."""
    found = ran(observed("lead", need="a tool"), signal, now=LATER)

    assert ran(case_of("lead", need="a tool"), signal, now=LATER).effects
    assert () == found.effects
    assert () == found.decisions
    assert observed("lead", need="a tool") == found.case


def test_it_is_known_from_when_it_was_first_seen() -> None:
    """The history tells where it was found; nothing follows from it."""
    found = ran(observed("lead", need="a tool"), SEEN, now=LATER)

    assert [Entered] == [type(one) for one in found.effects]
    assert "lead" == found.case.record.stage


@pytest.mark.parametrize("stage", ["mql", "sal", "nurture", "won"])
def test_it_goes_where_people_move_it(stage: str) -> None:
    """No criterion, role or approval counts, and no action of a stage is taken."""
    found = ran(observed("lead"), dragged(stage), now=LATER)

    [moved] = found.effects
    assert isinstance(moved, Moved)
    assert stage == found.case.record.stage
    assert NOON == found.case.record.entered_at
    assert (None, OutsideAnswer.ACCEPT) == (moved.step.transition, moved.answer)
    assert (Cause.OUTSIDE, "bob") == (moved.origin.cause, moved.origin.actor)
    assert found.moved


def test_a_move_counts_the_trips_and_says_nothing_twice() -> None:
    """Back from a parked stage the next trip begins; where it stands is no move."""
    parked = ran(observed("lead"), dragged("nurture")).case
    back = ran(parked, dragged("lead"))

    assert 2 == back.case.record.pass_number
    assert () == ran(back.case, dragged("lead")).effects


def test_it_leaves_a_stage_that_an_edited_workflow_does_not_have() -> None:
    """Where it was is kept as it was."""
    found = ran(observed("demo booked"), dragged("lead"))

    [moved] = those(found, Moved)
    assert ("demo booked", "lead") == (moved.step.source, moved.step.target)
    assert 1 == found.case.record.pass_number


def test_going_live_judges_it_as_it_stands() -> None:
    """It qualifies now, whatever it was before; its clocks count from now."""
    found = ran(observed("lead", need="a tool"), LIVE, now=LATER)

    [care] = those(found, CameUnderCare)
    [moved] = those(found, Moved)
    assert found.effects.index(care) < found.effects.index(moved)
    assert (LATER, "qualify") == (moved.origin.at, moved.step.transition)
    assert LATER == found.case.since
    assert [LATER] == [one.counts_from for one in found.case.clocks]


def test_going_live_does_nothing_about_what_was_before() -> None:
    """The stage was entered long ago: no action of it, no breach, a clock from now."""
    old = observed("mql")
    old = replace(old, record=replace(old.record, entered_at=NOON - timedelta(days=99)))

    found = ran(old, LIVE, now=LATER)

    assert [CameUnderCare] == [type(one) for one in found.effects][:1]
    assert not {"TaskGiven", "SlaChanged", "Escalated", "MessageSent"} & {
        type(one).__name__ for one in found.effects
    }
    [armed] = those(found, TimersArmed)
    assert all(one.due_at > LATER for one in armed.timers)


def test_going_live_is_as_being_seen_for_the_first_time_then() -> None:
    """Observing leaves no trace in what follows."""
    seen = replace(SEEN, at=LATER)
    for case in (observed("lead", need="x"), observed("mql"), observed("nurture")):
        fresh = replace(case, since=LATER)
        first = ran(fresh, seen, now=LATER)
        live = ran(case, LIVE, now=LATER)
        assert list(map(type, first.effects[1:])) == list(map(type, live.effects[1:]))
        assert first.case == live.case


def test_a_second_object_that_goes_live_is_told_and_judges_nothing() -> None:
    """The record is under care already."""
    found = ran(case_of("lead", need="a tool"), LIVE, now=LATER)

    assert not those(found, Moved)
    assert NOON == found.case.since
    assert those(found, CameUnderCare)


def test_news_and_going_live_come_in_one() -> None:
    """The move was made while it was observed; what it is now is judged."""
    found = ran(observed("nurture", need="a tool"), dragged("lead"), LIVE, now=LATER)

    assert ["lead", "mql"] == [one.step.target for one in those(found, Moved)]
    assert LATER == found.case.since


def test_the_history_says_who_took_it_under_care() -> None:
    """One row, by the person, with the connection."""
    [care] = those(ran(observed("sal"), LIVE, now=LATER), CameUnderCare)
    entry = history_entry(
        care, record_id="r", event="e", now=LATER, version=LIFECYCLE.version
    )

    assert (HistoryKind.WENT_LIVE, Cause.MANUAL) == (entry.kind, entry.cause)
    assert ("ann", "crm", "sal") == (entry.actor, entry.source, entry.from_stage)
    assert "crm went live" == entry.note
