"""What a restored database takes over from the one that it replaces.

A backup knows nothing of what happened after it.  Four things must not be undone: that
people were forgotten, tokens that a CRM takes once, what went out already, and that the
history was set back at all.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select, update

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.store.checkpoints import Checkpoints, public_key
from leadstate.store.portable import among, insert
from leadstate.store.rows import (
    DeadLetterItem,
    Door,
    Forgetting,
    OutboxKind,
    OutboxState,
    RecordStatus,
    VisitEnd,
)
from leadstate.store.schema import credential, is_open, link, outbox, record
from leadstate.store.sqlite import engine
from leadstate.store.sqlite.raw import SqliteRaw
from leadstate.store.work import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from leadstate.store.rows import Place
    from leadstate.store.store import Store
    from leadstate.store.work import Work

__all__ = ["TakenOver", "glimpse", "own_key", "take_over"]

_RESTORED = "restored from a backup, and perhaps sent since"
_DETAIL = (
    "It waited to be sent when the backup was made, and nobody can tell whether it "
    "went out after that.  If it did not: leadstate dead-letters replay ID"
)
_UNREPEATABLE = (OutboxKind.MESSAGE, OutboxKind.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What came from the replaced database.

    Attributes:
        forgotten: Records that were forgotten after the backup, and are again.
        tokens: Tokens of connections that are newer than the backup's.
        sent: Writes that waited in the backup, and are known to have gone out.
        unsure: Messages that may have gone out; they are dead letters now.
        other: Whether the replaced database is of another installation.
    """

    forgotten: int = 0
    tokens: int = 0
    sent: int = 0
    unsure: int = 0
    other: bool = False


@contextmanager
def glimpse(path: Path) -> Iterator[View]:
    """Read a database as it is, whatever its schema; nothing in it is changed."""
    with engine.glimpse(path) as connection:
        yield View(connection, SqliteRaw(connection))


def own_key(path: Path) -> str | None:
    """Return the public key of the checkpoints in a database, if it made any."""
    with glimpse(path) as view:
        if not _has_secrets(view.connection):
            return None
        seed = Checkpoints(view.connection).seed()
    return public_key(seed) if seed is not None else None


def _has_secrets(connection: Connection) -> bool:
    """Whether the schema knows of seals; the first ones did not."""
    return inspect(connection).has_table("secret")


def take_over(
    new: Store,
    old: View | None,
    *,
    identifying: tuple[str, ...],
    actor: str,
    now: datetime,
) -> TakenOver:
    """Put into the restored database what the replaced one knows, in one commit.

    Args:
        new: The restored database.
        old: The replaced one; None when it cannot be read.
        identifying: The workflows' fields that tell who somebody is.
        actor: Who restores.
        now: When.
    """
    with new.begin() as work:
        if old is None:
            taken = TakenOver(unsure=_settle(work, None, now)[1])
        else:
            taken = _from(work, old, identifying, actor, now)
        work.history.append([_history_entry(actor, now)])
        work.commit()
    return taken


def _from(
    work: Work,
    before: View,
    identifying: tuple[str, ...],
    actor: str,
    now: datetime,
) -> TakenOver:
    sealed = _has_secrets(before.connection)
    try:
        forgotten = (
            _forget_again(work, before, identifying, actor, now) if sealed else 0
        )
    except ValueError:
        return TakenOver(other=True, unsure=_settle(work, None, now)[1])
    tokens = _tokens(work, before)
    sent, unsure = _settle(work, before, now)
    return TakenOver(forgotten=forgotten, tokens=tokens, sent=sent, unsure=unsure)


# -- who was forgotten -----------------------------------------------------------------


def _forget_again(
    work: Work,
    before: View,
    identifying: tuple[str, ...],
    actor: str,
    now: datetime,
) -> int:
    """Forget whoever was forgotten since the backup; the moment stays that of then."""
    rows = before.forgotten.rows()
    made_with = before.forgotten.secret()
    known = set(work.forgotten.rows())
    since = _with_kin(work, work.forgotten.take_over(rows, made_with))
    query = select(record.c.id, record.c.stage, record.c.pass_number).where(
        among(record.c.id, sorted(since)), record.c.status != RecordStatus.ERASED
    )
    there = work.connection.execute(query).all()
    told = [_erased(row, since[row.id], actor, now) for row in there]
    ids = work.history.append(told)
    for id_, entry in zip(ids, told, strict=True):
        one, at = entry.record_id, since[entry.record_id]
        work.visits.close([VisitEnd(record_id=one, left_by=id_, left_at=at)])
        work.clocks.close_all([one], at)
        who = Forgetting(record_id=one, identifying=identifying)
        work.erasure.forget(who, at)
    new = set(rows) - known
    strangers = _places(work, new)
    if strangers:
        work.erasure.forget(Forgetting(objects=tuple(sorted(strangers))), now)
    return len(there)


