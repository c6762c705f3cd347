"""What the actions of a workflow do, as effects.  Pure; nothing is sent here.

Fields and owners change in the record at once; tasks, notes, messages and calls are
effects that somebody else carries out, at least once and with one result.
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
    Start,
    Task,
)
from leadstate.domain.course import A_PERSON
from leadstate.domain.effect import (
    Assigned,
    CallMade,
    Escalated,
    MessageSent,
    NoteLeft,
    RecordStarted,
    TaskGiven,
)
from leadstate.domain.history import Cause
from leadstate.domain.values import coerce
from leadstate.engine.clock_changes import escalation
from leadstate.engine.decide import examine
from leadstate.engine.draft import OURS
from leadstate.engine.templates import render, template_values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.action import Action
    from leadstate.domain.clock import SlaClock
    from leadstate.engine.draft import CaseDraft

__all__ = ["ActionTrigger", "act"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTrigger:
    """What the actions are taken for.

    Attributes:
        name: What happened, for the tokens: ``enter:sal:0``, ``breach:accept``.
        at: When it happened.
        clock: The clock that warns or is broken, or None.
        cause: TIMER when a timer is the reason for it.
        actor: Who moved the record or asked for it.
    """

    name: str
    at: datetime
    clock: SlaClock | None = None
    cause: Cause = Cause.AUTOMATIC
    actor: str = ""
    reason: str | None = None
    transition: str | None = None
    from_stage: str | None = None


def act(draft: CaseDraft, actions: Iterable[Action], trigger: ActionTrigger) -> None:
    """Take the actions, in order; a later one sees what an earlier one changed."""
    for number, action in enumerate(actions):
        _act(draft, action, replace(trigger, name=f"{trigger.name}:{number}"))


def _act(draft: CaseDraft, action: Action, trigger: ActionTrigger) -> None:
    match action:
        case Assign():
            _assign(draft, action, trigger)
        case SetField():
            _set(draft, action)
        case Escalate():
            _escalate(draft, action, trigger)
        case Task():
            draft.effects.append(_task(draft, action, trigger))
        case LeaveNote():
            text = _text(draft, action.text, trigger)
            note = NoteLeft(position=draft.position, action=trigger.name, text=text)
            draft.effects.append(note)
        case Notify():
            draft.effects.append(_message(draft, action, trigger))
        case Call():
            draft.effects.append(_call(draft, action, trigger))
        case Start():
            draft.effects.append(_started(draft, action, trigger))
        case _:
            assert_never(action)


# -- in the record ---------------------------------------------------------------------


def _assign(draft: CaseDraft, action: Assign, trigger: ActionTrigger) -> None:
    name = draft.lifecycle.owner_field
    if name is None:  # pragma: no cover - the workflow check refuses it
        return
    if not draft.rota.people:
        return  # no people are kept: `doctor` says so once, and not each record
    owner = draft.owner
    chosen, draft.rota = draft.rota.choose(draft.lifecycle, action, owner, draft.now)
    if chosen is None:
        draft.raise_flag(f"nobody of {action.team} is there to take it over")
        return
    given = chosen.name != owner
    if not given and action.keep:
        return
    if given:
        draft.put_owner(name, chosen.name, draft.now, source=OURS)
    to, how = chosen.label or chosen.name, str(action.by).replace("_", " ")
    note = f"given to {to}, {how} of {action.team}"
    draft.effects.append(
        Assigned(
            draft.position,
            draft.note(draft.now, note, trigger.cause),
            person=chosen.name,
            team=action.team,
            given=given,
        )
    )


def _set(draft: CaseDraft, action: SetField) -> None:
    field = draft.lifecycle.fields[action.field]
    value = coerce(action.value, field.type, field.options)
    if draft.record.values.get(field.name) != value:
        draft.put_field(field.name, value, draft.now)


def _escalate(draft: CaseDraft, action: Escalate, trigger: ActionTrigger) -> None:
    stage, clock = draft.lifecycle.stages[draft.record.stage], trigger.clock
    to = action.to or stage.owner or A_PERSON
    if clock is not None:
        draft.clocks[clock.place] = replace(clock, escalated_to=to)
    note = escalation(stage, to, clock)
    draft.raise_flag(note)
    origin = draft.note(draft.now, note, trigger.cause)
    draft.effects.append(Escalated(draft.position, origin, to))


# -- elsewhere -------------------------------------------------------------------------


def _task(draft: CaseDraft, action: Task, trigger: ActionTrigger) -> TaskGiven:
    return TaskGiven(
        position=draft.position,
        action=trigger.name,
        text=_text(draft, action.text, trigger),
        due_at=draft.now + max(action.due, timedelta(0)),
        # By name also where it is the owner: a CRM may learn of a new one later.
        to=action.to or draft.owner,
    )


def _message(draft: CaseDraft, action: Notify, trigger: ActionTrigger) -> MessageSent:
    return MessageSent(
        position=draft.position,
        action=trigger.name,
        channel=action.channel,
        subject=_text(draft, action.subject, trigger),
        text=_text(draft, action.text, trigger),
        event=trigger.name.rpartition(":")[0],
        at=trigger.at,
    )


def _call(draft: CaseDraft, action: Call, trigger: ActionTrigger) -> CallMade:
    return CallMade(
        position=draft.position,
        action=trigger.name,
        name=action.name,
        settings={
            name: _text(draft, text, trigger) for name, text in action.settings.items()
        },
        values=draft.record.values,
    )


def _started(draft: CaseDraft, action: Start, trigger: ActionTrigger) -> RecordStarted:
    held = draft.record.values
    names = draft.lifecycle.fields if action.copy is None else action.copy
    return RecordStarted(
        position=draft.position,
        at=trigger.at,
        workflow=action.workflow,
        stage=action.stage,
        copy=action.copy,
        values={name: held[name] for name in names if name in held},
    )


def _text(draft: CaseDraft, text: str, trigger: ActionTrigger) -> str:
    """Return a text with its names filled in by what the record and its why say."""
    if "{" not in text:
        return text
    lifecycle, record = draft.lifecycle, draft.record
    asked = "{missing}" in text
    receipts = examine(lifecycle, record, now=draft.now) if asked else ()
    clock = trigger.clock
    values = template_values(
        lifecycle,
        record,
        receipts=receipts,
        sla=clock.sla if clock else "",
        due=clock.due_at if clock else None,
        actor=trigger.actor,
        reason=trigger.reason,
        transition=trigger.transition,
        from_stage=trigger.from_stage,
    )
    return render(text, values)
