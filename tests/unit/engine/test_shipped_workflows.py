"""Every example of the shipped workflows comes out as it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadstate.definition import load_scenarios, load_workflow
from leadstate.engine.compiled import compile_lifecycle
from leadstate.service.scenarios import run_scenarios

WORKFLOWS = Path(__file__).parents[3] / "workflows"
FILES = sorted(WORKFLOWS.glob("*.scenarios.yaml"))
MOMENTS = {
    "a working day": datetime(2026, 3, 10, 12, 0, tzinfo=UTC),
    "around midnight": datetime(2026, 6, 30, 22, 30, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 5, 0, tzinfo=UTC),
    "the end of summer time": datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
}


def test_every_shipped_workflow_has_examples() -> None:
    """A workflow without examples would be a claim without a proof."""
    workflows = {path.name.split(".")[0] for path in WORKFLOWS.glob("*.yaml")}

    assert {path.name.split(".")[0] for path in FILES} == workflows
    assert len(workflows) > 1


@pytest.mark.parametrize("moment", list(MOMENTS))
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_example_holds(path: Path, moment: str) -> None:
    """Given, when, then: whatever the day on which it is run."""
    outcomes = run_scenarios(load_scenarios(path), MOMENTS[moment])

    assert [] == [
        (outcome.scenario.name, outcome.differences)
        for outcome in outcomes
        if not outcome.holds
    ]
    assert outcomes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_outcome_keeps_the_decision_that_it_judged(path: Path) -> None:
    """What a scenario reports can be looked at in full."""
    found = load_scenarios(path)
    now = MOMENTS["a working day"]

    for outcome in run_scenarios(found, now):
        assert outcome.decision is not None
        assert outcome.scenario in found.scenarios


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_transition_of_a_shipped_workflow_can_be_examined(path: Path) -> None:
    """The shipped workflows compile, and every stage is in the machine."""
    name = path.name.removesuffix(".scenarios.yaml")
    lifecycle = load_workflow(WORKFLOWS / f"{name}.yaml")

    assert set(lifecycle.stages) == set(compile_lifecycle(lifecycle).leaving)
