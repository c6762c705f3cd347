"""Carry what was decided into a CRM: after the commit, at least once, with one effect.

Before a write is sent it is marked as sent and entered into the ledger, durably; so after
a crash it is repeated as "maybe applied", which an adapter answers by reading first, and
the echo of it is recognised whenever it comes back.  A "no" of the CRM is an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

import structlog

from leadstate.adapters import Applied, ChangeHint, Gone, Notes, Refused, Write
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.errors import RetryLater, SkipRecord
from leadstate.guards import folded
from leadstate.service.inbox import hint_items
from leadstate.service.points import passed
from leadstate.store import (
    DeadLetterItem,
    Door,
    LedgerEntry,
    OutboxKind,
    OutboxState,
    RecordChange,
    Settlement,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import WriteOutcome
    from leadstate.service.app import App, Connected
    from leadstate.domain.record import Record
    from leadstate.store import InboxItem, LinkRow, OutboxRow, Work

__all__ = ["Pushed", "push"]

BATCH = 100  # the largest batch that both CRMs take
MOST_ATTEMPTS = 12
_LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(minutes=15)

log = structlog.get_logger("leadstate.push")


@dataclass(slots=True)
class Pushed:
    """What one round did, in outbox rows."""

    claimed: int = 0
    applied: int = 0
    unchanged: int = 0
    refused: int = 0
    gone: int = 0
    notes: int = 0
    later: int = 0
    dead: int = 0


def push(app: App, connected: Connected, *, limit: int = BATCH) -> Pushed:
    """Send up to ``limit`` stage writes and as many notes; return what became of them."""
    done = Pushed()
    _push_stages(app, connected, limit, done)
    _push_notes(app, connected, limit, done)
    return done


# -- stages -----------------------------------------------------------------------------


def _push_stages(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    rows = _claim(app, connected, OutboxKind.STAGE, limit)
    done.claimed += len(rows)
    if not rows:
        return
    writes = [_write_of(row) for row in rows]
    try:
        outcomes = connected.adapter.write(writes)
    except RetryLater as error:
        _release(app, rows, error, done)
        return
    except SkipRecord as error:
        _bury(app, rows, str(error), done)
        return
    passed("push.after_write")
    _settle_stages(app, connected, rows, outcomes, done)


def _write_of(row: OutboxRow) -> Write:
    return Write(
        token=row.token,
        id=row.external_id,
        properties=_properties(row),
        repeated=row.sent and row.attempts > 1,
    )


def _properties(row: OutboxRow) -> dict[str, str]:
    properties = row.payload.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {str(name): str(value) for name, value in properties.items()}


def _claim(
    app: App, connected: Connected, kind: OutboxKind, limit: int
) -> list[OutboxRow]:
    """Lease rows and mark them as sent, in one commit before anything is sent."""
    now = app.clock.now()
    passed("push.before_claim")
    with app.store.begin() as work:
        rows = work.outbox.claim(connected.name, now, now + _LEASE, limit, kind)
        if not rows:
            return []
        before = {row.id: row.sent for row in rows}
        token = rows[0].claim_token or ""
        work.outbox.mark_sent([row.id for row in rows], token)
        if kind is OutboxKind.STAGE:
            work.ledger.add(_ledger(connected, rows, now))
        work.commit()
    passed("push.after_claim")
    # `sent` as it was before this claim: whether an earlier try may have arrived.
    return [replace(row, sent=before[row.id]) for row in rows]


def _ledger(
    connected: Connected, rows: Sequence[OutboxRow], now: datetime
) -> list[LedgerEntry]:
    """Return what will be written.  A stage property may be emptied on the way (HubSpot's
    lifecycle stage goes backward only through ""), so its "" is ours too.
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
        for name, wanted in _properties(row).items()
        for value in (
            (wanted, "") if name in stage_properties and wanted else (wanted,)
        )
    ]


def _settle_stages(
    app: App,
    connected: Connected,
    rows: Sequence[OutboxRow],
    outcomes: Sequence[WriteOutcome],
    done: Pushed,
) -> None:
    now = app.clock.now()
    answered = _by_row(rows, outcomes)
    with app.store.begin() as work:
        links = work.links.get_many(
            connected.name, connected.binding.object, [row.external_id for row in rows]
        )
        held = work.outbox.settle(
            [_settlement(row, outcome, done) for row, outcome in answered],
            rows[0].claim_token or "",
            now,
        )
        mine = [(row, outcome) for row, outcome in answered if row.id in set(held)]
        work.links.save(_links_after(mine, links, now))
        work.inbox.add(_second_looks(connected, mine, now))
        _note_refusals(app, work, mine, now)
        passed("push.before_settle")
        work.commit()
    passed("push.after_settle")


