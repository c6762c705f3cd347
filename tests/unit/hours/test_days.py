"""Which hours a day has: holidays, closed and extra days, absences, night shifts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from leadstate.domain.people import Absence
from leadstate.hours import known_regions

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.hours import Hours

HOUR = timedelta(hours=1)
NIGHTS = dict.fromkeys(range(5), ((22 * 60, 30 * 60),))
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """Return a moment from what clocks in Berlin show."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def open_on(hours: Hours, day: str) -> timedelta:
    """Return how long it is open on a day in Berlin."""
    start = at(day)
    return hours.elapsed(start, start + 24 * HOUR)


@pytest.mark.parametrize(
    ("region", "open_hours"), [("DE-BE", 0), ("DE-BY", 8), ("DE", 8), (None, 8)]
)
def test_public_holidays_are_those_of_the_region(
    hours_of: Callable[..., Hours], region: str | None, open_hours: int
) -> None:
    """Women's Day is one in Berlin, and none in Bavaria."""
    hours = hours_of(holidays=region)

    assert open_hours * HOUR == open_on(hours, "2027-03-08")


def test_a_holiday_that_is_taken_in_the_year_before_is_closed(
    hours_of: Callable[..., Hours],
) -> None:
    """New Year's Day of 2022 was a Saturday, and taken on Friday in the US."""
    hours = hours_of(holidays="US")

    assert 0 * HOUR == open_on(hours, "2021-12-31")
    assert 8 * HOUR == open_on(hours, "2021-12-30")
    assert 8 * HOUR == open_on(hours, "2022-01-03")


@pytest.mark.parametrize("year", [1900, 2000, 2060, 2200])
def test_a_year_whose_holidays_nobody_knows_is_no_error(
    hours_of: Callable[..., Hours], year: int
) -> None:
    """Nor a warning: India's are known from 2001 to 2035."""
    hours = hours_of(holidays="IN", timezone="Asia/Kolkata")

    opening = hours.next_opening(datetime(year, 6, 15, tzinfo=UTC))

    assert opening is not None
    assert year == opening.year


def test_further_days_can_be_closed(hours_of: Callable[..., Hours]) -> None:
    """What no list of holidays knows."""
    hours = hours_of(closed=(date(2026, 12, 24),))

    assert 0 * HOUR == open_on(hours, "2026-12-24")
    assert 8 * HOUR == open_on(hours, "2026-12-23")


def test_a_saturday_can_be_worked(hours_of: Callable[..., Hours]) -> None:
    """With hours of its own; the next Saturday is free again."""
    hours = hours_of(extra={date(2026, 6, 6): ((600, 840),)})

    assert at("2026-06-06 11:00") == hours.add(at("2026-06-05 17:00"), HOUR)
    assert at("2026-06-08 09:00") == hours.next_opening(at("2026-06-06 14:00"))
    assert 0 * HOUR == open_on(hours, "2026-06-13")


def test_extra_hours_stand_instead_of_all_others(
    hours_of: Callable[..., Hours],
) -> None:
    """On a weekday, on a holiday, on a closed day, and when there are none."""
    short = ((540, 600),)
    hours = hours_of(
        holidays="DE-BE",
        closed=(date(2026, 6, 3),),
        extra={
            date(2026, 5, 1): short,
            date(2026, 6, 2): short,
            date(2026, 6, 3): short,
            date(2026, 6, 4): (),
        },
    )
    days = ["2026-05-01", "2026-06-02", "2026-06-03", "2026-06-04", "2026-06-05"]

    assert [HOUR, HOUR, HOUR, 0 * HOUR, 8 * HOUR] == [open_on(hours, d) for d in days]


def test_an_absence_takes_whole_days_and_both_ends(
    hours_of: Callable[..., Hours],
) -> None:
    """Extra days too: who is away does not work on a Saturday either."""
    hours = hours_of(
        Absence(date(2026, 6, 4), date(2026, 6, 8)),
        Absence(date(2026, 6, 10), date(2026, 6, 10)),
        extra={date(2026, 6, 6): ((540, 1020),)},
    )

    assert at("2026-06-09 09:00") == hours.next_opening(at("2026-06-03 17:00"))
    assert at("2026-06-11 09:00") == hours.next_opening(at("2026-06-09 17:00"))


