"""Judge a scenario: can what it expects come true at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.receipt import RefusalCode

from .problems import shown
from .scenario import Expectation, What

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle, Transition

    from .reading import Reader
    from .scenario import Scenario

__all__ = ["lint_scenario"]


def lint_scenario(scenario: Scenario, lifecycle: Lifecycle, reader: Reader) -> None:
    """Add what is wrong with the request and with what is expected of it."""
    _lint_request(scenario, lifecycle, reader)
    _lint_expectation(scenario, reader)


def _lint_request(scenario: Scenario, lifecycle: Lifecycle, reader: Reader) -> None:
    """A wrong name is a mistake, unless its refusal is what the scenario shows."""
    when, refused = scenario.when, scenario.then.refused
    name = when.transition
    if name is None or refused is RefusalCode.UNKNOWN:
        return
    verb = "move" if when.what is What.MOVE else "timer"
    at = reader.node.place("when", verb)
    transition = lifecycle.transitions.get(name)
    if transition is None:
        reader.problems.error(
            "LS107",
            at,
            f"{reader.name} takes {shown(name)}",
            why="and no such transition is declared",
            hint=reader.problems.known(name, lifecycle.transitions),
        )
        return
    if refused is not RefusalCode.ROLE:
        _lint_roles(scenario, lifecycle, reader)
    if refused is not RefusalCode.REASON:
        _lint_reason(scenario, transition, reader)


def _lint_roles(scenario: Scenario, lifecycle: Lifecycle, reader: Reader) -> None:
    owners = {stage.owner for stage in lifecycle.stages.values() if stage.owner}
    roles = {role for one in lifecycle.transitions.values() for role in one.by}
    for role in sorted(scenario.when.roles - owners - roles):
        reader.problems.error(
            "LS109",
            reader.node.place("when", "as"),
            f"{reader.name} is done as {shown(role)}",
            why="and no such role is declared",
            hint=reader.problems.known(role, sorted(owners | roles)),
        )


def _lint_reason(scenario: Scenario, transition: Transition, reader: Reader) -> None:
    reason = scenario.when.reason
    if reason is None or reason in transition.reasons:
        return
    reader.problems.error(
        "LS508",
        reader.node.place("when", "reason"),
        f"{reader.name} gives the reason {shown(reason)}",
        why=f"which transition {shown(transition.name)} does not list",
        hint=reader.problems.known(reason, transition.reasons),
    )


def _lint_expectation(scenario: Scenario, reader: Reader) -> None:
    then = scenario.then
    if then == Expectation() and not reader.problems.failed:
        reader.problems.error(
            "LS506",
            reader.at("then"),
            f"{reader.name} expects nothing",
            hint="Add `stage: …` or `stays: …` to `then`.",
        )
    why = _impossible(scenario)
    if why:
        reader.problems.error(
            "LS507",
            reader.at("then"),
            f"what {reader.name} expects cannot come true",
            why=why,
            hint="Correct `when` or `then`.",
        )


def _impossible(scenario: Scenario) -> str:
    then, when = scenario.then, scenario.when
    if then.stage and then.stays:
        return "because a record cannot both move and stay"
    if then.stays and scenario.stage and then.stays != scenario.stage:
        return f"because the record starts in {shown(scenario.stage)}"
    if then.stays and then.via:
        return "because a record that stays takes no transition"
    if then.outside and when.what is not What.MOVED_IN_CRM:
        return "because nobody moved the record in the CRM"
    if then.refused and when.what is What.CHANGED:
        return "because nobody asked for a move"
    return ""
