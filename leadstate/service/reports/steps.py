"""The steps of a funnel, and how far a path comes on them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import StageKind
from leadstate.errors import UsageError
from leadstate.service.reports.results import PassEnd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["Reach", "Steps", "outcome_of", "stages_of_kind", "steps_of"]

_OUTCOMES = {
    StageKind.WON: PassEnd.WON,
    StageKind.LOST: PassEnd.LOST,
    StageKind.PARKED: PassEnd.PARKED,
    StageKind.OPEN: PassEnd.OPEN,
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a pass came.

    Attributes:
        entered: The steps that it was in, from 0.
        reached: How many steps it reached: one more than its furthest.
        strict: How many it was in from the first on, in this order.
    """

    entered: frozenset[int]
    reached: int
    strict: int


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a funnel, in order.

    Attributes:
        names: The stage of each; ``won`` where a workflow has several won stages.
        labels: What people call them.
        teams: Who owns them.
        ranks: Stage -> its step, from 0.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    teams: tuple[str | None, ...]
    ranks: dict[str, int]

    def course(self, path: Iterable[str]) -> Reach:
        """Return how far a pass came that entered these stages, in this order."""
        entered: set[int] = set()
        strict = 0
        for stage in path:
            rank = self.ranks.get(stage)
            if rank is not None:
                entered.add(rank)
                strict += rank == strict
        return Reach(frozenset(entered), max(entered, default=-1) + 1, strict)


def steps_of(lifecycle: Lifecycle, wanted: Sequence[str] | None = None) -> Steps:
    """Return the steps of a lifecycle's funnel: its main path, and won.

    The main path are the open stages that lie on a way from the initial stage to a won
    one without a stay in a parked or closed stage, in the order of the file.  All won
    stages together are the last step.

    Args:
        wanted: Stages to take instead, in this order.

    Raises:
        UsageError: A wanted stage is not in the workflow, or named twice.
    """
    if wanted is not None:
        return _named(lifecycle, [(one,) for one in _checked(lifecycle, wanted)])
    won = stages_of_kind(lifecycle, StageKind.WON)
    path: list[tuple[str, ...]] = [(one,) for one in _main_path(lifecycle)]
    return _named(lifecycle, [*path, won] if won else path)


def stages_of_kind(lifecycle: Lifecycle, *kinds: StageKind) -> tuple[str, ...]:
    """Return the stages of these kinds, in file order."""
    return tuple(one.name for one in lifecycle.stages.values() if one.kind in kinds)


def outcome_of(lifecycle: Lifecycle, path: Sequence[str], *, gone: bool) -> PassEnd:
    """Return where a pass stands that entered these stages last to first.

    Args:
        gone: Its record has no object in a CRM any more.
    """
    stage = lifecycle.stages.get(path[-1])
    if stage is None or (gone and not stage.terminal):
        return PassEnd.GONE
    return _OUTCOMES[stage.kind]


def _checked(lifecycle: Lifecycle, wanted: Sequence[str]) -> Sequence[str]:
    known = ", ".join(lifecycle.stages)
    for name in wanted:
        if name not in lifecycle.stages:
            raise UsageError(f"there is no stage {name!r}; known: {known}")
    if not wanted or len(set(wanted)) < len(wanted):
        raise UsageError(
            f"a funnel needs steps, each once, in order; these are {list(wanted)}. "
            f"Known: {known}"
        )
    return wanted


def _named(lifecycle: Lifecycle, steps: Sequence[tuple[str, ...]]) -> Steps:
    single = [lifecycle.stages[one[0]] if len(one) == 1 else None for one in steps]
    return Steps(
        names=tuple(one.name if one else "won" for one in single),
        labels=tuple(one.label if one else "Won" for one in single),
        teams=tuple(one.owner if one else None for one in single),
        ranks={name: rank for rank, names in enumerate(steps) for name in names},
    )


def _main_path(lifecycle: Lifecycle) -> Iterable[str]:
    open_ = set(stages_of_kind(lifecycle, StageKind.OPEN))
    edges = {
        (source, one.target)
        for one in lifecycle.transitions.values()
        for source in one.sources
    }
    onward = {(one, other) for one, other in edges if one in open_ and other in open_}
    won = set(stages_of_kind(lifecycle, StageKind.WON))
    closing = {one for one, other in edges if one in open_ and other in won}
    first = {lifecycle.initial.name} & open_ or open_
    ahead = _spread(first, onward)
    back = _spread(closing, {(other, one) for one, other in onward})
    path = ahead & back or open_  # no way to won: whatever people work on
    return (name for name in lifecycle.stages if name in path)


def _spread(start: Collection[str], edges: Collection[tuple[str, str]]) -> set[str]:
    """Return what can be reached, the start included."""
    found: set[str] = set(start)
    while more := {other for one, other in edges if one in found} - found:
        found |= more
    return found
