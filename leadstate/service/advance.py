"""Turn what lies in the inbox into decisions, a batch at a time.

Echoes of our own writes are dropped unread.  Objects that something happened to are
read once, a hundred a call, however many events told of them; then each is judged by
pure code and the batch is committed.  A poison object goes to the dead letters alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from leadstate.adapters import Gone, RemoteObject
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
    StoreUnavailable,
    VersionConflict,
)
from leadstate.service.asking.approving import plan_answer
from leadstate.service.asking.editing import plan_edit
from leadstate.service.asking.manual import plan_move
from leadstate.service.asking.pausing import plan_pause
from leadstate.service.asking.taking import plan_take
from leadstate.service.clocks.timers import plan_timer
from leadstate.service.commit import DEFERRED, commit
from leadstate.service.deciding.asked import known_records
from leadstate.service.deciding.rota import rota_of
from leadstate.service.inbox import APPROVE, DECLINE, EDIT, MOVE, PAUSE, RESUME, TAKE
from leadstate.service.news.digest import Digest
from leadstate.service.news.echoes import sort_out
from leadstate.service.news.forgetting import part_forgotten, with_forgotten
from leadstate.service.news.knowing import known_of, with_merged, with_times
from leadstate.service.news.matching import with_matches
from leadstate.service.news.reading import by_object_of, followed, read_objects
from leadstate.service.plan import Known, News, Plan
from leadstate.service.points import passed
from leadstate.store import TIMER, DeadLetterItem, Door, InboxState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.store import InboxRow

__all__ = ["Advanced", "advance"]

BATCH = 500
_LONGEST_PAUSE = timedelta(minutes=5)
_FAILED_PAUSE = timedelta(seconds=5)
_MOST_DOUBLINGS = 10
_MOST_SKEW = timedelta(minutes=5)
"""How far a CRM's clock may run before ours and still be believed."""
_COMMITTED = 50  # objects a transaction; a receiver waits for no more than that
_TIMERS_COMMITTED = 15  # they come by the hundred thousand, and each changes more

_ASKED = {
    MOVE: plan_move,
    TAKE: plan_take,
    APPROVE: plan_answer,
    DECLINE: plan_answer,
    EDIT: plan_edit,
    PAUSE: plan_pause,
    RESUME: plan_pause,
}

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
    failed: dict[str, LeadstateError] = field(default_factory=dict)  # by connection

    @property
    def progress(self) -> bool:
        """Whether another round may find something to do at once."""
        return self.decided + self.echoes + self.dead > 0


