"""Write change sets: everything that one decision changes, in one transaction.

A batch shares a transaction, a decision is never split over two.  When anything moved
between judging and committing, nothing of a change set is written: its inbox rows stay
due and are judged again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.stays import is_reported
from leadstate.errors import VersionConflict
from leadstate.service.dispatch import rows_of
from leadstate.service.failpoints import hit
from leadstate.store import (
    Door,
    FirstVisit,
    InboxState,
    OutboxKind,
    RecordStatus,
    VisitEnd,
    VisitTurn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from leadstate.service.change_set import ChangeSet, Superseded
    from leadstate.service.dispatch import TransactionRows
    from leadstate.store import Forgetting, OutboxRow, RecordRow, Store, Work

    _Place: TypeAlias = tuple[str, str, str]  # connection, object, external id
    _OpenRows: TypeAlias = Mapping[str, Sequence[OutboxRow]]

__all__ = ["DEFERRED", "commit"]

_WRITES = (OutboxKind.STAGE, OutboxKind.FIELDS, OutboxKind.CREATE)
_ENDINGS = (HistoryKind.CLOSED, HistoryKind.ERASED)
DEFERRED = timedelta(seconds=1)
"""How long news waits while a write of ours to the same record is under way."""


def commit(
    store: Store,
    changes: Sequence[ChangeSet],
    now: datetime,
    beside: Callable[[Work, Sequence[ChangeSet]], None] | None = None,
) -> tuple[ChangeSet, ...]:
    """Write these change sets in one transaction; return those that were written.

    Args:
        store: Narrowed to the workflow.
        changes: What was judged.
        now: The moment.
        beside: Writes what else belongs into the transaction, told what is written.

    Raises:
        VersionConflict: A record was moved meanwhile; nothing was written.
        StoreUnavailable: The database cannot take it now; nothing was written.
    """
    if not changes:
        return ()
    rows = rows_of(changes)  # before the lock is taken: it needs nothing of the store
    with store.begin() as work:
        open_rows = _open_rows(work, changes, rows.superseded)
        fresh = _still_true(work, changes, open_rows)
        if len(fresh) < len(changes):
            rows = rows_of(fresh)
        _supersede(work, rows.superseded, open_rows)
        _write(work, rows, now, resting=_resting(fresh))
        _settle_inbox(work, fresh, now)
        for one in rows.forgetting:
            _forget(work, one, rows.history, now)
        work.erasure.redact(
            [id_ for one in rows.redacted for id_ in one.inbox_ids], now
        )
        if beside is not None:
            beside(work, fresh)
        hit("advance.before_commit")
        work.commit()
    hit("advance.after_commit")
    return tuple(fresh)


# -- whether it still holds ------------------------------------------------------------


def _open_rows(
    work: Work, changes: Sequence[ChangeSet], superseded: Sequence[Superseded]
) -> _OpenRows:
    """Return what still has to go out of every record that is changed or rested on."""
    ids = {record_id for one in changes for record_id in one.touched_ids}
    ids |= {one.record_id for one in superseded}
    return work.outbox.open_for(sorted(ids)) if ids else {}


def _still_true(
    work: Work, changes: Sequence[ChangeSet], open_rows: _OpenRows
) -> list[ChangeSet]:
    """Drop those whose record has other objects, or a write under way, by now.

    The links that a change set saves are compared when they are saved.  A connection
    that went live meanwhile, or is observed again, lets its news be judged anew.
    """
    live = work.modes.live()
    ids = {one.record_id for its in changes for one in its.seen if one.record_id}
    objects = work.links.versions(sorted(ids)) if ids else {}
    under_way = {
        record_id
        for record_id, rows in open_rows.items()
        if any(row.sent and row.kind in _WRITES for row in rows)
    }
    return [
        one
        for one in changes
        if _as_seen(one, objects)
        and (one.about is None or one.about.live == live)
        # Also one that changes the link alone: settling would undo what it saw.
        and (one.commanded or not under_way or not one.touched_ids & under_way)
    ]


def _as_seen(change: ChangeSet, objects: Mapping[str, Mapping[_Place, int]]) -> bool:
    """Whether the objects of each record are those that judging rested on."""
    seen: dict[str, dict[_Place, int]] = {}
    for link in change.seen:
        if link.record_id is not None:
            place = link.connection, link.object, link.external_id
            seen.setdefault(link.record_id, {})[place] = link.version
    return all(objects.get(one, {}) == links for one, links in seen.items())


# -- writing ---------------------------------------------------------------------------


def _resting(changes: Sequence[ChangeSet]) -> Collection[str]:
    """Return the parked and closed stages of the workflow that all of these are of."""
    abouts = (one.about for one in changes if one.about is not None)
    return next((one.lifecycle.resting_stages for one in abouts), ())


def _write(
    work: Work, rows: TransactionRows, now: datetime, *, resting: Collection[str]
) -> None:
    work.records.add(rows.added)
    work.records.update(rows.changed)
    work.links.save_if(rows.links)
    work.identities.put_further({one.place: one.values for one in rows.further})
    ids = work.history.append(rows.history)
    told = list(zip(ids, rows.history, strict=True))
    _write_visits(work, told, _owners(rows), resting)
    work.events.add(rows.events)
    work.field_changes.add(rows.field_changes)
    work.inbox.add(rows.inbox)
    work.outbox.add(rows.outbox)
    work.conflicts.add(rows.conflicts)
    _write_time(work, rows, now)
    _write_people(work, rows, now)
    for taken in rows.conflicts_taken:
        work.conflicts.take(taken.conflict, now)
    work.dead_letters.put(rows.letters)
    for resolved in rows.letters_resolved:
        work.dead_letters.resolve_ref(Door.LINK, resolved.ref, now)


def _supersede(
    work: Work, superseded: Sequence[Superseded], open_rows: _OpenRows
) -> None:
    """Take back writes that were not sent yet: newer decisions replace them."""
    for kind in (OutboxKind.STAGE, OutboxKind.FIELDS):
        ids = [one.record_id for one in superseded if one.kind is kind]
        waiting = [row for one in ids for row in open_rows.get(one, ())]
        open_to = {row.connection for row in waiting}
        for connection in sorted(open_to):
            work.outbox.supersede(ids, connection, kind)


def _write_time(work: Work, rows: TransactionRows, now: datetime) -> None:
    """Keep the clocks and timers; a record that ended has none that run."""
    work.clocks.save(rows.clocks)
    ended = [
        change.record.id
        for change in rows.changed
        if change.status is not RecordStatus.ACTIVE
    ]
    work.timers.replace(rows.timers | dict.fromkeys(ended, ()))
    if ended:
        work.clocks.close_all(ended, now)


def _write_people(work: Work, rows: TransactionRows, now: datetime) -> None:
    """Keep who got what, what waits for an agreement, and what a move made void."""
    work.assignments.add(rows.assignments)
    for answer in rows.answers:
        work.approvals.settle(
            answer.approval, answer.state, answer.by, now, answer.note
        )
    over = (HistoryKind.MOVED, *_ENDINGS)
    moved = {entry.record_id for entry in rows.history if entry.kind in over}
    if moved:
        work.approvals.void(sorted(moved), now)
    if rows.approvals:
        work.approvals.ask(rows.approvals)


def _settle_inbox(work: Work, changes: Sequence[ChangeSet], now: datetime) -> None:
    done = [row for one in changes if not one.defer for row in one.inbox_ids]
    deferred = [row for one in changes if one.defer for row in one.inbox_ids]
    if done and work.inbox.settle(done, InboxState.DONE, now) != len(done):
        raise VersionConflict("another process judged the same inbox rows first")
    if deferred:
        work.inbox.postpone(deferred, now + DEFERRED)


def _forget(
    work: Work, who: Forgetting, history: Sequence[HistoryEntry], now: datetime
) -> None:
    """Empty what is personal, of the person's other records, too, which end with it.

    Those were merged into it, or are the records of other workflows.
    """
    own = [who.record_id] if who.record_id else []
    kin = work.records.get_many(sorted(work.erasure.kin(own, who.objects)), {})
    erased = (one for one in history if one.kind is HistoryKind.ERASED)
    told = next((one for one in erased if one.record_id == who.record_id), None)
    rows = [_of_kin(one, told or _unasked(now)) for one in kin.values()]
    ids = work.history.append(rows)
    _write_visits(work, list(zip(ids, rows, strict=True)), {})
    work.clocks.close_all(list(kin), now)
    work.erasure.forget(who, now)


def _of_kin(row: RecordRow, told: HistoryEntry) -> HistoryEntry:
    """Return what was told of a person's record as told of another one of theirs."""
    record = row.record
    there = record.stage if row.status is RecordStatus.ACTIVE else None
    return replace(
        told,
        record_id=record.id,
        from_stage=there,
        pass_number=record.pass_number,
        workflow_version=record.workflow_version or told.workflow_version,
    )


