"""Settle what a CRM answered to our writes: applied, refused, overtaken, or gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from leadstate.adapters import Applied, Gone, Overtaken, Refused
from leadstate.domain.history import HistoryKind
from leadstate.service.failpoints import hit
from leadstate.service.inbox import look_items
from leadstate.service.sync.changes import change_of
from leadstate.service.sync.entries import entry_of
from leadstate.service.sync.outbox_items import properties_of
from leadstate.store import (
    Creation,
    FieldsWrite,
    LinkStatus,
    OutboxItem,
    OutboxKind,
    OutboxState,
    ReadAgain,
    Settlement,
    StageWrite,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import WriteOutcome
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.service.app import App, Connected
    from leadstate.store import InboxItem, LinkRow, OutboxRow, Work

__all__ = ["Pushed", "note_refusals", "settle_writes", "stage_of"]


@dataclass(slots=True)
class Pushed:
    """What one round did, in outbox rows."""

    claimed: int = 0
    applied: int = 0
    unchanged: int = 0
    refused: int = 0
    overtaken: int = 0
    created: int = 0
    linked: int = 0
    gone: int = 0
    notes: int = 0
    tasks: int = 0
    later: int = 0
    dead: int = 0


def stage_of(row: OutboxRow) -> str | None:
    """Return the stage that an outbox row makes a CRM show, or None."""
    payload = row.payload
    if isinstance(payload, StageWrite | Creation):
        return payload.stage or None
    return None


def settle_writes(
    app: App,
    connected: Connected,
    rows: Sequence[OutboxRow],
    outcomes: Sequence[WriteOutcome],
    done: Pushed,
) -> None:
    """Keep the answers: rows end, links follow, refusals are listed for a person."""
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
        refused = [(row, one) for row, one in mine if isinstance(one, Refused)]
        both = [row for row, _ in refused if _holds_both(row)]
        work.outbox.add([part for row in both for part in _apart(row, now)])
        note_refusals(app, work, [pair for pair in refused if pair[0] not in both], now)
        hit("push.before_settle")
        work.commit()
    hit("push.after_settle")


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
            if _holds_both(row):
                text = f"{outcome.message}; stage and fields are asked apart"
                return Settlement(id=row.id, state=OutboxState.SUPERSEDED, outcome=text)
            done.refused += 1
            return Settlement(
                id=row.id, state=OutboxState.REFUSED, outcome=outcome.message
            )
        case Overtaken():
            done.overtaken += 1
            text = "somebody changed it in the CRM first; read and judged again"
            return Settlement(id=row.id, state=OutboxState.SUPERSEDED, outcome=text)
        case Gone():
            done.gone += 1
            text = f"the object is gone ({outcome.reason})"
            return Settlement(id=row.id, state=OutboxState.DONE, outcome=text)
        case _:
            assert_never(outcome)


def _holds_both(row: OutboxRow) -> bool:
    payload = row.payload
    both = isinstance(payload, StageWrite) and payload.properties and payload.fields
    return bool(both)


def _apart(row: OutboxRow, now: datetime) -> list[OutboxItem]:
    """Return the stage and the fields as two writes: one never holds up the other."""
    both = row.payload
    if not isinstance(both, StageWrite):
        return []
    parts = (
        (OutboxKind.STAGE, replace(both, fields={})),
        (OutboxKind.FIELDS, FieldsWrite(fields=both.fields)),
    )
    return [
        OutboxItem(
            token=f"{row.token}:{kind}",
            record_id=row.record_id,
            connection=row.connection,
            object=row.object,
            external_id=row.external_id,
            kind=kind,
            payload=payload,
            created_at=row.created_at,
            due_at=now,
        )
        for kind, payload in parts
    ]


def _links_after(
    answered: Sequence[tuple[OutboxRow, WriteOutcome]],
    links: Mapping[str, LinkRow],
    now: datetime,
) -> list[LinkRow]:
    """Return the links as the writes leave them: the CRM shows what we wrote.

    When the CRM last changed the object is not taken over: an edit of somebody else
    just before our write has not been read yet, and a poll must still find it newer.
    A move that could not be put back counts as made again: the next reading judges it.
    """
    changed: list[LinkRow] = []
    for row, outcome in answered:
        link = links.get(row.external_id)
        # In quarantine moves are not written, so that what it shows is judged again.
        if link is None or link.status is not LinkStatus.ACTIVE:
            continue
        if _insists(row, outcome):
            changed.append(replace(link, remote_stage=_stage_after(row, link)))
        if not isinstance(outcome, Applied):
            continue
        changed.append(
            replace(
                link,
                remote_stage=_stage_after(row, link),
                remote_properties={**link.remote_properties, **properties_of(row)},
                seen_at=now,
            )
        )
    return changed


def _insists(row: OutboxRow, outcome: WriteOutcome) -> bool:
    """Whether the CRM does not let a move be put back: a rule of its own, or a robot.

    Otherwise both sides would disagree for ever; the engine counts, and gives in.
    """
    payload = row.payload
    put_back = isinstance(payload, StageWrite) and payload.put_back
    return put_back and not _holds_both(row) and isinstance(outcome, Refused)


def _stage_after(row: OutboxRow, link: LinkRow) -> str | None:
    return stage_of(row) or link.remote_stage


def _second_looks(
    connected: Connected,
    answered: Sequence[tuple[OutboxRow, WriteOutcome]],
    now: datetime,
) -> list[InboxItem]:
    """Ask for another reading of what is gone, insists, or was changed first."""
    looks: list[InboxItem] = []
    for row, outcome in answered:
        ids = [row.external_id]
        if isinstance(outcome, Overtaken):
            items = look_items(connected, ids, now, ReadAgain(again=True))
        elif isinstance(outcome, Gone) or _insists(row, outcome):
            items = look_items(connected, ids, now)
        else:
            continue
        looks += [replace(one, key=f"{one.key}:{row.id}") for one in items]
    return looks


def note_refusals(
    app: App,
    work: Work,
    refused: Sequence[tuple[OutboxRow, Refused]],
    now: datetime,
) -> None:
    """Keep a CRM's "no" in the history, and list the record for a person."""
    if not refused:
        return
    records = work.records.get_many(
        [row.record_id for row, _ in refused], app.lifecycle.fields
    )
    for row, outcome in refused:
        known = records.get(row.record_id)
        if known is None:
            continue
        flag = f"{row.connection} refused {_ASKED[row.kind]}: {outcome.message}"
        change = change_of(known, known.record, app.lifecycle, known.status)
        change = replace(change, flag=flag, flagged_at=now)
        work.records.update([change])
        work.history.append([_refusal(app, row, outcome, known.record, now)])


_ASKED = {
    OutboxKind.STAGE: "the move",
    OutboxKind.FIELDS: "the values",
    OutboxKind.CREATE: "the hand-off",
    OutboxKind.NOTE: "the note",
}


def _refusal(
    app: App, row: OutboxRow, outcome: Refused, record: Record, now: datetime
) -> HistoryEntry:
    return entry_of(
        app.lifecycle,
        record,
        HistoryKind.CRM_REFUSED,
        source=row.connection,
        now=now,
        event=row.token,
        happened_at=now,
        from_stage=record.stage,
        to_stage=stage_of(row),
        note=outcome.message,
        receipt={"written": properties_of(row), "held": dict(outcome.properties)},
    )
