"""How one database reads the stored JSON objects; the only place that knows.

PostgreSQL is a subclass of `SqliteDialect` that says it with ``jsonb_typeof``,
``->>``, ``strpos``, ``left``, ``right``, ``?`` and ``least``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    String,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

__all__ = ["SqliteDialect"]

_KINDS: dict[type, tuple[str, ...]] = {
    str: ("text",),
    int: ("integer",),
    float: ("real",),
    bool: ("true", "false"),
    frozenset: ("array",),
    date: ("text",),
    datetime: ("text",),
}


class SqliteDialect:
    """SQLite's JSON functions, on JSON stored as text.

    For another database, override every method; the promises are in the sentences.
    """

    def kind_is(
        self, document: ColumnElement[object], name: str, kinds: frozenset[type]
    ) -> ColumnElement[bool]:
        """Return whether the value is stored as one of these Python classes."""
        names = sorted({word for kind in kinds for word in _KINDS[kind]})
        # Never NULL, so that no part of a condition is: counting the parts needs that.
        return func.coalesce(self._kind(document, name), "null").in_(names)

    def text(self, document: ColumnElement[object], name: str) -> ColumnElement[str]:
        """Return the value as text."""
        return func.json_extract(document, _path(name), type_=String)

    def numeric(
        self, document: ColumnElement[object], name: str
    ) -> ColumnElement[float]:
        """Return the value as a number."""
        return func.json_extract(document, _path(name), type_=Float)

    def absent(self, document: ColumnElement[object], name: str) -> ColumnElement[bool]:
        """Return whether there is no value."""
        return func.coalesce(self._kind(document, name), "null") == "null"

    def is_true(
        self, document: ColumnElement[object], name: str
    ) -> ColumnElement[bool]:
        """Return whether the value is true, given that it is a boolean."""
        return self._kind(document, name) == "true"

    def has_tag(
        self, document: ColumnElement[object], name: str, tag: str
    ) -> ColumnElement[bool]:
        """Return whether the tag is in the list."""
        each = func.json_each(document, _path(name)).table_valued("value")
        return exists(select(literal(1)).select_from(each).where(each.c.value == tag))

    def number(self, constant: float) -> ColumnElement[float]:
        """Return the constant, read by the rule by which stored numbers are read."""
        if isinstance(constant, int):
            return literal(constant, BigInteger)
        # SQLite reads decimal text by its own rule, now and then a bit off the nearest
        # float: reading both sides by that rule keeps equal numbers equal.
        return cast(literal(repr(constant), String), Float)

    def one(self, condition: ColumnElement[bool]) -> ColumnElement[int]:
        """Return 1 where the condition holds and 0 where it does not."""
        # A CASE would say it too, and take more of SQLite's small parser stack.
        return type_coerce(condition, Integer)

    def contains(self, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """Return whether ``part`` is in ``text``, to the letter."""
        return func.instr(text, part, type_=Integer) > 0

    def starts(self, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """Return whether ``text`` starts with ``part``, to the letter."""
        return func.substr(text, 1, len(part), type_=String) == part

    def ends(self, text: ColumnElement[str], part: str) -> ColumnElement[bool]:
        """Return whether ``text`` ends with ``part``, to the letter."""
        return func.substr(text, -len(part), type_=String) == part

    def least(
        self, one: ColumnElement[float], other: ColumnElement[float]
    ) -> ColumnElement[float]:
        """Return the smaller of two numbers."""
        return func.min(one, other, type_=Float)

    def _kind(self, document: ColumnElement[object], name: str) -> ColumnElement[str]:
        return func.json_type(document, _path(name), type_=String)


def _path(name: str) -> str:
    return f'$."{name}"'