def _by_row(
    rows: Sequence[OutboxRow], outcomes: Sequence[WriteOutcome]
) -> list[tuple[OutboxRow, WriteOutcome]]:
    """Bring rows and answers together; a row without one keeps its lease and is
    repeated when the lease has run out.
    """
    gone = {one.id: one for one in outcomes if isinstance(one, Gone)}
    told = {one.token: one for one in outcomes if not isinstance(one, Gone)}
    answered: list[tuple[OutboxRow, WriteOutcome]] = []
    for row in rows:
        outcome = told.get(row.token) or gone.get(row.external_id)
        if outcome is not None:
            answered.append((row, outcome))
    return answered


def _settlement(row: OutboxRow, outcome: WriteOutcome, done: Pushed) -> Settlement:
    match outcome:
        case Applied():
            done.applied += outcome.changed
            done.unchanged += not outcome.changed
            return Settlement(id=row.id, state=OutboxState.DONE, outcome="applied")
        case Refused():
            done.refused += 1
            return Settlement(
                id=row.id, state=OutboxState.REFUSED, outcome=outcome.message
            )
        case Gone():
            done.gone += 1
            text = f"the object is gone ({outcome.reason})"
            return Settlement(id=row.id, state=OutboxState.DONE, outcome=text)
        case _:
            assert_never(outcome)


def _links_after(
    answered: Sequence[tuple[OutboxRow, WriteOutcome]],
    links: Mapping[str, LinkRow],
    now: datetime,
) -> list[LinkRow]:
    """Return the links as the writes leave them: the CRM shows our stage now."""
    changed: list[LinkRow] = []
    for row, outcome in answered:
        link = links.get(row.external_id)
        if link is None or not isinstance(outcome, Applied):
            continue
        changed.append(
            replace(
                link,
                remote_stage=str(row.payload.get("stage")),
                remote_properties={**link.remote_properties, **_properties(row)},
                remote_updated_at=outcome.updated_at or link.remote_updated_at,
                seen_at=now,
            )
        )
    return changed


def _second_looks(
    connected: Connected,
    answered: Sequence[tuple[OutboxRow, WriteOutcome]],
    now: datetime,
) -> list[InboxItem]:
    """Ask for another reading of objects that are gone: they were deleted or merged."""
    hints = [
        ChangeHint(id=row.external_id, updated_at=now)
        for row, outcome in answered
        if isinstance(outcome, Gone)
    ]
    return list(hint_items(connected, hints, now))


def _note_refusals(
    app: App,
    work: Work,
    answered: Sequence[tuple[OutboxRow, WriteOutcome]],
    now: datetime,
) -> None:
    """Keep a CRM's "no" in the history, and list the record for a person."""
    refused = [(row, one) for row, one in answered if isinstance(one, Refused)]
    if not refused:
        return
    records = work.records.get_many(
        [row.record_id for row, _ in refused], app.lifecycle.fields
    )
    for row, outcome in refused:
        known = records.get(row.record_id)
        if known is None:
            continue
        record = replace(known.record, version=known.record.version + 1)
        flag = f"{row.connection} refused the move: {outcome.message}"
        change = RecordChange(
            record=record,
            expected_version=known.record.version,
            folded=folded(record.values, app.lifecycle.fields),
            status=known.status,
            flag=flag,
            flagged_at=now,
        )
        work.records.update([change])
        work.history.append([_refusal(app, row, outcome, known.record, now)])


def _refusal(
    app: App, row: OutboxRow, outcome: Refused, record: Record, now: datetime
) -> HistoryEntry:
    return HistoryEntry(
        record_id=row.record_id,
        kind=HistoryKind.CRM_REFUSED,
        cause=Cause.OUTSIDE,
        actor=row.connection,
        happened_at=now,
        learnt_at=now,
        from_stage=record.stage,
        to_stage=str(row.payload.get("stage")),
        note=outcome.message,
        source=row.connection,
        source_event=row.token,
        pass_number=record.pass_number,
        workflow_version=app.lifecycle.version,
        receipt={"written": _properties(row), "held": dict(outcome.properties)},
    )


# -- notes ------------------------------------------------------------------------------


def _push_notes(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    if not isinstance(connected.adapter, Notes):
        return
    rows = _claim(app, connected, OutboxKind.NOTE, limit)
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


# -- not now, or never ------------------------------------------------------------------


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
    tries = max(row.attempts for row in left)
    pause = timedelta(seconds=error.after_seconds or min(2.0**tries, 900.0))
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
