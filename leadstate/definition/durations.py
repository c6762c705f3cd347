"""Lengths of time and moments as people write them.

>>> read_duration("1 day 12h")
datetime.timedelta(days=1, seconds=43200)
>>> read_duration("4:30:00") is None
True
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["duration_text", "read_duration", "read_moment"]

_UNITS: Final = {
    "s": 1,
    "second": 1,
    "seconds": 1,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
    "d": 86_400,
    "day": 86_400,
    "days": 86_400,
    "w": 604_800,
    "week": 604_800,
    "weeks": 604_800,
}
_LONGEST: Final = timedelta(days=36_600)
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) *([a-z]+) *")
_AGO: Final = re.compile(r"(.{1,60}) ago")
_AHEAD: Final = re.compile(r"in (.{1,60})")


def read_duration(text: str) -> timedelta | None:
    """Return a length of time above zero, or None when the text is none."""
    rest = text.strip()
    seconds = 0.0
    if not rest or len(rest) > 60:  # noqa: PLR2004 - no sensible length is longer
        return None
    while rest:
        part = _PART.match(rest)
        if part is None or part[2] not in _UNITS:
            return None
        seconds += float(part[1]) * _UNITS[part[2]]
        rest = rest[part.end() :]
    if not 0 < seconds <= _LONGEST.total_seconds():
        return None
    return timedelta(seconds=seconds)


def read_moment(text: str) -> datetime | timedelta | None:
    """Return a moment: ``3 days ago``, ``in 2 hours``, ``now`` or ISO 8601.

    What is relative is answered as a length of time, to be added to "now".
    """
    plain = " ".join(text.split())
    if plain == "now":
        return timedelta(0)
    if ago := _AGO.fullmatch(plain):
        length = read_duration(ago[1])
        return -length if length else None
    if ahead := _AHEAD.fullmatch(plain):
        return read_duration(ahead[1])
    try:
        moment = datetime.fromisoformat(plain)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration_text(length: timedelta) -> str:
    """Return a length of time in the largest unit that is whole."""
    seconds = length.total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit[:-1] if count == 1 else unit}"
    return f"{seconds:g} seconds"
