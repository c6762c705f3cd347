"""Read the record of a scenario: where it stands, what is known, what it did."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadstate.domain.values import FieldType, Unparsable, coerce

from .durations import read_moment
from .keys import GIVEN, UNPARSABLE
from .nodes import ListNode, MapNode, TextNode
from .problems import shown
from .reader import open_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.lifecycle import Field, Lifecycle

    from .nodes import Located
    from .reader import Reader
    from .scenario import GivenValue, Moment

__all__ = ["Given", "read_given"]

_MOMENTS: Final = "Write 2 days ago, in 3 hours, now, or 2026-12-24T09:00."
_FIXED: Final = "Write a day and a time, such as 2026-03-10 13:00."
_DATES: Final = (FieldType.DATE, FieldType.DATETIME)
_PASS: Final = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The record of a scenario, as far as it could be read."""

    reader: Reader
    stage: str
    at: datetime | None = None
    entered: Moment | None = None
    came_from: str | None = None
    pass_number: int = 1
    values: Mapping[str, GivenValue] = field(default_factory=dict)
    events: tuple[tuple[str, Moment], ...] = ()


def read_given(scenario: Reader, lifecycle: Lifecycle) -> Given | None:
    """Return the record of a scenario."""
    node = scenario.get("given")
    title = f"{scenario.name}: 'given'"
    given = open_mapping(node, GIVEN, scenario.problems, title) if node else None
    if given is None:
        return None
    stages, zone = lifecycle.stages, ZoneInfo(lifecycle.timezone)
    return Given(
        reader=given,
        stage=given.reference("stage", "stage", stages, "starts in") or "",
        at=_fixed(given, zone),
        entered=_moment(given, given.node.find("entered"), "entered", zone),
        came_from=given.reference("came_from", "stage", stages, "came from"),
        pass_number=_pass(given),
        values=_values(given, lifecycle),
        events=_events(given, lifecycle, zone),
    )


def _values(given: Reader, lifecycle: Lifecycle) -> dict[str, GivenValue]:
    found: dict[str, GivenValue] = {}
    for key, node in given.node.items():
        if key.value in GIVEN.names:
            continue
        name = given.refer(key, "field", lifecycle.fields, "has")
        if name is not None:
            found[name] = _value(given, lifecycle.fields[name], node)
    return found


def _value(given: Reader, field: Field, node: Located) -> GivenValue:
    match node:
        case MapNode():
            return _unparsable(given, field, node)
        case ListNode():
            texts = [one.value for one in node.items if isinstance(one, TextNode)]
            value = coerce(texts, field.type, field.options)
        case _:
            moment = read_moment(node.value) if field.type in _DATES else None
            if isinstance(moment, timedelta):
                return moment
            value = coerce(node.value, field.type, field.options)
    if isinstance(value, Unparsable):
        raw = node.value if isinstance(node, TextNode) else "a list"
        given.problems.error(
            "LS503",
            node.mark,
            f"{given.name}: {shown(field.name)} is {shown(raw)}",
            why=f"which is no value of type {field.type}",
            hint=f"Mend it, or write {field.name}: {{unparsable: …}} if it is meant.",
        )
    return value


def _unparsable(given: Reader, field: Field, node: MapNode) -> GivenValue:
    title = f"{given.name}: {shown(field.name)}"
    reader = open_mapping(node, UNPARSABLE, given.problems, title)
    text = reader.text("unparsable") if reader else None
    value = coerce(text, field.type, field.options)
    if text is not None and not isinstance(value, Unparsable):
        given.problems.error(
            "LS503",
            node.mark,
            f"{title} is said to be unparsable",
            why=f"and {shown(text)} is a value of type {field.type}",
            hint="Write the value by itself.",
        )
    return value


def _events(
    given: Reader, lifecycle: Lifecycle, zone: ZoneInfo
) -> tuple[tuple[str, Moment], ...]:
    found = []
    known = sorted(lifecycle.event_names)
    for key, node in given.entries("events"):
        name = given.refer(key, "event", known, "has")
        for one in node.items if isinstance(node, ListNode) else [node]:
            moment = _moment(given, one, key.value, zone)
            if name is not None and moment is not None:
                found.append((name, moment))
    return tuple(found)


def _moment(
    reader: Reader, node: Located | None, key: str, zone: ZoneInfo
) -> Moment | None:
    if node is None:
        return None
    text = node.value if isinstance(node, TextNode) else ""
    moment = _local(text, zone) or read_moment(text)
    if moment is None:
        _refuse(reader, node, key, text, _MOMENTS)
    return moment


def _fixed(given: Reader, zone: ZoneInfo) -> datetime | None:
    """Return the moment that is now; one that depends on another is none."""
    node = given.text_node("at")
    if node is None:
        return None
    moment = _local(node.value, zone) or read_moment(node.value)
    if isinstance(moment, datetime):
        return moment
    _refuse(given, node, "at", node.value, _FIXED)
    return None


def _local(text: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment that is written without an offset: a time of the workflow's."""
    try:
        moment = datetime.fromisoformat(" ".join(text.split()))
        return None if moment.tzinfo else moment.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _refuse(reader: Reader, node: Located, key: str, text: str, hint: str) -> None:
    reader.problems.error(
        "LS504",
        node.mark,
        f"{reader.name}: {shown(key)} is at {shown(text)}",
        why="which is not a moment",
        hint=hint,
    )


def _pass(given: Reader) -> int:
    node = given.text_node("pass")
    if node is None or _PASS.fullmatch(node.value):
        return int(node.value) if node else 1
    given.problems.error(
        "LS112",
        node.mark,
        f"{given.name}: 'pass' is {shown(node.value)}",
        why="which is not a whole number above 0",
        hint="Write 2 for the second trip through the funnel.",
    )
    return 1
