"""Scenarios in which time passes: how they are read, judged, and where they are wrong."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadstate.definition import (
    Scenario,
    check_scenarios_text,
    compare,
    load_workflow_text,
    record_of,
    signal_of,
)
from leadstate.definition.scenario import Wait, What
from leadstate.domain.course import Course, Occurrence
from leadstate.domain.decision import Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed

WORKFLOW = """\
workflow: timed
timezone: Europe/Berlin
teams:
  marketing: {calendar: always}
  sales: {calendar: office}
  field:
  quality:
fields:
  email: {type: email, identity: true, personal: true}
  decision_date: date
  rep: owner
calendars:
  office: {hours: {mon-fri: 09:00-17:00}}
  nights: {hours: {mon-fri: 22:00-06:00}}
stages:
  lead: {owner: marketing, initial: true}
  mql:
    owner: marketing
    sla:
      accept: {within: 8h, calendar: nights, warn_at: 50%, then: {escalate: boss}}
      reply: {within: 9h, calendar: always, then: escalate}
  sal:
    owner: sales
    sla: {call: {within: 4h, calendar: owner, start: called, then: escalate}}
  vague: {owner: field}
  nurture: {kind: parked, wake: {after: 30 days, to: lead}}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql}
  accept: {from: [mql, nurture], to: sal, approval: quality}
  back: {from: sal, to: nurture}
  again: {from: sal, to: nurture}
  drift: {from: any open, to: vague}
  win: {from: [sal, vague], to: won}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
NOW = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def text_of(given: str, when: str, then: str) -> str:
    """Return a file of one scenario; its parts stand in lines 4 to 6."""
    return (
        "workflow: timed.yaml\nscenarios:\n  - name: One\n"
        f"    given: {given}\n    when: {when}\n    then: {then}\n"
    )


def one(given: str, when: str, then: str) -> Scenario:
    """Return a scenario that has no mistakes."""
    found, problems = check_scenarios_text(text_of(given, when, then), LIFECYCLE)
    assert found is not None, "\n".join(map(str, problems))
    assert () == problems
    return found.scenarios[0]


def mistakes(given: str, when: str, then: str) -> list[str]:
    """Return the lines that are printed."""
    text = text_of(given, when, then)
    return [str(one) for one in check_scenarios_text(text, LIFECYCLE, file="s.yaml")[1]]


# -- what is read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "after", "wait"),
    [
        ("sal", "3 hours", Wait(length=timedelta(hours=3))),
        ("sal", "31 days", Wait(length=timedelta(days=31))),
        ("sal", "1 day 4h", Wait(length=timedelta(hours=28))),
        ("sal", "2 business days", Wait(days=2, calendar="office")),
        ("sal", "1 business day", Wait(days=1, calendar="office")),
        ("mql", "2 business days", Wait(days=2, calendar="nights")),
        (
            "sal",
            "4 business hours",
            Wait(length=timedelta(hours=4), calendar="office"),
        ),
        (
            "sal",
            "90 business minutes, calendar: nights",
            Wait(length=timedelta(minutes=90), calendar="nights"),
        ),
    ],
)
def test_time_is_elapsed_time_or_business_time(
    stage: str, after: str, wait: Wait
) -> None:
    """Business time is that of the stage's team, of its SLAs, or as it is named."""
    given = f"{{stage: {stage}, at: 2026-03-10 13:00}}"

    scenario = one(given, f"{{after: {after}}}", f"{{stays: {stage}}}")

    assert (What.AFTER, wait) == (scenario.when.what, scenario.when.wait)


