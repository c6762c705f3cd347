"""When it happened, was learnt, and was decided: three times, never mixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from one_case import those
from stopwatch import moment

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import ClockState, TimerKind
from leadstate.domain.effect import (
    Assigned,
    FieldSet,
    Happened,
    Moved,
    SlaChanged,
    WouldHaveQualified,
)
from leadstate.domain.history import HistoryKind
from leadstate.domain.people import People, Person
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import (
    Changed,
    FirstSeen,
    ManualMove,
    MovedOutside,
    TimerDue,
)
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.engine.journal import history_entry
from leadstate.engine.rota import Rota
from leadstate.engine.timeline import Timeline

if TYPE_CHECKING:
    from leadstate.domain.clock import SlaClock
    from leadstate.engine.case import Consequences

LIFECYCLE = load_workflow_text("""
workflow: times
title: Times
timezone: Europe/Berlin
teams: {marketing: {calendar: office}, sales: {calendar: office}}
fields:
  hot: boolean
  rep: owner
scores:
  interest: {half_life: 7 days, events: {demo: 40, visit: 10}}
calendars:
  office: {timezone: UTC, hours: {mon-fri: 09:00-17:00}}
stages:
  lead:
    owner: marketing
    initial: true
    sla: {reach: {within: 2h, calendar: office, then: escalate}}
  mql:
    owner: sales
    on_enter: [{assign: sales}, {set: {hot: true}}]
    sla:
      accept: {within: 4h, calendar: office, warn_at: 50%, then: escalate}
      touch: {within: 4h, calendar: office, until: touched, then: escalate}
      routing: {within: 1h, calendar: office, until: assigned, then: escalate}
  sql: {owner: sales, sla: {reply: {within: 4h, calendar: office, then: escalate}}}
  nurture: {owner: marketing, kind: parked, wake: {after: 30 days, to: lead}}
  won: {kind: won}
transitions:
  qualify:
    from: lead
    to: mql
    automatic: true
    when: score.interest >= 40 and score.interest < 80
  warm: {from: lead, to: sql, automatic: true, when: score.interest >= 80}
  accept: {from: mql, to: sql}
  park: {from: any open, to: nurture}
  win: {from: any open, to: won}
