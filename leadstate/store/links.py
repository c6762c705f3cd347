"""The links: which object of which CRM belongs to which record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)

from leadstate.errors import VersionConflict
from leadstate.guards.sql.constructs import PlaceOf
from leadstate.store.columns import constant
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import LinkRow, LinkStatus
from leadstate.store.schema import further_identity, link

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadstate.store.rows import Place

__all__ = ["Links"]

_KEY = ("connection", "object", "external_id")
_UNIQUE = ("workflow", *_KEY)
_INSERT = insert(link)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=_UNIQUE,
    set_={
        column.name: _INSERT.excluded[column.name]
        for column in link.c
        if column.name not in (*_UNIQUE, "version")
    }
    | {"version": link.c.version + 1},
)
_ACTIVE = link.c.status == constant(LinkStatus.ACTIVE)
_LIVING = link.c.status.in_(
    [constant(LinkStatus.ACTIVE), constant(LinkStatus.QUARANTINED)]
)
_ADD = _INSERT.on_conflict_do_nothing(index_elements=_UNIQUE)
_UPDATE = (
    update(link)
    .where(*(link.c[name] == bindparam(f"its_{name}") for name in _UNIQUE))
    .where(link.c.version == bindparam("expected_version"))
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
            *self._own(link),
            link.c.connection == connection,
            link.c.object == object,
            among(link.c.external_id, external_ids),
        )
        return {row.external_id: row for row in self._rows(_row_of, query)}

    def of_records(self, record_ids: Sequence[str]) -> dict[str, tuple[LinkRow, ...]]:
        """Return the links of each record that has any."""
        query = select(link).where(among(link.c.record_id, record_ids))
        found: dict[str, tuple[LinkRow, ...]] = {}
        for row in self._rows(
            _row_of, query.order_by(*(link.c[name] for name in _KEY))
        ):
            record_id = str(row.record_id)
            found[record_id] = (*found.get(record_id, ()), row)
        return found

    def versions(
        self, record_ids: Sequence[str]
    ) -> dict[str, dict[tuple[str, str, str], int]]:
        """Return how often each link of these records was saved, by its place.

        What the objects show is not read: whoever has seen them needs the number only.
        """
        columns = (link.c.record_id, *(link.c[name] for name in _KEY), link.c.version)
        query = select(*columns).where(among(link.c.record_id, record_ids))
        found: dict[str, dict[tuple[str, str, str], int]] = {}
        for record_id, *place, version in self._connection.execute(query):
            found.setdefault(record_id, {})[tuple(place)] = version
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
            *self._own(link),
            link.c.connection == connection,
            link.c.external_id == external_id,
        )
        return self._rows(_row_of, query.order_by(link.c.object))

    def unplaced(self, text: str) -> list[LinkRow]:
        """Return the links without a record whose object shows a text, in any case."""
        shown = func.lower(cast(link.c.remote_properties, Text))
        wanted = json.dumps(text)[1:-1].lower()
        query = select(link).where(
            *self._own(link),
            link.c.record_id.is_(None),
            PlaceOf(shown, literal(wanted)) > 0,
        )
        return self._rows(_row_of, query)

    def save(self, rows: Sequence[LinkRow]) -> None:
        """Insert the links, or replace what was there; each save counts up."""
        self._many(_UPSERT, map(self._first, rows))

    def save_if(self, rows: Sequence[LinkRow]) -> None:
        """Save links, unless somebody else saved one of them since it was read.

        Args:
            rows: With the ``version`` that was read; 0 for one that was not there.

        Raises:
            VersionConflict: One was saved meanwhile, or is there although it was not.
                The transaction must not be committed; read them and decide again.
        """
        new = [row for row in rows if not row.version]
        known = [row for row in rows if row.version]
        saved = self._many(_ADD, map(self._first, new))
        saved += self._many(_UPDATE, map(self._next, known))
        if saved != len(rows):
            message = (
                f"{len(rows) - saved} of {len(rows)} links were saved by somebody else "
                "since they were read; nothing was written.  Read and decide again."
            )
            raise VersionConflict(message)

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
            .where(*self._own(link), link.c.connection == connection, position > after)
            .order_by(link.c.object, link.c.external_id)
            .limit(limit)
        )
        return self._rows(_row_of, query)

    def of_mode(
        self,
        connection: str,
        *,
        live: bool,
        after: tuple[str, str] = ("", ""),
        limit: int = 100,
    ) -> list[LinkRow]:
        """Return a page of the objects of records that are live, or only observed.

        Those that ended are neither; what nobody can place cannot go live.
        """
        position = tuple_(link.c.object, link.c.external_id)
        its = link.c.live_since.is_not(None) if live else link.c.live_since.is_(None)
        there = _LIVING if live else _ACTIVE
        query = (
            select(link)
            .where(*self._own(link), link.c.connection == connection, position > after)
            .where(its, link.c.record_id.is_not(None), there)
            .order_by(link.c.object, link.c.external_id)
            .limit(limit)
        )
        return self._rows(_row_of, query)

    def count_live(self, connection: str) -> tuple[int, int]:
        """Return how many objects of records are live, and how many there are."""
        query = select(func.count(link.c.live_since), func.count()).where(
            *self._own(link),
            link.c.connection == connection,
            link.c.record_id.is_not(None),
            _ACTIVE,
        )
        [[live, every]] = self._connection.execute(query)
        return int(live), int(every)

    def observe_ended(self, connection: str) -> list[str]:
        """Let a connection's objects that ended be observed, should they be back.

        Returns:
            The records that they were of.
        """
        its = link.c.connection == connection, link.c.live_since.is_not(None), ~_LIVING
        query = select(link.c.record_id).where(*self._own(link), *its)
        found = [str(one) for one in self._connection.scalars(query) if one]
        self._count(
            update(link)
            .where(*self._own(link), *its)
            .values(live_since=None, version=link.c.version + 1)
        )
        return found

    def live_of(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Return those of these records that have an object which is live."""
        query = select(link.c.record_id).where(
            among(link.c.record_id, record_ids), link.c.live_since.is_not(None)
        )
        return frozenset(self._connection.scalars(query))

    def leave(self, connection: str) -> int:
        """Forget every object of a connection; return how many were known.

        Another account may give the same ids to other people's objects.
        """
        others = further_identity.c.connection == connection
        self._count(delete(further_identity).where(others))
        return self._count(delete(link).where(link.c.connection == connection))

    def counts(self, connection: str | None = None) -> dict[str, int]:
        """Return how many links have each status."""
        query = select(link.c.status, func.count()).where(*self._own(link))
        query = query.group_by(link.c.status)
        if connection is not None:
            query = query.where(link.c.connection == connection)
        return self._pairs(query)

    def _first(self, row: LinkRow) -> dict[str, object]:
        """Return a link's columns as they are inserted."""
        return columns_of(row) | {"version": 1, "workflow": self._workflow}

    def _next(self, row: LinkRow) -> dict[str, object]:
        """Return what of a known link may change, and how it is found."""
        columns = columns_of(row)
        found_by = {f"its_{name}": columns.pop(name) for name in _KEY}
        return {
            **columns,
            **found_by,
            "its_workflow": self._workflow,
            "expected_version": row.version,
            "version": row.version + 1,
        }


def _row_of(*, workflow: str, **columns: Any) -> LinkRow:  # noqa: ARG001 - the scope's
    return LinkRow(**columns)
