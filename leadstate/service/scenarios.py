"""Run the given / when / then examples of a scenarios file against the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.definition.comparing import compare
from leadstate.definition.scenario import record_of, signal_of
from leadstate.domain.decision import Stay
from leadstate.engine.open_days import open_days_later
from leadstate.engine.timeline import pass_time, take_signal
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.definition.scenario import Scenario, Wait
    from leadstate.definition.scenarios import ScenarioFile
    from leadstate.domain.course import Course
    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["ScenarioResult", "run_scenarios"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """How one scenario came out; no differences means that it holds.

    Attributes:
        course: What happened and when, where time passed; else None.
    """

    scenario: Scenario
    decision: Decision
    differences: tuple[str, ...]
    course: Course | None = None

    @property
    def holds(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


def run_scenarios(found: ScenarioFile, now: datetime) -> list[ScenarioResult]:
    """Run every scenario as of ``now``, or of its own ``at``, and judge the outcome."""
    return [
        _run(found.lifecycle, scenario, scenario.at or now)
        for scenario in found.scenarios
    ]


def _run(lifecycle: Lifecycle, scenario: Scenario, now: datetime) -> ScenarioResult:
    if scenario.when.wait is not None:
        return _let_pass(lifecycle, scenario, scenario.when.wait, now)
    record = record_of(scenario, lifecycle, now)
    signal = signal_of(scenario, lifecycle, now)
    course = take_signal(lifecycle, record, signal, now=now)
    return ScenarioResult(
        scenario=scenario,
        decision=course.decision,
        differences=compare(scenario, course.decision, course, story=False),
    )


def _let_pass(
    lifecycle: Lifecycle, scenario: Scenario, wait: Wait, now: datetime
) -> ScenarioResult:
    """Let so much time pass, and hold what happened against what is expected."""
    until = _end_of(lifecycle, wait, now)
    if until is None:
        never = f"the calendar {wait.calendar!r} does not open so often"
        return ScenarioResult(
            scenario=scenario, decision=Stay(scenario.stage), differences=(never,)
        )
    record = record_of(scenario, lifecycle, now)
    course = pass_time(lifecycle, record, start=now, until=until)
    return ScenarioResult(
        scenario=scenario,
        decision=course.decision,
        differences=compare(scenario, course.decision, course),
        course=course,
    )


def _end_of(lifecycle: Lifecycle, wait: Wait, now: datetime) -> datetime | None:
    """Return when so much time has passed; None when its calendar never opens."""
    if wait.calendar is None:
        return now + wait.length
    calendar = lifecycle.calendars[wait.calendar]
    if wait.days:
        return open_days_later(calendar, now, wait.days)
    return compile_hours(calendar).add(now, wait.length)
