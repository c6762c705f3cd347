"""Judge the graph of a workflow: what reads well and still cannot work.

Only what is certain is reported: where an end or a guard could not be read, nothing is
concluded from its absence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import ScoreRef
from leadstate.guards import subjects

from .automatic import lint_automatic
from .exclusion import exclusive
from .problems import listed, shown
from .sla_lint import lint_slas, slas_of
from .wake_lint import lint_wakes
from .wakes import declared_ways, wakes_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.condition import Condition

    from .draft import LifecycleDraft
    from .problems import Mark

__all__ = ["lint"]


def lint(draft: LifecycleDraft) -> None:
    """Add every problem of the graph."""
    _lint_initial(draft)
    _lint_roles(draft)
    _lint_identity(draft)
    _lint_ends(draft)
    _lint_guards(draft)
    lint_slas(draft)
    lint_wakes(draft)
    lint_automatic(draft)
    if _certain(draft):
        _lint_paths(draft)
    if not draft.problems.failed:
        _lint_unused(draft)


def _certain(draft: LifecycleDraft) -> bool:
    """Whether every stage and every way out of it could be read."""
    broken = any(name.startswith("stage ") for name in draft.broken)
    stages = draft.names.stages == tuple(draft.stages)
    return not broken and stages and draft.names.transitions == tuple(draft.transitions)


def _lint_initial(draft: LifecycleDraft) -> None:
    initial = [stage.name for stage in draft.stages.values() if stage.initial]
    for name in initial[1:]:
        draft.problems.error(
            "LS301",
            draft.tree.place("stages", name, "initial"),
            f"stage {shown(name)} is a second initial stage",
            why=f"and {shown(initial[0])} already is one",
            hint="Keep `initial: true` on the stage in which new leads start.",
        )
    unread = draft.problems.has("LS110")  # `initial: yes` is reported already
    if draft.stages and not initial and not unread:
        draft.problems.error(
            "LS301",
            draft.tree.place("stages"),
            "no stage is initial",
            hint="Add `initial: true` to the stage in which new leads start.",
        )


def _lint_roles(draft: LifecycleDraft) -> None:
    """Without a list of teams, a role that is nearly a team is probably one."""
    teams = {stage.owner for stage in draft.stages.values() if stage.owner}
    if draft.names.teams is not None or not teams:
        return
    for transition in draft.transitions.values():
        title = f"transition {shown(transition.name)}"
        for key, verb, roles in (
            ("by", "may be taken by", transition.by),
            ("approval", "is approved by", transition.approval),
        ):
            place = draft.tree.place("transitions", transition.name, key)
            for role in roles:
                _lint_role(draft, place, f"{title} {verb} {shown(role)}", role, teams)


def _lint_role(
    draft: LifecycleDraft, place: Mark, what: str, role: str, teams: set[str]
) -> None:
    meant = draft.problems.known(role, sorted(teams - {role}))
    if role not in teams and meant.startswith("Did you mean"):
        draft.problems.warning(
            "LS317",
            place,
            what,
            why="which owns no stage and looks like a team that does",
            hint=f"{meant} List every team and role under `teams:`.",
        )


def _lint_identity(draft: LifecycleDraft) -> None:
    identifying = [field for field in draft.fields.values() if field.identity]
    if draft.fields and not identifying and not draft.problems.failed:
        draft.problems.warning(
            "LS315",
            draft.tree.place("fields"),
            "no field is marked as identity",
            why="so that one lead in two CRMs cannot be recognised",
            hint="Add `identity: true` to the e-mail address.",
        )


def _lint_ends(draft: LifecycleDraft) -> None:
    """Look at each transition's own ends."""
    for transition in draft.transitions.values():
        place = draft.tree.place("transitions", transition.name, "from")
        if transition.target in transition.sources:
            draft.problems.error(
                "LS314",
                place,
                f"transition {shown(transition.name)} leads from"
                f" {shown(transition.target)} to itself",
                hint="Delete that stage from `from`.",
            )
        closed = [
            name
            for name in transition.sources
            if draft.stages[name].terminal and not _names(draft, transition.name, name)
        ]
        if closed:
            draft.problems.warning(
                "LS304",
                place,
                f"transition {shown(transition.name)} leaves the closed stage"
                f" {listed(closed)} by way of 'any'",
                hint="Write `any open`, or name the stages that may be reopened.",
            )


