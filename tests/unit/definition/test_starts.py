"""Starts are read from one file, and held against the other files of an installation."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import (
    check_scenarios_text,
    check_workflow_text,
    load_workflow_text,
)
from leadstate.definition.diagram import dot
from leadstate.definition.problems import Severity
from leadstate.definition.starts import check_starts
from leadstate.domain.action import LeaveNote, Start
from leadstate.service.scenarios import run_scenarios

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CONTACTS = """\
workflow: contacts
fields:
  email: {type: email, identity: true, personal: true}
  amount: money
  size: {type: choice, options: [small, large]}
stages:
  lead: {initial: true}
  sql: {on_enter: {start: {workflow: deals, stage: new, copy: [email, amount]}}}
  won: {kind: won}
transitions:
  rise: {from: lead, to: sql}
  win: {from: sql, to: won}
"""
DEALS = """\
workflow: deals
fields:
  email: {type: email, identity: true, personal: true}
  amount: money
  size: {type: choice, options: [small, large, huge]}
stages:
  new: {initial: true}
  talks: {}
  won: {kind: won}
transitions:
  go: {from: new, to: talks}
  win: {from: talks, to: won}
"""
START = "{start: {workflow: deals, stage: new, copy: [email, amount]}}"


def _contacts(entering: str) -> Lifecycle:
    """Return contacts that do something else on entering sql."""
    return load_workflow_text(CONTACTS.replace(START, entering))


def _told(*lifecycles: Lifecycle) -> list[str]:
    return [str(one) for one in check_starts({one.name: one for one in lifecycles})]


# -- one file --------------------------------------------------------------------------


def test_entering_a_stage_starts_a_record_elsewhere() -> None:
    """Alone or among other actions, with the fields that are named."""
    lifecycle = _contacts(f"[{{note: New}}, {START}]")

    assert lifecycle.stages["sql"].on_enter == (
        LeaveNote(text="New"),
        Start(workflow="deals", stage="new", copy=("email", "amount")),
    )


@pytest.mark.parametrize(
    ("written", "copy"), [("", None), (", copy: email", ("email",)), (", copy: []", ())]
)
def test_what_is_copied_can_be_left_to_the_names(
    written: str, copy: tuple[str, ...] | None
) -> None:
    """Nothing said means what fits; an empty list means nothing."""
    lifecycle = _contacts(f"{{start: {{workflow: deals, stage: new{written}}}}}")

    assert lifecycle.stages["sql"].on_enter == (
        Start(workflow="deals", stage="new", copy=copy),
    )


def test_a_picture_names_what_is_started() -> None:
    """Beside the other things that entering does."""
    assert "on entering: start deals: new" in dot(load_workflow_text(CONTACTS))


@pytest.mark.parametrize(
    ("entering", "line"),
    [
        (
            "{start: deals}",
            "LS101 w.yaml:8:27 stage 'sql': 'on_enter': 'start' must be a mapping, the text 'deals' was found. Its keys are: workflow, stage, copy.",
        ),
        (
            "{start: {workflow: deals}}",
            "LS103 w.yaml:8:27 stage 'sql': 'on_enter': 'start' lacks 'stage'. Add `stage: …`: Where it enters that workflow.",
        ),
        (
            "{start: {stage: new}}",
            "LS103 w.yaml:8:27 stage 'sql': 'on_enter': 'start' lacks 'workflow'. Add `workflow: …`: The workflow of the new record.",
        ),
        (
            "{start: {workflow: deals, stage: new, copy: [amont]}}",
            "LS105 w.yaml:8:64 stage 'sql': 'on_enter': 'start' copies 'amont', and no such field is declared. Did you mean 'amount'? Known: email, amount, size.",
        ),
        (
            "{start: {workflow: deals, stage: new, copy: [size, size]}}",
            "LS117 w.yaml:8:70 stage 'sql': 'on_enter': 'start': 'size' stands twice under 'copy', first at 8:64. Keep one of them.",
        ),
        (
            "{start: {workflow: contacts, stage: wn}}",
            "LS104 w.yaml:8:55 stage 'sql': 'on_enter': 'start' starts a record in 'wn', and no such stage is declared. Did you mean 'won'? Known: lead, sql, won.",
        ),
    ],
)
def test_a_mistake_in_a_start_is_one_line_to_mend_it_from(
    entering: str, line: str
) -> None:
    """What, where, why, and how to go on."""
    text = CONTACTS.replace(START, entering)

    _, problems = check_workflow_text(text, file="w.yaml")

    assert [line] == [str(one) for one in problems]


def test_only_entering_a_stage_starts_a_record() -> None:
    """Leaving one, a warning and a broken SLA start nothing."""
    text = CONTACTS.replace("on_enter", "on_leave")

    _, [problem] = check_workflow_text(text, file="w.yaml")

    assert str(problem) == (
        "LS110 w.yaml:8:19 stage 'sql': 'on_leave' starts a record, and only entering a stage does that. Start it in the `on_enter` of the stage to which this leads."
    )


# -- all files -------------------------------------------------------------------------


def test_starts_that_fit_are_right() -> None:
    """With the fields that are named, and with those that both have alike."""
    deals = load_workflow_text(DEALS)
    named = _contacts("{start: {workflow: deals, stage: new, copy: [size]}}")
    alike = _contacts("{start: {workflow: deals, stage: new}}")

    assert [] == _told(named, deals)
    assert [] == _told(alike, deals)


def test_an_unknown_workflow_is_named_with_those_that_there_are() -> None:
    """With the place that names it."""
    assert _told(
        _contacts("{start: {workflow: deal, stage: new}}"), load_workflow_text(DEALS)
    ) == [
        "LS801 workflow contacts, stage sql, on entering: starts a record in 'deal', and the installation has no workflow of that name. Did you mean 'deals'? Known: contacts, deals."
    ]


def test_nothing_is_said_of_a_workflow_whose_file_cannot_be_read() -> None:
    """Its own mistakes are told, and they are enough."""
    contacts = load_workflow_text(CONTACTS)

    assert () == check_starts({"contacts": contacts}, unread=["deals"])


def test_an_unknown_stage_is_named_with_both_places() -> None:
    """The stage that starts, and the workflow that lacks the other one."""
    assert _told(
        _contacts("{start: {workflow: deals, stage: talk}}"), load_workflow_text(DEALS)
    ) == [
        "LS802 workflow contacts, stage sql, on entering: starts a record in 'talk', and workflow deals has no stage of that name. Did you mean 'talks'? Known: new, talks, won."
    ]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "amount: money",
            "budget: money",
            "copies 'amount', and workflow deals has no such field. Known: email, budget, size. Add the field there, or leave it out.",
        ),
        (
            "amount: money",
            "amount: integer",
            "copies 'amount', which is money here and integer in workflow deals. Give both one type, or leave it out.",
        ),
        (
            "options: [small, large, huge]",
            "options: [large]",
            "copies 'size', and workflow deals lacks options: small. Add the options there, or leave the field out.",
        ),
    ],
)
def test_a_field_that_cannot_be_copied_is_named_with_both_types(
    old: str, new: str, why: str
) -> None:
    """Only where it is named; what does not fit is not alike."""
    entering = "{start: {workflow: deals, stage: new%s}}"
    named = _contacts(entering % ", copy: [amount, size]")
    deals = load_workflow_text(DEALS.replace(old, new))

    assert [f"LS803 workflow contacts, stage sql, on entering: {why}"] == _told(
        named, deals
    )
    assert [] == _told(_contacts(entering % ""), deals)


def test_records_that_start_each_other_for_ever_are_refused() -> None:
    """Once for each circle, with all of its places."""
    back = "new: {initial: true, on_enter: {start: {workflow: contacts, stage: sql}}}"
    deals = load_workflow_text(DEALS.replace("new: {initial: true}", back))

    [problem] = check_starts({"contacts": _contacts(START), "deals": deals})

    assert problem.severity is Severity.ERROR
    assert str(problem) == (
        "LS804 workflow contacts, stage sql, on entering: starts a record in deals: new, and that starts the next one, in a circle (contacts: sql → deals: new → contacts: sql) that never ends. Start at one of these places after a move that somebody makes."
    )


def test_a_workflow_that_starts_itself_where_it_starts_is_refused() -> None:
    """The smallest circle."""
    own = _contacts("{start: {workflow: contacts, stage: sql}}")

    [line] = _told(own)

    assert "(contacts: sql → contacts: sql) that never ends" in line


def test_a_circle_over_automatic_transitions_is_a_warning() -> None:
    """It ends where one of them is not met, and nobody knows that beforehand."""
    deals = load_workflow_text(
        DEALS.replace(
            "talks: {}", "talks: {on_enter: {start: {workflow: contacts, stage: lead}}}"
        ).replace("to: talks}", "to: talks, automatic: true, when: amount > 100}")
    )
    text = CONTACTS.replace("to: sql}", "to: sql, automatic: true, when: amount > 1}")

    [problem] = check_starts({"contacts": load_workflow_text(text), "deals": deals})

    assert problem.severity is Severity.WARNING
    assert str(problem) == (
        "LS804 workflow contacts, stage sql, on entering: warning: starts a record in deals: new, and that starts the next one, in a circle (contacts: sql → deals: new → deals: talks → contacts: lead → contacts: sql) that ends only where an automatic transition is not met. Start at one of these places after a move that somebody makes."
    )


def test_a_circle_that_people_close_is_a_way_of_working() -> None:
    """A deal that is won may start the next round of the contact."""
    deals = load_workflow_text(
        DEALS.replace(
            "won: {kind: won}",
            "won: {kind: won, on_enter: {start: {workflow: contacts, stage: sql}}}",
        )
    )

    assert [] == _told(load_workflow_text(CONTACTS), deals)


# -- scenarios -------------------------------------------------------------------------


def _scenario(then: str) -> tuple[list[str], list[str]]:
    """Return the mistakes of a scenario of contacts, and how it differs."""
    text = (
        "workflow: contacts.yaml\nscenarios:\n"
        "- {name: One, given: {stage: lead}, when: {move: rise}, then: %s}\n"
    )
    found, problems = check_scenarios_text(text % then, load_workflow_text(CONTACTS))
    ran = run_scenarios(found, NOON) if found else []
    return [str(one) for one in problems], [it for one in ran for it in one.differences]


@pytest.mark.parametrize("then", ["starts: deals", "starts: [deals]", "via: rise"])
def test_a_scenario_may_say_what_is_started(then: str) -> None:
    """Or say nothing of it."""
    assert ([], []) == _scenario(f"{{stage: sql, {then}}}")


def test_a_scenario_cannot_expect_what_nothing_starts() -> None:
    """The workflows that are started are known."""
    assert (
        [
            "LS507 scenarios.yaml:3:72 what scenario 'One' expects cannot come true, because no stage starts a record of 'deal'. Did you mean 'deals'? Known: deals."
        ],
        [],
    ) == _scenario("{starts: deal}")


def test_a_scenario_that_expects_no_start_sees_the_one_that_came() -> None:
    """With the story behind it."""
    mistakes, differences = _scenario("{starts: []}")

    assert [] == mistakes
    assert "expected starts: nothing; starts: deals" == differences[0]
