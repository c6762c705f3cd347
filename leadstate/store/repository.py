"""What every repository shares: a connection, and rows made into dataclasses."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from leadstate.store.bulk import execute_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection, Executable
    from sqlalchemy.sql.dml import UpdateBase

__all__ = ["Repository", "columns_of"]

T = TypeVar("T")


class Repository:
    """One table's reads and writes inside one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _rows(self, make: Callable[..., T], statement: Executable) -> list[T]:
        """Run a query and make each row one ``make(column=value, …)``."""
        found = self._connection.execute(statement)
        names = tuple(found.keys())
        rows = found.all()  # at once: row by row costs a call each
        return [make(**dict(zip(names, row, strict=True))) for row in rows]

    def _row(self, make: Callable[..., T], statement: Executable) -> T | None:
        """Run a query that finds one row or none."""
        return next(iter(self._rows(make, statement)), None)

    def _pairs(self, statement: Executable) -> dict[str, int]:
        """Run a query of ``word, count``."""
        return {
            str(word): int(count) for word, count in self._connection.execute(statement)
        }

    def _many(
        self, statement: UpdateBase, parameters: Iterable[Mapping[str, object]]
    ) -> int:
        """Run a write once a row, in one go; return how many rows it touched.

        The statement is to be a constant: it is compiled when it is first seen.
        """
        prepared = list(parameters)
        if not prepared:
            return 0
        return execute_many(self._connection, statement, prepared).rowcount

    def _count(self, statement: Executable) -> int:
        """Run one write; return how many rows it touched."""
        return self._connection.execute(statement).rowcount


def columns_of(row: Any) -> dict[str, object]:
    """Return a dataclass as column values, one level deep."""
    return {name: getattr(row, name) for name in _names(row.__class__)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