""")
PEOPLE = People({"ann": Person(name="ann", roles=frozenset({"sales"}))})
CARE = moment("02 09:00")


def case_of(stage: str, entered: str, *happened: tuple[str, str]) -> Case:
    """Return a record that has been under care for a week."""
    record = Record(
        id="r",
        stage=stage,
        stage_version=1,
        entered_at=moment(entered),
        happenings=tuple(Happening(name, moment(at)) for name, at in happened),
    )
    case = Case(record=record, since=CARE, rota=Rota(people=PEOPLE))
    return run(LIFECYCLE, case, [], now=moment(entered)).case


def learns(case: Case, name: str, at: str, now: str) -> Consequences:
    """Let behaviour be learnt."""
    fresh = Happening(name, moment(at))
    known = (*case.record.happenings, fresh)
    record = replace(case.record, happenings=known)
    changed = Changed(at=moment(at), source="crm", happened=(fresh,))
    return run(LIFECYCLE, replace(case, record=record), [changed], now=moment(now))


def clocks(found: Consequences) -> dict[str, SlaClock]:
    """Return the clocks by their SLAs."""
    return {one.sla: one for one in found.case.clocks}


# -- a move that late data lead to -----------------------------------------------------


def test_a_move_that_late_data_lead_to_is_made_when_it_is_decided() -> None:
    """Since when it qualified stands beside; what follows is of now, too."""
    found = learns(case_of("lead", "10 09:00"), "demo", "10 12:00", "10 12:00")
    assert [None] == [one.qualified_at for one in those(found, Moved)]

    case = case_of("lead", "10 09:00", ("visit", "10 10:00"))
    found = learns(case, "demo", "10 11:00", "10 15:00")

    [moved] = those(found, Moved)
    assert (moment("10 15:00"), moment("10 11:00")) == (
        moved.origin.at,
        moved.qualified_at,
    )
    assert moment("10 15:00") == found.case.record.entered_at
    assert {moment("10 15:00")} == {
        *(one.at for one in those(found, FieldSet)),
        *(one.at for one in those(found, Happened)),
        *(one.origin.at for one in those(found, Assigned)),
    }


def test_late_data_start_and_break_nothing() -> None:
    """The team has all of its time from the moment at which it could know."""
    case = case_of("lead", "10 09:00", ("visit", "10 09:00"))

    found = learns(case, "demo", "10 09:10", "11 12:00")

    clock = clocks(found)["accept"]
    assert (moment("11 12:00"), moment("11 16:00"), True) == (
        clock.started_at,
        clock.due_at,
        clock.measured,
    )
    assert ["warn:accept:50%"] == [
        one.key for one in found.case.timers if one.sla == "accept"
    ]
    assert moment("11 14:00") == min(one.due_at for one in found.case.timers)


def test_late_data_withdraw_the_breach_of_the_stage_that_it_should_have_left() -> None:
    """It qualified an hour after it came; nobody had to reach it any more."""
    case = case_of("lead", "10 09:00", ("visit", "10 09:00"))
    due = TimerDue(at=moment("10 11:00"), stage_version=1, kind=TimerKind.BREACH,
                   sla="reach")  # fmt: skip
    case = run(LIFECYCLE, case, [due], now=moment("10 11:00")).case

    found = learns(case, "demo", "10 10:00", "10 15:00")

    reach = clocks(found)["reach"]
    assert ["withdrawn"] == [one.kind for one in those(found, SlaChanged)]
    assert (ClockState.MET, moment("10 10:00")) == (reach.state, reach.ended_at)


def test_a_record_that_qualifies_no_longer_is_told_once() -> None:
    """It was warm enough a week ago; a second look says nothing more of it."""
    case = case_of("lead", "02 09:00")

    found = learns(case, "demo", "03 09:00", "10 12:00")

    [told] = those(found, WouldHaveQualified)
    assert [] == those(found, Moved)
    row = history_entry(
        told, record_id="r", event="crm:1", now=moment("10 12:00"), version="v"
    )
    assert ("would_have_qualified", "lead", "mql", "qualify") == (
        row.kind,
        row.from_stage,
        row.to_stage,
        row.transition,
    )
    assert (moment("10 12:00"), moment("03 09:00")) == (
        row.happened_at,
        row.qualified_at,
    )
    assert "would have qualified for 'mql' at Tue 2026-03-03 10:00" in row.note
    again = run(
        LIFECYCLE,
        found.case,
        [Changed(at=moment("10 13:00"))],
        now=moment("10 13:00"),
    )
    assert [] == those(again, WouldHaveQualified)


def test_what_is_not_taken_now_is_told_beside_what_is() -> None:
    """Two demos made it an SQL a week ago; today it is worth an MQL."""
    case = case_of("lead", "02 09:00", ("demo", "03 09:00"), ("visit", "10 11:59"))
    case = replace(case, record=replace(case.record, stage="lead"))

    found = learns(case, "demo", "03 09:00", "10 12:00")

    [moved] = those(found, Moved)
    assert ("qualify", "mql") == (moved.step.transition, moved.step.target)
    [told] = those(found, WouldHaveQualified)
    assert ("warm", "lead", moment("03 09:00")) == (
        told.transition,
        told.position.stage,
        told.qualified_at,
    )


def test_a_timeline_tells_what_would_have_been() -> None:
    """So does a scenario, when an event of its story comes late."""
    record = Record(id="r", stage="lead", entered_at=moment("02 09:00"))
    line = Timeline(LIFECYCLE, record, start=moment("10 12:00"), people=PEOPLE)

    line.pass_until(moment("10 12:00"), [Happening("demo", moment("03 09:00"))])

    told = line.course().occurrences
    assert ["qualify"] == [
        one.name for one in told if one.kind is HistoryKind.WOULD_HAVE_QUALIFIED
    ]


# -- when clocks start -----------------------------------------------------------------


def test_an_outside_move_that_is_learnt_late_starts_its_clocks_when_it_is_learnt(
) -> None:  # fmt: skip
    """The CRM says when it was made; nobody is charged for the days in between."""
    case = case_of("lead", "09 09:00")
    dragged = MovedOutside(stage="mql", at=moment("10 10:00"), source="crm")

    found = run(LIFECYCLE, case, [dragged], now=moment("16 11:00"))

    assert moment("10 10:00") == found.case.record.entered_at
    clock = clocks(found)["accept"]
    assert (moment("10 10:00"), moment("16 11:00"), moment("16 15:00"), False) == (
        clock.entered_at,
        clock.started_at,
        clock.due_at,
        clock.measured,
    )
    told = [one.mark for one in those(found, SlaChanged) if one.clock.sla == "accept"]
    assert [] == told


def test_an_outside_move_that_is_learnt_soon_is_measured() -> None:
    """Seconds late is what every webhook is."""
    case = case_of("lead", "09 09:00")
    dragged = MovedOutside(stage="mql", at=moment("10 10:00"), source="crm")

    clock = clocks(run(LIFECYCLE, case, [dragged], now=moment("10 10:20")))["accept"]

    assert (moment("10 10:20"), True) == (clock.started_at, clock.measured)


def test_the_stage_that_was_left_ends_when_the_crm_says_so() -> None:
    """It was left in time, whenever that is learnt."""
    case = case_of("lead", "10 09:00")
    dragged = MovedOutside(stage="mql", at=moment("10 10:00"), source="crm")

    found = run(LIFECYCLE, case, [dragged], now=moment("16 11:00"))

    reach = clocks(found)["reach"]
    assert (ClockState.MET, moment("10 10:00")) == (reach.state, reach.ended_at)


def test_a_stay_that_was_over_before_it_was_learnt_measures_nothing() -> None:
    """It came and went while nobody could know."""
    case = case_of("lead", "09 09:00")
    dragged = MovedOutside(stage="mql", at=moment("10 10:00"), source="crm")
    case = run(LIFECYCLE, case, [dragged], now=moment("16 11:00")).case
    again = MovedOutside(stage="sql", at=moment("12 10:00"), source="crm")

    found = run(LIFECYCLE, case, [again], now=moment("16 11:00"))

    accept = clocks(found)["accept"]
    assert (ClockState.VOID, False) == (accept.state, accept.measured)
    assert [] == those(found, SlaChanged)


def test_a_record_that_comes_under_care_has_all_its_time_from_then_on() -> None:
    """It was made in January; what was due before is nobody's fault."""
    record = Record(id="r", stage="lead", entered_at=moment("02 09:00"))
    now = moment("10 12:00")
    case = Case(record=record, since=now, rota=Rota(people=PEOPLE))

    found = run(LIFECYCLE, case, [FirstSeen(at=now, source="crm")], now=now)

    clock = clocks(found)["reach"]
    assert (now, moment("10 14:00"), False, None) == (
        clock.started_at,
        clock.due_at,
        clock.measured,
        clock.breached_at,
    )
    assert [] == those(found, SlaChanged)


