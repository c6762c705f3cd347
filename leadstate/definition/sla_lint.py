"""Judge SLAs: can they be kept, and can what follows a broken one be done?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadstate.domain.sla import OWN_HOURS, TEAM_HOURS
from leadstate.guards import negate

from .exclusion import exclusive
from .problems import listed, shown
from .wakes import wakes_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.lifecycle import Stage, Transition
    from leadstate.domain.sla import SLA

    from .draft import LifecycleDraft
    from .problems import Mark

__all__ = ["PlacedSla", "lint_slas", "slas_of"]

MOVES_BOUND: Final = 6
"""As `leadstate.engine.decide.BREACH_MOVES_BOUND`; a layer beside this one."""


@dataclass(frozen=True, slots=True)
class PlacedSla:
    """An SLA, the stage in which its clock runs, and where it is written."""

    sla: SLA
    stage: Stage
    path: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it is, for messages."""
        return f"SLA {shown(self.sla.name)} of stage {shown(self.stage.name)}"

    def place(self, draft: LifecycleDraft, key: str) -> Mark:
        """Return the place of one of its keys."""
        return draft.tree.place(*self.path, key)


def slas_of(draft: LifecycleDraft) -> Iterator[PlacedSla]:
    """Yield the SLAs of every stage, and those that wake-ups add to it."""
    for name, stage in draft.stages.items():
        for sla in stage.slas:
            yield PlacedSla(sla, stage, ("stages", name, "sla", sla.name))
    for name, slas in draft.wake_slas.items():
        for target in wakes_to(draft, draft.stages[name]):
            for sla in slas:
                path = ("stages", name, "wake", "sla", sla.name)
                yield PlacedSla(sla, draft.stages[target], path)


def lint_slas(draft: LifecycleDraft) -> None:
    """Add every problem of a placed."""
    slas = tuple(slas_of(draft))
    seen: dict[tuple[str, str], PlacedSla] = {}
    for placed in slas:
        _lint_name(draft, placed, seen)
        _lint_hours(draft, placed)
        _lint_pause(draft, placed)
        _lint_consequence(draft, placed)
        transition = draft.transitions.get(placed.sla.move or "")
        if transition is not None:
            _lint_move(draft, placed, transition)
    _lint_rings(draft, slas)


def _lint_name(
    draft: LifecycleDraft, placed: PlacedSla, seen: dict[tuple[str, str], PlacedSla]
) -> None:
    first = seen.setdefault((placed.stage.name, placed.sla.name), placed)
    if first is placed:
        return
    at = draft.tree.place(*first.path)
    draft.problems.error(
        "LS328",
        draft.tree.place(*placed.path),
        f"{placed.title} has the name of another one in that stage",
        why=f"first at {at.line}:{at.column}",
        hint="Choose another name.",
    )


def _lint_hours(draft: LifecycleDraft, placed: PlacedSla) -> None:
    """The hours of a team or an owner need a team with hours."""
    if placed.sla.calendar not in (OWN_HOURS, TEAM_HOURS):
        return
    stage, team = placed.stage, placed.stage.owner
    unread = draft.tree.find("teams") is not None and draft.names.teams is None
    if team is None and not draft.tree.find("stages", stage.name, "owner"):
        why = "and the stage belongs to no team"
        hint = "Add `owner: TEAM` to the stage."
    elif team is None or unread or f"team {team}" in draft.broken:
        return
    elif draft.teams.get(team) is None:
        why = f"and team {shown(team)} has no calendar"
        hint = f"Write `teams: {{{team}: {{calendar: NAME}}}}`."
    else:
        return
    draft.problems.error(
        "LS322",
        placed.place(draft, "calendar"),
        f"{placed.title} counts in the hours of its {placed.sla.calendar}",
        why=why,
        hint=hint,
    )


