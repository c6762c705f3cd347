"""Business time against a walk through every minute, and the laws it keeps.

Calendars are any: overlapping ranges, nights, days left out by their country; moments
lie around the changes of the clocks.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.people import Absence
from leadstate.domain.sla import Calendar
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
NOTHING = timedelta(0)
FOUR_DAYS = 4 * 24 * 60
NEVER = datetime.max.replace(tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)
DAYS = (
    date(1977, 10, 23),  # Berlin has no summer time, New York has
    date(1994, 12, 31),  # left out on Kiritimati
    date(2011, 12, 30),  # left out in Samoa
    date(2014, 10, 26),  # Moscow changes its offset for good
    date(2026, 1, 1),
    date(2026, 3, 8),  # New York, forward
    date(2026, 3, 29),  # Berlin, forward
    date(2026, 4, 5),  # Lord Howe and Chatham, back
    date(2026, 10, 4),  # Lord Howe and Chatham, forward
    date(2026, 10, 25),  # Berlin, back
    date(2026, 11, 1),  # New York, back
    date(2040, 10, 28),  # behind the end of the tables
)

minutes = st.integers(0, 1439)
spans = st.tuples(minutes, st.integers(1, 1440)).map(lambda one: (one[0], sum(one)))
ranges = st.lists(spans, max_size=3).map(lambda found: tuple(sorted(found)))
near = st.tuples(st.sampled_from(DAYS), st.integers(-4, 4)).map(
    lambda one: one[0] + timedelta(days=one[1])
)
absences = st.lists(
    st.tuples(near, st.integers(0, 3)).map(
        lambda one: Absence(one[0], one[0] + timedelta(days=one[1]))
    ),
    max_size=1,
)
calendars = st.builds(
    Calendar,
    name=st.just("any"),
    timezone=st.sampled_from(ZONES),
    hours=st.dictionaries(st.integers(0, 6), ranges, min_size=1),
    holidays=st.sampled_from([None, "DE-BE", "US", "RU"]),
    closed=st.lists(near, max_size=2).map(tuple),
    extra=st.dictionaries(near, ranges, max_size=2),
)
moments = st.tuples(near, st.integers(0, 24 * 60 - 1)).map(
    lambda one: datetime.combine(one[0], time(), UTC) + timedelta(minutes=one[1])
)
"""Whole minutes around the days above."""


class MinuteWalk:
    """Business time as somebody would count it who looks at a clock every minute.

    It knows nothing of intervals: it asks each minute what the clocks there show, and
    then the calendar, as written, whether that is open.
    """

    def __init__(self, calendar: Calendar, absences: Sequence[Absence]) -> None:
        self.calendar = calendar
        self.absences = absences
        self.zone = ZoneInfo(calendar.timezone)
        self.closed: set[date] = set(calendar.closed)
        self.public = {
            "DE-BE": holidays.Germany(subdiv="BE"),
            "US": holidays.UnitedStates(),
            "RU": holidays.Russia(),
        }.get(calendar.holidays or "", {})
        self.known: dict[date, tuple[tuple[int, int], ...]] = {}

    def hours_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the ranges that begin on a local day."""
        if day not in self.known:
            self.known[day] = self._look_up(day)
        return self.known[day]

    def _look_up(self, day: date) -> tuple[tuple[int, int], ...]:
        for absence in self.absences:
            if absence.covers(day):
                return ()
        if day in self.calendar.extra:
            return self.calendar.extra[day]
        if day in self.public or day in self.closed:
            return ()
        return self.calendar.hours.get(day.weekday(), ())

    def is_open(self, moment: datetime) -> bool:
        """Whether the clocks show a time within today's hours, or last night's."""
        wall = moment.astimezone(self.zone)
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        return any(
            opens <= minute < closes for opens, closes in self.hours_on(today)
        ) or any(
            opens <= minute + 1440 < closes
            for opens, closes in self.hours_on(today - timedelta(days=1))
        )


