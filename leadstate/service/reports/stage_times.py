"""How long records stay in each stage, on the wall and in business time.

Business time is counted when the report is read, by the calendars of today: a calendar
that is corrected restates the past, and a stay costs nothing until somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.hours import BusinessLine, compile_hours
from leadstate.service.reports.figures import spread
from leadstate.service.reports.results import StageTime, StageTimes
from leadstate.service.reports.scope import about, micros_of, selected
from leadstate.store.reports.stays import Stays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.figures import Spread
    from leadstate.service.reports.scope import Scope
    from leadstate.store import View
    from leadstate.store.reports.selection import Selection

__all__ = ["DEFINITIONS", "stage_times"]

DEFINITIONS: Final = (
    "Counted are stays that ended in the time; each stay of a record counts.",
    "Median and p90 (nine of ten took no longer) interpolate between two stays.",
    "The interval of the median holds it with 95 % confidence.",
    "Business time is that of today's calendar of the stage's team, if it has one.",
    "Open stays go on as of now; they are in no figure of those that ended.",
    "Unknown: they ended, but the entry or the end is not known, and never guessed.",
    "Won and lost are ends: they have no row.",
)


def stage_times(
    view: View, lifecycle: Lifecycle, scope: Scope, now: datetime
) -> StageTimes:
    """Return how long records stay in each stage, open stays apart.

    Raises:
        UsageError: The scope cannot be.
    """
    its, stays = selected(scope, lifecycle, now), Stays(view.connection, view.workflow)
    first = stays.earliest() or now
    return StageTimes(
        about=about("Time in stage", lifecycle, scope, now, DEFINITIONS),
        stages=tuple(
            _stage_time(stays, its, name, lifecycle, first)
            for name in _names(stays, its, lifecycle)
        ),
    )


def _names(stays: Stays, its: Selection, lifecycle: Lifecycle) -> Iterator[str]:
    """Yield the stages of the workflow that are no ends, then those it has no more."""
    for stage in lifecycle.stages.values():
        if not stage.terminal and (its.stages is None or stage.name in its.stages):
            yield stage.name
    if its.stages is None:
        yield from (one for one in stays.stages() if one not in lifecycle.stages)


def _stage_time(
    stays: Stays,
    its: Selection,
    name: str,
    lifecycle: Lifecycle,
    first: datetime,
) -> StageTime:
    stage = lifecycle.stages.get(name)
    team = stage.owner if stage is not None else None
    calendar = lifecycle.teams.get(team) if team is not None else None
    unknown, open_unknown = stays.unknown(its, name)
    since, now = stays.open_since(its, name), micros_of(its.as_of)
    line = None
    if calendar is not None:
        hours = compile_hours(lifecycle.calendars[calendar])
        line = BusinessLine(hours, min(first, its.as_of), its.as_of)
    elapsed, business = _ended(stays, its, name, line)
    return StageTime(
        stage=name,
        label=stage.label if stage is not None else name,
        team=team,
        known=stage is not None,
        elapsed=elapsed,
        business=business,
        calendar=calendar,
        open=len(since) + open_unknown,
        open_elapsed=spread([now - one for one in since]),
        open_business=(
            spread(sorted(line.between(since, [now] * len(since))))
            if line is not None
            else None
        ),
        unknown=unknown,
        open_unknown=open_unknown,
    )


def _ended(
    stays: Stays, its: Selection, name: str, line: BusinessLine | None
) -> tuple[Spread, Spread | None]:
    """Return the lengths of stays that ended, on the wall and in business time."""
    if line is None:
        return spread(stays.lengths(its, name)), None
    entered, left = stays.spans(its, name)
    elapsed = spread([end - start for start, end in zip(entered, left, strict=True)])
    return elapsed, spread(sorted(line.between(entered, left)))
