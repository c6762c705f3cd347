"""Judge automatic transitions: two at once, round in circles, or asking for nothing.

The rule: from one stage, at most one automatic transition may be right at a moment.
Either the guards exclude each other in a way that can be proved, or the later one says
``else: true`` and so waits until none of those above it is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exclusion import exclusive
from .problems import shown

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Transition

    from .draft import LifecycleDraft

__all__ = ["lint_automatic"]


def lint_automatic(draft: LifecycleDraft) -> None:
    """Add every problem of automatic transitions."""
    automatic = [one for one in draft.transitions.values() if one.automatic]
    for transition in automatic:
        _lint_alone(draft, transition)
    clear = [one for one in automatic if one.guard and one.name not in draft.doubtful]
    seen: set[tuple[str, str]] = set()
    for stage in draft.stages:
        leaving = [one for one in clear if stage in one.sources]
        _lint_overlaps(draft, stage, leaving, seen)
        _lint_else(draft, stage, [one for one in automatic if stage in one.sources])
    _lint_circles(draft, clear)


def _lint_alone(draft: LifecycleDraft, transition: Transition) -> None:
    place = draft.tree.place("transitions", transition.name)
    if not draft.tree.find("transitions", transition.name, "when"):
        draft.problems.error(
            "LS307",
            place,
            f"automatic transition {shown(transition.name)} has no guard",
            why="so that every lead would leave at once",
            hint="Add `when: …`, or delete `automatic`.",
        )
    if transition.reasons:
        draft.problems.error(
            "LS308",
            draft.tree.place("transitions", transition.name, "reason"),
            f"automatic transition {shown(transition.name)} asks for a reason",
            why="and nobody is there to give one",
            hint="Delete `reason`, or make a second transition for people.",
        )
    if transition.approval:
        draft.problems.error(
            "LS331",
            draft.tree.place("transitions", transition.name, "approval"),
            f"automatic transition {shown(transition.name)} asks for an approval",
            why="and nobody is there to ask for one",
            hint="Delete `approval`, or make a second transition for people.",
        )


def _lint_overlaps(
    draft: LifecycleDraft,
    stage: str,
    leaving: list[Transition],
    seen: set[tuple[str, str]],
) -> None:
    for index, later in enumerate(leaving):
        if later.name in draft.otherwise:
            continue
        for earlier in leaving[:index]:
            pair = (earlier.name, later.name)
            if draft.problems.full or pair in seen or _apart(earlier, later):
                continue
            seen.add(pair)
            _report_overlap(draft, stage, earlier, later)


def _report_overlap(
    draft: LifecycleDraft, stage: str, earlier: Transition, later: Transition
) -> None:
    at = draft.tree.place("transitions", earlier.name)
    draft.problems.error(
        "LS305",
        draft.tree.place("transitions", later.name, "when"),
        f"automatic transitions {shown(earlier.name)} and {shown(later.name)} may both"
        f" be right in stage {shown(stage)}",
        why=f"the first one is at {at.line}:{at.column}",
        hint="Make the guards exclude each other on one field or score (one asks for"
        f" >= 40, the other for < 40), or add `else: true` to {shown(later.name)}: it"
        " then waits until none above it is met.",
    )


def _apart(one: Transition, two: Transition) -> bool:
    return bool(one.guard and two.guard and exclusive(one.guard, two.guard))


def _lint_else(draft: LifecycleDraft, stage: str, leaving: list[Transition]) -> None:
    complete = draft.names.transitions == tuple(draft.transitions)
    if complete and leaving and leaving[0].name in draft.otherwise:
        name = leaving[0].name
        draft.problems.error(
            "LS318",
            draft.tree.place("transitions", name, "else"),
            f"transition {shown(name)} has 'else'",
            why=f"and nothing automatic from stage {shown(stage)} stands above it",
            hint="Move it below the one it waits for, or delete `else`.",
        )


def _lint_circles(draft: LifecycleDraft, automatic: list[Transition]) -> None:
    reported: set[frozenset[str]] = set()
    for start in automatic:
        for source in start.sources:
            path = _way_back(automatic, start, source)
            names = frozenset(one.name for one in path)
            if not path or names in reported or _broken(path) or draft.problems.full:
                continue
            reported.add(names)
            way = " → ".join([source, *(one.target for one in path)])
            draft.problems.error(
                "LS306",
                draft.tree.place("transitions", start.name),
                f"automatic transitions go round in a circle: {way}",
                why="and all their guards could be met at once",
                hint="Make two of the guards exclude each other, or take one step by"
                " hand.",
            )


def _way_back(
    automatic: list[Transition], start: Transition, home: str
) -> list[Transition]:
    """Return the shortest automatic path over ``start`` back to ``home``, if any."""
    paths: dict[str, list[Transition]] = {start.target: [start]}
    waiting = [start.target]
    while waiting and home not in paths:
        stage = waiting.pop(0)
        for step in automatic:
            if stage in step.sources and step.target not in paths:
                if _apart(start, step):
                    continue
                paths[step.target] = [*paths[stage], step]
                waiting.append(step.target)
    return paths.get(home, [])


def _broken(path: list[Transition]) -> bool:
    """Whether two steps of a circle can never be right at the same moment."""
    return any(_apart(one, two) for one in path for two in path if one is not two)