@settings(max_examples=60, deadline=None)
@given(calendars, absences, moments)
def test_it_agrees_with_a_walk_through_every_minute(
    calendar: Calendar, away: list[Absence], start: datetime
) -> None:
    """Open or not, time passed, time over, next opening: for each minute of four days.

    The oracle knows no intervals; it looks at what the clocks there show.
    """
    hours, walk = compile_hours(calendar, away), MinuteWalk(calendar, away)
    moments = [start + number * MINUTE for number in range(FOUR_DAYS)]

    is_open = [walk.is_open(moment) for moment in moments]

    assert is_open == [hours.is_open(moment) for moment in moments]
    assert list(accumulate(is_open)) == [
        hours.elapsed(start, moment + MINUTE) // MINUTE for moment in moments
    ]
    ends = [
        moment + MINUTE for moment, open_ in zip(moments, is_open, strict=True) if open_
    ]
    assert ends == [
        hours.add(start, number * MINUTE) for number in range(1, len(ends) + 1)
    ]
    begins = [end - MINUTE for end in ends]
    end = start + FOUR_DAYS * MINUTE
    assert begins[::-1] == [
        hours.add(end, -number * MINUTE) for number in range(1, len(ends) + 1)
    ]
    last = begins[-1] if begins else start - MINUTE
    assert [
        moment if open_ else begins[bisect_left(begins, moment)]
        for moment, open_ in zip(moments, is_open, strict=True)
        if moment <= last
    ] == [hours.next_opening(moment) for moment in moments if moment <= last]


anywhen = st.one_of(
    st.builds(
        lambda moment, more: moment + more,
        moments,
        st.timedeltas(timedelta(days=-900), timedelta(days=900)),
    ),
    st.datetimes(datetime(1890, 1, 1), datetime(2210, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(tzinfo=UTC)
    ),
)
lengths = st.one_of(
    st.timedeltas(NOTHING, timedelta(days=3)),
    st.timedeltas(NOTHING, timedelta(days=400)),
    st.integers(0, 200).map(lambda number: number * timedelta(hours=1)),
)
laws = settings(max_examples=60, deadline=None)


@laws
@given(calendars, absences, anywhen, lengths)
def test_what_was_added_has_passed_and_not_a_microsecond_earlier(
    calendar: Calendar, away: list[Absence], start: datetime, business: timedelta
) -> None:
    """Adding and elapsing undo each other, there and back."""
    hours = compile_hours(calendar, away)
    due, since = hours.add(start, business), hours.add(start, -business)

    if due is not None:
        assert business == hours.elapsed(start, due)
        assert not business or hours.elapsed(start, due - TICK) < business
    if since is not None:
        assert -business == hours.elapsed(start, since)
        assert not business or hours.elapsed(since + TICK, start) < business


@laws
@given(calendars, absences, anywhen, lengths, lengths)
def test_two_steps_end_where_one_does(
    calendar: Calendar,
    away: list[Absence],
    start: datetime,
    first: timedelta,
    second: timedelta,
) -> None:
    """Also when one of them is nothing, and when there is no end."""
    hours = compile_hours(calendar, away)
    for one, other in ((first, second), (-first, -second)):
        between = hours.add(start, one)

        in_two = None if between is None else hours.add(between, other)

        assert hours.add(start, one + other) == in_two


@laws
@given(calendars, absences, st.tuples(anywhen, anywhen, anywhen))
def test_elapsed_time_adds_up_in_whatever_order(
    calendar: Calendar, away: list[Absence], moments: tuple[datetime, ...]
) -> None:
    """From one to three is from one to two and from two to three."""
    hours = compile_hours(calendar, away)
    one, two, three = moments

    assert hours.elapsed(one, three) == hours.elapsed(one, two) + hours.elapsed(
        two, three
    )
    assert NOTHING <= hours.elapsed(min(moments), max(moments))
    assert hours.elapsed(one, two) <= max(two - one, NOTHING)


@laws
@given(calendars, absences, anywhen, anywhen, lengths, lengths)
def test_a_later_start_or_a_longer_time_is_never_over_earlier(
    calendar: Calendar,
    away: list[Absence],
    one: datetime,
    other: datetime,
    first: timedelta,
    second: timedelta,
) -> None:
    """Never counts as later than any moment."""
    hours = compile_hours(calendar, away)
    early, late = sorted((one, other))
    short, long = sorted((first, second))

    due = hours.add(early, short) or NEVER

    assert early <= due
    assert due <= (hours.add(late, short) or NEVER)
    assert due <= (hours.add(early, long) or NEVER)


@laws
@given(calendars, absences, anywhen)
def test_nothing_passes_until_the_next_opening(
    calendar: Calendar, away: list[Absence], moment: datetime
) -> None:
    """It is open then, and time passes from then on."""
    hours = compile_hours(calendar, away)

    opening = hours.next_opening(moment)

    if opening is None:
        assert None is hours.add(moment, TICK)
    else:
        assert moment <= opening
        assert hours.is_open(opening)
        assert NOTHING == hours.elapsed(moment, opening)
        assert opening + TICK == hours.add(moment, TICK)
        assert opening == hours.next_opening(opening)
