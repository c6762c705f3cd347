"""What a condition needs and databases write in their own way, one class an idea.

Nothing here knows a database: how each is written stands in the dialect file of the
store that the statement is run on, and a database without one refuses to compile it.
The first argument of those on JSON is the object, the second the name of a value in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Float, Integer, String, literal
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import BindParameter

__all__ = [
    "EndOf",
    "Greater",
    "HasTag",
    "JsonKind",
    "JsonNumber",
    "Lesser",
    "One",
    "PlaceOf",
    "json_key",
]


def json_key(name: str) -> BindParameter[object]:
    """Return the name of a value in a JSON object, as a parameter."""
    return literal(name, JSON.JSONIndexType())


class JsonKind(FunctionElement[str]):
    """How a value is written: text, integer, real, true, false, array, object or null.

    NULL where the object does not have it.
    """

    name = "json_kind"
    type = String()
    inherit_cache = True


class JsonNumber(FunctionElement[float]):
    """A value as a number, given that it is one."""

    name = "json_number"
    type = Float()
    inherit_cache = True


class HasTag(FunctionElement[bool]):
    """Whether a list in a JSON object has a text, the third argument, in it."""

    name = "has_tag"
    type = Boolean()
    inherit_cache = True


class One(FunctionElement[int]):
    """1 where a condition holds and 0 where it does not."""

    name = "one"
    type = Integer()
    inherit_cache = True


class PlaceOf(FunctionElement[int]):
    """Where in a text another one begins, to the letter, from 1; 0 for nowhere."""

    name = "place_of"
    type = Integer()
    inherit_cache = True


class EndOf(FunctionElement[str]):
    """The last so many letters of a text."""

    name = "end_of"
    type = String()
    inherit_cache = True


class Lesser(FunctionElement[float]):
    """The smaller of two numbers, neither of them NULL."""

    name = "lesser"
    type = Float()
    inherit_cache = True


class Greater(FunctionElement[Any]):
    """The greater of two numbers or moments; NULL when one of them is."""

    name = "greater"
    type = Integer()
    inherit_cache = True