def _lint_pause(draft: LifecycleDraft, placed: PlacedSla) -> None:
    pause = placed.sla.pause
    if pause is None:
        return
    place = placed.place(draft, "pause")
    opposite = negate(pause)
    if exclusive(opposite, opposite):
        draft.problems.warning(
            "LS327",
            place,
            f"the pause of {placed.title} never ends",
            why="because one of its parts is always met",
            hint="Ask for what a lead has while it waits, and loses then.",
        )
    elif exclusive(pause, pause):
        draft.problems.warning(
            "LS330",
            place,
            f"the pause of {placed.title} can never begin",
            why="because its parts exclude each other",
            hint="Correct it, or delete it.",
        )


def _lint_consequence(draft: LifecycleDraft, placed: PlacedSla) -> None:
    written = draft.tree.find(*placed.path)
    keys = getattr(written, "entries", {})
    if "then" not in keys and "warn_at" not in keys:
        draft.problems.warning(
            "LS326",
            draft.tree.place(*placed.path),
            f"{placed.title} warns of nothing and has no consequence",
            why="so that nobody hears of it when it is broken",
            hint="Add `then: escalate`, or `warn_at: 80%`.",
        )


def _lint_move(
    draft: LifecycleDraft, placed: PlacedSla, transition: Transition
) -> None:
    """The move of a broken SLA must be possible from here, without people."""
    place = placed.place(draft, "then")
    takes = f"{placed.title} takes {shown(transition.name)}"
    stage = placed.stage.name
    if stage not in transition.sources:
        ways = [one.name for one in draft.transitions.values() if stage in one.sources]
        draft.problems.error(
            "LS309",
            place,
            takes,
            why="which does not leave this stage",
            hint=f"From here: {listed(ways) or 'nothing'}.",
        )
    elif placed.sla.reason and placed.sla.reason not in transition.reasons:
        hint = draft.problems.known(placed.sla.reason, transition.reasons)
        draft.problems.error(
            "LS309",
            place,
            f"{takes} for {shown(placed.sla.reason)}",
            why="which is no reason of it",
            hint=hint if transition.reasons else "It has no reasons: delete `reason`.",
        )
    elif transition.approval:
        draft.problems.error(
            "LS324",
            place,
            takes,
            why=f"which needs the approval of {listed(transition.approval)}",
            hint="Take a transition without `approval`, or escalate.",
        )
    elif transition.guard and exclusive(transition.guard, transition.guard):
        draft.problems.error(
            "LS324",
            place,
            takes,
            why="whose guard can never be met",
            hint="Correct the guard, or take another transition.",
        )
    elif transition.automatic:
        draft.problems.warning(
            "LS324",
            place,
            takes,
            why="which is taken by itself as soon as its guard is met, and refused"
            " before",
            hint="Take a transition that is not automatic.",
        )


def _lint_rings(draft: LifecycleDraft, slas: tuple[PlacedSla, ...]) -> None:
    ways: dict[str, dict[str, PlacedSla]] = {}
    for placed in slas:
        move = draft.transitions.get(placed.sla.move or "")
        if move is not None and placed.stage.name in move.sources:
            ways.setdefault(placed.stage.name, {})[move.target] = placed
    reported: set[frozenset[str]] = set()
    for start in ways:
        ring = _ring(ways, start)
        if not ring or frozenset(ring) in reported or draft.problems.full:
            continue
        reported.add(frozenset(ring))
        way = " → ".join([*ring, start])
        draft.problems.warning(
            "LS325",
            ways[start][[*ring, start][1]].place(draft, "then"),
            f"broken SLAs move a record round in a ring: {way}",
            why=f"until {MOVES_BOUND} such moves in a row; then it stays and is listed"
            " for a person",
            hint="Let one of them escalate, or lead to a parked stage.",
        )


def _ring(ways: dict[str, dict[str, PlacedSla]], start: str) -> list[str]:
    """Return the stages of the shortest ring through ``start``, or nothing."""
    paths = {start: [start]}
    waiting = [start]
    while waiting:
        stage = waiting.pop(0)
        for target in ways.get(stage, ()):
            if target == start:
                return paths[stage]
            if target not in paths:
                paths[target] = [*paths[stage], target]
                waiting.append(target)
    return []
