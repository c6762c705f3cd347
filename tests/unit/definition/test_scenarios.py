"""Scenarios are read, made into records and signals, and held against decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from leadstate.definition import (
    Scenario,
    ScenarioFile,
    check_binding,
    check_binding_text,
    check_scenarios,
    check_scenarios_text,
    compare,
    load_binding,
    load_scenarios,
    load_workflow,
    record_of,
    signal_of,
)
from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Orphaned, Stay, Step
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Receipt, Refusal, RefusalCode
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed, ManualMove, MovedOutside, TimerDue
from leadstate.domain.values import Unparsable
from leadstate.engine.decide import decide
from leadstate.errors import WorkflowError
from leadstate.service.scenarios import run_scenarios

WORKFLOWS = Path(__file__).parents[3] / "workflows"
NOW = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
LIFECYCLE = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")
SHIPPED = [
    (name, scenario)
    for name in ("b2b_lifecycle", "inbound_bant")
    for scenario in load_scenarios(WORKFLOWS / f"{name}.scenarios.yaml").scenarios
]


def _one(given: str, when: str = "changed", then: str = "{stage: mql}") -> ScenarioFile:
    text = (
        "workflow: b2b_lifecycle.yaml\nscenarios:\n  - name: One\n"
        f"    given: {given}\n    when: {when}\n    then: {then}\n"
    )
    found, problems = check_scenarios_text(text, LIFECYCLE)
    assert found is not None, "\n".join(map(str, problems))
    return found


def _differences(given: str, when: str, then: str) -> tuple[str, ...]:
    scenario = _one(given, when, then).scenarios[0]
    record = record_of(scenario, LIFECYCLE, NOW)
    signal = signal_of(scenario, LIFECYCLE, NOW)
    return compare(scenario, decide(LIFECYCLE, record, signal, now=NOW))


@pytest.mark.parametrize(
    ("workflow", "scenario"), SHIPPED, ids=[one.name for _, one in SHIPPED]
)
def test_every_shipped_scenario_holds(workflow: str, scenario: Scenario) -> None:
    """The examples are what the shipped workflows do."""
    lifecycle = load_workflow(WORKFLOWS / f"{workflow}.yaml")
    file = ScenarioFile(lifecycle=lifecycle, scenarios=(scenario,))

    [outcome] = run_scenarios(file, NOW)

    assert outcome.differences == ()


def test_there_are_examples_enough() -> None:
    """Every stage and every transition of the shipped workflows is in some example."""
    assert len(SHIPPED) >= 30


def test_values_are_read_by_the_type_of_their_field() -> None:
    """As the CRM's values are when they come in."""
    given = (
        "{stage: lead, company_size: '80', job_role: Owner, tags: [VIP, spam],"
        " need: , technical_fit: yes, decision_date: in 2 days, budget: {unparsable: x}"
        ", entered: 3 days ago, events: {demo_requested: [now, 2026-11-01]}}"
    )

    record = record_of(_one(given).scenarios[0], LIFECYCLE, NOW)

    assert record.values == {
        "company_size": 80,
        "job_role": "owner",
        "tags": frozenset({"vip", "spam"}),
        "need": None,
        "technical_fit": True,
        "decision_date": date(2026, 11, 20),  # Berlin is an hour ahead of UTC
        "budget": Unparsable("x"),
    }
    assert record.entered_at == NOW - timedelta(days=3)
    assert record.happenings == (
        Happening("demo_requested", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        Happening("demo_requested", NOW),
    )
    assert record.workflow_version == LIFECYCLE.version


def test_a_day_is_the_day_of_the_workflow() -> None:
    """Half past eleven in the evening in Berlin is another day than an hour later."""
    later = NOW + timedelta(hours=1)
    scenario = _one("{stage: lead, decision_date: now}").scenarios[0]

    days = [
        record_of(scenario, LIFECYCLE, at).values["decision_date"]
        for at in (NOW, later)
    ]

    assert days == [date(2026, 11, 18), date(2026, 11, 19)]


def due(kind: TimerKind, sla: str = "") -> TimerDue:
    """Return a timer of which a scenario says that it is due."""
    return TimerDue(at=NOW, stage_version=0, kind=kind, sla=sla, certain=True)


@pytest.mark.parametrize(
    ("when", "signal"),
    [
        ("changed", Changed(at=NOW, source="scenario")),
        ("timer", due(TimerKind.LOOK)),
        (
            "{timer: recycle}",
            due(TimerKind.BREACH, sla="decide"),
        ),
        (
            "{move: accept, as: sales, approved_as: [marketing, quality_control]}",
            ManualMove(
                transition="accept",
                actor="scenario",
                at=NOW,
                roles=frozenset({"sales"}),
                source="scenario",
                approved_by="somebody else",
                approver_roles=frozenset({"marketing", "quality_control"}),
            ),
        ),
        (
            "{move: recycle, as: [sales], reason: other, note: So be it}",
            ManualMove(
                transition="recycle",
                actor="scenario",
                at=NOW,
                roles=frozenset({"sales"}),
                reason="other",
                note="So be it",
                source="scenario",
            ),
        ),
        (
            "{moved in crm: won, reason: price}",
            MovedOutside(
                stage="won", at=NOW, actor="scenario", source="scenario", reason="price"
            ),
        ),
    ],
)
def test_each_thing_that_happens_is_a_signal(when: str, signal: object) -> None:
    """In the words of the engine."""
    scenario = _one("{stage: sal}", when).scenarios[0]

    assert signal_of(scenario, LIFECYCLE, NOW) == signal


def test_the_timer_of_a_parked_stage_is_its_wake_up() -> None:
    """Nobody has to name the transition."""
    scenario = _one("{stage: nurture}", "timer", "{stage: lead}").scenarios[0]

    assert due(TimerKind.WAKE) == signal_of(scenario, LIFECYCLE, NOW)


@pytest.mark.parametrize(
    ("given", "when", "then", "differences"),
    [
        (
            "{stage: lead, company_size: 12}",
            "changed",
            "{stage: mql, via: qualify, met: ideal_customer, missing: budget}",
            (
                "expected to move to 'mql'; stayed in 'lead'",
                "expected to take qualify; took nothing",
                (
                    "expected 'ideal_customer' to be met; it is unmet (score.fit is 0,"
                    " asked >= 40)"
                ),
                "expected 'budget' to be missing; missing: tags",
                (
                    "qualify said: ideal_customer unmet (score.fit is 0, asked >= 40);"
                    " engaged unmet (score.interest is 0, asked >= 30); not_junk met"
                ),
            ),
        ),
        (
            "{stage: mql}",
            "{move: accept, as: sales}",
            "{stays: mql, refused: guard, unmet: [not_junk, timing]}",
            (
                "expected to stay in 'mql'; moved to 'sal' by accept",
                "expected a refusal for guard; moved to 'sal' by accept",
                "expected 'not_junk' to be not met; it is met",
                "expected 'timing' to be not met; no guard asked for it",
                "accept said: not_junk met",
            ),
        ),
        (
            "{stage: mql}",
            "{move: accept, as: marketing}",
            "{stage: sal, refused: reason}",
            (
                (
                    "expected to move to 'sal'; stayed in 'mql': 'accept' may be taken"
                    " by sales; scenario has marketing"
                ),
                (
                    "expected a refusal for reason; role: 'accept' may be taken by"
                    " sales; scenario has marketing"
                ),
                (
                    "accept said: role: 'accept' may be taken by sales; scenario has"
                    " marketing; not_junk met"
                ),
            ),
        ),
        (
            "{stage: lead}",
            "{moved in crm: won}",
            "{stage: won, outside: revert}",
            ("expected the answer revert; the answer is flag",),
        ),
        (
            "{stage: mql}",
            "{moved in crm: mql}",
            "{stays: mql, outside: revert}",
            ("expected the answer revert; the answer is none",),
        ),
    ],
)
def test_a_difference_says_what_was_expected_and_what_happened(
    given: str, when: str, then: str, differences: tuple[str, ...]
) -> None:
    """And what every criterion said, so that the cause is in sight."""
    assert _differences(given, when, then) == differences


def test_a_refusal_without_receipts_is_told() -> None:
    """Where no guard was asked, the sentence of the refusal is enough."""
    scenario = _one("{stage: lead}", "{move: accept, as: sales}", "{stage: sal}")
    refusal = Refusal(RefusalCode.SOURCE, "not from here")

    differences = compare(scenario.scenarios[0], Stay("lead", refusal=refusal))

    assert differences == (
        "expected to move to 'sal'; stayed in 'lead': not from here",
    )


def test_a_stage_that_is_gone_is_told() -> None:
    """The record is in a stage that this version does not have."""
    scenario = _one(
        "{stage: lead}", "{moved in crm: won}", "{stage: won, outside: flag}"
    )

    differences = compare(scenario.scenarios[0], Orphaned("won", ("lead",)))

    assert differences == (
        "expected to move to 'won'; the lifecycle has no stage 'won'",
        "expected the answer flag; the answer is none",
    )


def test_a_step_along_no_transition_is_told() -> None:
    """A person moved the record in the CRM."""
    scenario = _one(
        "{stage: lead}", "{moved in crm: won}", "{stage: sql, via: confirm}"
    )
    receipts = (Receipt("lose", "lead", "lost"),)
    step = Step(None, "lead", "won", receipts)

    differences = compare(
        scenario.scenarios[0], Move((step,), answer=OutsideAnswer.FLAG)
    )

    assert differences == (
        "expected to move to 'sql'; moved to 'won' by no transition",
        "expected to take confirm; took no transition",
    )


def test_scenarios_find_their_workflow_beside_them(tmp_path: Path) -> None:
    """And say so when it is not there, or is not beside them."""
    (tmp_path / "demo.yaml").write_text("x: 1", encoding="utf-8")
    for name in ("dema.yaml", "../demo.yaml"):
        path = tmp_path / "demo.scenarios.yaml"
        path.write_text(f"workflow: {name}\nscenarios: []\n", encoding="utf-8")
        with pytest.raises(WorkflowError) as raised:
            load_scenarios(path)
        assert raised.value.problems == (
            (
                f"LS501 {path}:1:11 the workflow file '{name}' is not beside this file."
                " Did you mean 'demo.yaml'? Known: demo.scenarios.yaml, demo.yaml."
            ),
        )


def test_a_workflow_with_mistakes_says_so_itself(tmp_path: Path) -> None:
    """Its own lines are shown, not a scenario's."""
    (tmp_path / "demo.yaml").write_text("workflow: demo\n", encoding="utf-8")
    path = tmp_path / "demo.scenarios.yaml"
    path.write_text("workflow: demo.yaml\nscenarios: []\n", encoding="utf-8")

    with pytest.raises(WorkflowError) as raised:
        check_scenarios(path)

    assert all("demo.yaml:1:1" in line for line in raised.value.problems)


@pytest.mark.parametrize(
    "text", ["- x\n", "scenarios: []\n", "workflow:\nscenarios: []\n"]
)
def test_a_file_without_its_head_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing is guessed."""
    path = tmp_path / "demo.scenarios.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(WorkflowError):
        load_scenarios(path)


@pytest.mark.parametrize("name", ["b2b_lifecycle", "inbound_bant"])
def test_the_shipped_bindings_have_nothing_to_report(name: str) -> None:
    """Every field, event and stage has its place in HubSpot."""
    lifecycle = load_workflow(WORKFLOWS / f"{name}.yaml")

    binding, problems = check_binding(WORKFLOWS / f"{name}.hubspot.yaml", lifecycle)

    assert problems == ()
    assert binding is not None
    assert set(binding.stages) == set(lifecycle.stages)


def test_every_stage_that_is_written_is_read_back_as_itself() -> None:
    """Whatever the lead status was before."""
    binding = load_binding(WORKFLOWS / "b2b_lifecycle.hubspot.yaml", LIFECYCLE)
    statuses = ["", "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED"]
    statuses += ["ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING"]
    for stage in binding.stages:
        for status in statuses:
            there = {"hs_lead_status": status, **binding.properties_of(stage)}
            assert binding.stage_of(there) == stage


@pytest.mark.parametrize(
    ("lifecyclestage", "status", "stage"),
    [
        ("lead", "UNQUALIFIED", "nurture"),
        ("lead", "NEW", "lead"),
        ("subscriber", None, "lead"),
        (None, None, "lead"),
        ("marketingqualifiedlead", "UNQUALIFIED", "mql"),
        ("174913201", "BAD_TIMING", "backlog"),
        ("174913201", None, "sal"),
        ("salesqualifiedlead", "BAD_TIMING", "sql"),
        ("opportunity", "OPEN_DEAL", "sql"),
        ("customer", "UNQUALIFIED", "won"),
        ("evangelist", None, "won"),
        ("174913202", "OPEN", "lost"),
        ("other", "NEW", None),
    ],
)
def test_a_portal_is_read_as_the_agreement_says(
    lifecyclestage: str | None, status: str | None, stage: str | None
) -> None:
    """``other`` stays unmapped on purpose: it is quarantined, never guessed."""
    binding = load_binding(WORKFLOWS / "b2b_lifecycle.hubspot.yaml", LIFECYCLE)

    read = {"lifecyclestage": lifecyclestage, "hs_lead_status": status}

    assert binding.stage_of(read) == stage


def test_a_binding_with_mistakes_is_refused(tmp_path: Path) -> None:
    """With every mistake in it."""
    path = tmp_path / "b.yaml"
    path.write_text("binding: other\n", encoding="utf-8")

    with pytest.raises(WorkflowError) as raised:
        load_binding(path, LIFECYCLE)

    assert [line.split()[0] for line in raised.value.problems] == [
        "LS103",
        "LS103",
        "LS103",
        "LS401",
    ]


def test_a_stage_may_be_left_out_of_a_crm_on_purpose() -> None:
    """``unmapped`` says that nobody forgot it."""
    text = (WORKFLOWS / "inbound_bant.hubspot.yaml").read_text("utf-8")
    line = "  attempting:  {hs_pipeline_stage: attempting-stage-id}"
    lifecycle = load_workflow(WORKFLOWS / "inbound_bant.yaml")
    assert line in text

    binding, problems = check_binding_text(
        text.replace(line, "  attempting: unmapped"), lifecycle
    )

    assert problems == ()
    assert binding is not None
    assert "attempting" not in binding.stages
