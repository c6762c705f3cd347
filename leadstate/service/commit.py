"""Write plans: everything that one decision changes, in one transaction.

A batch shares a transaction, a decision is never split over two.  When anything moved
between judging and committing, nothing of the plan is written: its inbox rows stay due
and are judged again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from leadstate.domain.history import HistoryEntry, HistoryKind
from leadstate.errors import VersionConflict
from leadstate.service.points import passed
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
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    from leadstate.service.plan import Plan
    from leadstate.store import LinkRow, Store, Work

    _Place: TypeAlias = tuple[str, str, str]  # connection, object, external id

__all__ = ["DEFERRED", "commit"]

_WRITES = (OutboxKind.STAGE, OutboxKind.FIELDS, OutboxKind.CREATE)
DEFERRED = timedelta(seconds=1)
"""How long news waits while a write of ours to the same record is under way."""


def commit(store: Store, plans: Sequence[Plan], now: datetime) -> tuple[Plan, ...]:
    """Write these plans in one transaction; return those that were written.

    Raises:
        VersionConflict: A record was moved meanwhile; nothing was written.
        StoreUnavailable: The database cannot take it now; nothing was written.
    """
    if not plans:
        return ()
    with store.begin() as work:
        fresh = _still_true(work, plans)
        _supersede(work, fresh)
        _write(work, fresh, now)
        passed("advance.before_commit")
        work.commit()
    passed("advance.after_commit")
    return tuple(fresh)


def _still_true(work: Work, plans: Sequence[Plan]) -> list[Plan]:
    """Drop plans whose link changed, or whose record has a write under way by now."""
    current = _links_now(work, plans)
    ids = {record_id for plan in plans for record_id in plan.touched_ids}
    open_rows = work.outbox.open_for(sorted(ids)) if ids else {}
    beside = work.links.of_records(sorted(ids)) if ids else {}
    under_way = {
        record_id
        for record_id, rows in open_rows.items()
        if any(row.sent and row.kind in _WRITES for row in rows)
    }
    return [
        plan
        for plan in plans
        if all(current.get(_place(link)) == link for link in plan.seen_links)
        and not _new_beside(plan, beside)
        and not (plan.links and _taken_in(plan, current))
        # Also one that changes the link alone: settling would undo what it saw.
        and (plan.asked or not plan.touched_ids & under_way)
    ]


def _new_beside(plan: Plan, beside: Mapping[str, Sequence[LinkRow]]) -> bool:
    """Whether a record has an object by now that judging knew nothing of."""
    known = {_place(link) for link in (*plan.seen_links, *plan.links)}
    ids = {link.record_id for link in plan.seen_links} - {None}
    links = (link for record_id in ids for link in beside.get(record_id or "", ()))
    return any(_place(link) not in known for link in links)


def _taken_in(plan: Plan, current: Mapping[_Place, LinkRow]) -> bool:
    """Whether another process took the plan's new object in meanwhile."""
    new = _place(plan.links[0])
    return new in current and new not in map(_place, plan.seen_links)


def _place(link: LinkRow) -> _Place:
    return link.connection, link.object, link.external_id


def _links_now(work: Work, plans: Sequence[Plan]) -> dict[_Place, LinkRow]:
    links = [link for plan in plans for link in (*plan.seen_links, *plan.links)]
    wanted = sorted({_place(link) for link in links})
    found: dict[_Place, LinkRow] = {}
    for (connection, kind), places in groupby(wanted, key=lambda place: place[:2]):
        rows = work.links.get_many(connection, kind, [place[2] for place in places])
        found |= {_place(row): row for row in rows.values()}
    return found


def _supersede(work: Work, plans: Iterable[Plan]) -> None:
    """Take back stage writes that were not sent yet: newer decisions replace them."""
    overtaken = [record_id for plan in plans for record_id in plan.supersede]
    waiting = work.outbox.open_for(overtaken) if overtaken else {}
    connections = {row.connection for rows in waiting.values() for row in rows}
    for connection in sorted(connections):
        work.outbox.supersede(overtaken, connection, OutboxKind.STAGE)
    outdated = [record_id for plan in plans for record_id in plan.outdated]
    waiting = work.outbox.open_for(outdated) if outdated else {}
    for connection in sorted({r.connection for rows in waiting.values() for r in rows}):
        work.outbox.supersede(outdated, connection, OutboxKind.FIELDS)


