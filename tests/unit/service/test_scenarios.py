"""Scenarios have a moment of their own; time passes as in the running service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from office_hours import WORKFLOW

from leadstate.definition import check_scenarios_text, load_workflow_text
from leadstate.domain.history import HistoryKind
from leadstate.engine.timeline import pass_time
from leadstate.service.scenarios import run_scenarios

if TYPE_CHECKING:
    from office_hours import TimedDesk

    from leadstate.service.scenarios import ScenarioResult

NOW = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
KINDS = (
    HistoryKind.WARNED,
    HistoryKind.BREACHED,
    HistoryKind.ESCALATED,
    HistoryKind.MOVED,
    HistoryKind.REFUSED,
    HistoryKind.PAUSED,
    HistoryKind.RESUMED,
)


def outcome(
    given: str, when: str, then: str, workflow: str = WORKFLOW
) -> ScenarioResult:
    """Return how a scenario of the workflow with office hours comes out."""
    text = (
        "workflow: timed.yaml\nscenarios:\n  - name: One\n"
        f"    given: {given}\n    when: {when}\n    then: {then}\n"
    )
    found, problems = check_scenarios_text(text, load_workflow_text(workflow))
    assert found is not None, [str(one) for one in problems]
    [came] = run_scenarios(found, NOW)
    return came


# -- in step with the running service --------------------------------------------------


def lived(timed: TimedDesk, entry: int) -> list[tuple[str, str]]:
    """Return what the history says since a row, to the second."""
    return [
        (str(one.kind), f"{one.happened_at:%d %H:%M:%S}")
        for one in timed.history("1")[entry:]
        if one.kind in KINDS
    ]


def foretold(timed: TimedDesk, days: int) -> list[tuple[str, str]]:
    """Return what would happen to the record in so many days, to the second."""
    row = timed.record("1")
    course = pass_time(
        timed.app.lifecycle,
        row.record,
        start=timed.now,
        until=timed.now + timedelta(days=days),
        people=timed.app.people,
    )
    return [
        (str(one.kind), f"{one.at:%d %H:%M:%S}")
        for one in course.occurrences
        if one.kind in KINDS
    ]


@pytest.mark.parametrize("days", [1, 3, 12])
def test_an_mql_goes_the_way_that_was_foretold(timed: TimedDesk, days: int) -> None:
    """Warned, broken, escalated, and back when interest has faded."""
    timed.interested("1")
    start, expected = len(timed.history("1")), foretold(timed, days)

    timed.later(days=days)

    assert expected == lived(timed, start)
    assert expected


@pytest.mark.parametrize("days", [2, 40])
def test_a_sal_goes_the_way_that_was_foretold(timed: TimedDesk, days: int) -> None:
    """By its broken SLA to nurture, and awake again after thirty days."""
    timed.accepted("1")
    start, expected = len(timed.history("1")), foretold(timed, days)

    timed.later(days=days)

    assert expected == lived(timed, start)
    assert expected


def test_a_parked_record_wakes_as_was_foretold(timed: TimedDesk) -> None:
    """Ten days before its date, back to where it came from, by whose owner it is."""
    timed.accepted("1")
    timed.edit("1", decision="2026-04-01")
    timed.move("1", "postpone", "sales", reason="timing")
    timed.work()
    start, expected = len(timed.history("1")), foretold(timed, 30)

    timed.later(days=30)

    assert expected == lived(timed, start)
    assert "moved" in {kind for kind, _ in expected}


# -- their own moment ------------------------------------------------------------------


def test_a_scenario_is_run_as_of_its_own_moment() -> None:
    """Not as of the day of the test."""
    given = "{stage: lead, at: 2026-03-10 13:00, events: {demo_requested: 2026-03-09}}"

    assert outcome(given, "changed", "{stage: mql}").holds
    assert not outcome(
        given.replace("at: 2026-03-10 13:00, ", ""), "changed", "{stage: mql}"
    ).holds


@pytest.mark.parametrize(
    ("after", "breached"),
    [
        ("7 business hours", "[]"),
        ("8 business hours", "accept"),
        ("23 hours", "[]"),
        ("1 business day, calendar: office", "accept"),
    ],
)
def test_time_passes_as_it_is_written(after: str, breached: str) -> None:
    """Eight hours of an office from Tuesday one o'clock are over a day later."""
    given = "{stage: mql, at: 2026-03-10 13:00, events: {demo_requested: now}}"

    came = outcome(
        given, f"{{after: {after}}}", f"{{stays: mql, breached: {breached}}}"
    )

    assert () == came.differences
    assert came.course is not None
    assert came.decision == came.course.decision


def test_a_failure_tells_what_happened_when() -> None:
    """So that nobody has to guess."""
    given = "{stage: sal, at: 2026-03-13 15:00, rep: ann}"

    came = outcome(given, "{after: 1 business day}", "{stays: sal, breached: []}")

    assert (
        "expected to stay in 'sal'; moved to 'nurture' by recycle",
        "expected breached: nothing; breached: first_touch",
        "Fri 2026-03-13 15:00: it begins in 'sal'",
        "Fri 2026-03-13 15:00: the SLA 'first_touch' is due Mon 2026-03-16 11:00",
        "Mon 2026-03-16 11:00: the SLA 'first_touch' is broken",
        "Mon 2026-03-16 11:00: it moves from 'sal' to 'nurture' by recycle",
        "Mon 2026-03-16 15:00: it ends in 'nurture'",
    ) == came.differences


@pytest.mark.parametrize("after", ["1 business day", "1 business hour"])
def test_a_calendar_that_never_opens_lets_no_time_pass(after: str) -> None:
    """And the scenario says so."""
    workflow = WORKFLOW.replace(
        "office: {timezone", "odd: {hours: {mon: 09:00-17:00}}\n  office: {timezone"
    )
    given = "{stage: lead, at: 2200-12-30 13:00}"

    came = outcome(
        given, f"{{after: {after}, calendar: odd}}", "{stays: lead}", workflow
    )

    assert ("the calendar 'odd' does not open so often",) == came.differences
    assert came.course is None


def test_somebody_else_can_agree_in_a_scenario() -> None:
    """A move that needs an approval is refused without one, and made with one."""
    asked = "{move: win, as: sales}"
    agreed = "{move: win, as: sales, approved_as: quality_control}"
    stranger = "{move: win, as: sales, approved_as: sales}"

    assert outcome("{stage: sql}", asked, "{stays: sql, refused: approval}").holds
    assert outcome("{stage: sql}", agreed, "{stage: won, via: win}").holds
    assert outcome("{stage: sql}", stranger, "{stays: sql, refused: role}").holds


def test_a_record_goes_back_to_where_it_came_from() -> None:
    """After as many passes as it may make, it stays for a person."""
    back = "{stage: backlog, came_from: sql}"

    assert outcome(back, "timer", "{stage: sql}").holds
    assert outcome(
        "{stage: nurture, pass: 3}", "timer", "{stays: nurture, refused: passes}"
    ).holds
