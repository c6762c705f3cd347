"""Count business time: `Hours` answers in about a microsecond, however far it is.

A year is compiled when it is first asked for.  All arithmetic is done in whole
microseconds, so nothing is rounded and nothing comes early.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from leadstate.hours.days import days_of
from leadstate.hours.year import FIRST_YEAR, LAST_YEAR, Year, compile_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.people import Absence
    from leadstate.domain.sla import Calendar
    from leadstate.hours.days import Days

__all__ = ["Hours", "compile_hours"]

_NOTHING: Final = timedelta(0)
_MOST_YEARS: Final = 8
"""Years of a calendar that are kept; of all others only the sum is."""


def compile_hours(calendar: Calendar, absences: Iterable[Absence] = ()) -> Hours:
    """Return the business time of a calendar, less somebody's absences.

    Those of equal hours are the same object: finding it again takes some microseconds,
    so a loop over records should hold on to it.

    Raises:
        ValueError: The calendar's region has no known public holidays.
    """
    return _hours(days_of(calendar, absences))


class Hours:
    """The business time of a calendar.

    Moments are aware; answers are in UTC.  Outside of the years `FIRST_YEAR` to
    `LAST_YEAR` nothing is open, which is also the answer of a calendar without hours.

    Raises:
        ValueError: From every method: a moment has no time zone.
    """

    __slots__ = ("_years",)

    def __init__(self, days: Days) -> None:
        self._years = _Years(days)

    def add(self, start: datetime, business: timedelta) -> datetime | None:
        """Return the first moment at which so much business time has passed.

        Eight hours are over when the office closes, not when it opens again.  Zero is
        over at ``start`` itself, open or not: no time at all is over at once, and
        adding in two steps ends where one step does.  A negative time goes back, to the
        last moment from which so much passes until ``start``.

        None when the calendar is not open so long until the end of `LAST_YEAR` (going
        back: since `FIRST_YEAR`).
        """
        if start.tzinfo is not UTC:
            start = _utc(start)
        begins, opens, done, nights = self._years[start.year]
        at = start - begins
        day = at.days
        place = bisect_right(opens, at, nights[day], nights[day + 1]) - 1
        passed = done[place] + (at - opens[place])
        if passed > done[place + 1]:  # noqa: PLR1730 - min() is a call, and dear here
            passed = done[place + 1]
        try:
            due = passed + business
        except OverflowError:  # more than all years have
            return None
        if passed < due <= done[-1]:
            place = bisect_left(done, due) - 1
            return begins + (opens[place] + (due - done[place]))
        if due > passed:
            return self._later(start.year + 1, due - done[-1])
        return self._earlier(start.year, due) if business else start

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the business time between two moments.

        It is negative when ``end`` lies before ``start``: the same time, counted back.
        """
        start, end = _utc(start), _utc(end)
        if end < start:
            return -self.elapsed(end, start)
        passed = self._passed(end) - self._passed(start)
        for year in range(max(start.year, FIRST_YEAR), min(end.year, LAST_YEAR + 1)):
            passed += self._years.total(year)
        return passed

    def next_opening(self, after: datetime) -> datetime | None:
        """Return the first moment from ``after`` on at which it is open.

        That is ``after`` itself while it is open, and None when it does not open again
        until the end of `LAST_YEAR`.
        """
        after = _utc(after)
        if self.is_open(after):
            return after
        begins, opens, *_ = self._years[after.year]
        place = bisect_right(opens, after - begins)
        if place < len(opens):
            return begins + opens[place]
        for year in range(max(after.year + 1, FIRST_YEAR), LAST_YEAR + 1):
            if self._years.total(year):
                begins, opens, *_ = self._years[year]
                return begins + opens[1]
        return None

    def is_open(self, at: datetime) -> bool:
        """Whether it is open; at the moment of closing it no longer is."""
        at = _utc(at)
        begins, opens, done, _ = self._years[at.year]
        since = at - begins
        place = bisect_right(opens, since) - 1
        return since - opens[place] < done[place + 1] - done[place]

    def openings(self, first: int, last: int) -> Iterator[tuple[datetime, timedelta]]:
        """Yield when it opens in these years, and for how long, in order.

        A stretch over midnight of New Year (UTC) comes as two.
        """
        for year in range(max(first, FIRST_YEAR), min(last, LAST_YEAR) + 1):
            begins, opens, done, _ = self._years[year]
            for place, at in enumerate(opens):
                if length := done[place + 1] - done[place]:
                    yield begins + at, length

    def _passed(self, at: datetime) -> timedelta:
        """Return the business time from the beginning of a moment's year on."""
        begins, opens, done, _ = self._years[at.year]
        since = at - begins
        place = bisect_right(opens, since) - 1
        return min(done[place] + (since - opens[place]), done[place + 1])

    def _later(self, year: int, rest: timedelta) -> datetime | None:
        """Return when ``rest`` has passed, counted from the beginning of a year."""
        for later in range(max(year, FIRST_YEAR), LAST_YEAR + 1):
            total = self._years.total(later)
            if rest <= total:
                begins, opens, done, _ = self._years[later]
                place = bisect_left(done, rest) - 1
                return begins + (opens[place] + (rest - done[place]))
            rest -= total
        return None

    def _earlier(self, year: int, rest: timedelta) -> datetime | None:
        """Return the last moment with ``rest`` before it, as counted in a year."""
        earlier = min(year, LAST_YEAR + 1)
        while rest < _NOTHING and earlier > FIRST_YEAR:
            earlier -= 1
            rest += self._years.total(earlier)
        if rest < _NOTHING:
            return None
        begins, opens, done, _ = self._years[earlier]
        place = bisect_right(done, rest) - 1
        return begins + (opens[place] + (rest - done[place]))


class _Years(dict[int, Year]):
    """The years that were asked for lately, and the sums of all that ever were.

    Threads may share them: the worst is that two compile the same year.
    """

    __slots__ = ("_days", "_totals")

    def __init__(self, days: Days) -> None:
        self._days = days
        self._totals: dict[int, timedelta] = {}

    def __missing__(self, year: int) -> Year:
        if len(self) >= _MOST_YEARS:
            self.clear()
        found = self[year] = compile_year(self._days, year)
        self._totals[year] = found.done[-1]
        return found

    def total(self, year: int) -> timedelta:
        """Return the business time of a whole year."""
        total = self._totals.get(year)
        if total is None:
            total = self._totals[year] = compile_year(self._days, year).done[-1]
        return total


@lru_cache(maxsize=256)
def _hours(days: Days) -> Hours:
    return Hours(days)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(
            f"{moment.isoformat()} has no time zone, so nobody knows which moment it "
            "is; pass an aware one, best in UTC"
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in the year 1 or 9999, where nothing is open
        return moment.replace(tzinfo=UTC)
