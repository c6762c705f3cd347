"""Judge a scenario: can what it expects come true at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.action import Escalate, Start
from leadstate.domain.course import A_PERSON
from leadstate.domain.receipt import RefusalCode

from .problems import shown
from .scenario import Expectation, What

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle, Transition

    from .reader import Reader
    from .scenario import Scenario

__all__ = ["lint_scenario"]


def lint_scenario(scenario: Scenario, lifecycle: Lifecycle, reader: Reader) -> None:
    """Add what is wrong with the request and with what is expected of it."""
    _lint_request(scenario, lifecycle, reader)
    _lint_expectation(scenario, reader)
    _lint_time(scenario, reader)
    _lint_names(scenario, lifecycle, reader)


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
    known = {stage.owner for stage in lifecycle.stages.values() if stage.owner}
    known.update(lifecycle.teams)
    for one in lifecycle.transitions.values():
        known.update(one.by, one.approval)
    when = scenario.when
    for key, verb, roles in (
        ("as", "done", when.roles),
        ("approved_as", "approved", when.approved_as),
    ):
        for role in sorted(roles - known):
            reader.problems.error(
                "LS109",
                reader.node.place("when", key),
                f"{reader.name} is {verb} as {shown(role)}",
                why="and no such role is declared",
                hint=reader.problems.known(role, sorted(known)),
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
    why = _impossible(scenario) or _untimely(scenario)
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


def _untimely(scenario: Scenario) -> str:
    then = scenario.then
    timed = (then.warned, then.breached, then.escalated)
    if scenario.when.what is What.AFTER or all(one is None for one in timed):
        return ""
    return "because no time passes"


def _lint_time(scenario: Scenario, reader: Reader) -> None:
    """Where time passes, the day of the week matters, and holidays do."""
    if scenario.when.what is not What.AFTER or scenario.at is not None:
        return
    if reader.node.find("given", "at") is not None:
        return  # its own mistake is reported
    reader.problems.error(
        "LS103",
        reader.at("given"),
        f"{reader.name}: 'given' lacks 'at'",
        why="and time passes, which is another one on a Friday than on a Monday",
        hint="Add `at: 2026-03-10 13:00`, the moment from which on it passes.",
    )


def _lint_names(scenario: Scenario, lifecycle: Lifecycle, reader: Reader) -> None:
    """Refuse SLAs that no stage has, whom nobody calls, and what nothing starts."""
    slas = [sla for stage in lifecycle.stages.values() for sla in stage.slas]
    then = scenario.then
    for key, names, known, why in (
        (
            "warned",
            then.warned,
            {one.name for one in slas if one.warnings},
            "no stage has an SLA {} that warns",
        ),
        (
            "breached",
            then.breached,
            {one.name for one in slas},
            "no stage has an SLA {}",
        ),
        ("escalated", then.escalated, _called(lifecycle), "nobody calls {}"),
        (
            "starts",
            then.starts,
            {one.workflow for one in lifecycle.actions if isinstance(one, Start)},
            "no stage starts a record of {}",
        ),
    ):
        for name in names or ():
            if name in known:
                continue
            reader.problems.error(
                "LS507",
                reader.node.place("then", key),
                f"what {reader.name} expects cannot come true",
                why=f"because {why.format(shown(name))}",
                hint=reader.problems.known(name, sorted(known)),
            )


def _called(lifecycle: Lifecycle) -> set[str]:
    """Return everybody in whose name a record can be listed for a person."""
    escalations = [one for one in lifecycle.actions if isinstance(one, Escalate)]
    called = {one.to for one in escalations if one.to is not None}
    if any(one.to is None for one in escalations):
        called |= {one.owner or A_PERSON for one in lifecycle.stages.values()}
    return called
