"""What every repository shares: a connection, and rows made into dataclasses."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import and_, exists, or_, select

from leadstate.store.bulk import execute_many
from leadstate.store.columns import constant
from leadstate.store.portable import Unindexed
from leadstate.store.schema import history, record, workflow_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, Executable, FromClause, Select
    from sqlalchemy.sql.dml import UpdateBase

__all__ = ["Repository", "columns_of"]

T = TypeVar("T")


class Repository:
    """One table's reads and writes inside one transaction.

    Of a workflow it finds what is that workflow's, and what it keeps is the workflow's;
    of none ("") it finds everything.
    """

    __slots__ = ("_connection", "_workflow")

    def __init__(self, connection: Connection, workflow: str = "") -> None:
        self._connection = connection
        self._workflow = workflow

    def _own(self, table: FromClause) -> tuple[ColumnElement[bool], ...]:
        """Return the condition that a row is the workflow's; none where any is."""
        if not self._workflow:
            return ()
        if "workflow" in table.c:
            return (table.c.workflow == self._workflow,)
        # Where there is one workflow only, no row is looked up for it.
        mine = ~self._others() | table.c.record_id.in_(self._records())
        if table is not history:
            return (mine,)
        return (or_(and_(table.c.record_id.is_not(None), mine), self._installation()),)

    def _own_in_order(self) -> tuple[ColumnElement[bool], ...]:
        """Return the same of records that are read in the order of their ids.

        The index by workflow would have all of them sorted, for every page anew.
        """
        if not self._workflow:
            return ()
        return (Unindexed(record.c.workflow) == self._workflow,)

    def _whose(self, record_id: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
        """Yield the same, asked of a record's id, where there are several workflows.

        Where there is one, reports keep to indexes that hold no record's id.  The
        transaction has to be a snapshot: whether there are others is asked apart.
        """
        if self._workflow and self._connection.scalar(select(self._others())):
            yield record_id.in_(self._records())

    def _records(self) -> Select[str]:
        return select(record.c.id).where(record.c.workflow == self._workflow)

    def _others(self) -> ColumnElement[bool]:
        """Return whether there are records of another workflow; two index lookups."""
        return exists().where(record.c.workflow < self._workflow) | exists().where(
            record.c.workflow > self._workflow
        )

    def _installation(self) -> ColumnElement[bool]:
        """Return what history tells of the installation, and of no other workflow."""
        version = history.c.workflow_version
        its_own = select(workflow_version.c.version).where(
            workflow_version.c.name == self._workflow
        )
        told = or_(version == constant(""), version.in_(its_own))
        return and_(history.c.record_id.is_(None), told)

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
