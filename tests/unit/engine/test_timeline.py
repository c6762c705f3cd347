"""Time passes for a record that nobody touches; every timer on the way is judged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.domain.decision import Move, Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.people import Absence, People, Person
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed, ManualMove
from leadstate.engine import timeline
from leadstate.engine.timeline import MOST_TIMERS, Timeline, pass_time, take_signal

if TYPE_CHECKING:
    from leadstate.domain.course import Course

WORKFLOW = """\
workflow: passing
timezone: Europe/Berlin
teams:
  marketing: {calendar: always}
  sales: {calendar: office}
fields:
  email: {type: email, identity: true, personal: true}
  budget: money
  hot: boolean
  until: date
  decision_date: date
  rep: owner
scores:
  interest:
    half_life: 7 days
    events: {demo_requested: 40}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}
  over:
    hours: {mon: 09:00-17:00}
    closed: [2026-03-16]
stages:
  lead: {owner: marketing, initial: true}
  mql:
    owner: marketing
    sla:
      accept:
        within: 8h
        calendar: office
        warn_at: [50%, 1h]
        on_warning: {note: Soon}
        then: escalate
      second: {within: 8h, calendar: office, then: {move: accept}}
    on_leave: {set: {hot: "true"}}
  sal:
    owner: sales
    on_enter: {assign: {team: sales, keep: true}}
    sla:
      first_touch:
        within: 4h
        calendar: owner
        start: assigned
        until: called
        pause: until within next 90 days
        then: [{escalate: boss}, {move: recycle}]
  sql:
    owner: sales
    sla: {win: {within: 1 day, calendar: always, then: {move: win}}}
  nurture:
    owner: marketing
    kind: parked
    wake: {after: 30 days, to: lead, assign: sales, max_passes: 3}
  backlog:
    kind: parked
    wake: {on: decision_date, to: sal}
  ring: {owner: marketing}
  park: {kind: parked, wake: {after: 1 minute, to: ring}}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: score.interest >= 30}
  cool: {from: mql, to: lead, automatic: true, when: score.interest < 5}
  accept: {from: mql, to: sal}
  confirm: {from: sal, to: sql}
  recycle: {from: sal, to: nurture}
  postpone: {from: sal, to: backlog}
  win: {from: sql, to: won, when: budget >= 100}
  circle: {from: lead, to: ring}
  rest: {from: ring, to: park, automatic: true, when: hot is true}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
START = datetime(2026, 3, 10, 12, tzinfo=UTC)  # Tuesday, one o'clock in Berlin
COUNTED = {
    HistoryKind.WARNED: "warned",
    HistoryKind.BREACHED: "breached",
    HistoryKind.ESCALATED: "escalated",
    HistoryKind.MOVED: "moved",
    HistoryKind.PAUSED: "paused",
    HistoryKind.RESUMED: "resumed",
    HistoryKind.ASSIGNED: "assigned",
    HistoryKind.REFUSED: "refused",
}


def record(stage: str, **given: object) -> Record:
    """Return a record that came into its stage at the start."""
    return Record(**({"id": "1", "stage": stage, "entered_at": START} | given))  # type: ignore[arg-type]


def happened(
    record: Record, *, people: People | None = None, **span: float
) -> list[str]:
    """Return what happened in so much time, each as day, time, kind and name."""
    course = pass_time(
        LIFECYCLE,
        record,
        start=START,
        until=START + timedelta(**span),
        people=people,
    )
    return [
        f"{one.at:%d %H:%M} {COUNTED[one.kind]} {one.name}"
        for one in course.occurrences
        if one.kind in COUNTED
    ]


def demo(days_ago: float) -> tuple[Happening, ...]:
    """Return one request for a demo."""
    return (Happening("demo_requested", START - timedelta(days=days_ago)),)


