"""Read business hours: weekdays, hours, holidays, and the time zone they count in.

What each of them means is `leadstate.hours`' business.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from leadstate.domain.sla import Calendar
from leadstate.hours import known_regions

from .draft import MOST_STAGES
from .keys import CALENDAR
from .nodes import ListNode, TextNode
from .problems import shown
from .reader import open_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .draft import LifecycleDraft
    from .nodes import Located
    from .reader import Reader

__all__ = ["ALWAYS", "always", "read_calendars", "read_zone"]

ALWAYS: Final = "always"
"""The calendar that counts day and night; it need not be declared."""

_DAY: Final = 24 * 60
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2}) *- *(\d{1,2}):(\d{2})")
_REGION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SAMPLE: Final = (
    "Write 24-hour times: 09:00-12:30, or 22:00-06:00 for a shift into the next day."
)
_REGIONS: Final = "Write a code such as DE, DE-BE or US-CA."

_Ranges = tuple[tuple[int, int], ...]


def read_zone(reader: Reader, otherwise: str) -> str:
    """Return an IANA time zone; a wrong one is reported, and replaced."""
    node = reader.text_node("timezone")
    if node is None:
        return otherwise
    if node.value in _zones():
        return node.value
    reader.problems.error(
        "LS114",
        node.mark,
        f"{reader.name} has the time zone {shown(node.value)}",
        why="which is unknown",
        hint=reader.problems.known(node.value, sorted(_zones())).split(" Known:")[0]
        + " Use a name like Europe/Berlin.",
    )
    return otherwise


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_calendars(draft: LifecycleDraft) -> None:
    """Read every calendar."""
    for name, node in draft.reader.named("calendars", MOST_STAGES):
        title = f"calendar {shown(name.value)}"
        reader = open_mapping(node, CALENDAR, draft.problems, title)
        if reader is not None:
            draft.calendars[name.value] = _calendar(name.value, reader, draft.timezone)


def _calendar(name: str, reader: Reader, zone: str) -> Calendar:
    return Calendar(
        name=name,
        timezone=read_zone(reader, zone),
        hours=_week(reader),
        holidays=_holidays(reader),
        extra=(extra := _extra(reader)),
        closed=_closed(reader, extra),
    )


def always(zone: str) -> Calendar:
    """Return the calendar that counts day and night."""
    hours = dict.fromkeys(range(7), ((0, _DAY),))
    return Calendar(name=ALWAYS, timezone=zone, hours=hours)


def _week(reader: Reader) -> dict[int, _Ranges]:
    week: dict[int, _Ranges] = {}
    entries = reader.entries("hours")
    for key, node in entries:
        days = _weekdays(key.value)
        twice = [_DAYS[day] for day in days if day in week]
        if not days or twice:
            reader.problems.error(
                "LS115",
                key.mark,
                f"{reader.name} has hours for {shown(key.value)}",
                why=f"and {twice[0]} already has hours"
                if twice
                else "which is neither a weekday nor a range of weekdays",
                hint=f"Write days such as mon, or mon-fri: {', '.join(_DAYS)}.",
            )
        ranges = _ranges(reader, node)
        week.update({day: ranges for day in days if day not in week and ranges})
    if reader.has("hours") and not any(_items(node) for _, node in entries):
        reader.problems.error(
            "LS115",
            reader.at("hours"),
            f"{reader.name} is never open",
            hint="Write `mon-fri: [09:00-18:00]`.",
        )
    _check_nights(reader, week)
    return dict(sorted(week.items()))


def _check_nights(reader: Reader, week: dict[int, _Ranges]) -> None:
    """Report the first shift that ends after the next day's hours have begun."""
    for day, ranges in sorted(week.items()):
        after = (day + 1) % 7
        if after in week and ranges[-1][1] - _DAY > week[after][0][0]:
            reader.problems.error(
                "LS115",
                reader.at("hours"),
                f"{reader.name}: the hours of {_DAYS[day]} run into those of"
                f" {_DAYS[after]}",
                hint="Write each hour once, under the day on which its shift begins.",
            )
            return


def _weekdays(text: str) -> list[int]:
    first, _, last = (part.strip() for part in text.partition("-"))
    last = last or first
    if first not in _DAYS or last not in _DAYS:
        return []
    start, end = _DAYS.index(first), _DAYS.index(last)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _ranges(reader: Reader, node: Located) -> _Ranges:
    found = [(item, _range(reader, item)) for item in _items(node)]
    good = sorted(
        ((span, item) for item, span in found if span), key=lambda one: one[0]
    )
    for (before, _), (after, item) in pairwise(good):
        if after[0] < before[1]:
            reader.problems.error(
                "LS115",
                item.mark,
                f"{reader.name}: hours overlap",
                hint="Write each hour of a day once.",
            )
    return tuple(span for span, _ in good)


def _items(node: Located) -> Sequence[Located]:
    return node.items if isinstance(node, ListNode) else [node]


def _range(reader: Reader, node: Located) -> tuple[int, int] | None:
    text = node.value if isinstance(node, TextNode) else ""
    match = _HOURS.fullmatch(text)
    if match:
        hours = [int(part) for part in match.groups()]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        minutes = hours[1] < 60 and hours[3] < 60  # noqa: PLR2004
        if start < _DAY and end <= _DAY and minutes:
            return start, end if start < end else end + _DAY
    reader.problems.error(
        "LS115",
        node.mark,
        f"{reader.name} is open at {shown(text)}",
        why="which is not a range of hours",
        hint=_SAMPLE,
    )
    return None


def _holidays(reader: Reader) -> str | None:
    node = reader.text_node("holidays")
    if node is None or node.value in known_regions():
        return node.value if node else None
    why, hint = "which is not a code of a country or region", _REGIONS
    if _REGION.fullmatch(node.value):
        why, hint = "which are not known", _meant(reader, node.value)
    reader.problems.error(
        "LS116",
        node.mark,
        f"{reader.name} has the holidays of {shown(node.value)}",
        why=why,
        hint=hint,
    )
    return None


def _meant(reader: Reader, code: str) -> str:
    """Return which region was meant: one of the country, or else a country."""
    country = code[:2]
    inside = [one for one in known_regions() if one[:2] == country]
    countries = [one for one in known_regions() if "-" not in one]
    return reader.problems.known(code, sorted(inside or countries))


def _extra(reader: Reader) -> dict[date, _Ranges]:
    days = [(_date(reader, key), node) for key, node in reader.entries("extra")]
    return {day: _ranges(reader, node) for day, node in days if day}


def _closed(reader: Reader, extra: dict[date, _Ranges]) -> tuple[date, ...]:
    closed: list[date] = []
    for node in reader.items("closed"):
        day = _date(reader, node)
        if day in extra:
            reader.problems.error(
                "LS118",
                node.mark,
                f"{reader.name} has {shown(str(day))} under 'closed' and under 'extra'",
                hint="Keep one of them.",
            )
        elif day:
            closed.append(day)
    return tuple(closed)


def _date(reader: Reader, node: Located) -> date | None:
    text = node.value if isinstance(node, TextNode) else ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        reader.problems.error(
            "LS116",
            node.mark,
            f"{reader.name} has the date {shown(text)}",
            why="which is not a day of the calendar",
            hint="Write it as 2026-12-24.",
        )
        return None
