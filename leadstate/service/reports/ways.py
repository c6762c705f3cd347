"""Where moves lead: onward, back, aside or out; and where one team hands over.

What comes later stands later in the workflow file: that order is the funnel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import StageKind
from leadstate.service.reports.agreements import Way

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["REJECTIONS", "HandOff", "hand_offs", "way_of"]

REJECTIONS = frozenset({Way.BACK, Way.PARKED, Way.LOST})
"""The ways that are no way on."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """A place where leads go from one team to another.

    Attributes:
        stage: The open stage in which they wait to be taken.
        giving: The team that owns it.
        taking: A team that owns stages onward.
    """

    stage: str
    giving: str
    taking: str


def way_of(lifecycle: Lifecycle, source: str, target: str | None) -> Way | None:
    """Return where a move from an open stage leads.

    None when the workflow does not know one of the stages, when the move began in a
    stage that is not open, or when the record ended instead.
    """
    stages = lifecycle.stages
    if target is None or source not in stages or target not in stages:
        return None
    if stages[source].kind is not StageKind.OPEN or source == target:
        return None
    match stages[target].kind:
        case StageKind.WON:
            return Way.ONWARD
        case StageKind.LOST:
            return Way.LOST
        case StageKind.PARKED:
            return Way.PARKED
        case StageKind.OPEN:  # pragma: no branch - every kind is named
            order = list(stages)
            later = order.index(target) > order.index(source)
            return Way.ONWARD if later else Way.BACK


def hand_offs(lifecycle: Lifecycle) -> tuple[HandOff, ...]:
    """Return every hand-off of the workflow, in the order of its file."""
    found: dict[HandOff, None] = {}
    for stage in lifecycle.stages.values():
        for one in lifecycle.transitions.values():
            target = lifecycle.stages[one.target]
            onward = way_of(lifecycle, stage.name, one.target) is Way.ONWARD
            leads = stage.name in one.sources and onward and not target.terminal
            giving, taking = stage.owner, target.owner
            if leads and giving and taking and giving != taking:
                found[HandOff(stage.name, giving, taking)] = None
    return tuple(found)