def _with_kin(work: Work, since: dict[str, datetime]) -> dict[str, datetime]:
    """Add the records of other workflows, and merged ones, that go with these."""
    kin = {other: at for one, at in since.items() for other in work.erasure.kin([one])}
    return kin | since


def _places(work: Work, digests: set[str]) -> set[Place]:
    """Return the objects without a record that were forgotten."""
    query = select(link.c.connection, link.c.object, link.c.external_id).where(
        link.c.record_id.is_(None)
    )
    places = [(row[0], row[1], row[2]) for row in work.connection.execute(query)]
    return work.forgotten.objects_in(places, digests) if digests else set()


def _erased(
    row: Row[*tuple[object, ...]], at: datetime, actor: str, now: datetime
) -> HistoryEntry:
    return HistoryEntry(
        record_id=row.id,
        kind=HistoryKind.ERASED,
        cause=Cause.MANUAL,
        actor=actor,
        happened_at=at,
        learnt_at=now,
        from_stage=row.stage,
        to_stage=None,
        source="leadstate",
        pass_number=row.pass_number,
    )


# -- tokens and what went out ----------------------------------------------------------


def _tokens(work: Work, before: View) -> int:
    """Take over newer tokens: a CRM that changes them takes the old ones no more."""
    names = credential.c.connection, credential.c.name
    mine = {
        (row.connection, row.name): row.updated_at
        for row in work.connection.execute(select(*names, credential.c.updated_at))
    }
    rows = [
        dict(row._mapping)  # noqa: SLF001 - its documented name
        for row in before.connection.execute(select(credential))
        if _is_newer(row.updated_at, mine.get((row.connection, row.name)))
    ]
    if rows:
        statement = insert(credential)
        replaced = {
            name: statement.excluded[name]
            for name in ("nonce", "ciphertext", "updated_at")
        }
        keys = ["connection", "name"]
        work.connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=replaced), rows
        )
    return len(rows)


def _is_newer(theirs: datetime | None, mine: datetime | None) -> bool:
    return mine is None or (theirs is not None and theirs > mine)


def _settle(work: Work, before: View | None, now: datetime) -> tuple[int, int]:
    """End what went out; what may have is asked for as a repetition, or of a person."""
    rows = work.connection.execute(select(outbox).where(is_open(outbox))).all()
    ended = _ended(before, [row.token for row in rows])
    for row in rows:
        if row.token in ended:
            _change(work, [row.id], **ended[row.token])
    left = [row for row in rows if row.token not in ended]
    unsure = [row for row in left if row.kind in _UNREPEATABLE]
    repeated = [row.id for row in left if row.kind not in _UNREPEATABLE]
    free = {"claim_token": None, "claimed_until": None}
    maybe = {"state": OutboxState.PENDING, "sent": True, "sent_earlier": True}
    _change(work, repeated, **free, **maybe)
    dead = {"state": OutboxState.DEAD, "outcome": _RESTORED, "settled_at": now}
    _change(work, [row.id for row in unsure], **free, **dead)
    for row in unsure:
        work.of(row.workflow).dead_letters.put([_letter(row, now)])
    return len(ended), len(unsure)


def _ended(before: View | None, tokens: Sequence[str]) -> dict[str, dict[str, object]]:
    if before is None:
        return {}
    query = select(outbox).where(among(outbox.c.token, tokens), ~is_open(outbox))
    return {
        row.token: {
            "state": row.state,
            "outcome": row.outcome,
            "settled_at": row.settled_at,
            "claim_token": None,
            "claimed_until": None,
        }
        for row in before.connection.execute(query)
    }


def _change(work: Work, ids: Sequence[int], **values: object) -> None:
    if ids:
        work.connection.execute(
            update(outbox).where(among(outbox.c.id, ids)).values(values)
        )


def _letter(row: Row[*tuple[object, ...]], now: datetime) -> DeadLetterItem:
    return DeadLetterItem(
        door=Door.OUTBOX,
        ref=str(row.id),
        connection=row.connection,
        object=row.object,
        external_id=row.external_id,
        record_id=row.record_id,
        reason=_RESTORED,
        detail=_DETAIL,
        payload=row.payload,
        at=now,
    )


def _history_entry(actor: str, now: datetime) -> HistoryEntry:
    """Return the row that says why the history was set back."""
    return HistoryEntry(
        record_id="",
        kind=HistoryKind.CONFIGURED,
        cause=Cause.MANUAL,
        actor=actor,
        happened_at=now,
        learnt_at=now,
        from_stage=None,
        to_stage=None,
        note="the database was restored from a backup; what came after is not in it",
        source="leadstate",
    )
