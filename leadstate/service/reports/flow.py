"""The flow: from which stage to which, how often, after how long, with which gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.service.reports.figures import spread
from leadstate.service.reports.results import Flow, FlowEdge
from leadstate.service.reports.scope import about, selected
from leadstate.store.reports.moves import Moves

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.scope import Scope
    from leadstate.store import View

__all__ = ["DEFINITIONS", "flow"]

DEFINITIONS: Final = (
    "A move is told by two stays of a record that follow each other.",
    "It counts in the time in which the second one was entered.",
    "From nowhere: the first stay. To nowhere: the record left the CRMs.",
    "Wait is how long the stay before took on the wall, where both ends are known.",
    "Gap: the record was in no stage in between, or nobody knows in which.",
    "Team, owner, pass and version are those of the stay that was left.",
    "Of a beginning, they are those of the stay that was entered.",
)


def flow(view: View, lifecycle: Lifecycle, scope: Scope, now: datetime) -> Flow:
    """Return the ways that records really take, in the order of the workflow.

    Raises:
        UsageError: The scope cannot be.
    """
    its, moves = selected(scope, lifecycle, now), Moves(view.connection, view.workflow)
    dated = its.since is not None or its.until is not None
    edges = [
        FlowEdge(
            source=one.source,
            target=one.target,
            known={one.source, one.target} - {None} <= lifecycle.stages.keys(),
            moves=one.moves,
            wait=spread(one.waits),
            gaps=one.gaps,
            gap=spread(one.nowhere),
        )
        for one in moves.between(its)
    ]
    order = {None: -1} | {name: place for place, name in enumerate(lifecycle.stages)}
    last = len(order)

    def place(edge: FlowEdge) -> tuple[int, str, bool, int, str]:
        source, target = edge.source, edge.target
        ends = target is None  # to nowhere comes last
        of = order.get(source, last), source or ""
        return (*of, ends, order.get(target, last), target or "")

    return Flow(
        about=about("Flow", lifecycle, scope, now, DEFINITIONS),
        edges=tuple(sorted(edges, key=place)),
        undated=moves.undated(its) if dated else 0,
    )