def _unasked(now: datetime) -> HistoryEntry:
    """Return what is told where a CRM erased an object that is no record here."""
    return HistoryEntry(
        record_id="",
        kind=HistoryKind.ERASED,
        cause=Cause.OUTSIDE,
        actor="leadstate",
        happened_at=now,
        learnt_at=now,
        from_stage=None,
        to_stage=None,
        source="leadstate",
    )


# -- visits ----------------------------------------------------------------------------


def _owners(rows: TransactionRows) -> dict[str, str | None]:
    """Return who owns each record that is new or changed, as its decision leaves it."""
    added = {one.record.id: one.owner for one in rows.added}
    return added | {one.record.id: one.owner for one in rows.changed}


def _write_visits(
    work: Work,
    rows: Sequence[tuple[str, HistoryEntry]],
    owners: Mapping[str, str | None],
    resting: Collection[str] = (),
) -> None:
    """Keep the visits in step with the history: begin, go on, end.

    Of a record that passed stages which the CRM alone tells of they are counted anew.
    """
    anew = sorted({entry.record_id for _, entry in rows if is_reported(entry)})
    if anew:
        its = {row_id: owners.get(one.record_id) for row_id, one in rows}
        work.visits.recount(anew, resting=resting, owners=its)
        rows = [row for row in rows if row[1].record_id not in anew]
    opened = (HistoryKind.ENTERED, HistoryKind.REOPENED)
    work.visits.open_first(
        [_first(*row, owners) for row in rows if row[1].kind in opened]
    )
    work.visits.turn(
        [_turn(*row, owners) for row in rows if row[1].kind is HistoryKind.MOVED]
    )
    work.visits.close([_end(*row) for row in rows if row[1].kind in _ENDINGS])


def _first(
    row_id: str, entry: HistoryEntry, owners: Mapping[str, str | None]
) -> FirstVisit:
    return FirstVisit(
        record_id=entry.record_id,
        stage=entry.to_stage or "",
        entered_by=row_id,
        entered_at=entry.happened_at,
        pass_number=entry.pass_number,
        owner=owners.get(entry.record_id),
        workflow_version=entry.workflow_version,
    )


def _turn(
    row_id: str, entry: HistoryEntry, owners: Mapping[str, str | None]
) -> VisitTurn:
    return VisitTurn(
        record_id=entry.record_id,
        history_id=row_id,
        stage=entry.to_stage or "",
        left_at=entry.happened_at,
        entered_at=entry.happened_at,
        pass_number=entry.pass_number,
        owner=owners.get(entry.record_id),
        workflow_version=entry.workflow_version,
    )


def _end(row_id: str, entry: HistoryEntry) -> VisitEnd:
    return VisitEnd(
        record_id=entry.record_id, left_by=row_id, left_at=entry.happened_at
    )
