"""Turn effects into rows: one handler a kind of effect, and nothing decided here.

A new kind of effect is one type in `leadstate.domain.effect` (or in
`leadstate.service.change_set`), one handler here, and one test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import TYPE_CHECKING, Final

from leadstate.domain.effect import (
    ApprovalAsked,
    Assigned,
    CallMade,
    ClockChanged,
    FieldSet,
    Flagged,
    Happened,
    MessageSent,
    NoteLeft,
    RecordStarted,
    TaskGiven,
    TimersArmed,
    Unflagged,
)
from leadstate.domain.frozen import replace
from leadstate.domain.history import HistoryEntry
from leadstate.domain.origin import HistoryEffect
from leadstate.domain.values import to_json
from leadstate.engine.journal import history_entry
from leadstate.service.change_set import (
    ApprovalAnswered,
    ConflictTaken,
    DecisionContext,
    FurtherKnown,
    LetterResolved,
    NewsRedacted,
    Superseded,
)
from leadstate.service.starts import start_item
from leadstate.store import (
    ApprovalItem,
    Assignment,
    CallWrite,
    ConflictItem,
    DeadLetterItem,
    EventRow,
    FieldChange,
    Forgetting,
    LinkRow,
    MessageWrite,
    NewRecord,
    NoteWrite,
    OutboxItem,
    OutboxKind,
    RecordChange,
    TaskWrite,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.effect import Effect
    from leadstate.service.change_set import ChangeSet, ServiceEffect
    from leadstate.store import InboxItem, OutboxPayload

__all__ = ["TransactionRows", "rows_of"]


@dataclass(slots=True)
class TransactionRows:
    """Every row of one transaction, by the table that takes it."""

    added: list[NewRecord] = field(default_factory=list)
    changed: list[RecordChange] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    field_changes: list[FieldChange] = field(default_factory=list)
    inbox: list[InboxItem] = field(default_factory=list)
    outbox: list[OutboxItem] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)
    conflicts: list[ConflictItem] = field(default_factory=list)
    conflicts_taken: list[ConflictTaken] = field(default_factory=list)
    clocks: list[SlaClock] = field(default_factory=list)
    timers: dict[str, Sequence[Timer]] = field(default_factory=dict)
    assignments: list[Assignment] = field(default_factory=list)
    approvals: list[ApprovalItem] = field(default_factory=list)
    answers: list[ApprovalAnswered] = field(default_factory=list)
    letters: list[DeadLetterItem] = field(default_factory=list)
    letters_resolved: list[LetterResolved] = field(default_factory=list)
    forgetting: list[Forgetting] = field(default_factory=list)
    redacted: list[NewsRedacted] = field(default_factory=list)
    further: list[FurtherKnown] = field(default_factory=list)


def rows_of(changes: Iterable[ChangeSet]) -> TransactionRows:
    """Return every row that these change sets ask for."""
    rows = TransactionRows()
    for change in changes:
        for effect in change.effects:
            _keep(effect, rows, change.about)
    return rows


_TABLES: Final[Mapping[type, str]] = {
    NewRecord: "added",
    RecordChange: "changed",
    LinkRow: "links",
    HistoryEntry: "history",
    EventRow: "events",
    FieldChange: "field_changes",
    OutboxItem: "outbox",
    Superseded: "superseded",
    ConflictItem: "conflicts",
    ConflictTaken: "conflicts_taken",
    ApprovalAnswered: "answers",
    DeadLetterItem: "letters",
    LetterResolved: "letters_resolved",
    Forgetting: "forgetting",
    NewsRedacted: "redacted",
    FurtherKnown: "further",
}
"""The service's own effects: rows as they are, and the table that takes each."""


@singledispatch
def _keep(
    effect: Effect | HistoryEffect | ServiceEffect,
    rows: TransactionRows,
    about: DecisionContext | None,  # noqa: ARG001 - the form of every handler
) -> None:
    """Put what an effect asks for where its table takes it."""
    getattr(rows, _TABLES[type(effect)]).append(effect)


# -- the engine's effects --------------------------------------------------------------


@_keep.register
def _history_only(
    effect: HistoryEffect, rows: TransactionRows, about: DecisionContext
) -> None:
    """What only the history keeps; a move's visits follow from its row."""
    rows.history.append(_entry(effect, about))


@_keep.register
def _assigned(effect: Assigned, rows: TransactionRows, about: DecisionContext) -> None:
    at = effect.origin.at or about.now
    rows.assignments.append(
        Assignment(
            record_id=about.record.id, person=effect.person, at=at, team=effect.team
        )
    )
    if effect.given:
        rows.history.append(_entry(effect, about))


