"""What a decision does besides moving: actions become rows of its commit.  Pure.

Nothing is sent here; the outbox carries tasks, notes, messages and calls, at least once
and with one effect.  Fields and owners change in the record at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from leadstate.domain.action import (
    Assign,
    Call,
    Escalate,
    LeaveNote,
    Notify,
    SetField,
    Task,
)
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.record import Happening
from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import coerce, to_json
from leadstate.engine.decide import examine
from leadstate.engine.templates import render, template_values
from leadstate.service.deciding.telling import escalation, told
from leadstate.store import (
    Assignment,
    EventRow,
    FieldChange,
    LinkStatus,
    OutboxItem,
    OutboxKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.action import Action
    from leadstate.domain.clock import Clock
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.values import Value
    from leadstate.service.deciding.judging import Judging
    from leadstate.store import LinkRow

__all__ = ["Occasion", "act", "put_field", "put_owner"]

_OURS = "leadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What the actions are taken for.

    Attributes:
        name: What happened, for the tokens: ``enter:sal``, ``breach:accept``.
        at: When it happened.
        clock: The clock that warns or is broken, or None.
        cause: TIMER when a timer is the reason for it.
        actor: Who moved the record or asked for it.
    """

    name: str
    at: datetime
    clock: Clock | None = None
    cause: Cause = Cause.AUTOMATIC
    actor: str = ""
    reason: str | None = None
    transition: str | None = None
    from_stage: str | None = None


def act(judging: Judging, actions: Iterable[Action], occasion: Occasion) -> None:
    """Take the actions, in order; a later one sees what an earlier one changed."""
    for number, action in enumerate(actions):
        _act(judging, action, replace(occasion, name=f"{occasion.name}:{number}"))


def _act(judging: Judging, action: Action, occasion: Occasion) -> None:
    match action:
        case Assign():
            _assign(judging, action, occasion)
        case SetField():
            _set(judging, action, occasion)
        case Escalate():
            _escalate(judging, action, occasion)
        case Task():
            _task(judging, action, occasion)
        case LeaveNote():
            for link in _living(judging):
                payload = {"text": _text(judging, action.text, occasion)}
                _send(judging, link, OutboxKind.NOTE, payload, occasion)
        case Notify():
            _notify(judging, action, occasion)
        case Call():
            _call(judging, action, occasion)
        case _:
            assert_never(action)


# -- in the record ---------------------------------------------------------------------


def _assign(judging: Judging, action: Assign, occasion: Occasion) -> None:
    name = judging.lifecycle.owner_field
    if name is None:  # pragma: no cover - the workflow check refuses it
        return
    if not judging.people:
        return  # no people are kept: `doctor` says so once, and not each record
    owner = judging.lifecycle.owner_of(judging.record)
    chosen = judging.rota.choose(action, owner, judging.now)
    if chosen is None:
        judging.flag_for_a_person(f"nobody of {action.team} is there to take it over")
        return
    if chosen.name == owner and action.keep:
        return
    judging.assigned.append(
        Assignment(
            record_id=judging.record.id,
            person=chosen.name,
            at=occasion.at,
            team=action.team,
        )
    )
    if chosen.name == owner:
        return  # it was their turn, and nothing changes
    put_owner(judging, name, chosen.name, occasion.at)
    given = f"given to {chosen.label or chosen.name}"
    note = f"{given}, {str(action.by).replace('_', ' ')} of {action.team}"
    judging.history.append(_told(judging, HistoryKind.ASSIGNED, occasion, note))


def _set(judging: Judging, action: SetField, occasion: Occasion) -> None:
    field = judging.lifecycle.fields[action.field]
    value = coerce(action.value, field.type, field.options)
    if judging.record.values.get(field.name) != value:
        put_field(judging, field.name, value, occasion.at)


def put_owner(judging: Judging, name: str, owner: str, at: datetime) -> None:
    """Give the record an owner, with the event that clocks may wait for."""
    put_field(judging, name, owner, at)
    record = judging.record
    happenings = (*record.happenings, Happening(ASSIGNED, at))
    judging.record = replace(record, happenings=happenings)
    judging.events.append(
        EventRow(
            record_id=record.id,
            name=ASSIGNED,
            at=at,
            source=_OURS,
            learnt_at=judging.now,
        )
    )