def _names(draft: LifecycleDraft, transition: str, stage: str) -> bool:
    """Whether ``from`` names a stage itself."""
    node = draft.tree.find("transitions", transition, "from")
    items = getattr(node, "items", None)
    nodes = items if isinstance(items, list) else [node]
    return any(getattr(one, "value", None) == stage for one in nodes)


def _lint_guards(draft: LifecycleDraft) -> None:
    """A guard that is never met; where time takes it, that is said there."""
    taken = {placed.sla.move for placed in slas_of(draft)}
    for stage in draft.stages.values():
        for target in wakes_to(draft, stage):
            taken |= {one.name for one in declared_ways(draft, stage.name, target)}
    for transition in draft.transitions.values():
        guard = transition.guard
        if guard and transition.name not in taken and exclusive(guard, guard):
            draft.problems.warning(
                "LS330",
                draft.tree.place("transitions", transition.name, "when"),
                f"the guard of transition {shown(transition.name)} can never be met",
                why="because its parts exclude each other",
                hint="Correct it, or delete the transition.",
            )


def _lint_paths(draft: LifecycleDraft) -> None:
    """Look for stages that cannot be reached, and stages that cannot be left."""
    ways = {name: set(_ways_out(draft, name)) for name in draft.stages}
    reached = {name for name, stage in draft.stages.items() if stage.initial}
    waiting = list(reached)
    while waiting:
        new = ways[waiting.pop()] - reached
        reached |= new
        waiting += new
    for name, stage in draft.stages.items():
        if reached and name not in reached:
            draft.problems.error(
                "LS302",
                draft.tree.place("stages", name),
                f"no path leads to stage {shown(name)}",
                hint="Add a transition to it, or delete the stage.",
            )
        if not ways[name] and not stage.terminal:
            draft.problems.error(
                "LS303",
                draft.tree.place("stages", name),
                f"nothing leads out of stage {shown(name)}",
                why=f"which is {stage.kind}",
                hint="Add a transition from it, or say `kind: won` or `kind: lost`.",
            )


def _ways_out(draft: LifecycleDraft, stage: str) -> Iterator[str]:
    for transition in draft.transitions.values():
        if stage in transition.sources:
            yield transition.target
    wake = draft.stages[stage].wake
    yield from wakes_to(draft, draft.stages[stage])
    if wake is not None and wake.otherwise is not None:
        yield wake.otherwise


def _lint_unused(draft: LifecycleDraft) -> None:
    for name in draft.criteria:
        if name not in draft.used:
            draft.problems.warning(
                "LS312",
                draft.tree.place("criteria", name),
                f"criterion {shown(name)} is used by no guard",
                hint="Use it in a `when`, or delete it.",
            )
    asked = {subject for tree in _conditions(draft) for subject in subjects(tree)}
    for name in draft.scores:
        if ScoreRef(name) not in asked:
            draft.problems.warning(
                "LS313",
                draft.tree.place("scores", name),
                f"score {shown(name)} is used by no criterion and no guard",
                hint=f"Ask for it, such as `score.{name} >= 40`, or delete it.",
            )
    reasons = {reason for one in draft.transitions.values() for reason in one.reasons}
    for name in draft.reasons:
        if name not in reasons:
            draft.problems.warning(
                "LS319",
                draft.tree.place("reasons", name),
                f"reason {shown(name)} is used by no transition",
                hint="List it under `reason` of a transition, or delete it.",
            )


def _conditions(draft: LifecycleDraft) -> Iterator[Condition]:
    """Yield every condition of the workflow but those of scores."""
    yield from (one.guard for one in draft.transitions.values() if one.guard)
    yield from (one.condition for one in draft.criteria.values())
    for placed in slas_of(draft):
        if placed.sla.pause:
            yield placed.sla.pause
    for stage in draft.stages.values():
        if stage.wake and stage.wake.when:
            yield stage.wake.when