def test_the_only_calendar_need_not_be_named() -> None:
    """Even where neither the team nor an SLA has one."""
    text = WORKFLOW.replace("  nights: {hours: {mon-fri: 22:00-06:00}}\n", "")
    lifecycle = load_workflow_text(text.replace("calendar: nights", "calendar: office"))
    written = text_of(
        "{stage: vague, at: 2026-03-10}", "{after: 1 business day}", "{stays: vague}"
    )

    found, _ = check_scenarios_text(written, lifecycle)

    assert found is not None
    assert Wait(days=1, calendar="office") == found.scenarios[0].when.wait


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-10 13:00", NOON),
        ("2026-03-10T13:00", NOON),
        ("2026-03-10 13:00+02:00", NOON - timedelta(hours=1)),
        ("2026-03-10T12:00Z", NOON),
        ("2026-03-10", NOON - timedelta(hours=13)),
        ("2026-07-10 14:00", datetime(2026, 7, 10, 12, tzinfo=UTC)),
    ],
)
def test_now_is_a_time_of_the_workflow(written: str, moment: datetime) -> None:
    """Unless it says how far it is from UTC."""
    scenario = one(f"{{stage: lead, at: {written}}}", "changed", "{stays: lead}")

    assert moment == scenario.at


def test_a_record_has_just_come_there_where_time_passes() -> None:
    """Otherwise nothing is known about it, and no SLA would count."""
    given = "{stage: sal, at: 2026-03-10 13:00}"
    passing = one(given, "{after: 1 day}", "{stays: sal}")
    changed = one(given, "changed", "{stays: sal}")
    earlier = one(
        "{stage: sal, at: 2026-03-10 13:00, entered: 2026-03-10 11:00}",
        "{after: 1 day}",
        "{stays: sal}",
    )

    entered = [
        record_of(scenario, LIFECYCLE, NOON).entered_at
        for scenario in (passing, changed, earlier)
    ]

    assert [NOON, None, NOON - timedelta(hours=2)] == entered
    assert Changed(at=NOON, source="scenario") == signal_of(passing, LIFECYCLE, NOON)


@pytest.mark.parametrize(
    ("came_from", "stage", "way"),
    [("lead", "mql", "qualify"), ("sal", "nurture", None), ("won", "mql", None)],
)
def test_a_record_remembers_where_it_came_from(
    came_from: str, stage: str, way: str | None
) -> None:
    """And by which way, if there is only one."""
    given = f"{{stage: {stage}, came_from: {came_from}, pass: 3, rep: ann}}"

    record = record_of(one(given, "changed", f"{{stays: {stage}}}"), LIFECYCLE, NOW)

    assert (came_from, way, 3) == (
        record.came_from,
        record.entered_via,
        record.pass_number,
    )
    assert "ann" == record.values["rep"]


def test_events_may_lie_ahead() -> None:
    """They happen in their time."""
    given = "{stage: sal, at: 2026-03-10 13:00, events: {called: in 2 hours}}"

    record = record_of(one(given, "{after: 1 day}", "{stays: sal}"), LIFECYCLE, NOON)

    assert (Happening("called", NOON + timedelta(hours=2)),) == record.happenings


# -- what is compared ------------------------------------------------------------------


def course(*happened: tuple[HistoryKind, str], endless: bool = False) -> Course:
    """Return a course in which these things happened at noon."""
    occurrences = [
        Occurrence(at=NOON, kind=kind, name=name, text=f"{kind} {name}")
        for kind, name in happened
    ]
    return Course(
        record=record_of(
            one("{stage: mql}", "changed", "{stays: mql}"), LIFECYCLE, NOW
        ),
        decision=Stay("mql"),
        occurrences=tuple(occurrences),
        until=NOON,
        timezone="Europe/Berlin",
        endless=endless,
    )


WARNED = (HistoryKind.WARNED, "accept")
BROKEN = (HistoryKind.BREACHED, "accept")
CALLED = (HistoryKind.ESCALATED, "boss")


def differences(then: str, came: Course) -> tuple[str, ...]:
    """Return what is told of a scenario of one day."""
    given = "{stage: mql, at: 2026-03-10 13:00}"
    return compare(one(given, "{after: 1 day}", then), came.decision, came)


