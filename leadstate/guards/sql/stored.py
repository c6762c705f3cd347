"""How values are read out of a stored JSON object, and never give NULL where asked.

What databases write in their own way is in `leadstate.guards.sql.constructs`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Float, Integer, String, cast, func, literal

from leadstate.guards.sql.constructs import EndOf, HasTag, JsonKind, PlaceOf, json_key

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

__all__ = [
    "absent",
    "contains",
    "ends",
    "has_tag",
    "is_true",
    "kind_is",
    "number",
    "starts",
    "text",
]

_KINDS: dict[type, tuple[str, ...]] = {
    str: ("text",),
    int: ("integer",),
    float: ("real",),
    bool: ("true", "false"),
    frozenset: ("array",),
    date: ("text",),
    datetime: ("text",),
}


def kind_is(
    document: ColumnElement[object], name: str, kinds: frozenset[type]
) -> ColumnElement[bool]:
    """Return whether the value is stored as one of these Python classes."""
    names = sorted({word for kind in kinds for word in _KINDS[kind]})
    return _kind(document, name).in_(names)


def text(document: ColumnElement[object], name: str) -> ColumnElement[str]:
    """Return the value as text."""
    found: ColumnElement[str] = document[name].as_string()
    return found


def absent(document: ColumnElement[object], name: str) -> ColumnElement[bool]:
    """Return whether there is no value."""
    return _kind(document, name) == "null"


def is_true(document: ColumnElement[object], name: str) -> ColumnElement[bool]:
    """Return whether the value is true, given that it is a boolean."""
    return JsonKind(document, json_key(name)) == "true"


def has_tag(
    document: ColumnElement[object], name: str, tag: str
) -> ColumnElement[bool]:
    """Return whether the tag is in the list."""
    return HasTag(document, json_key(name), literal(tag))


def number(constant: float) -> ColumnElement[float]:
    """Return the constant, read by the rule by which stored numbers are read."""
    if isinstance(constant, int):
        return literal(constant, BigInteger)
    # SQLite reads decimal text by its own rule, now and then a bit off the nearest
    # float: reading both sides by that rule keeps equal numbers equal.
    return cast(literal(repr(constant), String), Float)


def contains(held: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Return whether ``part`` is in a text, to the letter."""
    return PlaceOf(held, literal(part)) > 0


def starts(held: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Return whether a text starts with ``part``, to the letter."""
    return func.substr(held, 1, len(part), type_=String) == part


def ends(held: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Return whether a text ends with ``part``, to the letter."""
    return EndOf(held, literal(len(part), Integer)) == part


def _kind(document: ColumnElement[object], name: str) -> ColumnElement[str]:
    """Return how a value is written, never NULL: counting the parts needs that."""
    return func.coalesce(JsonKind(document, json_key(name)), "null")
