"""Which records carry an identifying value, normalised: how two CRMs' objects meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select, tuple_

from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository
from leadstate.store.schema import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Identities"]

_ADD = insert(identity).on_conflict_do_nothing()
_PART = 300  # SQLite takes 999 bound values in old builds


class Identities(Repository):
    """Rows of field, value and record; kept in step by whoever writes records."""

    __slots__ = ()

    def put(self, of: Mapping[str, Mapping[str, str]]) -> None:
        """Make these the identities of these records, and no others."""
        if not of:
            return
        self._count(delete(identity).where(among(identity.c.record_id, list(of))))
        self.add(of)

    def add(self, of: Mapping[str, Mapping[str, str]]) -> None:
        """Add identities of records that have none yet."""
        self._many(
            _ADD,
            (
                {
                    "workflow": self._workflow,
                    "field": name,
                    "value": value,
                    "record_id": record_id,
                }
                for record_id, values in of.items()
                for name, value in values.items()
            ),
        )

    def find(
        self, wanted: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return the ids of the records that have each value, sorted."""
        pairs = sorted(set(wanted))
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        key = tuple_(identity.c.field, identity.c.value)
        for start in range(0, len(pairs), _PART):
            query = (
                select(identity.c.field, identity.c.value, identity.c.record_id)
                .where(*self._own(identity), key.in_(pairs[start : start + _PART]))
                .order_by(identity.c.record_id)
            )
            for name, value, record_id in self._connection.execute(query):
                found[name, value] = (*found.get((name, value), ()), record_id)
        return found

    def shared(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return field and value that more than one record has, with their ids."""
        own = self._own(identity)
        several = (
            select(identity.c.field, identity.c.value)
            .where(*own)
            .group_by(identity.c.field, identity.c.value)
            .having(func.count() > 1)
            .subquery()
        )
        query = (
            select(identity.c.field, identity.c.value, identity.c.record_id)
            .join(
                several,
                and_(
                    several.c.field == identity.c.field,
                    several.c.value == identity.c.value,
                ),
            )
            .where(*own)
            .order_by(identity.c.field, identity.c.value, identity.c.record_id)
        )
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, value, record_id in self._connection.execute(query):
            found[name, value] = (*found.get((name, value), ()), record_id)
        return found

    def of(self, record_ids: Collection[str]) -> dict[str, dict[str, str]]:
        """Return the identifying values of each record that has any, by field."""
        query = select(identity.c.field, identity.c.value, identity.c.record_id).where(
            among(identity.c.record_id, record_ids)
        )
        found: dict[str, dict[str, str]] = {}
        for name, value, record_id in self._connection.execute(query):
            found.setdefault(record_id, {})[name] = value
        return found

    def clear(self) -> None:
        """Forget all, before they are made again."""
        self._count(delete(identity).where(*self._own(identity)))
