"""Turn what lies in the inbox into decisions, a batch at a time.

Echoes of our own writes are dropped unread.  Objects that something happened to are
read once, a hundred a call, however many events told of them; then each is judged by
pure code and the batch is committed.  A poison object goes to the dead letters alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from leadstate.adapters import Gone, RemoteObject
from leadstate.domain.frozen import replace
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
    StoreUnavailable,
    VersionConflict,
)
from leadstate.service.app import feeds_of
from leadstate.service.change_set import ChangeSet, InboundChange
from leadstate.service.commands.planner import COMMANDS, plan_command
from leadstate.service.commit import DEFERRED, commit
from leadstate.service.failpoints import hit
from leadstate.service.inbound.between import read_between
from leadstate.service.inbound.following import followed, read_objects
from leadstate.service.inbound.further import with_further
from leadstate.service.inbound.load import load_after, load_before
from leadstate.service.inbound.planner import plan_inbound
from leadstate.service.inbound.scene import Scene
from leadstate.service.round import (
    Advanced,
    commit_all,
    dead_letter,
    fewer_collections,
    postpone,
    said,
    settle,
    turn_away,
)
from leadstate.service.sync.loaded import load_each, load_rota
from leadstate.service.timers.planner import plan_timer
from leadstate.store import (
    TIMER,
    InboxState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected, Feed
    from leadstate.service.inbound.load import After, BatchState
    from leadstate.store import InboxRow

__all__ = ["Advanced", "advance"]

BATCH = 500
_LONGEST_PAUSE = timedelta(minutes=5)
_FAILED_PAUSE = timedelta(seconds=5)
_MOST_DOUBLINGS = 10
_MOST_SKEW = timedelta(minutes=5)
"""How far a CRM's clock may run before ours and still be believed."""
_TIMERS_COMMITTED = 15  # they come by the hundred thousand, and each changes more

log = structlog.get_logger("leadstate.advance")


def advance(*apps: App, limit: int = BATCH) -> Advanced:
    """Work on up to ``limit`` due inbox rows of each; return what became of them.

    Args:
        apps: The workflows of one installation; an object that several of them look at
            is read once for all of them.
        limit: At most so many rows a workflow, and as many timers.
    """
    with fewer_collections():
        return _advance(apps, limit)


def _advance(apps: Sequence[App], limit: int) -> Advanced:
    done = Advanced()
    now = apps[0].clock.now()
    rows: dict[str, list[InboxRow]] = {}
    timers: dict[str, list[InboxRow]] = {}
    for app in apps:
        _set_right(app, now)
        with app.store.read() as view:
            rows[app.name] = view.inbox.due(now, limit, without=(TIMER,))
            timers[app.name] = view.inbox.due(now, limit, kinds=(TIMER,))
        done.taken += len(rows[app.name]) + len(timers[app.name])
    for app in apps:
        asked = [row for row in rows[app.name] if row.kind in COMMANDS]
        _advance_commands(app, asked, now, done)
    for feed in feeds_of(apps):
        _advance_feed(feed, rows, now, done)
    for app in apps:
        _dead_letter_strangers(app, rows[app.name], now, done)
        # After the news: whoever moved a record before its timer came due is heard.
        _advance_timers(app, timers[app.name], done)
    return done


def _set_right(app: App, now: datetime) -> None:
    """Let rows be due that came while the clock ran ahead: it may have been years."""
    latest = now + _LONGEST_PAUSE
    with app.store.read() as view:
        if not view.inbox.runs_ahead(latest):
            return
    with app.store.begin() as work:
        late = work.inbox.set_right(now, latest)
        work.commit()
    log.warning("the clock was ahead; what it put off is due", rows=late)


