"""What a decision leaves behind: the record after it, its history entries.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Decision, Move, Orphaned, Stay, Step
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer, StageKind
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.signal import Changed, ManualMove, MovedOutside, Signal, TimerDue
from leadstate.engine.receipts import receipt_data

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record

__all__ = ["UNKNOWN_ACTOR", "after", "entries", "passes_through"]

_ASKING = (ManualMove, MovedOutside)


def after(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> Record:
    """Return the record as the decision leaves it; the same object when it stays.

    The move counts as made at the signal's own time.
    """
    if not isinstance(decision, Move):
        return record
    by_breach = isinstance(signal, TimerDue) and signal.kind is TimerKind.BREACH
    return replace(
        record,
        stage=decision.target,
        stage_version=record.stage_version + len(decision.steps),
        pass_number=passes_through(lifecycle, record.pass_number, decision.steps)[-1],
        entered_at=signal.at,
        came_from=decision.steps[-1].source,
        entered_via=decision.steps[-1].transition,
        breach_moves=record.breach_moves + 1 if by_breach else 0,
        workflow_version=lifecycle.version,
    )


def passes_through(
    lifecycle: Lifecycle, pass_number: int, steps: tuple[Step, ...]
) -> tuple[int, ...]:
    """Return the pass after each step: coming back from a parked or closed stage to an
    open one begins the next trip through the funnel.
    """
    passes: list[int] = []
    for step in steps:
        before = lifecycle.stages[step.source].kind
        behind = lifecycle.stages[step.target].kind
        pass_number += before is not StageKind.OPEN and behind is StageKind.OPEN
        passes.append(pass_number)
    return tuple(passes)


UNKNOWN_ACTOR = "unknown"
"""Who moved a record in a CRM that does not say who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circumstances:
    """What every entry of one decision shares."""

    cause: Cause
    actor: str
    happened_at: datetime
    reason: str | None
    note: str
    source: str
    source_event: str
    learnt_at: datetime


def entries(  # noqa: PLR0913 - the facts of one commit, all keyword-only
    lifecycle: Lifecycle,
    record: Record,
    decision: Decision,
    signal: Signal,
    *,
    now: datetime,
    source_event: str,
) -> tuple[HistoryEntry, ...]:
    """Return the history rows of a decision: one a step, or one for a refusal.

    A record that merely stays leaves no row: nobody asked for anything.
    """
    around = _circumstances(lifecycle, signal, now, source_event)
    match decision:
        case Move():
            return _moved(lifecycle, record, decision, around)
        case Stay() if decision.refusal and isinstance(signal, _ASKING):
            return (_refused(lifecycle, record, decision, signal, around),)
        case Stay() | Orphaned():  # pragma: no branch - every decision is named
            return ()


def _circumstances(
    lifecycle: Lifecycle, signal: Signal, now: datetime, source_event: str
) -> _Circumstances:
    reason, note = None, ""
    match signal:
        case Changed():
            cause, actor = Cause.AUTOMATIC, "leadstate"
        case TimerDue():
            cause, actor = Cause.TIMER, "leadstate"
            reason = signal.reason
        case ManualMove():
            cause, actor = Cause.MANUAL, signal.actor
            reason, note = _in_words(lifecycle, signal)
        case MovedOutside():  # pragma: no branch - every signal is named
            cause, actor = Cause.OUTSIDE, signal.actor or UNKNOWN_ACTOR
            reason = signal.reason
    return _Circumstances(
        cause=cause,
        actor=actor,
        happened_at=signal.at,
        reason=reason,
        note=note,
        source=signal.source,
        source_event=source_event,
        learnt_at=now,
    )


def _in_words(lifecycle: Lifecycle, asked: ManualMove) -> tuple[str | None, str]:
    """Return the reason, if the workflow lists it; a person's own text is a note.

    The history keeps reasons for ever and in plain; own text can name the lead.
    """
    transition = lifecycle.transitions.get(asked.transition)
    listed = {*lifecycle.reasons, *(transition.reasons if transition else ())}
    if not asked.reason or asked.reason in listed:
        return asked.reason, asked.note
    return None, f"{asked.reason}: {asked.note}" if asked.note else asked.reason


def _moved(
    lifecycle: Lifecycle, record: Record, move: Move, around: _Circumstances
) -> tuple[HistoryEntry, ...]:
    passes = passes_through(lifecycle, record.pass_number, move.steps)
    rows: list[HistoryEntry] = []
    for number, (step, pass_number) in enumerate(zip(move.steps, passes, strict=True)):
        first = number == 0
        rows.append(
            HistoryEntry(
                record_id=record.id,
                kind=HistoryKind.MOVED,
                cause=around.cause if first else Cause.AUTOMATIC,
                actor=around.actor if first else "leadstate",
                happened_at=around.happened_at,
                learnt_at=around.learnt_at,
                from_stage=step.source,
                to_stage=step.target,
                transition=step.transition,
                reason=around.reason if first else None,
                note=around.note if first else "",
                answer=str(move.answer) if first and move.answer else None,
                source=around.source,
                source_event=around.source_event,
                pass_number=pass_number,
                workflow_version=lifecycle.version,
                receipt={"candidates": receipt_data(step.receipts)},
            )
        )
    return tuple(rows)


def _refused(
    lifecycle: Lifecycle,
    record: Record,
    stay: Stay,
    signal: ManualMove | MovedOutside,
    around: _Circumstances,
) -> HistoryEntry:
    refusal = stay.refusal
    kind = HistoryKind.REFUSED
    if stay.answer is OutsideAnswer.REVERT:
        kind = HistoryKind.REVERTED
    elif refusal and refusal.code is RefusalCode.APPROVAL:
        asking = isinstance(signal, ManualMove)
        kind = HistoryKind.APPROVAL_ASKED if asking else kind
    return HistoryEntry(
        record_id=record.id,
        kind=kind,
        cause=around.cause,
        actor=around.actor,
        happened_at=around.happened_at,
        learnt_at=around.learnt_at,
        from_stage=record.stage,
        to_stage=_asked_for(lifecycle, signal),
        transition=_transition_asked_for(stay, signal),
        reason=around.reason,
        note=refusal.text if refusal else "",
        answer=str(stay.answer) if stay.answer else None,
        source=around.source,
        source_event=around.source_event,
        pass_number=record.pass_number,
        workflow_version=lifecycle.version,
        receipt={
            "refusal": str(refusal.code) if refusal else None,
            "asked_with_note": around.note,
            "candidates": receipt_data(stay.receipts),
        },
    )


def _asked_for(lifecycle: Lifecycle, signal: ManualMove | MovedOutside) -> str | None:
    if isinstance(signal, MovedOutside):
        return signal.stage
    transition = lifecycle.transitions.get(signal.transition)
    return transition.target if transition else None


def _transition_asked_for(stay: Stay, signal: ManualMove | MovedOutside) -> str | None:
    if isinstance(signal, ManualMove):
        return signal.transition
    return stay.receipts[0].transition if stay.receipts else None
