"""A second opinion: pandas' business hours, outside of changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.sla import Calendar
from leadstate.hours import compile_hours

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

spans = st.tuples(st.integers(0, 22 * 60), st.integers(60, 23 * 60)).filter(
    lambda span: span[0] + span[1] < 24 * 60
)
weeks = st.sets(st.integers(0, 6), min_size=1)
closed_days = st.sets(st.dates(date(2026, 1, 1), date(2026, 4, 1)), max_size=6)
starts = st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1))  # noqa: DTZ001


def clock(minute: int) -> str:
    """Return a minute of the day as pandas reads it."""
    return f"{minute // 60:02}:{minute % 60:02}"


@settings(max_examples=150, deadline=None)
@given(
    spans,
    weeks,
    closed_days,
    starts,
    st.integers(-60, 60).filter(bool),
)
def test_adding_hours_agrees_with_pandas(
    span: tuple[int, int],
    week: set[int],
    closed: set[date],
    start: datetime,
    number: int,
) -> None:
    """One interval a day, single days closed, there and back.

    Closing and the opening after it are the same point of business time: pandas says
    the one where we say the other.
    """
    opens, closes = span[0], sum(span)
    calendar = Calendar(
        name="any",
        timezone="UTC",
        hours=dict.fromkeys(week, ((opens, closes),)),
        closed=tuple(closed),
    )
    peer = pd.offsets.CustomBusinessHour(
        number,
        start=clock(opens),
        end=clock(closes),
        weekmask=" ".join(NAMES[day] for day in sorted(week)),
        holidays=sorted(closed),
    )
    hours = compile_hours(calendar)

    start = start.replace(tzinfo=UTC)

    due = hours.add(start, timedelta(hours=number))

    told = (pd.Timestamp(start) + peer).to_pydatetime()
    assert due is not None
    assert hours.next_opening(told) == hours.next_opening(due)