@pytest.mark.parametrize(
    ("then", "happened"),
    [
        ("{stays: mql}", [WARNED, BROKEN, CALLED]),
        ("{warned: accept}", [WARNED, WARNED, BROKEN]),
        ("{breached: [accept], escalated: boss}", [BROKEN, CALLED]),
        ("{warned: [], breached: [], escalated: []}", []),
    ],
)
def test_what_happened_is_as_expected(
    then: str, happened: list[tuple[HistoryKind, str]]
) -> None:
    """Of what is not named, nothing is said; an empty list says that nothing happens."""
    assert () == differences(then, course(*happened))


def test_a_difference_is_told_with_the_whole_story() -> None:
    """What was expected, what came, and then what happened when."""
    then = "{warned: [], breached: [reply, accept], escalated: boss}"

    assert (
        "expected warned: nothing; warned: accept",
        "expected breached: reply, accept; breached: accept",
        "expected escalated: boss; escalated: nothing",
        "Tue 2026-03-10 13:00: warned accept",
        "Tue 2026-03-10 13:00: breached accept",
    ) == differences(then, course(WARNED, BROKEN))


def test_a_course_that_was_cut_does_not_hold() -> None:
    """Whatever was expected of it."""
    assert (
        "too many timers came due before that time had passed; take a shorter one",
    ) == differences("{stays: mql}", course(endless=True))


# -- mistakes --------------------------------------------------------------------------

GIVEN = "{stage: sal, at: 2026-03-10 13:00}"
AFTER = "{after: 1 day}"
SAME = "{stays: sal}"


