"""Business days: the same time of day on the n-th day that is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.sla import Calendar
from leadstate.engine.open_days import open_days_later

NINE_TO_FIVE = ((9 * 60, 17 * 60),)
WEEK = dict.fromkeys(range(5), NINE_TO_FIVE)
OFFICE = Calendar(name="office", timezone="Europe/Berlin", hours=WEEK)


def berlin(month: int, day: int, hour: int) -> datetime:
    """Return an hour of 2026 in Berlin, in winter."""
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param(berlin(3, 10, 13), 1, berlin(3, 11, 13), id="the next day"),
        pytest.param(berlin(3, 10, 13), 2, berlin(3, 12, 13), id="the day after"),
        pytest.param(berlin(3, 13, 13), 1, berlin(3, 16, 13), id="over a weekend"),
        pytest.param(berlin(3, 14, 10), 1, berlin(3, 16, 10), id="from a Saturday"),
        pytest.param(berlin(3, 10, 22), 1, berlin(3, 11, 22), id="after closing"),
        pytest.param(berlin(3, 10, 13), 10, berlin(3, 24, 13), id="two weeks"),
    ],
)
def test_days_on_which_it_is_closed_do_not_count(
    start: datetime, days: int, end: datetime
) -> None:
    """Whatever day the start is, and whether it is open then."""
    assert end == open_days_later(OFFICE, start, days)


def test_the_time_of_day_is_that_on_the_wall() -> None:
    """One o'clock in summer is an hour earlier in UTC than in winter."""
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)

    later = open_days_later(OFFICE, friday, 1)

    assert datetime(2026, 3, 30, 11, tzinfo=UTC) == later


def test_holidays_closed_and_extra_days_are_known() -> None:
    """Good Friday and Easter Monday are closed, and so is a Tuesday; a Sunday opens."""
    easter = Calendar(
        name="easter",
        timezone="Europe/Berlin",
        hours=WEEK,
        holidays="DE-BE",
        closed=(date(2026, 4, 7),),
        extra={date(2026, 4, 12): NINE_TO_FIVE},
    )
    thursday = datetime(2026, 4, 2, 10, tzinfo=UTC)

    found = [open_days_later(easter, thursday, days) for days in (1, 3, 4)]

    assert [8, 10, 12] == [one.day for one in found if one is not None]


def test_a_shift_belongs_to_the_day_on_which_it_begins() -> None:
    """The night from Friday to Saturday does not open the Saturday."""
    nights = Calendar(
        name="nights",
        timezone="UTC",
        hours=dict.fromkeys(range(5), ((22 * 60, 30 * 60),)),
    )

    later = open_days_later(nights, datetime(2026, 3, 13, 3, tzinfo=UTC), 1)

    assert datetime(2026, 3, 16, 3, tzinfo=UTC) == later


def test_a_calendar_that_never_opens_has_no_days() -> None:
    """Not in all the years that are known; hours of no length open nothing."""
    never = Calendar(name="never", timezone="UTC", hours={0: ((540, 540),), 1: ()})

    assert open_days_later(never, datetime(2190, 3, 13, tzinfo=UTC), 1) is None


@settings(deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - they get a zone
    st.integers(1, 30),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_days_agree_with_a_walk_from_day_to_day(
    start: datetime, days: int, open_on: set[int]
) -> None:
    """Step by step, counting those on which it is open."""
    calendar = Calendar(
        name="some", timezone="UTC", hours=dict.fromkeys(open_on, NINE_TO_FIVE)
    )
    walked, left = start, days
    while left:
        walked += timedelta(days=1)
        left -= walked.weekday() in open_on

    assert walked == open_days_later(calendar, start, days)
