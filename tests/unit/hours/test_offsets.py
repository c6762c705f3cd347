"""Changes of the clocks: hours that are skipped, shown twice, moved or left out."""

from __future__ import annotations

import importlib.resources
import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pytest

from leadstate.hours.days import days_of
from leadstate.hours.offsets import DAY, stretches
from leadstate.hours.year import compile_year

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadstate.domain.sla import Calendar
    from leadstate.hours import Hours

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def at(text: str, zone: str = "UTC") -> datetime:
    """Return a moment from what clocks show somewhere, the first of two."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "friday", "due"),
    [
        ("Europe/Berlin", "2026-03-27 16:00", "2026-03-30 08:00"),
        ("Europe/Berlin", "2026-10-23 16:00", "2026-10-26 09:00"),
        ("America/New_York", "2026-03-06 16:00", "2026-03-09 14:00"),
        ("America/New_York", "2026-10-30 16:00", "2026-11-02 15:00"),
        ("Europe/Moscow", "2014-10-24 16:00", "2014-10-27 07:00"),
        ("Australia/Lord_Howe", "2026-10-02 16:00", "2026-10-04 23:00"),
        ("Asia/Kathmandu", "2026-03-27 16:00", "2026-03-30 04:15"),
    ],
    ids=str,
)
def test_an_office_opens_by_its_own_clocks(
    hours_of: Callable[..., Hours], zone: str, friday: str, due: str
) -> None:
    """Two hours from four on Friday are over at ten on Monday, whatever UTC says."""
    hours = hours_of(timezone=zone)

    assert at(due) == hours.add(at(friday, zone), 2 * HOUR)
    assert 2 * HOUR == hours.elapsed(at(friday, zone), at(due))


@pytest.mark.parametrize(
    ("evening", "length"),
    [("2026-03-28 22:00", 7), ("2026-10-24 22:00", 9), ("2026-10-31 22:00", 8)],
)
def test_a_night_shift_is_as_long_as_people_work(
    hours_of: Callable[..., Hours], evening: str, length: int
) -> None:
    """From ten to six is seven hours in one night of March, nine in one of October."""
    hours = hours_of(hours={5: ((1320, 1800),)})
    start = at(evening, "Europe/Berlin")

    assert start + length * HOUR == hours.add(start, length * HOUR)
    assert length * HOUR == hours.elapsed(start, start + 24 * HOUR)


def test_an_hour_that_the_clocks_skip_counts_nothing(
    hours_of: Callable[..., Hours],
) -> None:
    """From two to three is not there on that Sunday, and from 1:30 to 2:30 is half."""
    skipped = hours_of(hours={6: ((120, 180),)})
    halved = hours_of(hours={6: ((90, 150),)})
    start, end = at("2026-03-28 12:00"), at("2026-03-30 12:00")

    assert timedelta(0) == skipped.elapsed(start, end)
    assert at("2026-04-05 00:00") == skipped.next_opening(start)
    assert 30 * MINUTE == halved.elapsed(start, end)
    assert at("2026-03-29 01:00") == halved.add(start, 30 * MINUTE)


def test_an_hour_that_the_clocks_show_twice_counts_twice(
    hours_of: Callable[..., Hours],
) -> None:
    """Whenever a clock on the wall shows a time within the hours, it is open."""
    whole = hours_of(hours={6: ((120, 180),)})
    start, end = at("2026-10-24 12:00"), at("2026-10-26 12:00")

    assert 2 * HOUR == whole.elapsed(start, end)
    assert at("2026-10-25 02:00") == whole.add(start, 2 * HOUR)


def test_hours_that_end_within_the_doubled_hour_are_open_twice(
    hours_of: Callable[..., Hours],
) -> None:
    """One to half past two: until the clock first shows half past, then again."""
    hours = hours_of(hours={6: ((60, 150),)})

    assert hours.is_open(at("2026-10-25 00:29"))
    assert not hours.is_open(at("2026-10-25 00:30"))
    assert at("2026-10-25 01:00") == hours.next_opening(at("2026-10-25 00:30"))
    assert not hours.is_open(at("2026-10-25 01:30"))


def test_half_an_hour_can_be_doubled(hours_of: Callable[..., Hours]) -> None:
    """Lord Howe Island sets its clocks back from two to half past one."""
    hours = hours_of(hours={6: ((60, 120),)}, timezone="Australia/Lord_Howe")
    start = at("2026-04-04 12:00")

    assert 90 * MINUTE == hours.elapsed(start, start + 24 * HOUR)
    assert at("2026-04-04 15:30") == hours.add(start, 90 * MINUTE)


def test_a_day_that_a_country_left_out_is_no_business_day(
    hours_of: Callable[..., Hours],
) -> None:
    """Samoa went from Thursday, 29 December 2011, to Saturday."""
    hours = hours_of(timezone="Pacific/Apia")
    thursday = at("2011-12-29 16:00", "Pacific/Apia")

    assert at("2012-01-02 10:00", "Pacific/Apia") == hours.add(thursday, 2 * HOUR)
    assert at("2012-01-01 20:00") == hours.add(thursday, 2 * HOUR)


def test_day_and_night_is_one_interval(calendar_of: Callable[..., Calendar]) -> None:
    """Neither midnight nor a change of the clocks parts what is open on both sides."""
    always = calendar_of(hours=dict.fromkeys(range(7), ((0, 1440),)))

    year = compile_year(days_of(always, ()), 2026)

    # the first is the one without length
    assert [timedelta(0), timedelta(0)] == year.opens
    assert [timedelta(0), timedelta(0), timedelta(days=365)] == year.done


def test_stretches_follow_each_other_without_a_gap() -> None:
    """From the first second of a UTC year to the last, for every kind of change."""
    for zone in ("UTC", "Europe/Berlin", "Pacific/Apia", "Africa/Casablanca"):
        for year in (1900, 1945, 2011, 2012, 2026, 2200):
            found = stretches(zone, year)
            length = (datetime(year + 1, 1, 1) - datetime(year, 1, 1)).days * DAY  # noqa: DTZ001

            assert 0 == found[0].begins
            assert length == found[-1].ends
            assert all(one.ends == other.begins for one, other in pairwise(found))
            assert all(one.offset != other.offset for one, other in pairwise(found))


def test_a_stretch_begins_in_the_second_of_the_change() -> None:
    """Summer time of 2026 in Berlin: from 01:00 UTC on 29 March on."""
    winter, summer, _ = stretches("Europe/Berlin", 2026)
    seconds = (at("2026-03-29 01:00") - at("2026-01-01")) // timedelta(seconds=1)

    assert (0, seconds, 3600) == winter
    assert (seconds, 7200) == (summer.begins, summer.offset)


def changes_of(zone: str) -> Iterator[int]:
    """Yield the moments at which a zone's offset changes, as its file tells them.

    RFC 9636: two blocks, each behind a header; the second has 64-bit moments.
    """
    folder = importlib.resources.files("tzdata.zoneinfo")
    data = folder.joinpath(*zone.split("/")).read_bytes()
    *_, leaps, times, kinds, letters = struct.unpack(">20x6L", data[:44])
    flags = sum(struct.unpack(">20x2L", data[:28]))
    second = 44 + times * 5 + kinds * 6 + letters + leaps * 8 + flags
    *_, times, kinds, _ = struct.unpack(">20x6L", data[second : second + 44])
    moments = second + 44
    places = moments + times * 8
    table = places + times
    offsets = [
        struct.unpack_from(">l", data, table + kind * 6)[0] for kind in range(kinds)
    ]
    before = offsets[0]
    for number in range(times):
        after = offsets[data[places + number]]
        if after != before:
            yield struct.unpack_from(">q", data, moments + number * 8)[0]
        before = after


def test_no_zone_changes_its_clocks_twice_within_days() -> None:
    """So that looking every second day sees every change."""
    shortest = min(
        late - early
        for zone in sorted(available_timezones() - {"localtime"})
        for early, late in pairwise(changes_of(zone))
    )

    assert 6 * DAY < shortest
