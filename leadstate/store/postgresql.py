"""How PostgreSQL writes what every database writes in its own way.

No store opens on it yet: the tests prepare every statement with this, so that what is
written for SQLite stays in a language that both understand.  Documents are ``json``,
which keeps numbers and escapes as they were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles

from leadstate.guards.sql import constructs
from leadstate.store import portable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.functions import FunctionElement

    Element = FunctionElement[Any]

__all__ = ["WRITTEN", "learn"]

WRITTEN: Mapping[type[Element], str] = {
    constructs.EndOf: "right({0}, {1})",
    # Alone, greatest() would leave out a NULL.
    constructs.Greater: "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL "
    "THEN greatest({0}, {1}) END",
    constructs.HasTag: "EXISTS (SELECT 1 FROM json_array_elements_text("
    "CASE json_typeof({0} -> {1}) WHEN 'array' THEN {0} -> {1} ELSE '[]' END) "
    "AS held (value) WHERE held.value = {2})",
    constructs.JsonKind: "CASE json_typeof({0} -> {1}) WHEN 'string' THEN 'text' "
    "WHEN 'boolean' THEN {0} ->> {1} WHEN 'number' THEN "
    "CASE WHEN {0} ->> {1} ~ '[.eE]' THEN 'real' ELSE 'integer' END "
    "ELSE json_typeof({0} -> {1}) END",
    # Conditions are not met in the order in which they are written.
    constructs.JsonNumber: "CASE json_typeof({0} -> {1}) WHEN 'number' "
    "THEN CAST({0} ->> {1} AS DOUBLE PRECISION) END",
    constructs.Lesser: "least({0}, {1})",
    constructs.One: "CAST({0} AS INTEGER)",
    constructs.PlaceOf: "strpos({0}, {1})",
    portable.Among: "{0} = ANY ({1})",
    portable.Gathered: "array_agg({0})",
    portable.LastId: "pg_sequence_last_value(pg_get_serial_sequence({0}, 'id'))",
    portable.Lasts: "EXISTS (SELECT 1 FROM json_array_elements({0}) AS pause (value) "
    "WHERE pause.value ->> 1 IS NULL)",
    portable.Listed: "(SELECT unnest({0}) AS value)",
    portable.NextIds: "(SELECT nextval(pg_get_serial_sequence({1}, 'id')) AS id "
    "FROM generate_series(1, {2}))",
    portable.Path: "string_agg({0}, {1} ORDER BY {2})",
    portable.Unindexed: "{0}",
    portable.Without: "CAST(CAST({0} AS JSONB) - {1} AS JSON)",
}


def _written(element: Element, compiler: SQLCompiler, **kw: Any) -> str:
    parts = [compiler.process(clause, **kw) for clause in element.clauses]
    return WRITTEN[type(element)].format(*parts)


def learn() -> None:
    """Let SQLAlchemy write every construct for PostgreSQL."""
    for construct in WRITTEN:
        compiles(construct, "postgresql")(_written)
