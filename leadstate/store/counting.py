"""The visits as the history tells them, ready to be held against the kept ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from leadstate.domain.history import HistoryEntry
from leadstate.domain.stays import BEGINNING, ENDING, visits_of
from leadstate.store.portable import among
from leadstate.store.schema import history, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

__all__ = ["Count", "counted", "kept"]

Columns = dict[str, object]

_ABOUT_STAYS = tuple(str(kind) for kind in sorted(BEGINNING | ENDING))
_NEEDED = (
    "kind", "cause", "happened_at", "learnt_at", "from_stage", "to_stage",
    "pass_number", "workflow_version",
)  # fmt: skip
_ROWS = select(
    history.c.record_id,
    history.c.seq,
    history.c.id.label("row"),
    *(history.c[name] for name in _NEEDED),
).where(history.c.kind.in_(_ABOUT_STAYS))
_KEPT = select(*(column for column in visit.c if column.name != "id"))


@dataclass(frozen=True, slots=True)
class Count:
    """One counted visit: its columns, and the history rows that say that it began."""

    columns: Columns
    rows: tuple[str, ...]


def counted(
    connection: Connection, record_ids: Sequence[str], resting: Collection[str]
) -> dict[str, list[Count]]:
    """Return the visits of each record as its history tells them; owners are left out.

    Args:
        connection: Where to read.
        record_ids: Whose visits.
        resting: The parked and closed stages (see `visits_of`).
    """
    found = connection.execute(_ROWS.where(among(history.c.record_id, record_ids)))
    entries: dict[str, list[HistoryEntry]] = {one: [] for one in record_ids}
    names: dict[int, str] = {}
    for record_id, seq, row, *told in found:
        names[seq] = row
        facts = dict(zip(_NEEDED, told, strict=True))
        entry = HistoryEntry(id=seq, record_id=record_id, actor="", **facts)
        entries[record_id].append(entry)
    return {
        record_id: _counts(record_id, rows, names, resting)
        for record_id, rows in entries.items()
    }


def kept(connection: Connection, record_ids: Sequence[str]) -> dict[str, list[Columns]]:
    """Return the visits of each record as they are kept, oldest first."""
    query = _KEPT.where(among(visit.c.record_id, record_ids)).order_by(visit.c.id)
    found: dict[str, list[Columns]] = {one: [] for one in record_ids}
    for row in connection.execute(query).mappings():
        found[str(row["record_id"])].append({str(name): row[name] for name in row})
    return found


def _counts(
    record_id: str,
    entries: Sequence[HistoryEntry],
    names: Mapping[int, str],
    resting: Collection[str],
) -> list[Count]:
    counts: list[Count] = []
    for one in visits_of(entries, resting=resting):
        columns: Columns = {
            "record_id": record_id,
            "stage": one.stage,
            "pass_number": one.pass_number,
            "entered_at": one.entered_at,
            "left_at": one.left_at,
            "entered_by": names[one.rows[0]],
            "left_by": None if one.left_by is None else names[one.left_by],
            "workflow_version": one.workflow_version,
            "reported": one.reported,
        }
        counts.append(Count(columns, tuple(names[place] for place in one.rows)))
    return counts
