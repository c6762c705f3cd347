"""The write ledger: what we wrote into a CRM, so that its echo is known as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from leadstate.store.bulk import insert_into
from leadstate.store.portable import among
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import write_ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadstate.store.rows import LedgerEntry

__all__ = ["Ledger"]


class Ledger(Repository):
    """Our own writes, property by property."""

    __slots__ = ()

    def add(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep what is about to be written."""
        self._many(insert_into(write_ledger), map(columns_of, entries))

    def matching(
        self,
        connection: str,
        object: str,  # noqa: A002
        written: Collection[tuple[str, str, str]],
        since: datetime,
    ) -> set[tuple[str, str, str]]:
        """Return which ``(external_id, property, value)`` we wrote since ``since``."""
        columns = write_ledger.c
        query = select(columns.external_id, columns.property, columns.value).where(
            columns.connection == connection,
            columns.object == object,
            among(columns.external_id, {external_id for external_id, _, _ in written}),
            columns.written_at >= since,
        )
        ours = {(row[0], row[1], row[2]) for row in self._connection.execute(query)}
        return ours & set(written)

    def purge(self, before: datetime) -> int:
        """Forget what was written before ``before``."""
        return self._count(
            delete(write_ledger).where(write_ledger.c.written_at < before)
        )