def _dead_letter_strangers(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    """Put rows of a connection that the workflow no longer has into dead letters."""
    for row in rows:
        if row.kind not in COMMANDS and row.connection not in app.connections:
            detail = f"the settings have no connection {row.connection!r}"
            dead_letter(app, [row], "unknown connection", detail, now)
            done.dead += 1


# -- what people ask for ---------------------------------------------------------------


def _advance_commands(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    for row in rows:
        try:
            change = plan_command(app, row, now)
            if not commit(app.store, [change], now):
                postpone(app, change.inbox_ids, now + DEFERRED)
                done.deferred += 1
                continue
        except VersionConflict:
            done.deferred += 1  # still due; judged again in the next round
        except RetryLater:
            raise  # the database cannot take it now; nothing is wrong with the row
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            dead_letter(app, [row], "cannot be judged", said(error), now)
            done.dead += 1
        else:
            done.decided += 1


def _advance_timers(app: App, rows: Sequence[InboxRow], done: Advanced) -> None:
    """Judge timers, one a record and round: each sets the next ones anew."""
    if not rows:
        return
    now = app.clock.now()
    first: dict[str, InboxRow] = {}
    for row in rows:
        first.setdefault(row.record_id or "", row)
    with app.store.read() as view:
        (loaded, wrong), rota = load_each(view, app, first), load_rota(view, app)
    changes: list[ChangeSet] = []
    for record_id, row in first.items():
        try:
            if record_id in wrong:
                raise wrong[record_id]  # noqa: TRY301 - as any other poison
            change = plan_timer(app, row, loaded.get(record_id), now, rota)
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            dead_letter(app, [row], "cannot be judged", said(error), now)
            done.dead += 1
            continue
        changes.append(change)
        rota = change.rota or rota
    commit_all(app, changes, now, done, _TIMERS_COMMITTED)


# -- what happened in a CRM ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one workflow has heard of a connection, and knows of it before reading."""

    app: App
    connected: Connected
    rows: Sequence[InboxRow]
    before: BatchState


def _advance_feed(
    feed: Feed, rows: Mapping[str, Sequence[InboxRow]], now: datetime, done: Advanced
) -> None:
    """Judge what happened to one kind of object, for all that look at it."""
    batches: list[_Batch] = []
    for app, connected in feed.readers:
        mine = [
            row
            for row in rows[app.name]
            if row.kind not in COMMANDS and row.connection == feed.name
        ]
        if mine:
            with _on_its_own(app, feed.name, mine, now, done):
                before = load_before(app, connected, mine, now)
                batches.append(_Batch(app, connected, mine, before))
    shown = _read_for_all(batches)
    for one in batches:
        with _on_its_own(one.app, feed.name, one.rows, now, done):
            _advance_batch(one, shown, now, done)


@contextmanager
def _on_its_own(
    app: App, name: str, rows: Sequence[InboxRow], now: datetime, done: Advanced
) -> Iterator[None]:
    """Let what is wrong with one connection stop no other one."""
    try:
        yield
    except StoreUnavailable:
        raise  # nothing can be done for any connection now
    except LeadstateError as error:
        # This connection needs a person; the others go on as if nothing were wrong.
        done.failed[name] = error
        log.warning("connection failed", connection=name, error=str(error))
        postpone(app, [row.id for row in rows], now + _FAILED_PAUSE)


def _read_for_all(batches: Sequence[_Batch]) -> dict[str, RemoteObject | Gone]:
    """Return what several workflows look at, read once; nothing where that fails.

    Each of them then reads for itself, and tells what is wrong.
    """
    if len(batches) < 2:  # noqa: PLR2004 - it reads for itself
        return {}
    ids = dict.fromkeys(one for batch in batches for one in batch.before.by_object)
    if not ids:
        return {}
    try:
        return {one.id: one for one in batches[0].connected.adapter.read(list(ids))}
    except Exception as error:  # noqa: BLE001 - read again, object by object
        log.info("objects cannot be read for all", error=str(error), objects=len(ids))
        return {}


def _advance_batch(
    batch: _Batch,
    shown: Mapping[str, RemoteObject | Gone],
    now: datetime,
    done: Advanced,
) -> None:
    app, connected, before = batch.app, batch.connected, batch.before
    turn_away(app, before.turned_away, now)
    settle(app, [row.id for row in before.echoes], InboxState.ECHO, now)
    done.decided += len(before.turned_away)
    done.echoes += len(before.echoes)
    by_object = before.by_object
    if not by_object:
        return
    try:
        remotes = _read(batch, by_object, shown, now, done)
        by_object = followed(by_object, remotes)
        survivors = {
            one: by_object[one] for one in by_object if one not in before.states
        }
        if survivors:
            remotes |= _read(batch, survivors, shown, now, done)
    except RetryLater as error:
        _wait(app, [row for rows in by_object.values() for row in rows], error, now)
        done.waiting += sum(map(len, by_object.values()))
        return
    hit("advance.after_read")
    by_object = {one: rows for one, rows in by_object.items() if one in remotes}
    after = load_after(app, connected, by_object, remotes, before.states)
    between = read_between(app, connected, remotes, after.states)
    after = replace(after, between=between) if between else after
    scene = Scene(
        lifecycle=app.lifecycle,
        connected=connected,
        connections=app.connections,
        people=app.people,
        now=app.clock.now(),  # reading took its time, and people went on meanwhile
    )
    changes = _changes(app, scene, by_object, remotes, after, done)
    commit_all(app, changes, scene.now, done)


def _read(
    batch: _Batch,
    by_object: Mapping[str, Sequence[InboxRow]],
    shown: Mapping[str, RemoteObject | Gone],
    now: datetime,
    done: Advanced,
) -> dict[str, RemoteObject | Gone]:
    """Read all objects at once; if one cannot be understood, each one alone."""
    try:
        return read_objects(batch.connected, by_object, shown)
    except (RetryLater, ConfigurationError, FatalAdapterError):
        raise
    except Exception as error:  # noqa: BLE001 - poison must not stop other records
        if len(by_object) == 1:
            [rows] = by_object.values()
            dead_letter(batch.app, rows, "cannot be read", said(error), now)
            done.dead += len(rows)
            return {}
    found: dict[str, RemoteObject | Gone] = {}
    for external_id, rows in by_object.items():
        found |= _read(batch, {external_id: rows}, shown, now, done)
    return found


def _wait(app: App, rows: Sequence[InboxRow], error: RetryLater, now: datetime) -> None:
    """The CRM cannot be read now: nothing is wrong with the rows, look again later."""
    tries = min(max(row.attempts for row in rows), _MOST_DOUBLINGS)
    pause = timedelta(seconds=error.after_seconds or 2.0**tries)
    log.info("CRM cannot be read now", error=str(error), rows=len(rows))
    postpone(app, [row.id for row in rows], now + min(pause, _LONGEST_PAUSE))


# -- judging and committing ------------------------------------------------------------


def _changes(  # noqa: PLR0913, PLR0917
    app: App,
    scene: Scene,
    by_object: Mapping[str, Sequence[InboxRow]],
    remotes: Mapping[str, RemoteObject | Gone],
    after: After,
    done: Advanced,
) -> list[ChangeSet]:
    """Judge every object; one record stands in one change set of a batch only."""
    changes: list[ChangeSet] = []
    taken: set[str] = set()
    rota = after.rota
    for external_id, rows in by_object.items():
        news = InboundChange(
            rows=rows,
            remote=remotes[external_id],
            between=after.between.get(external_id, ()),
        )
        here = replace(scene, now=_moment(scene.now, news.remote))
        state = after.states[external_id]
        try:
            change = plan_inbound(here, news, state, rota, new_id=uuid4().hex)
            known = after.further.get(external_id, {})
            change = with_further(change, app, scene.connected, news.remote, known)
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            dead_letter(app, rows, "cannot be judged", said(error), scene.now)
            done.dead += len(rows)
            continue
        touched = change.touched_ids
        if touched & taken:
            done.deferred += len(rows)
            continue
        taken |= touched
        rota = change.rota or rota
        changes.append(change)
    return changes


def _moment(now: datetime, remote: RemoteObject | Gone) -> datetime:
    """Return when to judge: what a CRM shows has happened, whatever its clock says.

    Otherwise an event of this very moment would count for nothing, and nobody would
    look at it again later.
    """
    shown = remote.updated_at if isinstance(remote, RemoteObject) else None
    return max(now, min(shown, now + _MOST_SKEW)) if shown else now
