"""Business time: calendars compiled to the intervals of UTC in which they are open.

A moment is open when a clock on the wall of the calendar's time zone shows a time
within the hours of that day.  Everything else follows from that sentence: an hour that
the clocks skip counts nothing, an hour that they show twice counts twice, and so does a
24-hour calendar.  Outside of the years `FIRST_YEAR` to `LAST_YEAR` nothing is open.

    hours = compile_hours(lifecycle.calendars["sales"])
    due_at = hours.add(entered_at, timedelta(hours=8))
"""

from __future__ import annotations

from leadstate.hours.days import known_regions
from leadstate.hours.hours import Hours, compile_hours
from leadstate.hours.line import BusinessLine
from leadstate.hours.year import FIRST_YEAR, LAST_YEAR

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "BusinessLine",
    "Hours",
    "compile_hours",
    "known_regions",
]
