"""Run the given / when / then examples of a scenarios file against the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.definition.comparing import compare
from leadstate.definition.scenario import record_of, signal_of
from leadstate.engine.decide import decide

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.definition.scenario import Scenario
    from leadstate.definition.scenarios import ScenarioFile
    from leadstate.domain.decision import Decision

__all__ = ["Outcome", "run_scenarios"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one scenario came out; no differences means that it holds."""

    scenario: Scenario
    decision: Decision
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


def run_scenarios(found: ScenarioFile, now: datetime) -> list[Outcome]:
    """Decide every scenario as of ``now`` and hold the answer against its ``then``."""
    return [_run(found, scenario, now) for scenario in found.scenarios]


def _run(found: ScenarioFile, scenario: Scenario, now: datetime) -> Outcome:
    record = record_of(scenario, found.lifecycle, now)
    signal = signal_of(scenario, found.lifecycle, now)
    decision = decide(found.lifecycle, record, signal, now=now)
    return Outcome(
        scenario=scenario,
        decision=decision,
        differences=compare(scenario, decision),
    )
