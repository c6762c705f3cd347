"""The records: where every lead stands, with typed values and compare-and-set."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    bindparam,
    exists,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from leadstate.domain.record import Record
from leadstate.domain.values import from_json, to_json
from leadstate.errors import VersionConflict
from leadstate.guards.sql import SqlColumns
from leadstate.store.behaviour import Events
from leadstate.store.bulk import insert_into
from leadstate.store.columns import Instant, constant
from leadstate.store.identities import Identities
from leadstate.store.portable import among
from leadstate.store.repository import Repository
from leadstate.store.rows import LinkStatus, RecordRow, RecordStatus
from leadstate.store.schema import event, link, record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Select

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.record import Happening
    from leadstate.domain.values import Value
    from leadstate.store.rows import NewRecord, RecordChange

    Condition = Callable[[SqlColumns], ColumnElement[bool]]

__all__ = ["Records"]

_COLUMNS = SqlColumns(
    data=record.c.data,
    folded=record.c.folded,
    record_id=record.c.id,
    event_record_id=event.c.record_id,
    event_name=event.c.name,
    event_at=type_coerce(event.c.at, BigInteger),
)
_LAST_CHARACTER = "\U0010ffff"
_CARE = bindparam("its_care", type_=Instant)
_UPDATE = (
    update(record)
    .where(record.c.id == bindparam("its_id"))
    .where(record.c.version == bindparam("expected_version"))
    .values({record.c.care_since: func.coalesce(_CARE, record.c.care_since)})
)


class Records(Repository):
    """Reads build a `Record` by the ``fields`` of its lifecycle, events joined."""

    __slots__ = ()

    def add(self, rows: Sequence[NewRecord]) -> None:
        """Insert records that were not there before."""
        self._many(
            insert_into(record),
            (
                {
                    **_placed(row.record),
                    "id": row.record.id,
                    "workflow": row.workflow,
                    "folded": dict(row.folded),
                    "created_at": row.created_at,
                    "care_since": row.care_since,
                    "owner": row.owner,
                    "status": row.status,
                    "flag": row.flag,
                    "flagged_at": row.flagged_at,
                }
                for row in rows
            ),
        )
        Identities(self._connection, self._workflow).add(
            {row.record.id: row.identities for row in rows if row.identities}
        )

    def update(self, changes: Sequence[RecordChange]) -> None:
        """Put records into their new state.

        Raises:
            VersionConflict: One of them has moved since it was read.  The transaction
                must not be committed; decide again, one by one to find which.
        """
        touched = self._many(
            _UPDATE,
            (
                {
                    **_placed(change.record),
                    "its_id": change.record.id,
                    "expected_version": change.expected_version,
                    "folded": dict(change.folded),
                    "status": change.status,
                    "flag": change.flag,
                    "flagged_at": change.flagged_at,
                    "owner": change.owner,
                    "its_care": change.care_since,
                }
                for change in changes
            ),
        )
        if touched != len(changes):
            message = (
                f"{len(changes) - touched} of {len(changes)} records moved since they "
                "were read; nothing was written.  Read them and decide again."
            )
            raise VersionConflict(message)
        Identities(self._connection, self._workflow).put(
            {
                change.record.id: change.identities
                for change in changes
                if change.identities is not None
            }
        )

    def observe(self, ids: Sequence[str]) -> int:
        """Let records be under care no more; return how many were."""
        query = update(record).where(
            among(record.c.id, ids), record.c.care_since.is_not(None)
        )
        return self._count(query.values(care_since=None, version=record.c.version + 1))

    def lacking(
        self, connection: str, stages: Collection[str], *, after: str, limit: int
    ) -> Sequence[str]:
        """Return records that came into these stages under care and have no object.

        Args:
            connection: Where they have none.
            stages: Those for which a binding wants one.
            after: The id behind which to go on.
            limit: At most so many.
        """
        there = exists().where(
            link.c.record_id == record.c.id,
            link.c.connection == connection,
            link.c.status.in_(
                [constant(LinkStatus.ACTIVE), constant(LinkStatus.QUARANTINED)]
            ),
        )
        query = (
            select(record.c.id)
            .where(*self._own_in_order(), record.c.id > after)
            .where(record.c.status == RecordStatus.ACTIVE, ~there)
            .where(among(record.c.stage, stages))
            .where(record.c.entered_at >= record.c.care_since)
            .order_by(record.c.id)
            .limit(limit)
        )
        return self._connection.scalars(query).all()

    def get(self, id: str, fields: Mapping[str, Field]) -> RecordRow | None:  # noqa: A002
        """Return one record, or None."""
        return self.get_many([id], fields).get(id)

    def get_many(
        self, ids: Sequence[str], fields: Mapping[str, Field]
    ) -> dict[str, RecordRow]:
        """Return the records that are there, by id."""
        found = self._built(select(record).where(among(record.c.id, ids)), fields)
        return {row.record.id: row for row in found}

    def find(self, text: str, limit: int = 20) -> list[str]:
        """Return ids of records that start with ``text``, or that a CRM calls so."""
        if not text:
            return []
        linked = select(link.c.record_id).where(link.c.external_id == text)
        query = (
            select(record.c.id)
            .where(
                *self._own(record),
                or_(
                    record.c.id.between(text, text + _LAST_CHARACTER),
                    record.c.id.in_(linked),
                ),
            )
            .order_by(record.c.id)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def having(self, field: str, text: str) -> list[str]:
        """Return the ids of records whose field is a text, in any case; reads all."""
        held = func.lower(record.c.data[field].as_string())
        query = select(record.c.id).where(*self._own(record), held == text.lower())
        query = query.order_by(record.c.id)
        return list(self._connection.scalars(query))

    def count_by_stage(
        self,
        status: RecordStatus | None = RecordStatus.ACTIVE,
    ) -> dict[str, int]:
        """Return how many records stand in each stage; None counts every status."""
        query = select(record.c.stage, func.count()).where(*self._own(record))
        query = query.group_by(record.c.stage)
        if status is not None:
            query = query.where(record.c.status == status)
        return self._pairs(query)

    def by_workflow(self) -> dict[str, int]:
        """Return how many active records each workflow has."""
        query = select(record.c.workflow, func.count()).where(
            *self._own(record), record.c.status == RecordStatus.ACTIVE
        )
        return self._pairs(query.group_by(record.c.workflow))

    def workflow_of(self, id: str) -> str | None:  # noqa: A002
        """Return whose record it is, or None when there is none."""
        query = select(record.c.workflow).where(record.c.id == id)
        return self._connection.scalar(query)

    def loads(
        self, owners: Collection[str], stages: Mapping[str, Collection[str]]
    ) -> dict[str, int]:
        """Return how many active records in these stages each owner has.

        Args:
            owners: People; those of all workflows, whichever the view is narrowed to.
            stages: Workflow -> those of its stages that count.
        """
        found = Counter(dict.fromkeys(owners, 0))
        for workflow, its_own in stages.items():
            query = (
                select(record.c.owner, func.count())
                .where(among(record.c.owner, owners), among(record.c.stage, its_own))
                .where(record.c.workflow == workflow)
                .where(record.c.status == RecordStatus.ACTIVE)
                .group_by(record.c.owner)
            )
            found.update(self._pairs(query))
        return dict(found)

    def select_where(
        self,
        condition: Condition,
        fields: Mapping[str, Field],
        *,
        limit: int | None = None,
        after: str = "",
    ) -> list[RecordRow]:
        """Return active records that meet an SQL condition, in the order of their ids.

        ``condition`` gets the columns and returns what is asked of them, for instance
        ``lambda columns: to_sql(guard, columns, now=now, today=today, scores=scores)``.
        """
        query = (
            select(record)
            .where(*self._own_in_order(), record.c.status == RecordStatus.ACTIVE)
            .where(record.c.id > after)
            .where(condition(_COLUMNS))
        )
        return self._built(query.order_by(record.c.id).limit(limit), fields)

    def _built(
        self, query: Select[*tuple[object, ...]], fields: Mapping[str, Field]
    ) -> list[RecordRow]:
        found = self._connection.execute(query).all()
        happenings = Events(self._connection).of([row.id for row in found])
        return [_row(row, fields, happenings.get(row.id, ())) for row in found]

    def list(  # noqa: PLR0913
        self,
        fields: Mapping[str, Field],
        *,
        stage: str | None = None,
        status: RecordStatus | None = None,
        flagged: bool | None = None,
        limit: int = 100,
        after: str = "",
    ) -> list[RecordRow]:
        """Return a page of records in the order of their ids, those after ``after``."""
        query = select(record).where(*self._own_in_order(), record.c.id > after)
        for column, wanted in (
            (record.c.stage, stage),
            (record.c.status, status),
        ):
            query = query if wanted is None else query.where(column == wanted)
        if flagged is not None:
            is_flagged = record.c.flag.is_not(None)
            query = query.where(is_flagged if flagged else record.c.flag.is_(None))
        return self._built(query.order_by(record.c.id).limit(limit), fields)


def _placed(new: Record) -> dict[str, object]:
    """Return what a decision may change."""
    return {
        "stage": new.stage,
        "version": new.version,
        "pass_number": new.pass_number,
        "stage_version": new.stage_version,
        "entered_at": new.entered_at,
        "came_from": new.came_from,
        "entered_via": new.entered_via,
        "breach_moves": new.breach_moves,
        "workflow_version": new.workflow_version,
        "data": {name: to_json(value) for name, value in new.values.items()},
    }


def _row(
    row: Row[*tuple[object, ...]],
    fields: Mapping[str, Field],
    happenings: tuple[Happening, ...],
) -> RecordRow:
    return RecordRow(
        record=Record(
            id=row.id,
            stage=row.stage,
            version=row.version,
            pass_number=row.pass_number,
            stage_version=row.stage_version,
            entered_at=row.entered_at,
            came_from=row.came_from,
            entered_via=row.entered_via,
            breach_moves=row.breach_moves,
            workflow_version=row.workflow_version,
            values=_typed(row.data, fields),
            happenings=happenings,
        ),
        workflow=row.workflow,
        status=row.status,
        flag=row.flag,
        flagged_at=row.flagged_at,
        created_at=row.created_at,
        care_since=row.care_since,
        owner=row.owner,
    )


def _typed(data: Mapping[str, object], fields: Mapping[str, Field]) -> dict[str, Value]:
    """Return typed values; a field that the lifecycle no longer has is left out."""
    return {
        name: from_json(stored, fields[name].type)
        for name, stored in data.items()
        if name in fields
    }