def test_an_sla_warns_and_breaks_in_its_own_hours() -> None:
    """Eight business hours from Tuesday one o'clock end on Wednesday at one."""
    here = record("mql", happenings=demo(0))

    assert [
        "10 16:00 warned accept",
        "11 11:00 warned accept",
    ] == happened(here, hours=23, minutes=59)
    assert [
        "10 16:00 warned accept",
        "11 11:00 warned accept",
        # It waited longer: the other's timer was armed anew by each of its warnings.
        "11 12:00 breached second",
        "11 12:00 moved accept",
        "11 12:00 assigned sales",
        "11 12:00 breached accept",
    ] == happened(here, hours=24)


def test_every_move_on_the_way_is_one_decision() -> None:
    """From stage to stage by broken SLAs, and awake again after thirty days."""
    here = record("mql", happenings=demo(0))

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=40))

    assert isinstance(course.decision, Move)
    assert ["accept", "recycle", "wake_nurture"] == [
        one.transition for one in course.decision.steps
    ]
    assert "lead" == course.record.stage == course.decision.target
    assert 2 == course.record.pass_number
    assert START + timedelta(days=40) == course.until
    assert not course.endless


def test_time_stands_still_in_no_stage_without_slas() -> None:
    """Nothing comes due, and the record stays with what would let it leave."""
    course = pass_time(
        LIFECYCLE, record("lead"), start=START, until=START + timedelta(days=9)
    )

    assert isinstance(course.decision, Stay)
    assert ("lead", None) == (course.decision.stage, course.decision.refusal)
    assert ["qualify", "circle"] == [one.transition for one in course.decision.receipts]
    assert (
        "Tue 2026-03-10 13:00: it begins in 'lead'",
        "Thu 2026-03-19 13:00: it ends in 'lead'",
    ) == course.story()


def test_the_story_says_when_what_happened() -> None:
    """In the time of the workflow, line by line."""
    here = record("sal", values={"rep": "ann", "until": date(2026, 3, 11)})

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=3))

    first_touch = "the SLA 'first_touch'"
    paused = "until within next 90 days"
    assert (
        "Tue 2026-03-10 13:00: it begins in 'sal'",
        f"Tue 2026-03-10 13:00: {first_touch} stands still while {paused}",
        f"Thu 2026-03-12 00:00: {first_touch} goes on: {paused} holds no longer",
        f"Thu 2026-03-12 00:00: {first_touch} is due Thu 2026-03-12 13:00",
        f"Thu 2026-03-12 13:00: {first_touch} is broken",
        "Thu 2026-03-12 13:00: boss has to act",
        "Thu 2026-03-12 13:00: it moves from 'sal' to 'nurture' by recycle",
        "Fri 2026-03-13 13:00: it ends in 'nurture'",
    ) == course.story()
    assert ("first_touch",) == course.names(HistoryKind.PAUSED)
    assert ("first_touch",) == course.names(HistoryKind.RESUMED)


def test_what_was_due_before_the_start_stays_quiet() -> None:
    """It is told as it stands, and nothing happens for a second time."""
    here = record("mql", happenings=demo(0), entered_at=START - timedelta(days=2))

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=1))

    assert "the SLA 'accept' was broken before" in course.occurrences[1].text
    assert () == course.names(HistoryKind.BREACHED)


def test_an_event_that_lies_ahead_happens_in_its_time() -> None:
    """A call before the SLA is due keeps it."""
    call = Happening("called", START + timedelta(hours=2))
    here = record("sal", values={"rep": "ann"}, happenings=(call,))

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=3))

    assert isinstance(course.decision, Stay)
    assert [
        "the SLA 'first_touch' is due Tue 2026-03-10 17:00",
        "the event 'called' happens",
        "the SLA 'first_touch' is kept",
    ] == [one.text for one in course.occurrences[1:-1]]


@pytest.mark.parametrize("hours", [5, 50])
def test_an_event_that_lies_too_far_ahead_keeps_nothing(hours: int) -> None:
    """Whether it happens after the SLA is broken, or not in this time at all."""
    call = Happening("called", START + timedelta(hours=hours))
    here = record("sal", values={"rep": "ann"}, happenings=(call,))

    assert [
        "10 16:00 breached first_touch",
        "10 16:00 escalated boss",
        "10 16:00 moved recycle",
    ] == happened(here, hours=40)


