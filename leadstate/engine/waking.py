"""When a parked record lets go.  Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.engine.compiled import compile_lifecycle

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.sla import Wake

__all__ = ["wake_moment"]


def wake_moment(
    lifecycle: Lifecycle, record: Record, *, now: datetime, since: datetime
) -> datetime | None:
    """Return when a parked record lets go at the latest, or None when nothing says so.

    Args:
        now: The moment of judging: a condition that is met lets it go at once.
        since: When the record came under care; counts where its entry is unknown.
    """
    wake = lifecycle.stages[record.stage].wake
    if wake is None:
        return None
    entered = record.entered_at or since
    moments = [entered + wake.after] if wake.after is not None else []
    dated = _dated(lifecycle, record, wake, entered)
    moments += [dated] if dated is not None else []
    compiled = compile_lifecycle(lifecycle)
    guard = compiled.wakes.get(record.stage)
    if guard is not None and guard.allows(compiled.facts(record, now)):
        moments.append(now)
    return min(moments, default=None)


def _dated(
    lifecycle: Lifecycle, record: Record, wake: Wake, entered: datetime
) -> datetime | None:
    """Return when the date field lets the record go.

    A date that was over when the record was parked is no plan, and wakes nobody.
    """
    value = record.values.get(wake.on) if wake.on else None
    if isinstance(value, datetime):
        day = value
    elif isinstance(value, date):
        zone = ZoneInfo(lifecycle.timezone)
        day = datetime.combine(value, time(), tzinfo=zone).astimezone(UTC)
    else:
        return None
    if day <= entered:
        return None
    return max(day - (wake.before or timedelta()), entered)
