"""What `Hours` answers: when so much time has passed, how much has, when it opens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from effort import at_most_calls

from leadstate.domain.people import Absence
from leadstate.hours import FIRST_YEAR, LAST_YEAR, compile_hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.sla import Calendar
    from leadstate.hours import Hours

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
TICK = timedelta(microseconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
SPLIT = dict.fromkeys(range(5), ((540, 750), (810, 1080)))
ALWAYS = dict.fromkeys(range(7), ((0, 1440),))


def at(text: str) -> datetime:
    """Return a moment from what clocks in Berlin show."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


# -- add --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "business", "due"),
    [
        ("2026-06-01 09:00", HOUR, "2026-06-01 10:00"),
        ("2026-06-01 03:00", HOUR, "2026-06-01 10:00"),
        ("2026-06-01 16:30", HOUR, "2026-06-02 09:30"),
        ("2026-06-05 16:30", HOUR, "2026-06-08 09:30"),
        ("2026-06-06 12:00", 10 * HOUR, "2026-06-09 11:00"),
        ("2026-06-01 09:00", 40 * HOUR, "2026-06-05 17:00"),
        ("2026-12-30 16:00", 10 * HOUR, "2027-01-01 10:00"),
        ("2026-12-31 17:00", 261 * 8 * HOUR, "2027-12-31 17:00"),
        ("2026-12-31 17:00", 261 * 8 * HOUR + TICK, "2028-01-03 09:00:00.000001"),
    ],
    ids=str,
)
def test_time_passes_in_business_hours_only(
    office: Hours, start: str, business: timedelta, due: str
) -> None:
    """Nights and weekends count nothing."""
    assert at(due) == office.add(at(start), business)


def test_time_is_over_when_the_office_closes(office: Hours) -> None:
    """Eight hours from nine o'clock are over at five, not at nine the next day."""
    assert at("2026-06-01 17:00") == office.add(at("2026-06-01 09:00"), 8 * HOUR)


@pytest.mark.parametrize("start", ["2026-06-01 12:00", "2026-06-06 12:00"])
def test_an_sla_of_nothing_is_due_at_once(office: Hours, start: str) -> None:
    """Also at night: zero is over at the start itself."""
    assert at(start) == office.add(at(start), NOTHING)


def test_the_smallest_time_waits_for_the_next_opening(office: Hours) -> None:
    """Microseconds are counted, and nothing comes early."""
    due = office.add(at("2026-06-05 17:00"), TICK)

    assert at("2026-06-08 09:00") + TICK == due


def test_odd_microseconds_are_kept(office: Hours) -> None:
    """A start between two seconds, and a length between two."""
    start = at("2026-06-05 16:59:59") + 999_999 * TICK

    assert at("2026-06-08 09:00:01") == office.add(start, timedelta(seconds=1) + TICK)


@pytest.mark.parametrize(
    ("start", "business", "since"),
    [
        ("2026-06-08 09:30", 30 * MINUTE, "2026-06-08 09:00"),
        ("2026-06-08 09:30", HOUR, "2026-06-05 16:30"),
        ("2026-06-07 12:00", HOUR, "2026-06-05 16:00"),
        ("2026-06-08 09:30", 30 * MINUTE + TICK, "2026-06-05 16:59:59.999999"),
        ("2027-01-01 10:00", 2 * HOUR, "2026-12-31 16:00"),
        ("2027-01-01 09:00", 262 * 8 * HOUR, "2025-12-31 09:00"),
    ],
    ids=str,
)
def test_a_negative_time_goes_back_to_the_last_moment_that_will_do(
    office: Hours, start: str, business: timedelta, since: str
) -> None:
    """Half an hour before half past nine it is nine, not five on Friday."""
    assert at(since) == office.add(at(start), -business)


def test_a_lunch_break_counts_nothing(hours_of: Callable[..., Hours]) -> None:
    """A day may have several intervals, and time may be over when a break begins."""
    hours = hours_of(hours=SPLIT)

    assert at("2026-06-01 14:00") == hours.add(at("2026-06-01 12:00"), HOUR)
    assert at("2026-06-01 12:30") == hours.add(at("2026-06-01 12:00"), 30 * MINUTE)
    assert 8 * HOUR == hours.elapsed(at("2026-06-01 08:00"), at("2026-06-01 20:00"))


