"""The outbox: what has to be done in a CRM, in order per record, with fenced claims.

A claim is a lease: whoever holds its token may settle or release the rows until the
lease runs out and somebody else claims them.  Of the writes that change a record's
object in a connection, only the oldest open one can be claimed, so that they leave in
the order of the decisions.  Notes, tasks, messages and calls wait for nobody.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from leadstate.guards.sql.constructs import Greater
from leadstate.store.columns import Instant, constant
from leadstate.store.payloads import decode_outbox, encode
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import (
    OutboxKind,
    OutboxRow,
    OutboxState,
    RecordStatus,
)
from leadstate.store.schema import is_open, link, outbox, record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.rows import OutboxItem, Settlement

__all__ = ["Outbox"]

_ADD = insert(outbox).on_conflict_do_nothing(index_elements=["token"])
_FRESH = {
    "attempts": 0,
    "state": OutboxState.PENDING,
    "sent": False,
    "sent_earlier": False,
    "outcome": "",
}
_UNREAD = {"sent_earlier", "workflow"}
_COLUMNS = [column for column in outbox.c if column.name not in _UNREAD]
_CLAIMED = outbox.c.state == constant(OutboxState.CLAIMED)
_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("its_id"))
    .values(
        state=bindparam("state"),
        outcome=bindparam("outcome"),
        settled_at=bindparam("settled_at"),
        claim_token=None,
        claimed_until=None,
    )
)
_IN_ORDER = (OutboxKind.STAGE, OutboxKind.FIELDS, OutboxKind.CREATE)
_older = outbox.alias("older")
_OLDEST = or_(
    outbox.c.kind.not_in(_IN_ORDER),
    ~exists().where(
        _older.c.record_id == outbox.c.record_id,
        _older.c.connection == outbox.c.connection,
        is_open(_older),
        _older.c.id < outbox.c.id,
        _older.c.kind.in_(_IN_ORDER),
    ),
)


class Outbox(Repository):
    """What goes out; the token makes a second request a no-op."""

    __slots__ = ()

    def add(self, items: Sequence[OutboxItem]) -> int:
        """Keep the items; return how many were not there yet."""
        return self._many(
            _ADD,
            (
                {
                    **columns_of(item),
                    "workflow": self._workflow,
                    "payload": encode(item.payload),
                    **_FRESH,
                }
                for item in items
            ),
        )

    def claim(
        self,
        connection: str,
        now: datetime,
        until: datetime,
        limit: int = 100,
        kinds: Collection[OutboxKind] = (),
    ) -> list[OutboxRow]:
        """Lease due rows until ``until``, oldest due first.

        Of a record's stage, fields and create rows, only the oldest open one is free.
        A row whose lease ran out can be leased again; its ``sent`` stays as it was.
        A lease that ends after ``until`` ran out too: a clock that was ahead gave it.
        """
        free = _free(connection, now, until).where(*self._own(outbox))
        if kinds:
            free = free.where(outbox.c.kind.in_(sorted(kinds)))
        token = secrets.token_hex(16)
        taken = self._count(
            update(outbox)
            .where(outbox.c.id.in_(free.limit(limit)))
            .values(
                state=OutboxState.CLAIMED,
                claim_token=token,
                claimed_until=until,
                attempts=outbox.c.attempts + 1,
                sent_earlier=outbox.c.sent,
            )
        )
        return self._claimed(token) if taken else []

    def set_right(self, connection: str, now: datetime, latest: datetime) -> int:
        """Let rows be due that a clock which ran ahead dated; return how many.

        Args:
            connection: Whose rows.
            now: When they are due instead.
            latest: What is due later than this nobody put off.
        """
        return self._count(
            update(outbox)
            .where(*self._own(outbox), outbox.c.connection == connection)
            .where(is_open(outbox), outbox.c.due_at > latest)
            .values(due_at=now)
        )

    def take_over(self, now: datetime) -> int:
        """End every lease, because their holder is dead; return how many there were.

        The rows keep ``sent``, so that they are repeated as maybe applied.
        """
        return self._count(
            update(outbox)
            .where(_CLAIMED, outbox.c.claimed_until > now)
            .values(claimed_until=now)
        )

    def mark_sent(self, ids: Sequence[int], claim_token: str) -> list[int]:
        """Say that the CRM may see the request from now on; commit before sending.

        Returns:
            The rows that this claim still holds: send these and no others.
        """
        held = self._held(ids, claim_token)
        self._count(update(outbox).where(among(outbox.c.id, held)).values(sent=True))
        return held

    def settle(
        self, settlements: Sequence[Settlement], claim_token: str, now: datetime
    ) -> list[int]:
        """End rows for good; return those that this claim still held."""
        held = set(self._held([ended.id for ended in settlements], claim_token))
        ending = [ended for ended in settlements if ended.id in held]
        self._many(
            _SETTLE,
            (
                {
                    "its_id": ended.id,
                    "state": ended.state,
                    "outcome": ended.outcome,
                    "settled_at": now,
                }
                for ended in ending
            ),
        )
        return [ended.id for ended in ending]

    def release(
        self,
        ids: Sequence[int],
        claim_token: str,
        due_at: datetime,
        *,
        outcome: str,
        sent: bool,
    ) -> list[int]:
        """Give rows back for another try at ``due_at``; return those still held.

        ``sent`` says whether this attempt may have reached the CRM.  When it surely
        did not, the row's ``sent`` falls back to what it was before the claim.
        """
        held = self._held(ids, claim_token)
        self._count(
            update(outbox)
            .where(among(outbox.c.id, held))
            .values(
                state=OutboxState.PENDING,
                due_at=due_at,
                outcome=outcome,
                sent=case((literal(sent), True), else_=outbox.c.sent_earlier),
                claim_token=None,
                claimed_until=None,
            )
        )
        return held

    def supersede(
        self, record_ids: Sequence[str], connection: str, kind: OutboxKind
    ) -> int:
        """Drop open rows that nobody holds, because a newer one says it all."""
        return self._count(
            update(outbox)
            .where(among(outbox.c.record_id, record_ids), is_open(outbox), ~_CLAIMED)
            .where(outbox.c.connection == connection, outbox.c.kind == kind)
            .values(state=OutboxState.SUPERSEDED)
        )

    def leave(self, connection: str, why: str, now: datetime) -> int:
        """Drop every open row of a connection; return how many there were."""
        return self._count(
            update(outbox)
            .where(outbox.c.connection == connection, is_open(outbox))
            .values(state=OutboxState.SUPERSEDED, outcome=why, settled_at=now)
        )

    def withdraw(
        self,
        connection: str,
        why: str,
        now: datetime,
        record_ids: Sequence[str] | None = None,
    ) -> int:
        """Drop what waits for a connection, and is not on its way; return how much.

        Args:
            record_ids: Only what is about these records; None: about any.
        """
        waiting = outbox.c.state == constant(OutboxState.PENDING)
        query = update(outbox).where(
            *self._own(outbox), outbox.c.connection == connection, waiting
        )
        if record_ids is not None:
            query = query.where(among(outbox.c.record_id, record_ids))
        return self._count(
            query.values(state=OutboxState.SUPERSEDED, outcome=why, settled_at=now)
        )

    def open_for(self, record_ids: Sequence[str]) -> dict[str, list[OutboxRow]]:
        """Return the open rows of each record that has any, oldest first."""
        query = (
            select(*_COLUMNS)
            .where(among(outbox.c.record_id, record_ids), is_open(outbox))
            .order_by(outbox.c.id)
        )
        found: dict[str, list[OutboxRow]] = {}
        for row in self._rows(_row_of, query):
            found.setdefault(row.record_id, []).append(row)
        return found

    def next_due(self, now: datetime, connection: str | None = None) -> datetime | None:
        """Return when a row can be claimed next, ``now`` at the earliest, or None."""
        lease = func.coalesce(outbox.c.claimed_until, outbox.c.due_at)
        free_at = func.min(Greater(outbox.c.due_at, lease), type_=Instant)
        query = select(free_at).where(*self._own(outbox), is_open(outbox), _OLDEST)
        if connection is not None:
            query = query.where(outbox.c.connection == connection)
        found = self._connection.scalar(query)
        return None if found is None else max(found, now)

    def counts(self) -> dict[str, int]:
        """Return how many rows are in each state."""
        query = select(outbox.c.state, func.count()).where(*self._own(outbox))
        return self._pairs(query.group_by(outbox.c.state))

    def record_of(self, token: str) -> str | None:
        """Return the record that the row with this token is about, or None."""
        query = select(outbox.c.record_id).where(
            *self._own(outbox), outbox.c.token == token
        )
        found: str | None = self._connection.scalar(query)
        return found

    def get(self, id: int) -> OutboxRow | None:  # noqa: A002
        """Return one row, or None."""
        return self._row(_row_of, select(*_COLUMNS).where(outbox.c.id == id))

    def reopen(self, id: int, now: datetime) -> bool:  # noqa: A002
        """Let a refused or dead row have another go; say whether it was one."""
        ended = [OutboxState.REFUSED, OutboxState.DEAD]
        touched = self._count(
            update(outbox)
            .where(outbox.c.id == id, outbox.c.state.in_(ended))
            .values(state=OutboxState.PENDING, due_at=now, attempts=0, settled_at=None)
        )
        return touched == 1

    def resume_unlinked(
        self,
        connection: str,
        object: str,  # noqa: A002
        stages: Collection[str],
        now: datetime,
    ) -> int:
        """Let hand-offs begin again that are done and left their record without object.

        Args:
            connection: Where the record has none, and never had.
            object: Of which kind.
            stages: Only of active records that stand in these.
            now: When they are due.

        Returns:
            How many there were.
        """
        there = exists().where(
            link.c.record_id == outbox.c.record_id,
            link.c.connection == connection,
            link.c.object == object,
        )
        waiting = exists().where(
            _older.c.record_id == outbox.c.record_id,
            _older.c.connection == connection,
            _older.c.kind == OutboxKind.CREATE,
            is_open(_older),
        )
        wanting = exists().where(
            record.c.id == outbox.c.record_id,
            record.c.status == RecordStatus.ACTIVE,
            record.c.care_since.is_not(None),
            among(record.c.stage, stages),
        )
        ended = outbox.c.state == constant(OutboxState.DONE)
        return self._count(
            update(outbox)
            .where(*self._own(outbox), outbox.c.kind == OutboxKind.CREATE, ended)
            .where(outbox.c.connection == connection, outbox.c.object == object)
            .where(~there, ~waiting, wanting)
            .values(state=OutboxState.PENDING, due_at=now, attempts=0, settled_at=None)
        )

    def _claimed(self, token: str) -> list[OutboxRow]:
        held: ColumnElement[bool] = outbox.c.claim_token == token
        query = select(*_COLUMNS).where(held, is_open(outbox))
        return self._rows(_row_of, query.order_by(outbox.c.due_at, outbox.c.id))

    def _held(self, ids: Sequence[int], claim_token: str) -> list[int]:
        query = (
            select(outbox.c.id)
            .where(among(outbox.c.id, ids), _CLAIMED)
            .where(outbox.c.claim_token == claim_token)
        )
        return list(self._connection.scalars(query.order_by(outbox.c.id)))


def _row_of(
    *, kind: OutboxKind, payload: Mapping[str, object], **columns: Any
) -> OutboxRow:
    return OutboxRow(kind=kind, payload=decode_outbox(kind, payload), **columns)


def _free(connection: str, now: datetime, until: datetime) -> Select[int]:
    """Return the query of the rows that may be claimed, oldest due first."""
    ended = or_(outbox.c.claimed_until <= now, outbox.c.claimed_until > until)
    return (
        select(outbox.c.id)
        .where(outbox.c.connection == connection, is_open(outbox), _OLDEST)
        .where(outbox.c.due_at <= now)
        .where(or_(~_CLAIMED, ended))
        .order_by(outbox.c.due_at, outbox.c.id)
    )