def test_an_event_can_move_the_record() -> None:
    """As any change does."""
    ahead = Happening("demo_requested", START + timedelta(days=1))

    told = happened(record("lead", happenings=(ahead,)), days=1)

    assert ["11 12:00 moved qualify"] == told


def test_a_record_is_looked_at_as_time_begins() -> None:
    """What is ready moves at once, as after any change."""
    told = happened(record("lead", happenings=demo(1)), hours=1)

    assert ["10 12:00 moved qualify"] == told


def test_time_alone_turns_a_guard() -> None:
    """Interest fades below five points after three half-lives."""
    quiet = record("mql", happenings=demo(20), entered_at=None)

    assert ["11 12:00 moved cool"] == happened(quiet, days=3)


def test_entering_a_stage_gives_the_record_to_the_team() -> None:
    """Scenarios know nobody: the team's name stands for one of its people."""
    here = record("backlog", values={"decision_date": date(2026, 3, 12)})

    told = happened(here, days=4)

    assert [
        "11 23:00 moved wake_backlog",
        "11 23:00 assigned sales",
        "12 12:00 breached first_touch",
    ] == told[:3]


def test_an_owner_who_is_kept_is_not_replaced() -> None:
    """And one who is named by the wake-up is."""
    here = record("mql", happenings=demo(0), values={"rep": "ann"})

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=1))

    assert "ann" == course.record.values["rep"]
    assert "assigned sales" in " ".join(
        happened(record("nurture", values={"rep": "ann"}), days=30)
    )
    assert "assigned" not in " ".join(
        happened(record("nurture", values={"rep": "sales"}), days=30)
    )


def test_an_action_sets_a_field_of_the_record() -> None:
    """A later guard sees it."""
    here = record("mql", happenings=demo(0))

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=1))

    assert course.record.values["hot"] is True


def test_a_refused_wake_up_is_told_once_and_tried_daily() -> None:
    """It made as many passes as it may."""
    here = record("nurture", pass_number=3)

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=40))

    assert isinstance(course.decision, Stay)
    assert course.decision.refusal is not None
    assert RefusalCode.PASSES is course.decision.refusal.code
    [told] = [one for one in course.occurrences if one.kind is HistoryKind.REFUSED]
    assert ("passes", START + timedelta(days=30)) == (told.name, told.at)
    assert "it should wake up, and it made 3 passes, and may make no more" == told.text


def test_a_breach_whose_move_is_refused_says_why() -> None:
    """The SLA is broken all the same."""
    course = pass_time(
        LIFECYCLE, record("sql"), start=START, until=START + timedelta(days=2)
    )

    assert ("win",) == course.names(HistoryKind.BREACHED)
    [told] = [one for one in course.occurrences if one.kind is HistoryKind.REFUSED]
    assert "the SLA 'win' is broken, and the criteria of 'win' are not met" == told.text


def test_an_sla_due_in_the_moment_of_a_move_is_broken_too() -> None:
    """Two SLAs end at once, and the first of them moves the record."""
    here = record("mql", happenings=demo(0))

    course = pass_time(LIFECYCLE, here, start=START, until=START + timedelta(days=1))

    assert ("second", "accept") == course.names(HistoryKind.BREACHED)
    assert "the SLA 'accept' was broken before the record moved on" in [
        one.text for one in course.occurrences
    ]


def test_stages_that_chase_a_record_in_a_ring_come_to_an_end() -> None:
    """After so many timers the course says so, and how far it came."""
    course = pass_time(
        LIFECYCLE,
        record("ring", values={"hot": True}),
        start=START,
        until=START + timedelta(days=365),
    )

    assert course.endless
    assert START + timedelta(minutes=MOST_TIMERS) == course.until


