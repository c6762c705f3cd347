"""Forget a person: empty everything personal about a record, keep that it was there.

The history stays, because counts and reports rest on it; its details, which hold
observed values and notes, go, and so does the key that opens copies of them.
SQLite overwrites what is deleted (``secure_delete``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from leadstate.store.clocks import Clocks
from leadstate.store.repository import Repository
from leadstate.store.rows import OutboxState
from leadstate.store.schema import (
    approval,
    assignment,
    conflict,
    dead_letter,
    detail,
    event,
    field_change,
    history,
    identity,
    inbox,
    is_open,
    link,
    outbox,
    past_change,
    record,
    timer,
    write_ledger,
)
from leadstate.store.sealing import Seals

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

__all__ = ["Erasure"]


class Erasure(Repository):
    """Empties rows; which record is to be forgotten is the caller's decision."""

    __slots__ = ()

    def forget(self, record_id: str) -> None:
        """Empty every personal value of a record and of its objects in the CRMs."""
        emptied: dict[str, object] = {"data": {}, "folded": {}, "owner": None}
        self._count(update(record).where(record.c.id == record_id).values(emptied))
        self._count(delete(event).where(event.c.record_id == record_id))
        whole = (field_change, identity, conflict, timer, approval, assignment)
        for table in (*whole, past_change):
            self._count(delete(table).where(table.c.record_id == record_id))
        Clocks(self._connection).forget(record_id)
        rows = select(history.c.id).where(history.c.record_id == record_id)
        self._count(delete(detail).where(detail.c.history_id.in_(rows)))
        Seals(self._connection).forget(record_id)
        self._count(
            update(outbox)
            .where(outbox.c.record_id == record_id, is_open(outbox))
            .values(state=OutboxState.SUPERSEDED, outcome="the person was forgotten")
        )
        self._count(
            update(outbox).where(outbox.c.record_id == record_id).values(payload={})
        )
        self._forget_objects(record_id)

    def _forget_objects(self, record_id: str) -> None:
        mine = link.c.record_id == record_id
        objects = self._connection.execute(
            select(link.c.connection, link.c.object, link.c.external_id).where(mine)
        ).all()
        self._count(update(link).where(mine).values(remote_properties={}))
        for connection, kind, external_id in objects:
            place = (connection, kind, external_id)
            inboxed = or_(_at(inbox, *place), inbox.c.record_id == record_id)
            self._count(update(inbox).where(inboxed).values(payload={}))
            letters = or_(
                _at(dead_letter, *place), dead_letter.c.record_id == record_id
            )
            self._count(
                update(dead_letter).where(letters).values(payload={}, detail="")
            )
            self._count(delete(write_ledger).where(_at(write_ledger, *place)))


def _at(
    table: Table, connection: str, kind: str, external_id: str
) -> ColumnElement[bool]:
    return (
        (table.c.connection == connection)
        & (table.c.object == kind)
        & (table.c.external_id == external_id)
    )
