"""What a record did and how its values changed: events and field changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from leadstate.domain.record import Happening
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import FieldChange
from leadstate.store.schema import event, field_change, record
from leadstate.store.sealing import Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from leadstate.store.rows import EventRow

__all__ = ["Events", "FieldChanges"]

_ADD = insert(event).on_conflict_do_nothing()


class Events(Repository):
    """Behaviour; one event of one name at one moment counts once."""

    __slots__ = ()

    def add(self, rows: Sequence[EventRow]) -> int:
        """Keep events; return how many were not known yet."""
        return self._many(_ADD, map(columns_of, rows))

    def of(self, record_ids: Sequence[str]) -> dict[str, tuple[Happening, ...]]:
        """Return the behaviour of each record that has any, oldest first."""
        query = (
            select(event.c.record_id, event.c.name, event.c.at)
            .where(among(event.c.record_id, record_ids))
            .order_by(event.c.at, event.c.name)
        )
        found: dict[str, list[Happening]] = {}
        for record_id, name, at in self._connection.execute(query):
            found.setdefault(record_id, []).append(Happening(name, at))
        return {record_id: tuple(events) for record_id, events in found.items()}


class FieldChanges(Repository):
    """Values as they were, for backtests and timelines; personal ones sealed."""

    __slots__ = ()

    def add(self, rows: Sequence[FieldChange]) -> None:
        """Keep changes."""
        self._pairs_of_rows().add(rows)

    def latest(
        self, record_ids: Sequence[str]
    ) -> dict[str, dict[str, tuple[datetime | None, str]]]:
        """Return when and where each record's fields got their values, by field.

        What is told of the time before a record came under care counts only where
        nothing was seen since.
        """
        at = func.coalesce(field_change.c.changed_at, field_change.c.learnt_at)
        past = at < record.c.created_at
        place = func.row_number().over(
            partition_by=(field_change.c.record_id, field_change.c.field),
            order_by=(past, case((past, -at)), field_change.c.id.desc()),
        )
        ranked = (
            select(
                field_change.c.record_id,
                field_change.c.field,
                field_change.c.changed_at,
                field_change.c.source,
                place.label("place"),
            )
            .join(record, record.c.id == field_change.c.record_id)
            .where(among(field_change.c.record_id, record_ids))
            .subquery()
        )
        query = select(
            ranked.c.record_id, ranked.c.field, ranked.c.changed_at, ranked.c.source
        ).where(ranked.c.place == 1)
        found: dict[str, dict[str, tuple[datetime | None, str]]] = {}
        for record_id, name, at, source in self._connection.execute(query):
            found.setdefault(record_id, {})[name] = at, source
        return found

    def of(self, record_id: str) -> list[FieldChange]:
        """Return a record's changes in the order in which they were learnt."""
        query = (
            select(field_change)
            .where(field_change.c.record_id == record_id)
            .order_by(field_change.c.id)
        )
        found = self._pairs_of_rows().read(query)
        return [FieldChange(**_without_id(row)) for row in found]

    def _pairs_of_rows(self) -> Pairs:
        return Pairs(self._connection, field_change, ("old", "new"))


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}
