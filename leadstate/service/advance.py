"""Turn what lies in the inbox into decisions, a batch at a time.

Echoes of our own writes are dropped unread.  Objects that something happened to are read
once, a hundred a call, however many events told of them; then each is judged by pure
code and the batch is committed.  A poison object goes to the dead letters alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from leadstate.adapters import EventKind, Gone, GoneReason, RemoteObject
from leadstate.errors import RetryLater, VersionConflict
from leadstate.service.commit import DEFERRED, commit
from leadstate.service.digest import Digest
from leadstate.service.inbox import MOVE
from leadstate.service.manual import plan_move
from leadstate.service.plan import Known, News, Plan
from leadstate.service.points import passed
from leadstate.store import DeadLetterItem, Door, InboxState, LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.store import InboxRow, LinkRow, OutboxRow, RecordRow, View

__all__ = ["Advanced", "advance"]

BATCH = 500
_ECHO_WINDOW = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(minutes=5)

log = structlog.get_logger("leadstate.advance")


@dataclass(slots=True)
class Advanced:
    """What one round did, in inbox rows."""

    taken: int = 0
    decided: int = 0
    echoes: int = 0
    deferred: int = 0
    dead: int = 0
    waiting: int = 0  # the CRM could not be read now

    @property
    def progress(self) -> bool:
        """Whether another round may find something to do at once."""
        return self.decided + self.echoes + self.dead > 0


def advance(app: App, *, limit: int = BATCH) -> Advanced:
    """Work on up to ``limit`` due inbox rows; return what became of them."""
    now = app.clock.now()
    with app.store.read() as view:
        rows = view.inbox.due(now, limit)
    done = Advanced(taken=len(rows))
    _advance_moves(app, [row for row in rows if row.kind == MOVE], now, done)
    for name, connected in app.connections.items():
        mine = [row for row in rows if row.kind != MOVE and row.connection == name]
        if mine:
            _advance_connection(app, connected, mine, now, done)
    _bury_strangers(app, rows, now, done)
    return done


def _bury_strangers(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    """Put rows of a connection that the settings no longer have into dead letters."""
    for row in rows:
        if row.kind != MOVE and row.connection not in app.connections:
            detail = f"the settings have no connection {row.connection!r}"
            _bury(app, [row], "unknown connection", detail, now)
            done.dead += 1


# -- transitions that people ask for ----------------------------------------------------


def _advance_moves(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    for row in rows:
        try:
            plan = plan_move(app, row, now)
            commit(app.store, [plan], now)
        except VersionConflict:
            done.deferred += 1  # still due; judged again in the next round
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            _bury(app, [row], "cannot be judged", _said(error), now)
            done.dead += 1
        else:
            done.decided += 1


# -- what happened in a CRM -------------------------------------------------------------


def _advance_connection(
    app: App,
    connected: Connected,
    rows: Sequence[InboxRow],
    now: datetime,
    done: Advanced,
) -> None:
    news_rows, echoes = _sort_out(app, connected, rows, now)
    _settle(app, [row.id for row in echoes], InboxState.ECHO, now)
    done.echoes += len(echoes)
    by_object = _by_object(news_rows)
    if not by_object:
        return
    known = _known(app, connected, by_object)
    try:
        remotes = _read(connected, by_object)
    except RetryLater as error:
        _wait(app, news_rows, error, now)
        done.waiting += len(news_rows)
        return
    passed("advance.after_read")
    known |= _known_merged(app, connected, remotes, known)
    digest = Digest(
        lifecycle=app.lifecycle,
        connected=connected,
        connections=app.connections,
        now=now,
    )
    plans = _plans(app, digest, by_object, remotes, known, done)
    _commit_all(app, plans, now, done)


def _sort_out(
    app: App, connected: Connected, rows: Sequence[InboxRow], now: datetime
) -> tuple[list[InboxRow], list[InboxRow]]:
    """Part what happened from the echoes of our own writes."""
    told = [row for row in rows if row.payload.get("kind") == EventKind.CHANGED]
    triples = [_written(row) for row in told]
    with app.store.read() as view:
        ours = view.ledger.matching(
            connected.name, connected.binding.object, triples, now - _ECHO_WINDOW
        )
    echoes = {row.id for row in told if row.payload.get("own") or _written(row) in ours}
    return (
        [row for row in rows if row.id not in echoes],
        [row for row in rows if row.id in echoes],
    )


def _written(row: InboxRow) -> tuple[str, str, str]:
    payload = row.payload
    return (
        row.external_id,
        str(payload.get("property") or ""),
        str(payload.get("value") or ""),
    )


def _by_object(rows: Iterable[InboxRow]) -> dict[str, list[InboxRow]]:
    """Return external id -> rows; the survivor of a merge is looked at too."""
    grouped: dict[str, list[InboxRow]] = {}
    for row in rows:
        into = row.payload.get("into")
        grouped.setdefault(str(into) if into else row.external_id, []).append(row)
    return grouped


def _read(
    connected: Connected, by_object: Mapping[str, Sequence[InboxRow]]
) -> dict[str, RemoteObject | Gone]:
    found = {one.id: one for one in connected.adapter.read(list(by_object))}
    return {
        external_id: _as_told(rows, found.get(external_id, _unknown(external_id)))
        for external_id, rows in by_object.items()
    }


def _unknown(external_id: str) -> Gone:
    return Gone(id=external_id, reason=GoneReason.UNKNOWN)


def _as_told(
    rows: Sequence[InboxRow], remote: RemoteObject | Gone
) -> RemoteObject | Gone:
    """Let a webhook say why an object is gone, where reading it cannot."""
    kinds = {row.payload.get("kind") for row in rows}
    if isinstance(remote, RemoteObject):
        told = [
            str(one)
            for row in rows
            for one in _list(row.payload.get("merged_ids"))
            if str(one) != remote.id
        ]
        merged = tuple(dict.fromkeys((*remote.merged_ids, *told)))
        return RemoteObject(
            id=remote.id,
            properties=remote.properties,
            updated_at=remote.updated_at,
            created_at=remote.created_at,
            merged_ids=merged,
        )
    if EventKind.ERASED in kinds:
        return Gone(id=remote.id, reason=GoneReason.ERASED)
    if remote.reason is GoneReason.UNKNOWN and EventKind.DELETED in kinds:
        return Gone(id=remote.id, reason=GoneReason.DELETED)
    return remote


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _wait(app: App, rows: Sequence[InboxRow], error: RetryLater, now: datetime) -> None:
    """The CRM cannot be read now: nothing is wrong with the rows, look again later."""
    tries = max(row.attempts for row in rows)
    pause = timedelta(seconds=error.after_seconds or min(2.0**tries, 300.0))
    log.info("CRM cannot be read now", error=str(error), rows=len(rows))
    _postpone(app, [row.id for row in rows], now + min(pause, _LONGEST_PAUSE))


# -- what the store knows ---------------------------------------------------------------


def _known(
    app: App, connected: Connected, external_ids: Iterable[str]
) -> dict[str, Known]:
    ids = list(external_ids)
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
        records, all_links, pending = _behind(app, view, links.values())
    return {
        external_id: _known_of(links.get(external_id), records, all_links, pending)
        for external_id in ids
    }


def _behind(
    app: App, view: View, links: Iterable[LinkRow]
) -> tuple[
    dict[str, RecordRow], dict[str, tuple[LinkRow, ...]], dict[str, list[OutboxRow]]
]:
    record_ids = sorted({link.record_id for link in links if link.record_id})
    return (
        view.records.get_many(record_ids, app.lifecycle.fields),
        view.links.of_records(record_ids),
        view.outbox.open_for(record_ids),
    )


def _known_of(
    link: LinkRow | None,
    records: Mapping[str, RecordRow],
    links: Mapping[str, tuple[LinkRow, ...]],
    pending: Mapping[str, list[OutboxRow]],
) -> Known:
    if link is None or link.record_id is None:
        return Known(link=link)
    mine = [
        row
        for row in pending.get(link.record_id, [])
        if row.connection == link.connection
    ]
    return Known(
        link=link,
        record=records.get(link.record_id),
        links=tuple(links.get(link.record_id, ())),
        pending=tuple(mine),
    )


def _known_merged(
    app: App,
    connected: Connected,
    remotes: Mapping[str, RemoteObject | Gone],
    known: Mapping[str, Known],
) -> dict[str, Known]:
    """Return what is known of objects into which others were merged."""
    survivors = {
        one.id: one.merged_ids
        for one in remotes.values()
        if isinstance(one, RemoteObject) and one.merged_ids
    }
    if not survivors:
        return {}
    ids = sorted({one for merged in survivors.values() for one in merged})
    losers = _known(app, connected, ids)
    found: dict[str, Known] = {}
    for survivor, merged in survivors.items():
        pairs = tuple(
            (loser.link, loser.record)
            for loser in (losers[one] for one in merged)
            if loser.link
            and loser.record
            and loser.link.status is not LinkStatus.MERGED
        )
        before = known[survivor]
        found[survivor] = Known(
            link=before.link,
            record=before.record,
            links=before.links,
            pending=before.pending,
            merged=pairs,
        )
    return found


# -- judging and committing -------------------------------------------------------------


def _plans(  # noqa: PLR0913, PLR0917
    app: App,
    digest: Digest,
    by_object: Mapping[str, Sequence[InboxRow]],
    remotes: Mapping[str, RemoteObject | Gone],
    known: Mapping[str, Known],
    done: Advanced,
) -> list[Plan]:
    """Judge every object; one record stands in one plan of a batch only."""
    plans: list[Plan] = []
    taken: set[str] = set()
    for external_id, rows in by_object.items():
        news = News(rows=rows, remote=remotes[external_id])
        try:
            plan = digest.plan(news, known[external_id], new_id=uuid4().hex)
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            _bury(app, rows, "cannot be judged", _said(error), digest.now)
            done.dead += len(rows)
            continue
        if plan.record_ids & taken:
            done.deferred += len(rows)
            continue
        taken |= plan.record_ids
        plans.append(plan)
    return plans


def _commit_all(app: App, plans: Sequence[Plan], now: datetime, done: Advanced) -> None:
    """Commit the batch; when somebody moved a record meanwhile, one by one."""
    try:
        written = commit(app.store, plans, now)
    except VersionConflict:
        written = tuple(one for plan in plans for one in _commit_alone(app, plan, now))
    ids = {id(plan) for plan in written}
    overtaken = [plan for plan in plans if id(plan) not in ids]
    done.decided += sum(len(one.inbox_ids) for one in written if not one.defer)
    done.deferred += sum(len(one.inbox_ids) for one in written if one.defer)
    done.deferred += sum(len(one.inbox_ids) for one in overtaken)
    _postpone(app, [row for one in overtaken for row in one.inbox_ids], now + DEFERRED)


def _commit_alone(app: App, plan: Plan, now: datetime) -> tuple[Plan, ...]:
    try:
        return commit(app.store, [plan], now)
    except VersionConflict:
        return ()  # judged again in a later round


def _postpone(app: App, ids: Sequence[int], due_at: datetime) -> None:
    if not ids:
        return
    with app.store.begin() as work:
        work.inbox.postpone(ids, due_at)
        work.commit()


def _settle(app: App, ids: Sequence[int], state: InboxState, now: datetime) -> None:
    if not ids:
        return
    with app.store.begin() as work:
        work.inbox.settle(ids, state, now)
        work.commit()


def _bury(
    app: App, rows: Sequence[InboxRow], reason: str, detail: str, now: datetime
) -> None:
    """Put rows that cannot be judged into dead letters, with why."""
    letters = [
        DeadLetterItem(
            door=Door.INBOX,
            ref=row.key,
            connection=row.connection,
            object=row.object,
            external_id=row.external_id,
            record_id=row.record_id,
            reason=reason,
            detail=detail,
            payload=row.payload,
            at=now,
        )
        for row in rows
    ]
    with app.store.begin() as work:
        work.dead_letters.put(letters)
        work.inbox.settle([row.id for row in rows], InboxState.DEAD, now)
        work.commit()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
