"""Everything that a pack tells, counted over one quarter and the one before.

Both quarters are looked at as of their own end, so that leads of both had the same time
to come as far as they came.  A quarter that goes on is looked at as of now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.own_words import listed_reasons
from leadstate.service.reports.cost import cost
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.gaps import gaps
from leadstate.service.reports.pack.bands import scored_moves
from leadstate.service.reports.reasons import reasons
from leadstate.service.reports.responsibility import responsibility
from leadstate.service.reports.scope import Scope, moment_of
from leadstate.service.reports.sla import sla
from leadstate.service.reports.stage_times import stage_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.agreements import Reasons, Sla
    from leadstate.service.reports.pack.bands import Scored
    from leadstate.service.reports.pack.quarter import Quarter
    from leadstate.service.reports.results import Funnel, StageTimes
    from leadstate.service.reports.shortfalls import Cost, Gaps
    from leadstate.service.reports.spend import Spend
    from leadstate.service.reports.verdicts import Responsibility
    from leadstate.store import View, WorkflowRow

__all__ = ["PackData", "gather"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackData:
    """What a pack is made of.

    Attributes:
        since: The first moment of the quarter (aware UTC).
        until: The first moment after it.
        as_of: Up to when it is looked at: its end, or now while it goes on.
        versions: Each version applied in the quarter, and the one that it replaced.
        listed: Reasons that are words of the workflow; others may name somebody.
        scored: Moves of the four quarters that end with this one.
        cost: None without a spend file.
    """

    quarter: Quarter
    lifecycle: Lifecycle
    since: datetime
    until: datetime
    as_of: datetime
    versions: tuple[tuple[WorkflowRow, WorkflowRow | None], ...]
    listed: frozenset[str]
    funnel: Funnel
    funnel_before: Funnel
    times: StageTimes
    times_before: StageTimes
    reasons: Reasons
    sla: Sla
    sla_before: Sla
    responsibility: Responsibility
    scored: tuple[Scored, ...]
    gaps: Gaps
    cost: Cost | None


def gather(
    view: View,
    lifecycle: Lifecycle,
    quarter: Quarter,
    now: datetime,
    spend: Sequence[Spend] | None = None,
) -> PackData:
    """Count everything.

    Raises:
        UsageError: The quarter has not begun.
    """
    since, until = _moment(quarter, lifecycle), _moment(quarter.next, lifecycle)
    if now <= since:
        raise UsageError(f"{quarter} begins on {quarter.since}; there is nothing yet")
    as_of = min(now, until)
    scope = Scope(since=quarter.since, until=quarter.until)
    earlier = Scope(since=quarter.before.since, until=quarter.since)
    year_ago = _moment(quarter.year_before.next, lifecycle)
    return PackData(
        quarter=quarter,
        lifecycle=lifecycle,
        since=since,
        until=until,
        as_of=as_of,
        versions=_versions(view, lifecycle, since, until),
        listed=listed_reasons(lifecycle, view),
        funnel=funnel(view, lifecycle, scope, as_of),
        funnel_before=funnel(view, lifecycle, earlier, since),
        times=stage_times(view, lifecycle, scope, as_of),
        times_before=stage_times(view, lifecycle, earlier, since),
        reasons=reasons(view, lifecycle, scope, as_of),
        sla=sla(view, lifecycle, scope, as_of),
        sla_before=sla(view, lifecycle, earlier, since),
        responsibility=responsibility(view, lifecycle, scope, as_of),
        scored=scored_moves(view, lifecycle, since=year_ago, until=as_of),
        gaps=gaps(view, lifecycle, Scope(), now),
        cost=None if spend is None else cost(view, lifecycle, scope, as_of, spend),
    )


def _moment(quarter: Quarter, lifecycle: Lifecycle) -> datetime:
    found = moment_of(quarter.since, lifecycle)
    if found is None:
        raise AssertionError("a quarter has a first day")
    return found


def _versions(
    view: View, lifecycle: Lifecycle, since: datetime, until: datetime
) -> tuple[tuple[WorkflowRow, WorkflowRow | None], ...]:
    rows = view.workflows.all(lifecycle.name)
    replaced = [None, *rows][:-1]
    return tuple(
        (row, before)
        for row, before in zip(rows, replaced, strict=True)
        if since <= row.applied_at < until
    )
