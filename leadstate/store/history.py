"""The history: append-only rows with their receipts.  Rows are never changed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from leadstate.domain.history import HistoryEntry
from leadstate.store.columns import to_micros
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import history, receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select

__all__ = ["Histories"]

_WITH_RECEIPT = select(
    history.c.seq.label("id"),
    *(column for column in history.c if column.name not in {"seq", "id"}),
    receipt.c.body.label("receipt"),
).select_from(history.outerjoin(receipt, receipt.c.history_id == history.c.id))


class Histories(Repository):
    """What happened to every record, and why, in the order of the commits."""

    __slots__ = ()

    def append(self, entries: Sequence[HistoryEntry]) -> list[str]:
        """Keep the entries and their receipts; return the ids of the rows, in order.

        An entry that is read back has its place in the whole history as ``id``.
        """
        ids = [_new_id(entry.learnt_at, place) for place, entry in enumerate(entries)]
        rows = [
            columns_of(entry) | {"id": id_}
            for id_, entry in zip(ids, entries, strict=True)
        ]
        bodies = [
            {"history_id": row["id"], "body": body}
            for row in rows
            if (body := row.pop("receipt"))
        ]
        self._many(insert(history), rows)
        self._many(insert(receipt), bodies)
        return ids

    def of(self, record_id: str, limit: int | None = None) -> list[HistoryEntry]:
        """Return a record's entries, oldest first; a limit keeps the newest ones."""
        query = _WITH_RECEIPT.where(history.c.record_id == record_id)
        return self._newest(query, limit)[::-1]

    def recent(self, limit: int = 50) -> list[HistoryEntry]:
        """Return the newest entries of all records, newest first."""
        return self._newest(_WITH_RECEIPT, limit)

    def last_receipt(self, record_id: str) -> Mapping[str, object] | None:
        """Return the newest receipt of a record, or None when it has none."""
        query = (
            select(receipt.c.body)
            .join(history, receipt.c.history_id == history.c.id)
            .where(history.c.record_id == record_id)
            .order_by(history.c.seq.desc())
            .limit(1)
        )
        body: Mapping[str, object] | None = self._connection.scalar(query)
        return body

    def counts(self) -> dict[tuple[str | None, str, str | None], int]:
        """Return how many entries there are by transition, kind and answer."""
        grouped = (history.c.transition, history.c.kind, history.c.answer)
        query = select(*grouped, func.count()).group_by(*grouped)
        return {
            (transition, str(kind), answer): count
            for transition, kind, answer, count in self._connection.execute(query)
        }

    def _newest(
        self, query: Select[*tuple[object, ...]], limit: int | None
    ) -> list[HistoryEntry]:
        return self._rows(_entry, query.order_by(history.c.seq.desc()).limit(limit))


def _entry(*, receipt: Mapping[str, object] | None, **columns: object) -> HistoryEntry:
    return HistoryEntry(receipt=receipt or {}, **columns)  # type: ignore[arg-type]


def _new_id(learnt_at: datetime, place: int) -> str:
    """Return an id that never repeats, and sorts by time and place in the batch."""
    return f"{to_micros(learnt_at):014x}{place:04x}{secrets.token_hex(6)}"
