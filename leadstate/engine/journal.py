"""What the history keeps of an effect: one row, or none.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.domain.effect import (
    Assigned,
    CameUnderCare,
    Declined,
    Denied,
    Edited,
    Entered,
    Escalated,
    Moved,
    MoveRefused,
    SlaChanged,
    WouldHaveQualified,
)
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import RefusalCode
from leadstate.engine.receipts import receipt_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.origin import HistoryEffect, Origin

__all__ = ["history_entry"]


def history_entry(
    effect: HistoryEffect, *, record_id: str, event: str, now: datetime, version: str
) -> HistoryEntry:
    """Return the row of an effect.

    Args:
        effect: What came about.
        record_id: Whose history it is.
        event: Key of the signal's source, so that one event leaves one row.
        now: When it was learnt (aware UTC).
        version: The version of the workflow that decided.
    """
    position, origin = effect.position, effect.origin
    from_stage, to_stage = _way(effect)
    return HistoryEntry(
        record_id=record_id,
        kind=_kind(effect),
        cause=origin.cause,
        actor=origin.actor,
        happened_at=origin.at,
        qualified_at=getattr(effect, "qualified_at", None),
        learnt_at=now,
        from_stage=from_stage,
        to_stage=to_stage,
        transition=_transition(effect),
        reason=origin.reason,
        note=_note(effect),
        answer=_answer(effect),
        source=origin.source,
        source_event=origin.event or event,
        pass_number=position.pass_number,
        workflow_version=version,
        receipt=_receipt(effect),
    )


_KINDS: Final[Mapping[type, HistoryKind]] = {
    Entered: HistoryKind.ENTERED,
    CameUnderCare: HistoryKind.WENT_LIVE,
    Moved: HistoryKind.MOVED,
    WouldHaveQualified: HistoryKind.WOULD_HAVE_QUALIFIED,
    Assigned: HistoryKind.ASSIGNED,
    Escalated: HistoryKind.ESCALATED,
    Edited: HistoryKind.EDITED,
    Declined: HistoryKind.DECLINED,
    Denied: HistoryKind.REFUSED,
}


def _kind(effect: HistoryEffect) -> HistoryKind:
    match effect:
        case MoveRefused():
            return _refusal_kind(effect)
        case SlaChanged():
            return effect.kind
        case _:
            return _KINDS[type(effect)]


def _way(effect: HistoryEffect) -> tuple[str | None, str | None]:
    """Return the stage before, and the one behind or asked for."""
    here = effect.position.stage
    match effect:
        case Entered():
            return None, here
        case Moved():
            return effect.step.source, effect.step.target
        case MoveRefused() | WouldHaveQualified():
            return here, effect.to_stage
        case _:
            return here, None


def _refusal_kind(refused: MoveRefused) -> HistoryKind:
    refusal = refused.stay.refusal
    if refused.stay.answer is OutsideAnswer.REVERT:
        return HistoryKind.REVERTED
    by_hand = refused.origin.cause is Cause.MANUAL
    if by_hand and refusal and refusal.code is RefusalCode.APPROVAL:
        return HistoryKind.APPROVAL_ASKED
    return HistoryKind.REFUSED


def _transition(effect: HistoryEffect) -> str | None:
    match effect:
        case Moved():
            return effect.step.transition
        case MoveRefused() | Declined() | Denied() | WouldHaveQualified():
            return effect.transition
        case _:
            return None


def _note(effect: HistoryEffect) -> str:
    if isinstance(effect, MoveRefused):
        return effect.stay.refusal.text if effect.stay.refusal else ""
    return effect.origin.note


def _answer(effect: HistoryEffect) -> str | None:
    match effect:
        case Moved():
            return str(effect.answer) if effect.answer else None
        case MoveRefused():
            return str(effect.stay.answer) if effect.stay.answer else None
        case _:
            return None


def _receipt(effect: HistoryEffect) -> dict[str, object]:
    match effect:
        case Moved():
            return {
                "candidates": receipt_data(effect.step.receipts),
                **_asked(effect.origin),
            }
        case MoveRefused():
            refusal = effect.stay.refusal
            return {
                "refusal": str(refusal.code) if refusal else None,
                "asked_with_note": effect.origin.note,
                "candidates": receipt_data(effect.stay.receipts),
            }
        case SlaChanged() if effect.mark:
            return _clock_receipt(effect)
        case _:
            return {}


def _asked(origin: Origin) -> dict[str, object]:
    """Return when a person asked for it, where that was not when it was decided."""
    if origin.asked_at in (None, origin.at):
        return {}
    return {"asked_at": _moment(origin.asked_at)}


def _clock_receipt(effect: SlaChanged) -> dict[str, object]:
    """Return why an SLA warned or broke, or why it did not break after all."""
    clock = effect.clock
    undone: Mapping[str, object] = {}
    if clock.breached_at is None and effect.before is not None:
        undone = {
            "breach_was_at": _moment(effect.before.breached_at),
            "ended_at": _moment(clock.ended_at),
        }
    return {"clock": {**_clock_data(clock, effect), **undone}}


def _clock_data(clock: SlaClock, effect: SlaChanged) -> dict[str, object]:
    return {
        "sla": clock.sla,
        "mark": effect.mark,
        "stage": clock.stage,
        "calendar": effect.calendar,
        "owner": clock.owner,
        "started_at": _moment(clock.started_at),
        "due_at": _moment(clock.due_at),
        "paused_times": len(clock.pauses),
        "carried_seconds": clock.carried.total_seconds(),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
