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
        own = {"workflow": self._workflow}
        rows = (columns_of(one) | own for one in entries)
        self._many(insert_into(write_ledger), rows)

    def matching(
        self,
        connection: str,
        object: str,  # noqa: A002
        written: Collection[tuple[str, str, str]],
        since: datetime,
    ) -> dict[tuple[str, str, str], set[str]]:
        """Return which ``(external_id, property, value)`` we wrote since ``since``.

        Returns:
            With the workflows that wrote it: what one of them writes is no person's
            edit for any of them.
        """
        columns = write_ledger.c
        told = columns.external_id, columns.property, columns.value, columns.workflow
        query = select(*told).where(
            columns.connection == connection,
            columns.object == object,
            among(columns.external_id, {external_id for external_id, _, _ in written}),
            columns.written_at >= since,
        )
        wanted, found = set(written), dict[tuple[str, str, str], set[str]]()
        for external_id, name, value, workflow in self._connection.execute(query):
            if (external_id, name, value) in wanted:
                found.setdefault((external_id, name, value), set()).add(workflow)
        return found

    def purge(self, before: datetime) -> int:
        """Forget what was written before ``before``."""
        return self._count(
            delete(write_ledger).where(write_ledger.c.written_at < before)
        )
