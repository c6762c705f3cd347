"""The funnel: how many passes reach each step, and where they stop.

The database counts the ways that passes took; here each way is held against the steps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from leadstate.domain.values import FieldType
from leadstate.service.reports.figures import share
from leadstate.service.reports.months import Months
from leadstate.service.reports.results import (
    By,
    Counting,
    Funnel,
    FunnelGroup,
    FunnelStep,
    PassEnd,
)
from leadstate.service.reports.scope import about, field_of, selected
from leadstate.service.reports.steps import outcome_of, steps_of
from leadstate.store.reports.trips import ByField, ByMonth, ByOwner, ByPass, Trips

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.figures import Share
    from leadstate.service.reports.scope import Scope
    from leadstate.service.reports.steps import Steps
    from leadstate.store import View
    from leadstate.store.reports.selection import Selection
    from leadstate.store.reports.trips import By as Split
    from leadstate.store.reports.trips import PathCount

__all__ = ["DEFINITIONS", "funnel"]

DEFINITIONS: Final = (
    "A pass is one trip of a record; coming back from a parked stage begins the next.",
    "Steps: the open stages from the initial one to won, in file order, and won.",
    "Parked and lost are no steps; who was parked or lost stays in the steps reached.",
    "Entered: the pass was in this very stage, however often it bounced.",
    "Reached: it was in this step or in a later one, in any order.",
    "Strict: it was in every step up to this one, in this order.",
    "A pass counts once a step, so no share is over 100 %.",
)
_COHORT: Final = ("Counted are passes that began in the time, followed until as of.",)
_PERIOD: Final = (
    "Counted is what was entered in the time, whenever the pass began.",
    "A pass stands where it entered last in the time.",
)
_FILTERS: Final = (
    "Team, owner and version pick passes that have such a stay.",
    "Source and campaign are what the record says today.",
)


def funnel(  # noqa: PLR0913 - what may be asked for, keyword-only
    view: View,
    lifecycle: Lifecycle,
    scope: Scope,
    now: datetime,
    *,
    counting: Counting = Counting.COHORT,
    by: By | None = None,
    steps: Sequence[str] | None = None,
) -> Funnel:
    """Return how many passes came how far.

    Args:
        counting: Passes that began in the scope's time, or what was entered in it.
        by: Split it further.
        steps: Stages to take as steps, in this order, instead of the main path.

    Raises:
        UsageError: The scope, the steps or what it is split by cannot be.
    """
    its, trips = selected(scope, lifecycle, now), Trips(view.connection, view.workflow)
    on = steps_of(lifecycle, steps)
    period = counting is Counting.PERIOD
    months = _months(trips, its, lifecycle) if by is By.MONTH else None
    found = trips.paths(its, period=period, by=_split(by, lifecycle, months))
    total = _group(None, found, on, lifecycle)
    dated = its.since is not None or its.until is not None
    meaning = (*DEFINITIONS, *(_PERIOD if period else _COHORT), *_FILTERS)
    return Funnel(
        about=about("Funnel", lifecycle, scope, now, meaning),
        counting=counting,
        by=by,
        total=total,
        groups=_groups(by, found, on, lifecycle, total, months),
        unknown_start=_unknown(trips, its, period=period) if dated else 0,
        outside=_outside(found, lifecycle),
    )


def _unknown(trips: Trips, its: Selection, *, period: bool) -> int:
    return trips.unknown_entries(its) if period else trips.undated(its)


def _months(trips: Trips, its: Selection, lifecycle: Lifecycle) -> Months:
    first, last = trips.beginnings(its) or (its.as_of, its.as_of)
    return Months(first, last, lifecycle.timezone)


def _split(by: By | None, lifecycle: Lifecycle, months: Months | None) -> Split | None:
    match by:
        case By.SOURCE | By.CAMPAIGN:
            its = field_of(str(by), lifecycle)
            return ByField(field=its.name, folded=its.type is FieldType.TEXT)
        case By.OWNER:
            return ByOwner()
        case By.PASS:
            return ByPass()
        case By.MONTH:
            return ByMonth(months.edges if months else ())
        case By.TEAM | None:
            return None


def _groups(  # noqa: PLR0913, PLR0917 - one call, above
    by: By | None,
    found: Iterable[PathCount],
    on: Steps,
    lifecycle: Lifecycle,
    total: FunnelGroup,
    months: Months | None,
) -> tuple[FunnelGroup, ...]:
    if by is None:
        return ()
    if by is By.TEAM:
        return _by_team(total)
    parts: defaultdict[str | int | None, list[PathCount]] = defaultdict(list)
    for one in found:
        parts[one.key].append(one)
    if by in (By.MONTH, By.PASS):
        keys = sorted(parts, key=lambda key: (key is None, key or 0))
    else:
        keys = sorted(parts, key=lambda key: (key is None, -_sum(parts[key]), str(key)))
    return tuple(
        _group(_name(key, parts[key], months), parts[key], on, lifecycle)
        for key in keys
    )


def _name(
    key: str | int | None, found: Iterable[PathCount], months: Months | None
) -> str | None:
    if key is None:
        return None
    if months is not None:
        return months.names[int(key)]
    return min(str(one.label) for one in found)  # of its spellings, always the same


def _sum(found: Iterable[PathCount]) -> int:
    return sum(one.count for one in found)


def _by_team(total: FunnelGroup) -> tuple[FunnelGroup, ...]:
    """Return the steps of each team; their shares are still of the whole funnel."""
    teams = dict.fromkeys(step.team for step in total.steps)
    return tuple(
        FunnelGroup(
            key=team,
            passes=total.passes,
            steps=tuple(step for step in total.steps if step.team == team),
            before=total.before,
        )
        for team in teams
    )


def _group(
    key: str | None, found: Iterable[PathCount], on: Steps, lifecycle: Lifecycle
) -> FunnelGroup:
    entered, reached, strict = Counter[int](), Counter[int](), Counter[int]()
    ended: defaultdict[int, Counter[PassEnd]] = defaultdict(Counter)
    passes = 0
    for one in found:
        course = on.course(one.path)
        passes += one.count
        for step in course.entered:
            entered[step] += one.count
        for step in range(course.reached):
            reached[step] += one.count
        for step in range(course.strict):
            strict[step] += one.count
        ended[course.reached][outcome_of(lifecycle, one.path, gone=one.gone)] += (
            one.count
        )
    return FunnelGroup(
        key=key,
        passes=passes,
        steps=tuple(
            FunnelStep(
                stage=on.names[place],
                label=on.labels[place],
                team=on.teams[place],
                entered=entered[place],
                reached=reached[place],
                strict=strict[place],
                from_previous=_onward(reached, place),
                from_start=share(reached[place], reached[0]),
                strict_from_previous=_onward(strict, place),
                strict_from_start=share(strict[place], strict[0]),
                ended=_each(ended[place + 1]),
            )
            for place in range(len(on.names))
        ),
        before=_each(ended[0]),
    )


def _onward(counts: Counter[int], place: int) -> Share | None:
    return share(counts[place], counts[place - 1]) if place else None


def _each(counts: Counter[PassEnd]) -> dict[PassEnd, int]:
    return {outcome: counts[outcome] for outcome in PassEnd}


def _outside(found: Iterable[PathCount], lifecycle: Lifecycle) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in found:
        for stage in sorted(set(one.path) - set(lifecycle.stages)):
            counts[stage] += one.count
    return dict(sorted(counts.items()))
