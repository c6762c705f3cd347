"""Which hours a day has, by its local date: weekday, holiday, closed, extra, away.

A shift that runs into the next day belongs wholly to the day on which it begins.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.people import Absence
    from leadstate.domain.sla import Calendar

__all__ = ["Days", "days_of", "known_regions"]

_Ranges = tuple[tuple[int, int], ...]
"""Minutes since midnight; an end over 1440 lies on the next day."""

_CODE: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Days:
    """A calendar as it is compiled: what changes no opening is left out.

    Attributes:
        week: _Ranges of the seven weekdays, Monday first.
        extra: Days with ranges of their own.
        away: First and last days of absences.
    """

    zone: str
    week: tuple[_Ranges, ...]
    region: str | None
    closed: frozenset[date]
    extra: tuple[tuple[date, _Ranges], ...]
    away: tuple[tuple[date, date], ...]

    def around(self, year: int) -> Iterator[tuple[int, _Ranges]]:
        """Yield the open days that may have a part in a UTC year.

        Each as the number of days since the first of January.  A shift may begin the
        day before, and no clock is a day ahead of UTC, or behind it.
        """
        first = date(year, 1, 1).toordinal()
        after = date(year + 1, 1, 1).toordinal()
        own = dict(self.extra)
        closed = self.closed.union(
            *(_public_holidays(self.region, near) for near in range(year - 1, year + 2))
        )
        for ordinal in range(first - 2, after + 1):
            day = date.fromordinal(ordinal)
            ranges = own.get(day)
            if ranges is None:
                ranges = () if day in closed else self.week[day.weekday()]
            if ranges and not (self.away and self._away(day)):
                yield ordinal - first, ranges

    def _away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.away)


def days_of(calendar: Calendar, absences: Iterable[Absence]) -> Days:
    """Return what there is to compile of a calendar, less somebody's absences.

    Raises:
        ValueError: The region's public holidays are not known.  Reading a workflow
            file finds that first (LS116).
    """
    region = calendar.holidays
    if region is not None and region not in known_regions():
        raise ValueError(
            f"calendar {calendar.name!r} has the holidays of {region!r}, "
            "which are not known; write a code such as DE, DE-BE or US-CA"
        )
    return Days(
        zone=calendar.timezone,
        week=tuple(tuple(calendar.hours.get(day, ())) for day in range(7)),
        region=region,
        closed=frozenset(calendar.closed),
        extra=tuple(sorted(calendar.extra.items())),
        away=tuple((one.first, one.last) for one in absences),
    )


@cache
def known_regions() -> frozenset[str]:
    """Return the codes of countries and regions whose public holidays are known."""
    # Imported here, as below: it is slow to load, and many calendars have no holidays.
    from holidays import list_supported_countries  # noqa: PLC0415

    countries = list_supported_countries()
    regions = (
        f"{country}-{part}" for country, parts in countries.items() for part in parts
    )
    return frozenset(filter(_CODE.fullmatch, (*countries, *regions)))


@lru_cache(maxsize=1024)
def _public_holidays(region: str | None, year: int) -> frozenset[date]:
    """Return the public holidays of a year, and the days taken in their stead.

    Of years that the library does not know there are none, or only those of them that
    follow a rule: India's are known from 2001 to 2035, most others until 2100.
    """
    if region is None:
        return frozenset()
    from holidays import country_holidays  # noqa: PLC0415

    country, _, part = region.partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of such years, which nobody can mend
        return frozenset(country_holidays(country, subdiv=part or None, years=year))
