"""How SQLite writes what every database writes in its own way; its engines learn it.

Documents are JSON as text, and so are lists; booleans are 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators

from leadstate.guards.sql import constructs
from leadstate.store import portable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.functions import FunctionElement

    Element = FunctionElement[Any]

__all__ = ["WRITTEN", "learn"]

WRITTEN: Mapping[type[Element], str] = {
    constructs.EndOf: "substr({0}, -{1})",
    # Of two arguments SQLite's max is the greater one, and NULL when one is NULL.
    constructs.Greater: "max({0}, {1})",
    constructs.HasTag: "EXISTS (SELECT 1 FROM json_each({0}, {1}) AS held "
    "WHERE held.value = {2})",
    constructs.JsonKind: "json_type({0}, {1})",
    constructs.JsonNumber: "json_extract({0}, {1})",
    constructs.Lesser: "min({0}, {1})",
    constructs.PlaceOf: "instr({0}, {1})",
    portable.Among: "{0} IN (SELECT value FROM json_each({1}))",
    portable.Gathered: "json_group_array({0})",
    portable.LastId: "(SELECT seq FROM sqlite_sequence WHERE name = {0})",
    portable.Lasts: "EXISTS (SELECT 1 FROM json_each({0}) AS pause "
    "WHERE json_extract(pause.value, '$[1]') IS NULL)",
    portable.Listed: "json_each({0})",
    portable.NextIds: "(WITH RECURSIVE reserved (id) AS (SELECT 1 + max("
    "coalesce({0}, 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = {1}), 0))"
    " UNION ALL SELECT id + 1 FROM reserved LIMIT {2}) SELECT id FROM reserved)",
    # In the order of the index that is read; the third argument says it elsewhere.
    portable.Path: "group_concat({0}, {1})",
    portable.Unindexed: "+{0}",
    portable.Without: "json_remove({0}, {1})",
}


def _written(element: Element, compiler: SQLCompiler, **kw: Any) -> str:
    parts = [compiler.process(clause, **kw) for clause in element.clauses]
    return WRITTEN[type(element)].format(*parts)


def _one(element: Element, compiler: SQLCompiler, **kw: Any) -> str:
    # A CASE would say it too, and take more of SQLite's small parser stack.
    [condition] = element.clauses
    return compiler.process(condition.self_group(against=operators.add), **kw)


def learn() -> None:
    """Let SQLAlchemy write every construct for SQLite."""
    for construct in WRITTEN:
        compiles(construct, "sqlite")(_written)
    compiles(constructs.One, "sqlite")(_one)