@pytest.mark.parametrize(
    ("given", "when", "then", "line"),
    [
        (
            "{stage: sal}",
            AFTER,
            SAME,
            "LS103 s.yaml:4:5 scenario 'One': 'given' lacks 'at', and time passes, which is another one on a Friday than on a Monday. Add `at: 2026-03-10 13:00`, the moment from which on it passes.",
        ),
        (
            "{stage: sal, at: tomorrow}",
            AFTER,
            SAME,
            "LS504 s.yaml:4:29 scenario 'One': 'given': 'at' is at 'tomorrow', which is not a moment. Write a day and a time, such as 2026-03-10 13:00.",
        ),
        (
            "{stage: sal, at: 2 days ago}",
            AFTER,
            SAME,
            "LS504 s.yaml:4:29 scenario 'One': 'given': 'at' is at '2 days ago', which is not a moment. Write a day and a time, such as 2026-03-10 13:00.",
        ),
        (
            "{stage: sal, pass: 0}",
            "changed",
            SAME,
            "LS112 s.yaml:4:31 scenario 'One': 'given': 'pass' is '0', which is not a whole number above 0. Write 2 for the second trip through the funnel.",
        ),
        (
            "{stage: sal, came_from: sall}",
            "changed",
            SAME,
            "LS104 s.yaml:4:36 scenario 'One': 'given' came from 'sall', and no such stage is declared. Did you mean 'sal'? Known: lead, mql, sal, vague, nurture, won.",
        ),
        (
            "a record",
            "changed",
            SAME,
            "LS101 s.yaml:4:12 scenario 'One': 'given' must be a mapping, the text 'a record' was found. Its keys are: stage, at, entered, came_from, pass, events.",
        ),
        (
            GIVEN,
            "{after: a while}",
            SAME,
            "LS113 s.yaml:5:19 scenario 'One': 'when': 'after' is 'a while', which is not a length of time. Write 3 hours, 31 days, 4 business hours or 2 business days.",
        ),
        (
            GIVEN,
            "{after: 0 business days}",
            SAME,
            "LS113 s.yaml:5:19 scenario 'One': 'when': 'after' is '0 business days', which is not a length of time. Write 3 hours, 31 days, 4 business hours or 2 business days.",
        ),
        (
            GIVEN,
            "{after: 0 business hours}",
            SAME,
            "LS113 s.yaml:5:19 scenario 'One': 'when': 'after' is '0 business hours', which is not a length of time. Write 3 hours, 31 days, 4 business hours or 2 business days.",
        ),
        (
            GIVEN,
            "{after: }",
            SAME,
            "LS101 s.yaml:5:19 scenario 'One': 'when': 'after' has no value. Write one or delete the key. So much time passes, and nobody touches the record: 31 days, 4 business hours, 2 business days.",
        ),
        (
            GIVEN,
            "{after: 1 business day, calendar: offce}",
            SAME,
            "LS108 s.yaml:5:45 scenario 'One': 'when' counts in 'offce', and no such calendar is declared. Did you mean 'office'? Known: office, nights.",
        ),
        (
            "{stage: vague, at: 2026-03-10}",
            "{after: 1 business day}",
            "{stays: vague}",
            "LS103 s.yaml:5:19 scenario 'One': 'when' lacks 'calendar', and nothing says in whose business time it counts. Add `calendar: …`. Known: office, nights.",
        ),
        (
            GIVEN,
            "{after: 1 day, calendar: office}",
            SAME,
            "LS118 s.yaml:5:36 scenario 'One': 'when' has 'calendar', and '1 day' is no business time. Write `after: 2 business days`, or delete `calendar`.",
        ),
        (
            GIVEN,
            "{move: back, calendar: office}",
            "{stage: nurture}",
            "LS118 s.yaml:5:34 scenario 'One': 'when' has 'calendar' without 'after'. Delete `calendar`.",
        ),
        (
            GIVEN,
            "{after: 1 day, approved_as: quality}",
            SAME,
            "LS118 s.yaml:5:39 scenario 'One': 'when' has 'approved_as' without 'move'. Delete `approved_as`.",
        ),
        (
            "{stage: mql}",
            "{move: accept, approved_as: qualty}",
            "{stage: sal}",
            "LS109 s.yaml:5:39 scenario 'One' is approved as 'qualty', and no such role is declared. Did you mean 'quality'? Known: field, marketing, quality, sales.",
        ),
        (
            GIVEN,
            AFTER,
            "{breached: cal}",
            "LS507 s.yaml:6:22 what scenario 'One' expects cannot come true, because no stage has an SLA 'cal'. Did you mean 'call'? Known: accept, call, reply.",
        ),
        (
            GIVEN,
            AFTER,
            "{warned: [call]}",
            "LS507 s.yaml:6:20 what scenario 'One' expects cannot come true, because no stage has an SLA 'call' that warns. Known: accept.",
        ),
        (
            GIVEN,
            AFTER,
            "{escalated: bos}",
            "LS507 s.yaml:6:23 what scenario 'One' expects cannot come true, because nobody calls 'bos'. Did you mean 'boss'? Known: a person, boss, field, marketing, sales.",
        ),
        (
            GIVEN,
            "changed",
            "{stays: sal, breached: []}",
            "LS507 s.yaml:6:5 what scenario 'One' expects cannot come true, because no time passes. Correct `when` or `then`.",
        ),
    ],
)
def test_a_mistake_is_one_line_to_mend_it_from(
    given: str, when: str, then: str, line: str
) -> None:
    """What, where, why, and how to go on."""
    assert [line] == mistakes(given, when, then)


def test_where_nobody_is_called_nobody_is_expected() -> None:
    """A workflow that only names people calls no team."""
    text = WORKFLOW.replace("then: escalate", "then: {escalate: boss}")
    written = text_of(GIVEN, AFTER, "{escalated: sales}")

    _, problems = check_scenarios_text(written, load_workflow_text(text))

    assert ["because nobody calls 'sales'"] == [one.why for one in problems]


def test_a_business_day_in_an_unknown_stage_is_that_mistake_only() -> None:
    """Nobody is asked for a calendar beside it, and none need be there at all."""
    given, when = "{stage: sall, at: 2026-03-10}", "{after: 1 business day}"
    plain = "workflow: plain\nfields: {email: {type: email, identity: true, personal: true}}\n"
    plain += "stages: {sal: {initial: true}, won: {kind: won}}\n"
    plain += "transitions: {win: {from: sal, to: won}}\n"
    written = text_of(given, when, "{stage: sal}")

    _, without = check_scenarios_text(written, load_workflow_text(plain))

    assert ["LS104"] == [
        line.split()[0] for line in mistakes(given, when, "{stage: sal}")
    ]
    assert "LS104" in {one.code for one in without}
