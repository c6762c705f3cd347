"""Read business hours: weekdays, hours, holidays, and the time zone they count in."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from leadstate.domain.sla import Calendar

from .draft import MOST_STAGES
from .keys import CALENDAR
from .nodes import ListNode, TextNode
from .problems import shown
from .reading import open_mapping

if TYPE_CHECKING:
    from .draft import Draft
    from .nodes import Located
    from .reading import Reader

__all__ = ["ALWAYS", "always", "read_calendars", "read_zone"]

ALWAYS: Final = "always"
"""The calendar that counts day and night; it need not be declared."""

_DAY: Final = 24 * 60
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2}) *- *(\d{1,2}):(\d{2})")
_REGION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SAMPLE: Final = "Write 24-hour times: 09:00-12:30, the earlier one first."

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


def read_calendars(draft: Draft) -> None:
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
        closed=tuple(day for day in _dates(reader) if day),
        extra=_extra(reader),
    )


def always(zone: str) -> Calendar:
    """Return the calendar that counts day and night."""
    hours = dict.fromkeys(range(7), ((0, _DAY),))
    return Calendar(name=ALWAYS, timezone=zone, hours=hours)


def _week(reader: Reader) -> dict[int, _Ranges]:
    week: dict[int, _Ranges] = {}
    for key, node in reader.entries("hours"):
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
    if reader.has("hours") and not reader.entries("hours"):
        reader.problems.error(
            "LS115",
            reader.at("hours"),
            f"{reader.name} is never open",
            hint="Write `mon-fri: [09:00-18:00]`.",
        )
    return dict(sorted(week.items()))


def _weekdays(text: str) -> list[int]:
    first, _, last = (part.strip() for part in text.partition("-"))
    last = last or first
    if first not in _DAYS or last not in _DAYS:
        return []
    start, end = _DAYS.index(first), _DAYS.index(last)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _ranges(reader: Reader, node: Located) -> _Ranges:
    items = node.items if isinstance(node, ListNode) else [node]
    found = [(item, _range(reader, item)) for item in items]
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


def _range(reader: Reader, node: Located) -> tuple[int, int] | None:
    text = node.value if isinstance(node, TextNode) else ""
    match = _HOURS.fullmatch(text)
    if match:
        hours = [int(part) for part in match.groups()]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if start < end <= _DAY and hours[1] < 60 and hours[3] < 60:  # noqa: PLR2004
            return start, end
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
    if node is None or _REGION.fullmatch(node.value):
        return node.value if node else None
    reader.problems.error(
        "LS116",
        node.mark,
        f"{reader.name} has the holidays of {shown(node.value)}",
        why="which is not a code of a country or region",
        hint="Write a code such as DE, DE-BE or US-CA.",
    )
    return None


def _extra(reader: Reader) -> dict[date, _Ranges]:
    days = [(_date(reader, key), node) for key, node in reader.entries("extra")]
    return {day: _ranges(reader, node) for day, node in days if day}


def _dates(reader: Reader) -> list[date | None]:
    return [_date(reader, node) for node in reader.items("closed")]


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
