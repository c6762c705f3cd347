"""The links: which object of which CRM belongs to which record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Text, func, select, tuple_, type_coerce

from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import LinkRow, LinkStatus
from leadstate.store.schema import link
from leadstate.store.sqlite import among, insert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadstate.store.rows import Place

__all__ = ["Links"]

_KEY = ("connection", "object", "external_id")
_INSERT = insert(link)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={
        column.name: _INSERT.excluded[column.name]
        for column in link.c
        if column.name not in _KEY
    },
)


class Links(Repository):
    """One row an object; a quarantined one has no record."""

    __slots__ = ()

    def get_many(
        self,
        connection: str,
        object: str,  # noqa: A002
        external_ids: Sequence[str],
    ) -> dict[str, LinkRow]:
        """Return the links that are there, by external id."""
        query = select(link).where(
            link.c.connection == connection,
            link.c.object == object,
            among(link.c.external_id, external_ids),
        )
        return {row.external_id: row for row in self._rows(LinkRow, query)}

    def of_records(self, record_ids: Sequence[str]) -> dict[str, tuple[LinkRow, ...]]:
        """Return the links of each record that has any."""
        query = select(link).where(among(link.c.record_id, record_ids))
        found: dict[str, tuple[LinkRow, ...]] = {}
        for row in self._rows(
            LinkRow, query.order_by(*(link.c[name] for name in _KEY))
        ):
            record_id = str(row.record_id)
            found[record_id] = (*found.get(record_id, ()), row)
        return found

    def erased(self, places: Collection[Place]) -> set[Place]:
        """Return those objects that belong to people who were forgotten."""
        here = tuple_(link.c.connection, link.c.object, link.c.external_id)
        query = select(link.c.connection, link.c.object, link.c.external_id).where(
            here.in_(sorted(places)), link.c.status == LinkStatus.ERASED
        )
        return {(row[0], row[1], row[2]) for row in self._connection.execute(query)}

    def at(self, connection: str, external_id: str) -> list[LinkRow]:
        """Return the links of a CRM's id, of whatever kind of object."""
        query = select(link).where(
            link.c.connection == connection, link.c.external_id == external_id
        )
        return self._rows(LinkRow, query.order_by(link.c.object))

    def unplaced(self, text: str) -> list[LinkRow]:
        """Return the links without a record whose object shows a text, in any case."""
        shown = func.lower(type_coerce(link.c.remote_properties, Text))
        wanted = json.dumps(text)[1:-1].lower()
        query = select(link).where(
            link.c.record_id.is_(None), func.instr(shown, wanted) > 0
        )
        return self._rows(LinkRow, query)

    def save(self, rows: Sequence[LinkRow]) -> None:
        """Insert the links, or replace what was there."""
        self._many(_UPSERT, map(columns_of, rows))

    def all(
        self,
        connection: str,
        *,
        after: tuple[str, str] = ("", ""),
        limit: int = 100,
    ) -> list[LinkRow]:
        """Return a page of a connection's links, after ``(object, external_id)``."""
        position = tuple_(link.c.object, link.c.external_id)
        query = (
            select(link)
            .where(link.c.connection == connection, position > after)
            .order_by(link.c.object, link.c.external_id)
            .limit(limit)
        )
        return self._rows(LinkRow, query)

    def counts(self, connection: str | None = None) -> dict[str, int]:
        """Return how many links have each status."""
        query = select(link.c.status, func.count()).group_by(link.c.status)
        if connection is not None:
            query = query.where(link.c.connection == connection)
        return self._pairs(query)
