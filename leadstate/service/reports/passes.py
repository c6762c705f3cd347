"""Passes: what a record's first trip brings, its second, its third."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import StageKind
from leadstate.service.reports.figures import share, spread
from leadstate.service.reports.results import PassEnd, Passes, PassRow, PassStep
from leadstate.service.reports.scope import about, selected
from leadstate.service.reports.steps import outcome_of, stages_of_kind, steps_of
from leadstate.store.reports.outcomes import Outcomes
from leadstate.store.reports.trips import ByPass, Trips

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.scope import Scope
    from leadstate.service.reports.steps import Steps
    from leadstate.store import View
    from leadstate.store.reports.trips import PathCount

__all__ = ["DEFINITIONS", "passes"]

DEFINITIONS: Final = (
    "A pass is one trip of a record; coming back from a parked stage begins the next.",
    "Counted are passes that began in the time.",
    "Reached: the pass was in this step or in a later one.",
    "Length: from the first entry until it was won, lost or parked, on the wall.",
)
_ENDS: Final = (StageKind.WON, StageKind.LOST, StageKind.PARKED)


def passes(view: View, lifecycle: Lifecycle, scope: Scope, now: datetime) -> Passes:
    """Return what each trip through the funnel brings.

    Raises:
        UsageError: The scope cannot be.
    """
    its, trips = selected(scope, lifecycle, now), Trips(view.connection, view.workflow)
    ends = stages_of_kind(lifecycle, *_ENDS)
    lengths = Outcomes(view.connection, view.workflow).lengths(its, ends)
    parts: defaultdict[int, list[PathCount]] = defaultdict(list)
    for one in trips.paths(its, by=ByPass()):
        parts[int(one.key or 0)].append(one)
    on, dated = steps_of(lifecycle), its.since is not None or its.until is not None
    return Passes(
        about=about("Passes", lifecycle, scope, now, DEFINITIONS),
        rows=tuple(
            _row(number, parts[number], lengths.get(number, ()), on, lifecycle)
            for number in sorted(parts)
        ),
        unknown_start=trips.undated(its) if dated else 0,
    )


def _row(
    number: int,
    found: Sequence[PathCount],
    lengths: Sequence[int],
    on: Steps,
    lifecycle: Lifecycle,
) -> PassRow:
    won = set(stages_of_kind(lifecycle, StageKind.WON))
    ends = set(stages_of_kind(lifecycle, *_ENDS))
    records = sum(one.count for one in found)
    reached: Counter[int] = Counter()
    ended: Counter[PassEnd] = Counter()
    for one in found:
        for step in range(on.course(one.path).reached):
            reached[step] += one.count
        ended[outcome_of(lifecycle, one.path, gone=one.gone)] += one.count
    over = sum(one.count for one in found if one.path[-1] in ends)
    return PassRow(
        number=number,
        records=records,
        steps=tuple(
            PassStep(stage=name, reached=reached[at], share=share(reached[at], records))
            for at, name in enumerate(on.names)
        ),
        ended={outcome: ended[outcome] for outcome in PassEnd},
        won=share(sum(one.count for one in found if won & set(one.path)), records),
        length=spread(lengths),
        unknown=over - len(lengths),
    )