def test_a_long_time_costs_what_a_short_one_does(office: Hours) -> None:
    """Nothing is walked through day by day: thirty days cost as many calls as one."""
    start = at("2026-02-02 10:00")
    office.add(start, HOUR)

    for days in (1, 30, 200):
        with at_most_calls(16):
            office.add(start, days * 8 * HOUR)
        with at_most_calls(40):
            office.elapsed(start, start + timedelta(days=days))


# -- elapsed ----------------------------------------------------------------------


def test_elapsed_time_is_what_lies_in_the_hours(office: Hours) -> None:
    """From within, from outside, over a weekend, over a new year."""
    assert 8 * HOUR == office.elapsed(at("2026-06-01 09:00"), at("2026-06-02 09:00"))
    assert 9 * HOUR == office.elapsed(at("2026-06-05 16:00"), at("2026-06-08 23:00"))
    assert NOTHING == office.elapsed(at("2026-06-05 17:00"), at("2026-06-08 09:00"))
    assert 5 * 8 * HOUR == office.elapsed(
        at("2026-12-29 09:00"), at("2027-01-05 09:00")
    )


def test_elapsed_time_is_negative_when_it_is_counted_back(office: Hours) -> None:
    """The same amount, so that a difference may be taken in either order."""
    early, late = at("2026-06-01 09:00"), at("2027-06-01 12:00")

    assert -office.elapsed(early, late) == office.elapsed(late, early) < NOTHING


def test_day_and_night_is_elapsed_time_itself(hours_of: Callable[..., Hours]) -> None:
    """A 24-hour calendar knows no change of the clocks, and no new year."""
    always = hours_of(hours=ALWAYS)
    start, end = at("2019-03-30 12:34:56"), at("2027-11-01 01:02:03")

    assert end - start == always.elapsed(start, end)
    assert end == always.add(start, end - start)
    assert start == always.add(end, start - end)


# -- openings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "opening"),
    [
        ("2026-06-01 08:00", "2026-06-01 09:00"),
        ("2026-06-01 09:00", "2026-06-01 09:00"),
        ("2026-06-01 12:34", "2026-06-01 12:34"),
        ("2026-06-01 17:00", "2026-06-02 09:00"),
        ("2026-12-31 18:00", "2027-01-01 09:00"),
    ],
    ids=str,
)
def test_the_next_opening_is_now_while_it_is_open(
    office: Hours, after: str, opening: str
) -> None:
    """At the moment of closing it is the next one."""
    assert at(opening) == office.next_opening(at(after))


def test_it_is_open_from_opening_until_just_before_closing(office: Hours) -> None:
    """The moment of closing is outside."""
    assert office.is_open(at("2026-06-01 09:00"))
    assert office.is_open(at("2026-06-01 17:00") - TICK)
    assert not office.is_open(at("2026-06-01 17:00"))
    assert not office.is_open(at("2026-06-01 09:00") - TICK)


# -- what cannot be ---------------------------------------------------------------


def test_a_calendar_without_hours_answers_never(hours_of: Callable[..., Hours]) -> None:
    """Without an error, and without a search that does not end."""
    never = hours_of(hours={})
    start = at("2026-06-01 09:00")

    assert None is never.add(start, TICK)
    assert None is never.add(start, -TICK)
    assert start == never.add(start, NOTHING)
    assert None is never.next_opening(start)
    assert NOTHING == never.elapsed(start, start + timedelta(days=9999))
    assert not never.is_open(start)


def test_a_calendar_that_stays_closed_for_years_opens_after_them(
    hours_of: Callable[..., Hours],
) -> None:
    """Somebody who asks whether it opens within two years is told when it does."""
    away = Absence(date(2026, 6, 1), date(2029, 12, 31))
    hours = hours_of(away)

    assert at("2030-01-01 09:00") == hours.next_opening(at("2026-06-01 09:00"))
    assert at("2030-01-01 10:00") == hours.add(at("2026-06-01 09:00"), HOUR)


@pytest.mark.parametrize("year", [1, FIRST_YEAR - 1, LAST_YEAR + 1, 9999])
def test_outside_of_the_years_nothing_is_open(office: Hours, year: int) -> None:
    """No error, no hang: the first opening comes with `FIRST_YEAR`, the last ends."""
    moment = datetime(year, 7, 1, 12, tzinfo=UTC)
    early = year < FIRST_YEAR
    first, last = at("1900-01-01 09:00"), at("2200-12-31 17:00")

    assert not office.is_open(moment)
    assert NOTHING == office.elapsed(moment, moment + timedelta(days=100))
    assert (first if early else None) == office.next_opening(moment)
    assert (first + HOUR if early else None) == office.add(moment, HOUR)
    assert (None if early else last - HOUR) == office.add(moment, -HOUR)
    assert moment == office.add(moment, NOTHING)