def advance(app: App, *, limit: int = BATCH) -> Advanced:
    """Work on up to ``limit`` due inbox rows; return what became of them."""
    now = app.clock.now()
    with app.store.read() as view:
        rows = view.inbox.due(now, limit, without=(TIMER,))
        timers = view.inbox.due(now, limit, kinds=(TIMER,))
    done = Advanced(taken=len(rows) + len(timers))
    _advance_asked(app, [row for row in rows if row.kind in _ASKED], now, done)
    for name, connected in app.connections.items():
        mine = [
            row for row in rows if row.kind not in _ASKED and row.connection == name
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
            _postpone(app, [row.id for row in mine], now + _FAILED_PAUSE)
    _bury_strangers(app, rows, now, done)
    # After the news: whoever moved a record before its timer came due is heard first.
    _advance_timers(app, timers, done)
    return done


def _bury_strangers(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    """Put rows of a connection that the settings no longer have into dead letters."""
    for row in rows:
        if row.kind not in _ASKED and row.connection not in app.connections:
            detail = f"the settings have no connection {row.connection!r}"
            _bury(app, [row], "unknown connection", detail, now)
            done.dead += 1


# -- what people ask for ---------------------------------------------------------------


def _advance_asked(
    app: App, rows: Iterable[InboxRow], now: datetime, done: Advanced
) -> None:
    for row in rows:
        try:
            plan = _ASKED[row.kind](app, row, now)
            if not commit(app.store, [plan], now):
                _postpone(app, plan.inbox_ids, now + DEFERRED)
                done.deferred += 1
                continue
        except VersionConflict:
            done.deferred += 1  # still due; judged again in the next round
        except RetryLater:
            raise  # the database cannot take it now; nothing is wrong with the row
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            _bury(app, [row], "cannot be judged", _said(error), now)
            done.dead += 1
        else:
            done.decided += 1


def _advance_timers(app: App, rows: Sequence[InboxRow], done: Advanced) -> None:
    """Judge timers, one a record and round: each sets the next ones anew."""
    if not rows:
        return
    now, rota = app.clock.now(), rota_of(app)
    first = {row.record_id: row for row in reversed(rows)}
    known = known_records(app, list(first.values()))
    plans: list[Plan] = []
    for record_id, row in first.items():
        try:
            plans.append(plan_timer(app, row, known.get(record_id or ""), now, rota))
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            _bury(app, [row], "cannot be judged", _said(error), now)
            done.dead += 1
    _commit_all(app, plans, now, done, _TIMERS_COMMITTED)


# -- what happened in a CRM ------------------------------------------------------------


def _advance_connection(
    app: App,
    connected: Connected,
    rows: Sequence[InboxRow],
    now: datetime,
    done: Advanced,
) -> None:
    rows, turned_away = part_forgotten(app, connected, rows)
    _turn_away(app, turned_away, now)
    done.decided += len(turned_away)
    news_rows, echoes = sort_out(app, connected, rows, now)
    _settle(app, [row.id for row in echoes], InboxState.ECHO, now)
    done.echoes += len(echoes)
    by_object = by_object_of(news_rows)
    if not by_object:
        return
    known = known_of(app, connected, by_object)
    try:
        remotes = _read(app, connected, by_object, now, done)
        by_object = followed(by_object, remotes)
        survivors = {one: by_object[one] for one in by_object if one not in known}
        if survivors:
            known |= known_of(app, connected, survivors)
            remotes |= _read(app, connected, survivors, now, done)
    except RetryLater as error:
        _wait(app, news_rows, error, now)
        done.waiting += len(news_rows)
        return
    passed("advance.after_read")
    by_object = {one: rows for one, rows in by_object.items() if one in remotes}
    known |= with_merged(app, connected, remotes, known)
    known |= with_forgotten(app, connected, remotes, known)
    known |= with_matches(app, connected, by_object, remotes, known)
    known |= with_times(app, connected, known)
    now = app.clock.now()  # reading took its time, and people went on meanwhile
    digest = Digest(
        lifecycle=app.lifecycle,
        connected=connected,
        connections=app.connections,
        now=now,
        rota=rota_of(app),
    )
    plans = _plans(app, digest, by_object, remotes, known, done)
    _commit_all(app, plans, now, done)


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
            _bury(app, rows, "cannot be read", _said(error), now)
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
    _postpone(app, [row.id for row in rows], now + min(pause, _LONGEST_PAUSE))


# -- judging and committing ------------------------------------------------------------


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
        judge = replace(digest, now=_moment(digest.now, news.remote))
        try:
            plan = judge.plan(news, known[external_id], new_id=uuid4().hex)
        except Exception as error:  # noqa: BLE001 - poison must not stop other records
            _bury(app, rows, "cannot be judged", _said(error), digest.now)
            done.dead += len(rows)
            continue
        if plan.touched_ids & taken:
            done.deferred += len(rows)
            continue
        taken |= plan.touched_ids
        plans.append(plan)
    return plans


def _moment(now: datetime, remote: RemoteObject | Gone) -> datetime:
    """Return when to judge: what a CRM shows has happened, whatever its clock says.

    Otherwise an event of this very moment would count for nothing, and nobody would
    look at it again later.
    """
    shown = remote.updated_at if isinstance(remote, RemoteObject) else None
    return max(now, min(shown, now + _MOST_SKEW)) if shown else now


def _commit_all(
    app: App,
    plans: Sequence[Plan],
    now: datetime,
    done: Advanced,
    at_once: int = _COMMITTED,
) -> None:
    """Commit the batch in parts, so that a receiver never waits for long."""
    for start in range(0, len(plans), at_once):
        _commit_part(app, plans[start : start + at_once], now, done)


def _commit_part(
    app: App, plans: Sequence[Plan], now: datetime, done: Advanced
) -> None:
    """Commit these; when somebody moved a record meanwhile, one by one."""
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


def _turn_away(app: App, rows: Sequence[InboxRow], now: datetime) -> None:
    """Settle news of people who were forgotten, and keep nothing of them."""
    if not rows:
        return
    ids = [row.id for row in rows]
    with app.store.begin() as work:
        work.inbox.settle(ids, InboxState.DONE, now)
        work.erasure.silence(ids, now)
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
