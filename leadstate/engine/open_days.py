"""Count business days: the days on which a calendar opens.  Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.hours import LAST_YEAR
from leadstate.hours.days import days_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.sla import Calendar

__all__ = ["open_days_later"]


def open_days_later(calendar: Calendar, start: datetime, days: int) -> datetime | None:
    """Return the same time of day on the n-th open day after the day of ``start``.

    Days and times are those of the calendar's zone.  A shift into the next day belongs
    to the day on which it begins; the time of day need not be one at which it is open.

    Args:
        calendar: Whose days count.
        start: An aware moment; whether its own day is open does not matter.
        days: One or more.

    Returns:
        An aware moment in UTC, or None when it does not open so often until the end of
        the compiled years.
    """
    zone = ZoneInfo(calendar.timezone)
    local = start.astimezone(zone)
    for number, day in enumerate(_open_days(calendar, local.date()), 1):
        if number == days:
            return datetime.combine(day, local.time(), tzinfo=zone).astimezone(UTC)
    return None


def _open_days(calendar: Calendar, after: date) -> Iterator[date]:
    """Yield every open day after one, in order."""
    days = days_of(calendar, ())
    for year in range(after.year, LAST_YEAR + 1):
        first = date(year, 1, 1).toordinal()
        for ordinal, ranges in days.around(year):
            day = date.fromordinal(first + ordinal)
            opens = any(opens < closes for opens, closes in ranges)
            if opens and day.year == year and day > after:
                yield day
