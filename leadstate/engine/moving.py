"""A decision as effects: the steps that were made, or why one was not.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from leadstate.domain.effect import Moved, MoveRefused, Origin, Position
from leadstate.domain.history import Cause
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
    TimerDue,
)
from leadstate.engine.draft import OURS
from leadstate.engine.stepping import passes_through

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.decision import Move, Stay
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record

__all__ = ["UNKNOWN_ACTOR", "moved", "refused"]

UNKNOWN_ACTOR = "unknown"
"""Who moved a record in a CRM that does not say who."""


def moved(
    lifecycle: Lifecycle, before: Record, move: Move, signal: Signal
) -> Iterator[Moved]:
    """Yield each step of a move; only the first goes back to whoever asked for it."""
    passes = passes_through(lifecycle, before.pass_number, move.steps)
    for number, step in enumerate(move.steps):
        behind = before.stage_version + number + 1
        origin = _origin(lifecycle, signal)
        if number > 0:
            origin = Origin(
                cause=Cause.AUTOMATIC, actor=OURS, at=signal.at, source=signal.source
            )
        yield Moved(
            Position(step.target, behind, passes[number]),
            origin,
            step,
            None if number else move.answer,
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
        case Changed() | FirstSeen() | FieldEdit() | Reclock():
            pass
        case PauseClocks() | ResumeClocks() | DeclineMove():
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