def test_far_years_are_counted_like_near_ones(office: Hours) -> None:
    """All of 301 years, there and back, through more years than are kept."""
    first, last = at("1900-01-01 00:00"), at("2200-12-31 23:00")
    days = sum(
        date.fromordinal(day).weekday() < 5
        for day in range(date(1900, 1, 1).toordinal(), date(2201, 1, 1).toordinal())
    )

    whole = office.elapsed(first, last)

    assert days * 8 * HOUR == whole
    assert at("2200-12-31 17:00") == office.add(first, whole)
    assert None is office.add(first, whole + TICK)
    assert at("1900-01-01 09:00") == office.add(last, -whole)
    assert None is office.add(last, -whole - TICK)
    for year in range(1990, 2020):
        assert at(f"{year}-06-01 09:00") <= office.next_opening(at(f"{year}-06-01"))


@pytest.mark.parametrize("business", [timedelta.max, timedelta.min], ids=str)
def test_more_time_than_there_is_never_passes(
    office: Hours, business: timedelta
) -> None:
    """Not an overflow from deep inside."""
    assert None is office.add(at("2026-06-01 09:00"), business)


# -- moments ----------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["add", "elapsed", "next_opening", "is_open"])
def test_a_moment_without_a_time_zone_is_refused(office: Hours, ask: str) -> None:
    """Nobody knows which moment it is, so no answer would be right."""
    moment = datetime(2026, 6, 1, 9)  # noqa: DTZ001 - the mistake itself
    more = {"add": [HOUR], "elapsed": [moment]}.get(ask, [])

    with pytest.raises(ValueError, match="2026-06-01T09:00:00 has no time zone"):
        getattr(office, ask)(moment, *more)


def test_moments_may_come_in_any_zone_and_go_in_utc(office: Hours) -> None:
    """Also at the turn of a year, where two zones are in different years."""
    tokyo = timezone(9 * HOUR)
    start = datetime(2027, 1, 1, 0, 30, tzinfo=tokyo)  # half past four in Berlin

    due = office.add(start, HOUR)

    assert at("2026-12-31 17:00") == office.add(start, HOUR / 2)
    assert at("2027-01-01 09:30") == due
    assert UTC is due.tzinfo
    assert HOUR / 2 == office.elapsed(start, at("2026-12-31 18:00"))


@pytest.mark.parametrize("zone", [timezone(-5 * HOUR), timezone(5 * HOUR)], ids=str)
def test_the_ends_of_the_calendar_are_no_error(office: Hours, zone: timezone) -> None:
    """The year 1 and the year 9999 have moments that UTC cannot say."""
    first, last = datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)

    assert at("1900-01-01 09:00") == office.next_opening(first)
    assert None is office.next_opening(last)


# -- compiling --------------------------------------------------------------------


def test_equal_calendars_are_compiled_once(
    calendar_of: Callable[..., Calendar],
) -> None:
    """Whatever they are called, and in whatever order their days stand."""
    one = calendar_of(closed=(date(2026, 1, 2), date(2026, 1, 5)))
    other = calendar_of(name="desk", closed=(date(2026, 1, 5), date(2026, 1, 2)))

    assert compile_hours(one) is compile_hours(other)
    assert compile_hours(one) is not compile_hours(calendar_of())


def test_an_absence_makes_other_hours(calendar_of: Callable[..., Calendar]) -> None:
    """The same calendar serves a team and each of its people."""
    away = Absence(date(2026, 6, 1), date(2026, 6, 2), "ill")
    told = Absence(date(2026, 6, 1), date(2026, 6, 2), "on leave")

    assert compile_hours(calendar_of(), [away]) is compile_hours(calendar_of(), [told])
    assert compile_hours(calendar_of(), [away]) is not compile_hours(calendar_of())


def test_a_region_that_is_not_known_cannot_be_compiled(
    calendar_of: Callable[..., Calendar],
) -> None:
    """At once, not when the first year is asked for."""
    with pytest.raises(ValueError, match="calendar 'office' has the holidays of 'XX'"):
        compile_hours(calendar_of(holidays="XX"))
