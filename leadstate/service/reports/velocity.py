"""Velocity: how many passes are won, how surely, how fast, and what that is worth."""

from __future__ import annotations

from array import array
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import StageKind
from leadstate.domain.values import FieldType
from leadstate.errors import UsageError
from leadstate.service.reports.figures import share, spread
from leadstate.service.reports.months import Months
from leadstate.service.reports.results import Velocity, VelocityRow
from leadstate.service.reports.scope import about, selected
from leadstate.service.reports.steps import stages_of_kind
from leadstate.store.reports.late_moves import LateMoves
from leadstate.store.reports.outcomes import Outcomes
from leadstate.store.reports.trips import Trips

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.scope import Scope
    from leadstate.store import View
    from leadstate.store.reports.outcomes import Decided
    from leadstate.store.reports.selection import Selection

__all__ = ["DEFINITIONS", "velocity"]

DEFINITIONS: Final = (
    "Won: the pass entered a won stage. Lost: it never did, and stands in a lost one.",
    "It counts in the month in which it was first won, or last entered a lost stage.",
    "Win rate: won of those that were decided, won or lost.",
    "Cycle: from the first entry of the pass until it was won, or qualified for that.",
    "No cycle: it began with being won, or nobody knows when it began.",
    "Value is the mean of what the records of won passes say today.",
    "Late: moves that would have come a minute earlier or more, had all been known.",
    "Velocity: decided x value x win rate / median cycle in days: money a day.",
)
_DAY: Final = timedelta(days=1)
_LATE: Final = timedelta(minutes=1)


def velocity(
    view: View,
    lifecycle: Lifecycle,
    scope: Scope,
    now: datetime,
    *,
    money: str | None = None,
) -> Velocity:
    """Return how many passes are won, by month, how surely, and how fast.

    Args:
        money: The field with the value; the first money field of the workflow when
            None.

    Raises:
        UsageError: The scope cannot be, or ``money`` names no field with numbers.
    """
    its = selected(scope, lifecycle, now)
    field = _money(lifecycle, money)
    months = _months(Trips(view.connection, view.workflow), its, lifecycle)
    outcomes = Outcomes(view.connection, view.workflow)
    won = stages_of_kind(lifecycle, StageKind.WON)
    lost = stages_of_kind(lifecycle, StageKind.LOST)
    decided = outcomes.decided(its, won=won, lost=lost, edges=months.edges, money=field)
    cycles = outcomes.cycles(its, won=won, edges=months.edges)
    dated = [one for one in decided if one.month is not None]
    ranged = its.since is not None or its.until is not None
    every = array("q", sorted(each for one in cycles.values() for each in one))
    return Velocity(
        about=about("Velocity", lifecycle, scope, now, DEFINITIONS),
        money=field,
        total=_row(None, dated if ranged else decided, every),
        months=tuple(
            _row(
                name,
                [one for one in dated if one.month == place],
                cycles.get(place, array("q")),
            )
            for place, name in enumerate(months.names)
        ),
        undated=sum(one.won + one.lost for one in decided if one.month is None),
        late=LateMoves(view.connection, view.workflow).number(its, least=_LATE),
    )


def _money(lifecycle: Lifecycle, name: str | None) -> str | None:
    fields = lifecycle.fields
    numbers = (FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER)
    if name is None:
        kind = (one.name for one in fields.values() if one.type is FieldType.MONEY)
        return next(kind, None)
    if name not in fields or fields[name].type not in numbers:
        known = [one.name for one in fields.values() if one.type in numbers]
        raise UsageError(
            f"the workflow has no field {name!r} that holds a number; "
            f"known: {', '.join(known) or 'none'}"
        )
    return name


def _months(trips: Trips, its: Selection, lifecycle: Lifecycle) -> Months:
    """Return the months of the selection in which something was entered."""
    first, last = trips.beginnings(its) or (its.as_of, its.as_of)
    if its.since is not None:
        first = max(first, its.since)
    if its.until is not None:
        last = min(last, its.until - timedelta.resolution)
    return Months(first, max(first, last), lifecycle.timezone)


def _row(
    key: str | None, decided: Iterable[Decided], cycles: Sequence[int]
) -> VelocityRow:
    each = list(decided)
    won, lost = sum(one.won for one in each), sum(one.lost for one in each)
    valued = sum(one.valued for one in each)
    value = sum(one.value for one in each) / valued if valued else None
    cycle = spread(cycles)
    days = cycle.median / _DAY if cycle.median else None
    return VelocityRow(
        key=key,
        won=won,
        lost=lost,
        win_rate=share(won, won + lost),
        cycle=cycle,
        unknown=won - cycle.n,
        value=value,
        # decided x win rate is won
        per_day=won * value / days if value is not None and days else None,
    )
