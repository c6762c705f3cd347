"""The history: append-only, chained rows with sealed details.  Rows never change."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from leadstate.domain.history import HistoryEntry
from leadstate.store.bulk import insert_into
from leadstate.store.chain import COVERED, FORMAT, GENESIS, digest, lane_of, linked
from leadstate.store.columns import to_micros
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import chain_head, detail, history
from leadstate.store.sealing import Seals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Row, Select

    from leadstate.domain.history import HistoryKind

__all__ = ["Histories"]

_LINKS = {"seq", "id", "lane", "place", "detail", "hash", "format"}
_HEADS = select(chain_head.c.lane, chain_head.c.place, chain_head.c.hash)
_LAST = select(func.max(history.c.seq))
_HEAD = insert(chain_head)
_KEEP_HEAD = _HEAD.on_conflict_do_update(
    index_elements=["lane"],
    set_={"place": _HEAD.excluded.place, "hash": _HEAD.excluded.hash},
)
_ROWS = select(
    history.c.seq,
    history.c.id,
    detail.c.body,
    *(column for column in history.c if column.name not in _LINKS),
).select_from(history.outerjoin(detail, detail.c.history_id == history.c.id))


class Histories(Repository):
    """What happened to every record, and why, in the order of the commits."""

    __slots__ = ()

    def append(self, entries: Sequence[HistoryEntry]) -> list[str]:
        """Keep the entries and their details; return the ids of the rows, in order.

        An entry that is read back has its place in the whole history as ``id``.
        """
        if not entries:
            return []
        ids = [_new_id(entry.learnt_at, place) for place, entry in enumerate(entries)]
        bodies = self._sealed(ids, entries)
        heads = self._heads()
        last = self._connection.scalar(_LAST) or 0
        rows = [
            _chained(entry, id_, last + number, heads, bodies.get(id_))
            for number, (id_, entry) in enumerate(zip(ids, entries, strict=True), 1)
        ]
        self._many(insert_into(history), rows)
        self._many(
            insert_into(detail),
            ({"history_id": id_, "body": body} for id_, body in bodies.items()),
        )
        self._keep_heads(heads, {lane_of(entry.record_id) for entry in entries})
        return ids

    def of(self, record_id: str, limit: int | None = None) -> list[HistoryEntry]:
        """Return a record's entries, oldest first; a limit keeps the newest ones.

        Without a record ("") they are those about the installation.
        """
        query = _ROWS.where(history.c.record_id == (record_id or None))
        return self._newest(query, limit)[::-1]

    def of_many(self, record_ids: Sequence[str]) -> dict[str, list[HistoryEntry]]:
        """Return the entries of each of these records, notes and receipts closed."""
        mine = _ROWS.where(among(history.c.record_id, record_ids))
        found: dict[str, list[HistoryEntry]] = {one: [] for one in record_ids}
        for entry in self._entries(mine.order_by(history.c.seq), details=False):
            found[entry.record_id].append(entry)
        return found

    def last_of_installation(self, kind: HistoryKind) -> HistoryEntry | None:
        """Return the newest entry of a kind about the installation."""
        query = _ROWS.where(history.c.record_id.is_(None), history.c.kind == kind)
        return next(iter(self._newest(query, 1)), None)

    def recent(self, limit: int = 50) -> list[HistoryEntry]:
        """Return the newest entries of all records, newest first."""
        return self._newest(_ROWS.where(*self._own(history)), limit)

    def pages(
        self, *, after: int = 0, size: int = 1_000, details: bool = True
    ) -> Iterator[list[HistoryEntry]]:
        """Yield all entries in the order of the commits, a page at a time.

        Args:
            after: Begin behind this place.
            size: Entries a page.
            details: False leaves notes and receipts closed.
        """
        while page := self._entries(
            _ROWS.where(*self._own(history), history.c.seq > after)
            .order_by(history.c.seq)
            .limit(size),
            details=details,
        ):
            yield page
            after = page[-1].id or after

    def counts(self) -> dict[tuple[str | None, str, str | None], int]:
        """Return how many entries there are by transition, kind and answer."""
        grouped = (history.c.transition, history.c.kind, history.c.answer)
        query = select(*grouped, func.count()).where(*self._own(history))
        query = query.group_by(*grouped)
        return {
            (transition, str(kind), answer): count
            for transition, kind, answer, count in self._connection.execute(query)
        }

    def _newest(
        self, query: Select[*tuple[object, ...]], limit: int | None
    ) -> list[HistoryEntry]:
        return self._entries(query.order_by(history.c.seq.desc()).limit(limit))

    def _entries(
        self, query: Select[*tuple[object, ...]], *, details: bool = True
    ) -> list[HistoryEntry]:
        rows = self._connection.execute(query).all()
        closed = [row for row in rows if details and row.body is not None]
        opened = Seals(self._connection).open(
            [(row.record_id or "", row.id, row.body) for row in closed]
        )
        told = {row.id: one for row, one in zip(closed, opened, strict=True)}
        return [_entry(row, told.get(row.id) or {}) for row in rows]

    # -- the chain ---------------------------------------------------------------------

    def _sealed(
        self, ids: Iterable[str], entries: Iterable[HistoryEntry]
    ) -> dict[str, bytes]:
        told = [
            (entry.record_id, id_, document)
            for id_, entry in zip(ids, entries, strict=True)
            if (document := _document(entry))
        ]
        bodies = Seals(self._connection).seal(told)
        return {id_: body for (_, id_, _), body in zip(told, bodies, strict=True)}

    def _heads(self) -> dict[int, tuple[int, str]]:
        """Return the place and hash of the last row of each lane that has any."""
        return {
            lane: (place, hash_)
            for lane, place, hash_ in self._connection.execute(_HEADS)
        }

    def _keep_heads(
        self, heads: Mapping[int, tuple[int, str]], lanes: Iterable[int]
    ) -> None:
        self._many(
            _KEEP_HEAD,
            (
                {"lane": lane, "place": heads[lane][0], "hash": heads[lane][1]}
                for lane in sorted(lanes)
            ),
        )


def _chained(
    entry: HistoryEntry,
    id_: str,
    seq: int,
    heads: dict[int, tuple[int, str]],
    body: bytes | None,
) -> dict[str, object]:
    """Return an entry as the next row of its lane; ``heads`` go on with it."""
    lane = lane_of(entry.record_id)
    place, before = heads.get(lane, (0, GENESIS))
    row = columns_of(entry) | {"id": id_, "seq": seq, "lane": lane, "place": place + 1}
    del row["note"], row["receipt"]
    row["record_id"] = entry.record_id or None
    row["detail"] = None if body is None else digest(body)
    row["format"] = FORMAT
    row["hash"] = linked(before, [_stored(row[name]) for name in COVERED])
    heads[lane] = place + 1, str(row["hash"])
    return row


def _stored(value: Any) -> object:
    """Return a column's value as the database keeps it."""
    return to_micros(value) if hasattr(value, "tzinfo") else value


def _document(entry: HistoryEntry) -> dict[str, object]:
    """Return what may tell of a person; empty when there is nothing."""
    document: dict[str, object] = {"note": entry.note, "receipt": entry.receipt}
    return {name: told for name, told in document.items() if told}


def _entry(row: Row[*tuple[object, ...]], told: Mapping[str, object]) -> HistoryEntry:
    columns = dict(row._mapping)  # noqa: SLF001 - its documented name
    del columns["id"], columns["body"]
    columns["id"] = columns.pop("seq")
    columns["record_id"] = columns["record_id"] or ""
    return HistoryEntry(
        **columns,
        note=str(told.get("note") or ""),
        receipt=told.get("receipt") or {},  # type: ignore[arg-type]
    )


def _new_id(learnt_at: datetime, place: int) -> str:
    """Return an id that never repeats, and sorts by time and place in the batch."""
    return f"{to_micros(learnt_at):014x}{place:04x}{secrets.token_hex(6)}"