def put_field(
    judging: Judging, name: str, value: Value, at: datetime, *, source: str = _OURS
) -> None:
    """Give a field a value; every CRM that shares it is told."""
    old = judging.record.values.get(name)
    values = {one: it for one, it in judging.record.values.items() if one != name}
    values |= {} if value is None else {name: value}
    judging.record = replace(judging.record, values=values)
    judging.set_field(name)
    judging.field_changes.append(
        FieldChange(
            record_id=judging.record.id,
            field=name,
            old=to_json(old),
            new=to_json(value),
            changed_at=at,
            learnt_at=judging.now,
            source=source,
            personal=judging.lifecycle.fields[name].tells_of_a_person,
        )
    )


def _escalate(judging: Judging, action: Escalate, occasion: Occasion) -> None:
    stage = judging.lifecycle.stages[judging.record.stage]
    to = action.to or stage.owner or "a person"
    if occasion.clock is not None:
        judging.put_clock(replace(occasion.clock, escalated_to=to))
    note = escalation(stage, to, occasion.clock)
    judging.flag_for_a_person(note)
    judging.history.append(_told(judging, HistoryKind.ESCALATED, occasion, note))


def _told(
    judging: Judging, kind: HistoryKind, occasion: Occasion, note: str
) -> HistoryEntry:
    return told(judging, kind, occasion.at, note, cause=occasion.cause)


# -- to the outbox ---------------------------------------------------------------------


def _task(judging: Judging, action: Task, occasion: Occasion) -> None:
    # By name also where it is the owner: a CRM may learn of a new one after the task.
    to = action.to or judging.lifecycle.owner_of(judging.record)
    payload = {
        "text": _text(judging, action.text, occasion),
        "due_at": (judging.now + max(action.due, timedelta(0))).isoformat(),
        "to": to,
    }
    for link in _where(judging, to):
        _send(judging, link, OutboxKind.TASK, payload, occasion)


def _where(judging: Judging, to: str | None) -> Sequence[LinkRow]:
    """Return where the person works who gets the task: one CRM, not each of them."""
    person = judging.people.get(to)
    living = _living(judging)
    known = [one for one in living if person and one.connection in person.users]
    return known or living


def _living(judging: Judging) -> list[LinkRow]:
    return [
        one
        for one in judging.links
        if one.status is LinkStatus.ACTIVE and one.connection in judging.connections
    ]


def _notify(judging: Judging, action: Notify, occasion: Occasion) -> None:
    payload = {
        "subject": _text(judging, action.subject, occasion),
        "text": _text(judging, action.text, occasion),
        "record": judging.record.id,
        "stage": judging.record.stage,
        "event": occasion.name.rpartition(":")[0],
        "at": occasion.at.isoformat(),
    }
    judging.outbox.append(
        _item(judging, action.channel, OutboxKind.MESSAGE, payload, occasion)
    )


def _call(judging: Judging, action: Call, occasion: Occasion) -> None:
    payload = {
        "name": action.name,
        "settings": {
            name: _text(judging, text, occasion)
            for name, text in action.settings.items()
        },
        "values": {
            name: to_json(value) for name, value in judging.record.values.items()
        },
    }
    judging.outbox.append(_item(judging, "plugin", OutboxKind.CALL, payload, occasion))


def _send(
    judging: Judging,
    link: LinkRow,
    kind: OutboxKind,
    payload: Mapping[str, object],
    occasion: Occasion,
) -> None:
    item = _item(judging, link.connection, kind, payload, occasion)
    judging.outbox.append(
        replace(
            item,
            token=f"{item.token}:{link.external_id}",
            object=link.object,
            external_id=link.external_id,
        )
    )


def _item(
    judging: Judging,
    connection: str,
    kind: OutboxKind,
    payload: Mapping[str, object],
    occasion: Occasion,
) -> OutboxItem:
    record = judging.record
    position = f"{record.id}:{record.stage_version}"
    return OutboxItem(
        token=f"{position}:{connection}:{kind}:{judging.event}:{occasion.name}",
        record_id=record.id,
        connection=connection,
        object="channel" if kind is OutboxKind.MESSAGE else "",
        external_id="",
        kind=kind,
        payload=payload,
        created_at=judging.now,
        due_at=judging.now,
    )


def _text(judging: Judging, text: str, occasion: Occasion) -> str:
    """Return a text with its names filled in by what the record and its why say."""
    if "{" not in text:
        return text
    lifecycle, record = judging.lifecycle, judging.record
    asked = "{missing}" in text
    receipts = examine(lifecycle, record, now=judging.now) if asked else ()
    clock = occasion.clock
    values = template_values(
        lifecycle,
        record,
        receipts=receipts,
        sla=clock.sla if clock else "",
        due=clock.due_at if clock else None,
        actor=occasion.actor,
        reason=occasion.reason,
        transition=occasion.transition,
        from_stage=occasion.from_stage,
    )
    return render(text, values)
