"""What the store needs and databases write in their own way, one name an idea.

Everything else is SQLAlchemy's own.  How each is written stands in `sqlite/dialect.py`
and `postgresql.py`, beside what `leadstate.guards.sql.constructs` names; every
statement that the tests run is prepared on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Integer,
    Text,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.functions import FunctionElement

from leadstate.guards.sql.constructs import json_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from sqlalchemy import (
        ColumnElement,
        Select,
        Table,
        TableValuedAlias,
    )
    from sqlalchemy.sql.operators import OperatorType
    from sqlalchemy.types import TypeEngine

__all__ = [
    "Among",
    "Gathered",
    "LastId",
    "Lasts",
    "Listed",
    "NextIds",
    "Path",
    "Unindexed",
    "Without",
    "among",
    "any_true",
    "insert",
    "listed",
    "next_ids",
    "without",
]

# `insert` is PostgreSQL's: its ON CONFLICT is SQLite's too, and compiles for both.
_TEXTS = JSON().with_variant(ARRAY(Text()), "postgresql")
_NUMBERS = JSON().with_variant(ARRAY(BigInteger()), "postgresql")


# -- many values as one parameter ------------------------------------------------------


class Listed(FunctionElement[object]):
    """A list as a table with the column ``value``."""

    name = "listed"
    inherit_cache = True


def listed(
    values: Iterable[str | int], kind: TypeEngine[Any] | None = None
) -> TableValuedAlias:
    """Return the values as a table with the column ``value``, as one parameter.

    Args:
        kind: The type of the column that they are held against; None means texts.
    """
    return Listed(_one_parameter(values, kind)).table_valued("value")


class Among(FunctionElement[bool]):
    """Whether a column's value is one of a list's."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(
        self,
        against: OperatorType | None = None,  # noqa: ARG002 - as declared there
    ) -> Self:
        """Return the condition as it is: held against 1, no index would serve it."""
        return self


def among(
    column: ColumnElement[str] | ColumnElement[int], values: Iterable[str | int]
) -> ColumnElement[bool]:
    """Return ``column IN values`` as one parameter: one plan for any number."""
    return Among(column, _one_parameter(values, column.type))


def _one_parameter(
    values: Iterable[str | int], kind: TypeEngine[Any] | None
) -> ColumnElement[Any]:
    return literal(list(values), _NUMBERS if isinstance(kind, Integer) else _TEXTS)


class Gathered(FunctionElement[Any]):
    """All numbers of a column as one list: a row at a time would cost the most."""

    name = "gathered"
    type = _NUMBERS
    inherit_cache = True


# -- what stands in a document ---------------------------------------------------------


class Lasts(FunctionElement[bool]):
    """Whether one of a clock's stored pauses has no end."""

    name = "lasts"
    type = Boolean()
    inherit_cache = True


class Without(FunctionElement[object]):
    """A JSON object without one of its values."""

    name = "without"
    type = JSON()
    inherit_cache = True


def without(document: ColumnElement[object], name: str) -> ColumnElement[object]:
    """Return a JSON object without the value of this name."""
    return Without(document, json_key(name))


# -- texts and numbers -----------------------------------------------------------------


class Path(FunctionElement[str]):
    """Texts of a group as one text: each, what is put between, and their order."""

    name = "path"
    type = Text()
    inherit_cache = True


class Unindexed(FunctionElement[str]):
    """A column, in a form that no index is looked up by where that would lose."""

    name = "unindexed"
    type = Text()
    inherit_cache = True


def any_true(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether a condition holds for any row of a group."""
    return func.max(case((condition, 1), else_=0)) == 1


# -- numbers that count up -------------------------------------------------------------


class LastId(FunctionElement[int]):
    """The last id that a table of this name ever gave; NULL when it gave none."""

    name = "last_id"
    type = BigInteger()
    inherit_cache = True


class NextIds(FunctionElement[int]):
    """The next so many ids of a table, as a table with the column ``id``.

    Its arguments are the greatest id, the table's name, and how many.
    """

    name = "next_ids"
    type = BigInteger()
    inherit_cache = True


def next_ids(table: Table, number: int) -> Select[int]:
    """Return the query of the ids that the table would give next, in order."""
    last = select(func.max(table.c.id)).scalar_subquery()
    asked = NextIds(last, literal(table.name), literal(number)).table_valued("id")
    return select(asked.c.id).order_by(asked.c.id)
