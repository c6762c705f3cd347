"""What was told about the past and is not yet part of the history.

It waits here until all of an object's past is there, whatever the order it came in;
making it history takes it away in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, distinct, func, select

from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import PastRow
from leadstate.store.schema import past_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

__all__ = ["PastChanges"]

_STRANGER = ""
_COLUMNS = [column for column in past_change.c if column.name != "workflow"]
_ADD = insert(past_change).on_conflict_do_nothing()


class PastChanges(Repository):
    """One row a change; told twice, it is kept once.

    Workflows that read the same source do so apart: each may still be at it, and what
    is no record of one may be a record of the other.
    """

    __slots__ = ()

    def add(self, rows: Sequence[PastRow]) -> int:
        """Keep changes; return how many were not here yet."""
        mine = {"workflow": self._workflow}
        return self._many(_ADD, (columns_of(row) | mine for row in rows))

    def records(self, source: str, *, limit: int) -> list[str]:
        """Return ids of the first records whose past waits."""
        query = (
            select(past_change.c.record_id)
            .where(*self._told_by(source))
            .where(past_change.c.record_id != _STRANGER)
            .distinct()
            .order_by(past_change.c.record_id)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def of(
        self, source: str, record_ids: Sequence[str]
    ) -> dict[str, tuple[PastRow, ...]]:
        """Return what waits of each of these records, oldest first."""
        query = (
            select(*_COLUMNS)
            .where(*self._told_by(source))
            .where(among(past_change.c.record_id, record_ids))
            .order_by(past_change.c.record_id, past_change.c.at, past_change.c.key)
        )
        found: dict[str, list[PastRow]] = {}
        for row in self._rows(PastRow, query):
            found.setdefault(row.record_id, []).append(row)
        return {record_id: tuple(rows) for record_id, rows in found.items()}

    def count(self, source: str) -> int:
        """Return of how many records some past waits."""
        query = select(func.count(distinct(past_change.c.record_id))).where(
            *self._told_by(source), past_change.c.record_id != _STRANGER
        )
        return self._connection.scalar(query) or 0

    def strangers(self, source: str, *, limit: int) -> tuple[int, list[str]]:
        """Return how many objects without a record were told of, and the first ids."""
        mine = *self._told_by(source), past_change.c.record_id == _STRANGER
        count = self._connection.scalar(
            select(func.count()).select_from(past_change).where(*mine)
        )
        first = select(past_change.c.external_id).where(*mine)
        ids = first.order_by(past_change.c.external_id).limit(limit)
        return count or 0, list(self._connection.scalars(ids))

    def drop(self, source: str, record_ids: Sequence[str]) -> None:
        """Take away what is part of the history now."""
        self._count(
            delete(past_change)
            .where(*self._told_by(source))
            .where(among(past_change.c.record_id, record_ids))
        )

    def clear(self, source: str) -> None:
        """Take away all that a source told."""
        self._count(delete(past_change).where(*self._told_by(source)))

    def _told_by(self, source: str) -> tuple[ColumnElement[bool], ...]:
        return (*self._own(past_change), past_change.c.source == source)
