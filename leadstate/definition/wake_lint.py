"""Judge wake-ups: do parked stages have one, and can it be taken?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import StageKind

from .exclusion import exclusive
from .problems import listed, shown
from .wakes import declared_ways, wakes_to

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Stage, Transition
    from leadstate.domain.sla import Wake

    from .draft import LifecycleDraft

__all__ = ["lint_wakes"]


def lint_wakes(draft: LifecycleDraft) -> None:
    """Add every problem of a wake-up."""
    for stage in draft.stages.values():
        if f"stage {stage.name}" in draft.broken:
            continue
        if stage.wake is None:
            _lint_forgotten(draft, stage)
            continue
        _lint_stage(draft, stage)
        _lint_targets(draft, stage, stage.wake)
        _lint_ways(draft, stage, stage.wake)
        _lint_condition(draft, stage, stage.wake)


def _lint_forgotten(draft: LifecycleDraft, stage: Stage) -> None:
    left = any(stage.name in one.sources for one in draft.transitions.values())
    if stage.kind is StageKind.PARKED and left:
        draft.problems.warning(
            "LS310",
            draft.tree.place("stages", stage.name, "wake"),
            f"stage {shown(stage.name)} is parked and never wakes",
            why="so that leads in it are forgotten",
            hint="Add `wake: {after: 30 days, to: STAGE}`.",
        )


def _lint_stage(draft: LifecycleDraft, stage: Stage) -> None:
    if stage.kind is not StageKind.PARKED:
        draft.problems.error(
            "LS311",
            draft.tree.place("stages", stage.name, "wake"),
            f"stage {shown(stage.name)} has a wake-up",
            why=f"and is of kind {stage.kind}",
            hint="Add `kind: parked`, or delete `wake`.",
        )


def _lint_targets(draft: LifecycleDraft, stage: Stage, wake: Wake) -> None:
    for key, target in (("to", wake.to), ("otherwise", wake.otherwise)):
        if target == stage.name:
            draft.problems.error(
                "LS311",
                draft.tree.place("stages", stage.name, "wake", key),
                f"the wake-up of {shown(stage.name)} leads back to the same stage",
                hint="Name the stage in which the lead goes on.",
            )
    reached = any(one.target == stage.name for one in draft.transitions.values())
    if (reached or stage.initial) and wake.to is None and not wakes_to(draft, stage):
        draft.problems.error(
            "LS311",
            draft.tree.place("stages", stage.name, "wake", "to"),
            f"the wake-up of {shown(stage.name)} leads back to where the lead came"
            " from",
            why="and no transition leads here from a stage that is open or parked",
            hint="Name the stage in which the lead goes on.",
        )


def _lint_ways(draft: LifecycleDraft, stage: Stage, wake: Wake) -> None:
    """Where a way is declared, the wake-up must be able to take it."""
    ends = [*wakes_to(draft, stage), *([wake.otherwise] if wake.otherwise else [])]
    for target in dict.fromkeys(ends):
        declared = declared_ways(draft, stage.name, target)
        open_ways = [one for one in declared if not one.approval]
        if declared and not open_ways:
            name, why = declared[0].name, "which needs an approval"
        elif open_ways and _refuses(open_ways[0], wake):
            name, why = open_ways[0].name, "whose guard can never be met then"
        else:
            continue
        draft.problems.error(
            "LS324",
            draft.tree.place("stages", stage.name, "wake", "to"),
            f"the wake-up of {shown(stage.name)} to {shown(target)} takes"
            f" {shown(name)}",
            why=why,
            hint="Add a transition between the two stages that it can take.",
        )


def _refuses(way: Transition, wake: Wake) -> bool:
    """Whether it is proved that a guard is never met when the record wakes."""
    guard = way.guard
    if guard is None:
        return False
    if exclusive(guard, guard):
        return True
    by_time = wake.after is not None or wake.on is not None
    return wake.when is not None and not by_time and exclusive(guard, wake.when)


def _lint_condition(draft: LifecycleDraft, stage: Stage, wake: Wake) -> None:
    if wake.when is None:
        return
    place = draft.tree.place("stages", stage.name, "wake", "when")
    same = [
        one.name
        for one in draft.transitions.values()
        if one.automatic and stage.name in one.sources and one.guard == wake.when
    ]
    if same:
        draft.problems.warning(
            "LS332",
            place,
            f"the wake-up of {shown(stage.name)} waits for what {listed(same)} waits"
            " for",
            why="which is taken by itself then",
            hint="Delete one of them.",
        )
    if exclusive(wake.when, wake.when):
        draft.problems.warning(
            "LS330",
            place,
            f"what the wake-up of {shown(stage.name)} waits for can never be met",
            why="because its parts exclude each other",
            hint="Correct it, or delete it.",
        )
