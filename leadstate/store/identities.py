"""Which records carry an identifying value, normalised: how two CRMs' objects meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select, tuple_, union

from leadstate.store.columns import constant
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository
from leadstate.store.rows import LinkStatus
from leadstate.store.schema import further_identity, identity, link

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Select

    from leadstate.store.rows import Place

__all__ = ["Identities"]

_PLACE = ("connection", "object", "external_id")
_ADD = insert(identity).on_conflict_do_nothing()
_ADD_FURTHER = insert(further_identity).on_conflict_do_nothing()
_FURTHER_KEY = tuple_(further_identity.c.field, further_identity.c.value)
_SAME_OBJECT = and_(
    link.c.workflow == further_identity.c.workflow,
    *(link.c[name] == further_identity.c[name] for name in _PLACE),
)
_THERE = and_(
    link.c.record_id.is_not(None), link.c.status == constant(LinkStatus.ACTIVE)
)
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

    def put_further(self, of: Mapping[Place, Mapping[str, Collection[str]]]) -> None:
        """Make these all that objects show besides their main values.

        Args:
            of: Object -> field -> values; an object without any has none any more.
        """
        here = (further_identity.c[name] for name in _PLACE)
        its = tuple_(*here).in_(sorted(of))
        if of:
            own = further_identity.c.workflow == self._workflow
            self._count(delete(further_identity).where(own, its))
        self._many(
            _ADD_FURTHER,
            (
                dict(zip(_PLACE, place, strict=True))
                | {"workflow": self._workflow, "field": name, "value": value}
                for place, fields in of.items()
                for name, values in fields.items()
                for value in values
            ),
        )

    def further_at(
        self,
        connection: str,
        object: str,  # noqa: A002
        external_ids: Collection[str],
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return what objects show besides their main values, by field; sorted."""
        query = select(
            further_identity.c.external_id,
            further_identity.c.field,
            further_identity.c.value,
        ).where(
            *self._own(further_identity),
            further_identity.c.connection == connection,
            further_identity.c.object == object,
            among(further_identity.c.external_id, external_ids),
        )
        return self._by_field(query.order_by(further_identity.c.value))

    def further_of(
        self, record_ids: Collection[str]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return what records' objects show besides their main values, by field."""
        query = select(
            link.c.record_id, further_identity.c.field, further_identity.c.value
        ).join(link, _SAME_OBJECT)
        query = query.where(among(link.c.record_id, record_ids), _THERE)
        return self._by_field(query.order_by(further_identity.c.value))

    def _by_field(
        self, query: Select[str, str, str]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for whose, name, value in self._connection.execute(query):
            its = found.setdefault(whose, {})
            its[name] = (*its.get(name, ()), value)
        return found

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
            more = (
                select(
                    further_identity.c.field,
                    further_identity.c.value,
                    link.c.record_id,
                )
                .join(link, _SAME_OBJECT)
                .where(*self._own(further_identity), _THERE)
                .where(_FURTHER_KEY.in_(pairs[start : start + _PART]))
            )
            rows = {
                tuple(row)
                for one in (query, more)
                for row in self._connection.execute(one)
            }
            for name, value, record_id in sorted(rows):
                found[name, value] = (*found.get((name, value), ()), record_id)
        return found

    def shared(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return field and value that more than one record has, with their ids."""
        main = select(identity.c.field, identity.c.value, identity.c.record_id)
        more = select(
            further_identity.c.field, further_identity.c.value, link.c.record_id
        ).join(link, _SAME_OBJECT)
        carried = union(
            main.where(*self._own(identity)),
            more.where(*self._own(further_identity), _THERE),
        ).cte("carried")
        its = carried.c.field, carried.c.value
        several = select(*its).group_by(*its).having(func.count() > 1).subquery()
        query = (
            select(carried)
            .join(
                several,
                and_(
                    several.c.field == carried.c.field,
                    several.c.value == carried.c.value,
                ),
            )
            .order_by(carried.c.field, carried.c.value, carried.c.record_id)
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
        self._count(delete(further_identity).where(*self._own(further_identity)))