def _write(work: Work, plans: Sequence[Plan], now: datetime) -> None:
    work.records.add([plan.added for plan in plans if plan.added])
    work.records.update([change for plan in plans for change in plan.changes])
    work.links.save([link for plan in plans for link in plan.links])
    history = [entry for plan in plans for entry in plan.history]
    ids = work.history.append(history)
    _write_visits(work, list(zip(ids, history, strict=True)), _owners(plans))
    work.events.add([row for plan in plans for row in plan.events])
    work.field_changes.add([row for plan in plans for row in plan.field_changes])
    work.outbox.add([item for plan in plans for item in plan.outbox])
    work.conflicts.add([row for plan in plans for row in plan.conflicts])
    _write_time(work, plans, now)
    _write_people(work, plans, now)
    for taken in [one for plan in plans for one in plan.taken]:
        work.conflicts.take(taken, now)
    for plan in plans:
        if plan.dead:
            work.dead_letters.put([plan.dead])
        for ref in plan.resolved:
            work.dead_letters.resolve_ref(Door.LINK, ref, now)
    _settle_inbox(work, plans, now)
    for plan in plans:
        _forget(work, plan, now)


def _forget(work: Work, plan: Plan, now: datetime) -> None:
    """Empty what is personal, of records that were merged into a person's, too."""
    for who in plan.forget:
        if who.record_id:
            told = [one for one in plan.history if one.record_id == who.record_id]
            kin = sorted(work.erasure.kin([who.record_id]))
            work.history.append(
                [
                    replace(one, record_id=other, from_stage=None)
                    for one in told
                    if one.kind is HistoryKind.ERASED
                    for other in kin
                ]
            )
        work.erasure.forget(who, now)
    work.erasure.silence(plan.silent, now)


def _write_time(work: Work, plans: Iterable[Plan], now: datetime) -> None:
    """Keep the clocks and timers; a record that ended has none that run."""
    work.clocks.save([one for plan in plans for one in plan.clocks])
    timers = {id_: its for plan in plans for id_, its in plan.timers.items()}
    ended = [
        change.record.id
        for plan in plans
        for change in plan.changes
        if change.status is not RecordStatus.ACTIVE
    ]
    work.timers.replace(timers | dict.fromkeys(ended, ()))
    if ended:
        work.clocks.close_all(ended, now)


def _write_people(work: Work, plans: Sequence[Plan], now: datetime) -> None:
    """Keep who got what, what waits for an agreement, and what a move made void."""
    work.assignments.add([row for plan in plans for row in plan.assigned])
    for answer in [one for plan in plans for one in plan.answers]:
        work.approvals.settle(
            answer.approval, answer.state, answer.by, now, answer.note
        )
    over = (HistoryKind.MOVED, HistoryKind.CLOSED, HistoryKind.ERASED)
    moved = {
        entry.record_id
        for plan in plans
        for entry in plan.history
        if entry.kind in over
    }
    if moved:
        work.approvals.void(sorted(moved), now)
    asked = [one for plan in plans for one in plan.approvals]
    if asked:
        work.approvals.ask(asked)


def _settle_inbox(work: Work, plans: Iterable[Plan], now: datetime) -> None:
    done = [row for plan in plans if not plan.defer for row in plan.inbox_ids]
    deferred = [row for plan in plans if plan.defer for row in plan.inbox_ids]
    if done and work.inbox.settle(done, InboxState.DONE, now) != len(done):
        raise VersionConflict("another process judged the same inbox rows first")
    if deferred:
        work.inbox.postpone(deferred, now + DEFERRED)


def _owners(plans: Iterable[Plan]) -> dict[str, str | None]:
    """Return who owns each record that is new or changed, as its plan leaves it."""
    owners: dict[str, str | None] = {}
    for plan in plans:
        owners |= {plan.added.record.id: plan.added.owner} if plan.added else {}
        owners |= {change.record.id: change.owner for change in plan.changes}
    return owners


def _write_visits(
    work: Work,
    rows: Sequence[tuple[str, HistoryEntry]],
    owners: Mapping[str, str | None],
) -> None:
    """Keep the visits in step with the history: begin, go on, end."""
    opened = (HistoryKind.ENTERED, HistoryKind.REOPENED)
    closed = (HistoryKind.CLOSED, HistoryKind.ERASED)
    work.visits.open_first(
        [_first(*row, owners) for row in rows if row[1].kind in opened]
    )
    work.visits.turn(
        [_turn(*row, owners) for row in rows if row[1].kind is HistoryKind.MOVED]
    )
    work.visits.close([_end(*row) for row in rows if row[1].kind in closed])


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