def test_a_night_shift_runs_into_the_next_day(hours_of: Callable[..., Hours]) -> None:
    """Friday's ends on Saturday morning, and Sunday has none."""
    hours = hours_of(hours=NIGHTS)

    assert at("2026-06-06 06:00") == hours.add(at("2026-06-05 12:00"), 8 * HOUR)
    assert at("2026-06-08 23:00") == hours.add(at("2026-06-06 06:00"), HOUR)
    assert hours.is_open(at("2026-06-06 05:59"))
    assert not hours.is_open(at("2026-06-07 05:59"))


def test_a_night_shift_belongs_to_the_day_on_which_it_begins(
    hours_of: Callable[..., Hours],
) -> None:
    """It ends on a closed morning, and a closed evening takes all of it."""
    hours = hours_of(hours=NIGHTS, closed=(date(2026, 6, 3),))

    assert hours.is_open(at("2026-06-03 05:59"))
    assert not hours.is_open(at("2026-06-03 22:00"))
    assert not hours.is_open(at("2026-06-04 05:59"))
    assert at("2026-06-04 22:00") == hours.next_opening(at("2026-06-03 06:00"))


def test_a_night_shift_runs_into_the_next_year(hours_of: Callable[..., Hours]) -> None:
    """Of the new year's UTC day, and of the local one."""
    for zone in ("Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "UTC"):
        hours = hours_of(hours=NIGHTS, timezone=zone)
        begins = datetime(2026, 12, 31, 22, tzinfo=ZoneInfo(zone))

        assert hours.is_open(begins)
        assert 8 * HOUR == hours.elapsed(begins, begins + 12 * HOUR)
        assert (begins + 8 * HOUR) == hours.add(begins, 8 * HOUR)


def test_a_shift_of_a_whole_day_reaches_the_new_year_of_utc(
    hours_of: Callable[..., Hours],
) -> None:
    """It began on the 30th in Los Angeles, where the 31st is not over yet."""
    zone = ZoneInfo("America/Los_Angeles")
    hours = hours_of(hours={2: ((20 * 60, 44 * 60),)}, timezone=zone.key)
    ends = datetime(2026, 12, 31, 20, tzinfo=zone).astimezone(UTC)

    assert hours.is_open(datetime(2027, 1, 1, tzinfo=UTC))
    assert ends == hours.add(ends - 6 * HOUR, 6 * HOUR)
    assert not hours.is_open(ends)


@pytest.mark.parametrize(
    ("zone", "region", "day"),
    [
        ("America/Los_Angeles", "US", date(2021, 12, 31)),
        ("Pacific/Auckland", "NZ", date(2026, 1, 1)),
    ],
    ids=str,
)
def test_a_holiday_is_closed_in_both_years_of_utc_that_it_lies_in(
    hours_of: Callable[..., Hours], zone: str, region: str, day: date
) -> None:
    """The evening in Los Angeles and the morning in Auckland are in another year."""
    hours = hours_of(timezone=zone, holidays=region)
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

    assert 0 * HOUR == hours.elapsed(midnight, midnight + 24 * HOUR)
    assert 8 * HOUR == hours_of(timezone=zone).elapsed(midnight, midnight + 24 * HOUR)


def test_hours_that_overlap_count_once(hours_of: Callable[..., Hours]) -> None:
    """A night shift into a day with hours of its own, one of them without length."""
    hours = hours_of(
        hours=NIGHTS,
        extra={date(2026, 6, 3): ((600, 660), (300, 480), (420, 540), (540, 540))},
    )

    # until six by Tuesday's shift, from five to nine by its own hours, and from ten
    assert 10 * HOUR == open_on(hours, "2026-06-03")


def test_all_countries_with_codes_of_two_letters_are_known() -> None:
    """And their regions, as far as these have codes."""
    regions = known_regions()

    assert {"DE", "DE-BE", "US", "US-CA", "GB", "GB-SCT", "RU", "IN-KA"} <= regions
    assert {"DEU", "XX", "DE-Augsburg", "BE-German", ""}.isdisjoint(regions)
