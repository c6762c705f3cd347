"""Turn what lies in the inbox into decisions, a batch at a time.

Echoes of our own writes are dropped unread.  Objects that something happened to are
read once, a hundred a call, however many events told of them; then each is judged by
pure code and the batch is committed.  A poison object goes to the dead letters alone.
"""

from __future__ import annotations

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
from leadstate.service.change_set import ChangeSet, InboundChange
from leadstate.service.commands.planner import COMMANDS, plan_command
from leadstate.service.commit import DEFERRED, commit
from leadstate.service.failpoints import hit
from leadstate.service.inbound.following import followed, read_objects
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
from leadstate.service.sync.loaded import load_records, load_rota
from leadstate.service.timers.planner import plan_timer
from leadstate.store import (
    TIMER,
    InboxState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.service.inbound.load import After
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


def advance(app: App, *, limit: int = BATCH) -> Advanced:
    """Work on up to ``limit`` due inbox rows; return what became of them."""
    with fewer_collections():
        return _advance(app, limit)


def _advance(app: App, limit: int) -> Advanced:
    now = app.clock.now()
    with app.store.read() as view:
        rows = view.inbox.due(now, limit, without=(TIMER,))
        timers = view.inbox.due(now, limit, kinds=(TIMER,))
    done = Advanced(taken=len(rows) + len(timers))
    _advance_commands(app, [row for row in rows if row.kind in COMMANDS], now, done)
    for name, connected in app.connections.items():
        mine = [
            row for row in rows if row.kind not in COMMANDS and row.connection == name
        ]
        if not mine:
            continue
        try:
            _advance_connection(app, connected, mine, now, done)
        except StoreUnavailable:
            raise  # nothing can be done for any connection now
        except LeadstateError as error:
            # This connection needs a person; the others go on as if nothing were wrong.
            done.failed[name] = error
            log.warning("connection failed", connection=name, error=str(error))
            postpone(app, [row.id for row in mine], now + _FAILED_PAUSE)
    _dead_letter_strangers(app, rows, now, done)
    # After the news: whoever moved a record before its timer came due is heard first.
    _advance_timers(app, timers, done)
    return done


def _dead_letter_strangers(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    """Put rows of a connection that the settings no longer have into dead letters."""
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
        loaded, rota = load_records(view, app, first), load_rota(view, app)
    changes: list[ChangeSet] = []
    for record_id, row in first.items():
        try:
            change = plan_timer(app, row, loaded.get(record_id), now, rota)
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            dead_letter(app, [row], "cannot be judged", said(error), now)
            done.dead += 1
            continue
        changes.append(change)
        rota = change.rota or rota
    commit_all(app, changes, now, done, _TIMERS_COMMITTED)


# -- what happened in a CRM ------------------------------------------------------------


def _advance_connection(
    app: App,
    connected: Connected,
    rows: Sequence[InboxRow],
    now: datetime,
    done: Advanced,
) -> None:
    before = load_before(app, connected, rows, now)
    turn_away(app, before.turned_away, now)
    settle(app, [row.id for row in before.echoes], InboxState.ECHO, now)
    done.decided += len(before.turned_away)
    done.echoes += len(before.echoes)
    by_object = before.by_object
    if not by_object:
        return
    try:
        remotes = _read(app, connected, by_object, now, done)
        by_object = followed(by_object, remotes)
        survivors = {
            one: by_object[one] for one in by_object if one not in before.states
        }
        if survivors:
            remotes |= _read(app, connected, survivors, now, done)
    except RetryLater as error:
        _wait(app, [row for rows in by_object.values() for row in rows], error, now)
        done.waiting += sum(map(len, by_object.values()))
        return
    hit("advance.after_read")
    by_object = {one: rows for one, rows in by_object.items() if one in remotes}
    after = load_after(app, connected, by_object, remotes, before.states)
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
    app: App,
    connected: Connected,
    by_object: Mapping[str, Sequence[InboxRow]],
    now: datetime,
    done: Advanced,
) -> dict[str, RemoteObject | Gone]:
    """Read all objects at once; if one cannot be understood, each one alone."""
    try:
        return read_objects(connected, by_object)
    except (RetryLater, ConfigurationError, FatalAdapterError):
        raise
    except Exception as error:  # noqa: BLE001 - poison must not stop other records
        if len(by_object) == 1:
            [rows] = by_object.values()
            dead_letter(app, rows, "cannot be read", said(error), now)
            done.dead += len(rows)
            return {}
    found: dict[str, RemoteObject | Gone] = {}
    for external_id, rows in by_object.items():
        found |= _read(app, connected, {external_id: rows}, now, done)
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
        news = InboundChange(rows=rows, remote=remotes[external_id])
        here = replace(scene, now=_moment(scene.now, news.remote))
        state = after.states[external_id]
        try:
            change = plan_inbound(here, news, state, rota, new_id=uuid4().hex)
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
