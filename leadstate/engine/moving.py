"""A decision as effects: the steps that are made, or why one was not.  Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from leadstate.domain.clock import TimerKind
from leadstate.domain.effect import Moved, MoveRefused
from leadstate.domain.history import Cause
from leadstate.domain.origin import Origin, Position
from leadstate.domain.signal import (
    Changed,
    DeclineMove,
    FieldEdit,
    FirstSeen,
    ManualMove,
    MovedOutside,
    PauseClocks,
    Reclock,
    ResumeClocks,
    Signal,
    Started,
    TimerDue,
    WentLive,
)
from leadstate.engine.acting import ActionTrigger, act
from leadstate.engine.draft import OURS
from leadstate.engine.stepping import occasions, pass_behind, wakes

if TYPE_CHECKING:
    from leadstate.domain.decision import Move, Stay
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.engine.draft import CaseDraft

__all__ = ["UNKNOWN_ACTOR", "behind", "make_move", "refused"]

UNKNOWN_ACTOR = "unknown"
"""Who moved a record in a CRM that does not say who."""


def make_move(
    draft: CaseDraft, move: Move, signal: Signal, *, following: Signal | None = None
) -> None:
    """Make the steps of a move, and do what leaving and entering their stages does.

    A move is of the moment at which it is decided; one that somebody made in the CRM
    was made when the CRM says so.  Only its first step goes back to whoever asked for
    it.  While actions of a stage are taken that it only passes, the record stands
    there.  Nothing is done for a record that is only observed.

    Args:
        draft: The case, in front of the first step.
        move: What was decided.
        signal: What it was decided for.
        following: The signal whose actions led to the move; None when it is the
            signal's own.
    """
    trip, origin = draft.record.pass_number, _made(draft, signal)
    since = None if following else draft.late.get(move.steps[0].transition or "")
    draft.left_at = since or draft.left_at
    made: list[Moved] = []
    for number, step in enumerate(move.steps):
        trip = pass_behind(draft.lifecycle, trip, step)
        version = draft.record.stage_version + number + 1
        place = Position(step.target, version, trip)
        made.append(Moved(place, origin, step, None if number else move.answer, since))
        since, origin = None, _automatic(draft, signal)
    draft.effects.extend(made)
    breaches, woken = _breach_moves(draft.record, signal, following), wakes(signal)
    for number, one in enumerate(made):
        draft.record = behind(draft, one, breaches=breaches)
        if draft.since is None:
            continue
        for name, actions in occasions(draft.lifecycle, one.step, number, woken=woken):
            act(draft, actions, _trigger(name, one, following or signal))


def _breach_moves(record: Record, signal: Signal, following: Signal | None) -> int:
    """Return how many moves in a row only broken SLAs made, with this one."""
    if following is not None:
        return record.breach_moves  # of the signal that it follows
    by_breach = isinstance(signal, TimerDue) and signal.kind is TimerKind.BREACH
    return record.breach_moves + 1 if by_breach else 0


def behind(draft: CaseDraft, moved: Moved, *, breaches: int) -> Record:
    """Return the record as it stands behind a step, with what was set on the way."""
    return replace(
        draft.record,
        stage=moved.step.target,
        stage_version=moved.position.stage_version,
        pass_number=moved.position.pass_number,
        entered_at=moved.origin.at,
        came_from=moved.step.source,
        entered_via=moved.step.transition,
        breach_moves=breaches,
        workflow_version=draft.lifecycle.version,
    )


def _trigger(name: str, moved: Moved, signal: Signal) -> ActionTrigger:
    step = moved.step
    return ActionTrigger(
        name=name,
        at=moved.origin.at or signal.at,
        cause=Cause.TIMER if isinstance(signal, TimerDue) else Cause.AUTOMATIC,
        actor=getattr(signal, "actor", ""),
        reason=getattr(signal, "reason", None),
        transition=step.transition,
        from_stage=step.source,
    )


def refused(
    lifecycle: Lifecycle,
    position: Position,
    stay: Stay,
    signal: ManualMove | MovedOutside,
) -> MoveRefused:
    """Return that a move somebody asked for, or made in the CRM, was not made."""
    origin = _origin(lifecycle, signal)
    if isinstance(signal, MovedOutside):
        looked_at = stay.receipts[0].transition if stay.receipts else None
        return MoveRefused(position, origin, stay, looked_at, signal.stage)
    transition = lifecycle.transitions.get(signal.transition)
    to_stage = transition.target if transition else None
    return MoveRefused(position, origin, stay, signal.transition, to_stage)


def _automatic(draft: CaseDraft, signal: Signal) -> Origin:
    """Return the origin of a step that nobody asked for."""
    return Origin(cause=Cause.AUTOMATIC, actor=OURS, at=draft.now, source=signal.source)


def _made(draft: CaseDraft, signal: Signal) -> Origin:
    """Return the origin of a move that is made, which Leadstate makes now."""
    origin = _origin(draft.lifecycle, signal)
    if isinstance(signal, MovedOutside):
        return origin
    asked_at = signal.at if isinstance(signal, ManualMove) else None
    return replace(origin, at=draft.now, asked_at=asked_at)


def _origin(lifecycle: Lifecycle, signal: Signal) -> Origin:
    cause, actor, reason, note = Cause.AUTOMATIC, OURS, None, ""
    match signal:
        case ManualMove():
            cause, actor = Cause.MANUAL, signal.actor
            reason, note = _in_words(lifecycle, signal)
        case MovedOutside():
            cause, actor = Cause.OUTSIDE, signal.actor or UNKNOWN_ACTOR
            reason = signal.reason
        case TimerDue():
            cause, reason = Cause.TIMER, signal.reason
        case Changed() | FirstSeen() | Started() | FieldEdit() | Reclock():
            pass
        case PauseClocks() | ResumeClocks() | DeclineMove() | WentLive():
            pass
        case _:
            assert_never(signal)
    return Origin(
        cause=cause,
        actor=actor,
        at=signal.at,
        source=signal.source,
        reason=reason,
        note=note,
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
