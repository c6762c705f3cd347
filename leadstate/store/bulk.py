"""One write for many rows: compiled once a connection, and bound row by row.

SQLAlchemy works out anew for every row what its statement has shown already: which
value stands where, and how its type is bound.  A record that moves writes ten rows, so
that costs a tenth of its time.  Here it is worked out once; the driver gets the same
text and the same values.
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Dialect, Insert, Table
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.dml import UpdateBase

    Row = Mapping[str, object]
    Bind = Callable[[Any], object]

__all__ = ["COMPILED", "execute_many", "insert_into"]

COMPILED: Final = "compiled"
"""The execution option under which listeners find the compiled statement."""

_PREPARED: Final = "prepared"
_KEPT = 256
"""Statements kept a connection; they are constants, of which there are far fewer."""


@cache
def insert_into(table: Table) -> Insert:
    """Return the plain insert of a table, always the same one."""
    return insert(table)


def execute_many(
    connection: Connection, statement: UpdateBase, rows: Sequence[Row]
) -> CursorResult[Any]:
    """Run a write once a row, in one go.

    Args:
        connection: Inside a transaction.
        statement: A constant, or it is compiled anew each time.
        rows: Parameter -> value, each with the same names; at least one.
    """
    prepared = _prepared(connection, statement, tuple(rows[0]))
    if prepared is None:
        return connection.execute(statement, rows)
    try:
        bound = [prepared.bound(row) for row in rows]
    except (KeyError, TypeError, ValueError):
        return connection.execute(statement, rows)  # says in words what is wrong
    return connection.exec_driver_sql(
        prepared.text, bound, execution_options={COMPILED: prepared.compiled}
    )


def _prepared(
    connection: Connection, statement: UpdateBase, names: tuple[str, ...]
) -> _Prepared | None:
    known = connection.info.setdefault(_PREPARED, {})
    key = statement, names
    if key not in known:
        if len(known) >= _KEPT:
            known.clear()
        known[key] = _prepare(statement, names, connection.dialect)
    found: _Prepared | None = known[key]
    return found


def _prepare(
    statement: UpdateBase, names: tuple[str, ...], dialect: Dialect
) -> _Prepared | None:
    """Return the statement ready for rows; None where it is SQLAlchemy's to run."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    if not compiled.positiontup:
        return None  # this driver takes its values by name
    by_statement = (
        compiled.insert_prefetch,
        compiled.update_prefetch,
        compiled.post_compile_params,
        compiled.literal_execute_params,
    )
    return None if any(by_statement) else _Prepared(compiled, names, dialect)


class _Prepared:
    """A statement with the order of its values, and how each is bound."""

    __slots__ = ("_binds", "_fixed", "_values", "compiled", "text")

    def __init__(
        self, compiled: SQLCompiler, names: tuple[str, ...], dialect: Dialect
    ) -> None:
        places = compiled.positiontup or []
        self.compiled = compiled
        self.text = str(compiled)
        self._fixed = {
            name: compiled.binds[name].effective_value
            for name in places
            if name not in names
        }
        self._values = itemgetter(*places, places[0])  # one alone would be no tuple
        self._binds = [
            (place, bind)
            for place, name in enumerate(places)
            if (bind := _bind(compiled, name, dialect)) is not None
        ]

    def bound(self, row: Row) -> tuple[object, ...]:
        """Return a row's values in the order of the statement, as the driver's."""
        values = list(self._values({**row, **self._fixed} if self._fixed else row))
        values.pop()
        for place, bind in self._binds:
            values[place] = bind(values[place])
        return tuple(values)


def _bind(compiled: SQLCompiler, name: str, dialect: Dialect) -> Bind | None:
    kind = compiled.binds[name].type
    return kind.dialect_impl(dialect).bind_processor(dialect)