def test_the_hours_of_an_owner_count_where_people_are_known() -> None:
    """Who is away on a day owes nothing on it."""
    away = Absence(date(2026, 3, 10), date(2026, 3, 11))
    ann = Person(name="ann", roles=frozenset({"sales"}), absences=(away,))
    here = record("sal", values={"rep": "ann"})

    told = happened(here, people=People({"ann": ann}), days=3)

    assert "12 12:00 breached first_touch" == told[0]


def test_an_sla_that_nobody_can_break_is_told_as_such() -> None:
    """Its calendar does not open within the compiled years."""
    text = WORKFLOW.replace(
        "second: {within: 8h, calendar: office",
        "second: {within: 36000 days, calendar: over",
    )

    course = pass_time(
        load_workflow_text(text),
        record("mql", happenings=demo(0)),
        start=START,
        until=START,
    )

    assert "the SLA 'second' is never due" in [one.text for one in course.occurrences]


# -- what actions set ------------------------------------------------------------------

FOLLOWED = """\
workflow: followed
teams: {sales: {calendar: always}}
fields:
  email: {type: email, identity: true, personal: true}
  budget: money
stages:
  lead:
    owner: sales
    initial: true
    sla: {call: {within: 1 hour, calendar: always, then: {set: {budget: 5}}}}
  sal: {on_enter: {set: {budget: %s}}}
  sql: {on_enter: {set: {budget: 5}}}
  won: {kind: won}
transitions:
  accept: {from: lead, to: sal, automatic: true, when: budget is known}
  confirm: {from: sal, to: sql, automatic: true, when: budget >= 100}
  back: {from: sql, to: sal, automatic: true, when: budget < 100}
  win: {from: sql, to: won}
"""


def followed(budget: int) -> Course:
    """Return what happens in two hours, where entering a stage sets a budget."""
    lifecycle = load_workflow_text(FOLLOWED % budget)
    here = Record(id="r", stage="lead", stage_version=1, entered_at=START)
    return pass_time(lifecycle, here, start=START, until=START + timedelta(hours=2))


def test_what_actions_set_is_judged_at_once() -> None:
    """The breach sets what lets it leave; what entering sets then changes nothing."""
    course = followed(5)

    assert ("accept",) == course.names(HistoryKind.MOVED)
    assert "sal" == course.record.stage


def test_a_ring_of_actions_and_moves_is_cut() -> None:
    """And the story says so."""
    course = followed(500)

    moved = [one for one in course.occurrences if one.kind is HistoryKind.MOVED]
    assert 25 == len(moved)
    assert {START + timedelta(hours=1)} == {one.at for one in moved}
    told = [one.text for one in course.occurrences if one.kind is None]
    assert any(text.startswith("25 automatic moves at once") for text in told)


RESTLESS = load_workflow_text("""\
workflow: restless
fields: {hot: boolean}
stages:
  lead: {initial: true}
  nurture: {kind: parked, wake: {when: hot is true, to: backlog}}
  backlog: {kind: parked, wake: {when: hot is true, to: nurture}}
  won: {kind: won}
transitions:
  park: {from: lead, to: nurture}
  win: {from: lead, to: won}
""")


def test_what_a_signal_makes_due_at_once_comes_due_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where that never ends, the course says so."""
    monkeypatch.setattr(timeline, "MOST_TIMERS", 3)
    park = ManualMove(transition="park", actor="ann", at=START)

    course = take_signal(
        RESTLESS, record("lead", values={"hot": True}), park, now=START
    )

    assert course.endless
    assert isinstance(course.decision, Move)
    assert ["nurture", "backlog", "nurture", "backlog"] == [
        one.target for one in course.decision.steps
    ]


def test_signals_of_one_piece_of_news_are_judged_together() -> None:
    """As the service judges what one reading of a CRM's object shows."""
    line = Timeline(RESTLESS, record("lead"), start=START)
    park = ManualMove(transition="park", actor="ann", at=START)

    found = line.take(park, Changed(at=START))

    assert [park] == [signal for signal, _ in found.decisions]
    assert line.next_timer is None
