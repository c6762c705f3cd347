"""Carry what was decided into a CRM: after the commit, at least once, with one effect.

Before a write is sent it is marked as sent and entered into the ledger, durably; so
after a crash it is repeated as "maybe applied", which an adapter answers by reading
first, and its echo is recognised whenever it comes back.  A CRM's "no" is an outcome.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from leadstate.adapters import Notes, Write
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.handing_off import hand_off
from leadstate.service.points import passed
from leadstate.service.settling import Pushed, properties_of, settle_writes
from leadstate.store import (
    DeadLetterItem,
    Door,
    LedgerEntry,
    OutboxKind,
    OutboxState,
    Settlement,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.store import LinkRow, OutboxRow

__all__ = ["Pushed", "push"]

BATCH = 100  # the largest batch that both CRMs take
MOST_ATTEMPTS = 12
_WRITES = (OutboxKind.STAGE, OutboxKind.FIELDS)
_LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(minutes=15)
_MOST_DOUBLINGS = 10
_FRESH = timedelta(seconds=60)
"""How long a reading of an object is good enough to write on."""

log = structlog.get_logger("leadstate.push")


def push(app: App, connected: Connected, *, limit: int = BATCH) -> Pushed:
    """Send up to ``limit`` writes, creations and notes; say what became of them."""
    done = Pushed()
    _push_writes(app, connected, limit, done)
    _push_creations(app, connected, limit, done)
    _push_notes(app, connected, limit, done)
    return done


# -- stages and fields -----------------------------------------------------------------


def _push_writes(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    rows = _claim(app, connected, _WRITES, limit)
    done.claimed += len(rows)
    if not rows:
        return
    writes = _writes(app, connected, rows)
    try:
        outcomes = connected.adapter.write(writes)
    except RetryLater as error:
        _release(app, rows, error, done)
        return
    except SkipRecord as error:
        _bury(app, rows, str(error), done)
        return
    passed("push.after_write")
    settle_writes(app, connected, rows, outcomes, done)


def _writes(app: App, connected: Connected, rows: Sequence[OutboxRow]) -> list[Write]:
    """Return the writes; what was read a moment ago need not be read again.

    Beside another CRM it must be: what people changed there since is not to be lost.
    """
    ids = [row.external_id for row in rows]
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
    alone = len(app.connections) == 1
    fresh = app.clock.now() - (_FRESH if alone else timedelta())
    return [_write_of(row, links.get(row.external_id), fresh) for row in rows]


def _write_of(row: OutboxRow, link: LinkRow | None, fresh: datetime) -> Write:
    return Write(
        token=row.token,
        id=row.external_id,
        properties=properties_of(row),
        held=link.remote_properties if link is not None else None,
        fresh=link is not None and link.seen_at > fresh,
        repeated=row.sent,
    )


def _claim(
    app: App, connected: Connected, kinds: Collection[OutboxKind], limit: int
) -> list[OutboxRow]:
    """Lease rows and mark them as sent, in one commit before anything is sent."""
    now = app.clock.now()
    passed("push.before_claim")
    with app.store.begin() as work:
        rows = work.outbox.claim(connected.name, now, now + _LEASE, limit, kinds)
        if not rows:
            return []
        before = {row.id: row.sent for row in rows}
        token = rows[0].claim_token or ""
        work.outbox.mark_sent([row.id for row in rows], token)
        if kinds is _WRITES:
            work.ledger.add(_ledger(connected, rows, now))
        work.commit()
    passed("push.after_claim")
    # `sent` as it was before this claim: whether an earlier try may have arrived.
    return [replace(row, sent=before[row.id]) for row in rows]


def _ledger(
    connected: Connected, rows: Sequence[OutboxRow], now: datetime
) -> list[LedgerEntry]:
    """Return what will be written.  A stage property may be emptied on the way
    (HubSpot's lifecycle stage goes backward only through ""), so its "" is ours too.
    """
    stage_properties = set(connected.binding.stage_properties)
    return [
        LedgerEntry(
            connection=row.connection,
            object=row.object,
            external_id=row.external_id,
            property=name,
            value=value,
            token=row.token,
            written_at=now,
        )
        for row in rows
        for name, wanted in properties_of(row).items()
        for value in (
            (wanted, "") if name in stage_properties and wanted else (wanted,)
        )
    ]


# -- creations -------------------------------------------------------------------------


def _push_creations(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    """Create objects one by one: each is looked for first, and ends by itself."""
    rows = _claim(app, connected, (OutboxKind.CREATE,), limit)
    done.claimed += len(rows)
    for row in rows:
        try:
            hand_off(app, connected, row, done)
        except RetryLater as error:
            _release(app, [row], error, done)
        except SkipRecord as error:
            _bury(app, [row], str(error), done)


# -- notes -----------------------------------------------------------------------------


def _push_notes(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    if not isinstance(connected.adapter, Notes):
        return
    rows = _claim(app, connected, (OutboxKind.NOTE,), limit)
    done.claimed += len(rows)
    for row in rows:
        _push_note(app, connected.adapter, row, done)


def _push_note(app: App, adapter: Notes, row: OutboxRow, done: Pushed) -> None:
    try:
        adapter.add_note(
            row.external_id,
            str(row.payload.get("text") or ""),
            token=row.token,
            repeated=row.sent,
        )
    except RetryLater as error:
        _release(app, [row], error, done)
        return
    except SkipRecord as error:
        _bury(app, [row], str(error), done)
        return
    passed("push.after_write")
    with app.store.begin() as work:
        settled = Settlement(id=row.id, state=OutboxState.DONE, outcome="noted")
        work.outbox.settle([settled], row.claim_token or "", app.clock.now())
        work.commit()
    done.notes += 1


# -- not now, or never -----------------------------------------------------------------


def _release(
    app: App, rows: Sequence[OutboxRow], error: RetryLater, done: Pushed
) -> None:
    """Give rows back for another try; a row that had too many becomes a dead letter."""
    spent = [row for row in rows if row.attempts >= MOST_ATTEMPTS and error.sent]
    left = [row for row in rows if row not in spent]
    if spent:
        _bury(app, spent, f"{MOST_ATTEMPTS} tries, the last: {error}", done)
    if not left:
        return
    now = app.clock.now()
    tries = min(max(row.attempts for row in left), _MOST_DOUBLINGS)
    pause = timedelta(seconds=error.after_seconds or 2.0**tries)
    log.info("CRM cannot take writes now", error=str(error), rows=len(left))
    with app.store.begin() as work:
        work.outbox.release(
            [row.id for row in left],
            left[0].claim_token or "",
            now + min(pause, _LONGEST_PAUSE),
            outcome=str(error),
            sent=error.sent,
        )
        work.commit()
    done.later += len(left)


def _bury(app: App, rows: Sequence[OutboxRow], reason: str, done: Pushed) -> None:
    now = app.clock.now()
    letters = [
        DeadLetterItem(
            door=Door.OUTBOX,
            ref=str(row.id),
            connection=row.connection,
            object=row.object,
            external_id=row.external_id,
            record_id=row.record_id,
            reason="cannot be written",
            detail=reason,
            payload=row.payload,
            at=now,
        )
        for row in rows
    ]
    dead = [
        Settlement(id=row.id, state=OutboxState.DEAD, outcome=reason) for row in rows
    ]
    with app.store.begin() as work:
        work.outbox.settle(dead, rows[0].claim_token or "", now)
        work.dead_letters.put(letters)
        work.commit()
    done.dead += len(rows)
