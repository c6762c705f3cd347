"""Carry what was decided into a CRM: after the commit, at least once, with one effect.

Before a write is sent it is marked as sent and entered into the ledger, durably; so
after a crash it is repeated as "maybe applied", which an adapter answers by reading
first, and its echo is recognised whenever it comes back.  A CRM's "no" is an outcome.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from leadstate.adapters import Notes, Write
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.failpoints import hit
from leadstate.service.outbound.handing_off import hand_off
from leadstate.service.outbound.outgoing import (
    MOST_ATTEMPTS,
    claim,
    dead_letter,
    finish,
    release,
)
from leadstate.service.outbound.settling import Pushed, settle_writes
from leadstate.service.outbound.tasks import push_tasks
from leadstate.service.sync.outbox_items import properties_of
from leadstate.store import (
    LedgerEntry,
    NoteWrite,
    OutboxKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.store import LinkRow, OutboxRow, Work

__all__ = ["MOST_ATTEMPTS", "Pushed", "push"]

BATCH = 100  # the largest batch that both CRMs take
_WRITES = (OutboxKind.STAGE, OutboxKind.FIELDS)
_FRESH = timedelta(seconds=60)
"""How long a reading of an object is good enough to write on."""


def push(app: App, connected: Connected, *, limit: int = BATCH) -> Pushed:
    """Send up to ``limit`` of each: writes, creations, notes, tasks."""
    done = Pushed()
    _push_writes(app, connected, limit, done)
    _push_creations(app, connected, limit, done)
    _push_notes(app, connected, limit, done)
    push_tasks(app, connected, limit, done)
    return done


# -- stages and fields -----------------------------------------------------------------


def _push_writes(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    beside = partial(_note_down, connected)
    rows = claim(app, connected.name, _WRITES, limit, beside=beside)
    done.claimed += len(rows)
    if not rows:
        return
    writes = _writes(app, connected, rows)
    try:
        outcomes = connected.adapter.write(writes)
    except RetryLater as error:
        release(app, rows, error, done)
        return
    except SkipRecord as error:
        dead_letter(app, rows, str(error), done)
        return
    hit("push.after_write")
    settle_writes(app, connected, rows, outcomes, done)


def _writes(app: App, connected: Connected, rows: Sequence[OutboxRow]) -> list[Write]:
    """Return the writes; what was read a moment ago need not be read again.

    Beside another CRM it must be: what people changed there since is not to be lost.
    """
    ids = [row.external_id for row in rows]
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
    now, alone = app.clock.now(), len(app.connections) == 1
    fresh = now - _FRESH if alone else now
    return [_write_of(row, links.get(row.external_id), fresh, now) for row in rows]


def _write_of(
    row: OutboxRow, link: LinkRow | None, fresh: datetime, now: datetime
) -> Write:
    return Write(
        token=row.token,
        id=row.external_id,
        properties=properties_of(row),
        held=link.remote_properties if link is not None else None,
        # Seen later than now: while the clock ran ahead, and nobody knows when.
        fresh=link is not None and fresh < link.seen_at <= now,
        repeated=row.sent,
    )


def _note_down(
    connected: Connected, work: Work, rows: Sequence[OutboxRow], now: datetime
) -> None:
    """Enter into the ledger what will be written.

    A stage property may be emptied on the way (HubSpot's lifecycle stage goes backward
    only through ""), so its "" is ours too.
    """
    stage_properties = set(connected.binding.stage_properties)
    entries = [
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
    work.ledger.add(entries)


# -- creations -------------------------------------------------------------------------


def _push_creations(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    """Create objects one by one: each is looked for first, and ends by itself."""
    rows = claim(app, connected.name, (OutboxKind.CREATE,), limit)
    done.claimed += len(rows)
    for row in rows:
        try:
            hand_off(app, connected, row, done)
        except RetryLater as error:
            release(app, [row], error, done)
        except SkipRecord as error:
            dead_letter(app, [row], str(error), done)


# -- notes -----------------------------------------------------------------------------


def _push_notes(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    if not isinstance(connected.adapter, Notes):
        return
    rows = claim(app, connected.name, (OutboxKind.NOTE,), limit)
    done.claimed += len(rows)
    for row in rows:
        _push_note(app, connected.adapter, row, done)


def _push_note(app: App, adapter: Notes, row: OutboxRow, done: Pushed) -> None:
    try:
        adapter.add_note(
            row.external_id,
            row.payload.text if isinstance(row.payload, NoteWrite) else "",
            token=row.token,
            repeated=row.sent,
        )
    except RetryLater as error:
        release(app, [row], error, done)
        return
    except SkipRecord as error:
        dead_letter(app, [row], str(error), done)
        return
    finish(app, row, "noted")
    done.notes += 1
