"""What people ask for besides moves: fields, pauses, a wish that is declined.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.clock import Pause
from leadstate.domain.effect import Declined, Denied, Edited, SlaChanged
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.signal import PauseClocks
from leadstate.domain.values import FieldType, to_text

if TYPE_CHECKING:
    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Field
    from leadstate.domain.signal import DeclineMove, FieldEdit, ResumeClocks
    from leadstate.domain.values import Value
    from leadstate.engine.draft import CaseDraft

__all__ = ["decline", "edit", "pause"]


# -- a field ---------------------------------------------------------------------------


def edit(draft: CaseDraft, asked: FieldEdit) -> bool:
    """Set the field, if this person may; say whether there is anything to judge."""
    field = draft.lifecycle.fields[asked.field]
    if field.by and not asked.roles.intersection(field.by):
        have = ", ".join(sorted(asked.roles)) or "no role"
        need = " or ".join(field.by)
        why = f"{field.name!r} is set by {need}; {asked.actor} has {have}"
        origin = draft.note(asked.at, why, Cause.MANUAL, actor=asked.actor)
        denied = Denied(draft.position, origin, code=RefusalCode.ROLE)
        draft.effects.append(denied)
        return False
    before = draft.record.values.get(field.name)
    words = _words(field, before, asked.value)
    note = f"{words}; {asked.note}" if asked.note else words
    origin = draft.note(asked.at, note, Cause.MANUAL, actor=asked.actor)
    draft.effects.append(Edited(draft.position, origin, field.name))
    if asked.value == before:
        return False
    _put(draft, field, asked)
    return True


def _words(field: Field, before: Value, behind: Value) -> str:
    """Return what was set, in words.

    The history outlives a privacy deletion: what is personal stays out of it.
    """
    if field.personal:
        return field.name
    old, new = to_text(before) or "nothing", to_text(behind) or "nothing"
    return f"{field.name}: {old} -> {new}"


def _put(draft: CaseDraft, field: Field, asked: FieldEdit) -> None:
    if field.type is FieldType.OWNER and isinstance(asked.value, str):
        draft.put_owner(field.name, asked.value, asked.at, source=asked.actor)
    else:
        draft.put_field(field.name, asked.value, asked.at, source=asked.actor)


# -- clocks ----------------------------------------------------------------------------


def pause(draft: CaseDraft, asked: PauseClocks | ResumeClocks) -> None:
    """Let the record's clocks stand still or go on; one that does so already stays."""
    for clock in tuple(draft.clocks.values()):
        if clock.ended_at is not None or (asked.sla and clock.sla != asked.sla):
            continue
        turned, how = _turned(clock, asked)
        if turned is clock:
            continue
        draft.clocks[clock.place] = turned
        stops = isinstance(asked, PauseClocks)
        # The reason stands in the note: it is somebody's own text, and may name them.
        note = f"the SLA {clock.sla!r} {how}"
        draft.effects.append(
            SlaChanged(
                position=draft.position,
                origin=draft.note(asked.at, note, Cause.MANUAL, actor=asked.actor),
                kind=HistoryKind.PAUSED if stops else HistoryKind.RESUMED,
                clock=turned,
                before=clock,
            )
        )


def _turned(clock: SlaClock, asked: PauseClocks | ResumeClocks) -> tuple[SlaClock, str]:
    """Return the clock as the person wants it, and how it stands then in words."""
    lasting = next((one for one in clock.pauses if one.by and one.end is None), None)
    if isinstance(asked, PauseClocks):
        if lasting is not None:
            return clock, ""
        new = Pause(asked.at, reason=asked.reason, by=asked.actor)
        return replace(clock, pauses=(*clock.pauses, new)), new.text
    if lasting is None:
        return clock, ""
    pauses = tuple(
        replace(one, end=asked.at) if one is lasting else one for one in clock.pauses
    )
    how = f"goes on: {asked.reason}" if asked.reason else "goes on"
    return replace(clock, pauses=pauses), how


# -- a wish ----------------------------------------------------------------------------


def decline(draft: CaseDraft, asked: DeclineMove) -> None:
    """Decline a wish, if this person may; everybody may take back their own."""
    transition = draft.lifecycle.transitions.get(asked.transition)
    need = transition.approval if transition else ()
    may = transition is None or asked.roles.intersection(need)
    what = f"{asked.transition!r}, asked for by {asked.asked_by}"
    own = asked.actor == asked.asked_by
    text = (
        f"{what}, was declined"
        if may or own
        else f"{what}, is answered by {' or '.join(need)}"
    )
    note = f"{text}: {asked.note}" if asked.note else text
    origin = draft.note(asked.at, note, Cause.MANUAL, actor=asked.actor)
    if may or own:
        effect = Declined(draft.position, origin, asked.transition)
        draft.effects.append(effect)
    else:
        denied = Denied(draft.position, origin, asked.transition, RefusalCode.ROLE)
        draft.effects.append(denied)