@pytest.mark.parametrize(("entered", "measured"), [("10 11:30", True), ("09", False)])
def test_an_end_before_the_clock_could_count_ends_it_at_once(
    entered: str, *, measured: bool
) -> None:
    """Whoever had it was assigned before; that is kept only if it was still in time."""
    began = moment(entered if " " in entered else f"{entered} 09:00")
    record = Record(
        id="r", stage="mql", stage_version=1, entered_at=began, values={"rep": "ann"}
    )
    now = moment("10 12:00")
    case = Case(record=record, since=now, rota=Rota(people=PEOPLE))

    found = run(LIFECYCLE, case, [FirstSeen(at=now, source="crm")], now=now)

    routing = clocks(found)["routing"]
    assert (ClockState.MET, now, timedelta(0), measured) == (
        routing.state,
        routing.ended_at,
        routing.used,
        routing.measured,
    )


def test_an_end_in_the_crm_before_the_move_was_learnt_still_ends_the_clock() -> None:
    """It was touched while nobody here could know: nobody has to do it once more."""
    case = case_of("lead", "09 09:00")
    touched = Happening("touched", moment("10 11:00"))
    case = replace(case, record=replace(case.record, happenings=(touched,)))
    dragged = MovedOutside(stage="mql", at=moment("10 10:00"), source="crm")

    found = run(LIFECYCLE, case, [dragged], now=moment("10 12:00"))

    touch = clocks(found)["touch"]
    assert (ClockState.MET, moment("10 12:00")) == (touch.state, touch.ended_at)


# -- what waits to be decided ----------------------------------------------------------


def test_a_move_that_was_asked_for_says_when() -> None:
    """The service was down for two hours; criteria are looked at when it is decided."""
    case = case_of("mql", "10 09:00")
    asked = ManualMove(transition="accept", actor="ann", at=moment("10 10:00"))

    found = run(LIFECYCLE, case, [asked], now=moment("10 12:00"))

    [moved] = those(found, Moved)
    row = history_entry(
        moved, record_id="r", event="cli:1", now=moment("10 12:00"), version="v"
    )
    assert moment("10 12:00") == row.happened_at == row.learnt_at
    assert moment("10 10:00").isoformat() == row.receipt["asked_at"]
    assert moment("10 12:00") == clocks(found)["reply"].started_at


def test_a_move_of_a_timer_that_fires_late_is_made_now() -> None:
    """The next stage has all its time, although the timer waited over a weekend."""
    case = case_of("nurture", "02 09:00")
    due = TimerDue(at=moment("02 09:00") + timedelta(days=30), stage_version=1,
                   kind=TimerKind.WAKE)  # fmt: skip
    now = due.at + timedelta(days=3)

    found = run(LIFECYCLE, case, [due], now=now)

    assert [now] == [one.origin.at for one in those(found, Moved)]
    assert now == clocks(found)["reach"].started_at
