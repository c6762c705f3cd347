"""The shipped workflow, a long chain of automatic stages, and records in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow, load_workflow_text
from leadstate.domain.clock import TimerKind
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed, ManualMove, MovedOutside, TimerDue

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value

WORKFLOWS = Path(__file__).parents[3] / "workflows"
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HEADER = """
workflow: {name}
title: {name}
teams: [sales, marketing, control, lead]
fields:
  email: {{type: email, identity: true, personal: true}}
  go:    {{type: boolean}}
  size:  {{type: integer}}
"""


class Make:
    """Records and signals with everything filled in that a test does not care about."""

    now = NOW

    @staticmethod
    def record(stage: str, *happenings: Happening, **values: Value) -> Record:
        return Record(
            id="r1",
            stage=stage,
            version=7,
            stage_version=3,
            pass_number=1,
            values=values,
            happenings=happenings,
        )

    @staticmethod
    def demo(days_ago: float = 0) -> Happening:
        return Happening("demo_requested", NOW - timedelta(days=days_ago))

    @classmethod
    def fitting(cls, stage: str = "lead", **values: Value) -> Record:
        """Return a record that meets every criterion of the shipped workflow."""
        known: dict[str, Value] = {
            "company_size": 80,
            "job_role": "director",
            "budget": 20_000.0,
            "need": "A new CRM",
            "decision_date": date(2026, 4, 1),
            "technical_fit": True,
        }
        return cls.record(stage, cls.demo(), **(known | values))

    @staticmethod
    def changed() -> Changed:
        return Changed(at=NOW - timedelta(minutes=20), source="hubspot")

    @staticmethod
    def asks(
        transition: str, *roles: str, reason: str | None = None, note: str = ""
    ) -> ManualMove:
        return ManualMove(
            transition=transition,
            actor="ann",
            at=NOW,
            roles=frozenset(roles),
            reason=reason,
            note=note,
        )

    @staticmethod
    def outside(stage: str, *, repeated: int = 0) -> MovedOutside:
        return MovedOutside(
            stage=stage,
            at=NOW - timedelta(minutes=5),
            actor="CRM_UI userId:11",
            source="hubspot",
            reason="no_budget",
            repeated=repeated,
        )

    @staticmethod
    def due(
        kind: TimerKind = TimerKind.LOOK,
        sla: str = "",
        *,
        mark: str = "",
        stage_version: int = 3,
    ) -> TimerDue:
        return TimerDue(
            at=NOW, stage_version=stage_version, kind=kind, sla=sla, mark=mark
        )

    @classmethod
    def wakes(cls, *, stage_version: int = 3) -> TimerDue:
        return cls.due(TimerKind.WAKE, stage_version=stage_version)

    @classmethod
    def breaks(cls, sla: str, *, stage_version: int = 3) -> TimerDue:
        return cls.due(TimerKind.BREACH, sla, stage_version=stage_version)


@pytest.fixture(name="make", scope="session")
def _make() -> type[Make]:
    return Make


@pytest.fixture(name="b2b", scope="session")
def _b2b() -> Lifecycle:
    """The shipped workflow with scores, backlog and nurture."""
    return load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")


@pytest.fixture(name="workflow", scope="session")
def _workflow() -> Callable[..., Lifecycle]:
    """Return a function that makes a lifecycle of the stages and transitions given.

    ``automatic`` names transitions that are to be automatic although lint would refuse
    them: the engine has its own bound, whatever it is given.
    """

    def workflow(
        name: str, stages: str, transitions: str, *automatic: str
    ) -> Lifecycle:
        parts = [HEADER.format(name=name), "stages:", stages]
        made = load_workflow_text("\n".join([*parts, "transitions:", transitions]))
        changed = {
            name: replace(made.transitions[name], automatic=True) for name in automatic
        }
        version = made.version if not automatic else f"{name} against the rules"
        transitions_ = {**made.transitions, **changed}
        return replace(made, transitions=transitions_, version=version)

    return workflow


@pytest.fixture(name="chain", scope="session")
def _chain(workflow: Callable[..., Lifecycle]) -> Lifecycle:
    """Thirty stages, each of which leads to the next by itself when `go` is true."""
    stages = ["  s0: {initial: true}", *[f"  s{n}: {{}}" for n in range(1, 30)]]
    edges = [
        f"  t{n}: {{from: s{n}, to: s{n + 1}, automatic: true, when: go is true}}"
        for n in range(30)
    ]
    return workflow(
        "chain", "\n".join([*stages, "  s30: {kind: won}"]), "\n".join(edges)
    )


@pytest.fixture(name="approving", scope="session")
def _approving(workflow: Callable[..., Lifecycle]) -> Lifecycle:
    """Moves that somebody else must agree to; each answers the CRM differently."""
    return workflow(
        "approving",
        "  sal: {initial: true}\n"
        "  won: {kind: won}\n  lost: {kind: lost}\n  sql: {}\n  hot: {}",
        "  discount:\n"
        "    {from: sal, to: won, approval: [control, lead], when: size is unknown}\n"
        "  give_up: {from: sal, to: lost, approval: control, outside: revert}\n"
        "  confirm: {from: sal, to: sql, approval: control, outside: accept}\n"
        "  strict:\n"
        "    from: sal\n    to: hot\n    by: sales\n    reason: [good, other]\n"
        "    approval: control\n    when: size > 5\n"
        "  cool: {from: [sql, hot], to: lost}",
    )