@_keep.register
def _approval_asked(
    effect: ApprovalAsked, rows: TransactionRows, about: DecisionContext
) -> None:
    asked = effect.asked
    rows.approvals.append(
        ApprovalItem(
            record_id=about.record.id,
            stage_version=effect.position.stage_version,
            transition=asked.transition,
            asked_by=asked.actor,
            asked_at=asked.at,
            reason=asked.reason,
            note=asked.note,
            source=asked.source,
        )
    )


@_keep.register
def _field_set(effect: FieldSet, rows: TransactionRows, about: DecisionContext) -> None:
    rows.field_changes.append(
        FieldChange(
            record_id=about.record.id,
            field=effect.field,
            old=to_json(effect.before),
            new=to_json(effect.value),
            changed_at=effect.at,
            learnt_at=about.now,
            source=effect.source,
            personal=about.lifecycle.fields[effect.field].tells_of_a_person,
        )
    )


@_keep.register
def _happened(effect: Happened, rows: TransactionRows, about: DecisionContext) -> None:
    rows.events.append(
        EventRow(
            record_id=about.record.id,
            name=effect.event,
            at=effect.at,
            source=effect.source,
            learnt_at=about.now,
        )
    )


@_keep.register
def _clock_changed(
    effect: ClockChanged,
    rows: TransactionRows,
    about: DecisionContext,  # noqa: ARG001 - the form of every handler
) -> None:
    rows.clocks.append(effect.clock)


@_keep.register
def _timers_armed(
    effect: TimersArmed, rows: TransactionRows, about: DecisionContext
) -> None:
    rows.timers[about.record.id] = effect.timers


@_keep.register(Flagged | Unflagged)
def _flagged(
    effect: Flagged | Unflagged, rows: TransactionRows, about: DecisionContext
) -> None:
    """The record's own row carries its flag."""


@_keep.register
def _task_given(
    effect: TaskGiven, rows: TransactionRows, about: DecisionContext
) -> None:
    """To where the person works: one CRM, not each of them."""
    person = about.people.get(effect.to)
    living = [link for link, _ in about.objects]
    known = [one for one in living if person and one.connection in person.users]
    payload = TaskWrite(text=effect.text, due_at=effect.due_at, to=effect.to)
    for link in known or living:
        rows.outbox.append(_to_object(effect, link, OutboxKind.TASK, payload, about))


@_keep.register
def _note_left(effect: NoteLeft, rows: TransactionRows, about: DecisionContext) -> None:
    for link, _ in about.objects:
        payload = NoteWrite(text=effect.text)
        rows.outbox.append(_to_object(effect, link, OutboxKind.NOTE, payload, about))


@_keep.register
def _message_sent(
    effect: MessageSent, rows: TransactionRows, about: DecisionContext
) -> None:
    payload = MessageWrite(
        subject=effect.subject,
        text=effect.text,
        record=about.record.id,
        stage=effect.position.stage,
        event=effect.event,
        at=effect.at,
    )
    rows.outbox.append(
        _item(effect, effect.channel, OutboxKind.MESSAGE, payload, about)
    )


@_keep.register
def _call_made(effect: CallMade, rows: TransactionRows, about: DecisionContext) -> None:
    payload = CallWrite(
        name=effect.name,
        settings=effect.settings,
        values={name: to_json(value) for name, value in effect.values.items()},
    )
    rows.outbox.append(_item(effect, "plugin", OutboxKind.CALL, payload, about))


@_keep.register
def _record_started(
    effect: RecordStarted, rows: TransactionRows, about: DecisionContext
) -> None:
    """The other workflow makes it of the row, and tells this record's history."""
    rows.inbox.append(start_item(effect, about))


def _entry(effect: HistoryEffect, about: DecisionContext) -> HistoryEntry:
    return history_entry(
        effect,
        record_id=about.record.id,
        event=about.event,
        now=about.now,
        version=about.lifecycle.version,
    )


def _to_object(
    effect: TaskGiven | NoteLeft,
    link: LinkRow,
    kind: OutboxKind,
    payload: OutboxPayload,
    about: DecisionContext,
) -> OutboxItem:
    item = _item(effect, link.connection, kind, payload, about)
    return replace(
        item,
        token=f"{item.token}:{link.external_id}",
        object=link.object,
        external_id=link.external_id,
    )


def _item(
    effect: TaskGiven | NoteLeft | MessageSent | CallMade,
    connection: str,
    kind: OutboxKind,
    payload: OutboxPayload,
    about: DecisionContext,
) -> OutboxItem:
    place = f"{about.record.id}:{effect.position.stage_version}"
    return OutboxItem(
        token=f"{place}:{connection}:{kind}:{about.event}:{effect.action}",
        record_id=about.record.id,
        connection=connection,
        object="channel" if kind is OutboxKind.MESSAGE else "",
        external_id="",
        kind=kind,
        payload=payload,
        created_at=about.now,
        due_at=about.now,
    )
