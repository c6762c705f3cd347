"""One UTC year of a calendar: the intervals in which it is open, and their sums."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from leadstate.hours.offsets import DAY, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.hours.days import Days

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Year", "compile_year"]

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
"""Outside of these years, both included, nothing is open."""

_NOTHING: Final = timedelta(0)
_DAYS: Final = 366


class Year(NamedTuple):
    """The intervals of a UTC year, in order; an interval without length comes first.

    That one saves every search the question whether something lies before it.

    Attributes:
        begins: The year's first moment; all times are counted from here.
        opens: When each interval begins.
        done: Business time before each interval; at the end, that of the year.
        nights: How many intervals begin before each day of the year, and before the
            day after the last: where a search for a moment of that day begins and ends.
    """

    begins: datetime
    opens: list[timedelta]
    done: list[timedelta]
    nights: list[int]


def compile_year(days: Days, year: int) -> Year:
    """Return a year's intervals; a year that is not compiled has none."""
    opens, done = [_NOTHING], [_NOTHING, _NOTHING]
    for begins, ends in _open(days, year) if FIRST_YEAR <= year <= LAST_YEAR else ():
        opens.append(timedelta(0, begins))
        done.append(done[-1] + timedelta(0, ends - begins))
    nights = [bisect_left(opens, timedelta(day)) for day in range(_DAYS + 1)]
    return Year(datetime(year, 1, 1, tzinfo=UTC), opens, done, nights)


def _open(days: Days, year: int) -> list[tuple[int, int]]:
    """Return the seconds at which it opens and closes.

    In each stretch without a change of the clocks, the hours on the wall are the hours
    of UTC, moved by the offset.  What the clocks skip lies in no stretch, and what they
    show twice lies in two.
    """
    wall = _joined(
        sorted(
            (day * DAY + opens * 60, day * DAY + closes * 60)
            for day, ranges in days.around(year)
            for opens, closes in ranges
            if opens < closes
        )
    )
    return _joined(
        (
            max(opens - stretch.offset, stretch.begins),
            min(closes - stretch.offset, stretch.ends),
        )
        for stretch in stretches(days.zone, year)
        for opens, closes in wall
        if opens - stretch.offset < stretch.ends
        and closes - stretch.offset > stretch.begins
    )


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sorted spans, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        else:
            joined.append((begins, ends))
    return joined
