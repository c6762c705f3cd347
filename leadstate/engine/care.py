"""Coming under care: what the history says of it, and what is kept before.  Pure.

Before it comes under care a record is only observed: it stands where the CRM shows it,
moves that people make there are kept, and nothing is judged, acted or timed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Step
from leadstate.domain.effect import CameUnderCare, Entered
from leadstate.domain.history import Cause
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.signal import FirstSeen, MovedOutside, Started
from leadstate.engine.draft import OURS
from leadstate.engine.moving import make_move
from leadstate.engine.passing import pass_through

if TYPE_CHECKING:
    from leadstate.domain.signal import Signal, WentLive
    from leadstate.engine.draft import CaseDraft

__all__ = ["came_under_care", "entered", "observe"]


def entered(draft: CaseDraft, signal: FirstSeen | Started) -> Entered:
    """Return that the record is known from now on, in the stage where it stands."""
    cause, actor = Cause.IMPORT, signal.source
    if isinstance(signal, Started):
        cause, actor = Cause.STARTED, OURS
    origin = draft.note(signal.at, signal.note, cause, actor=actor)
    at = draft.record.entered_at
    return Entered(draft.position, replace(origin, at=at, source=signal.source))


def came_under_care(draft: CaseDraft, signal: WentLive) -> CameUnderCare:
    """Return that an object of the record is acted on from now on, by whose word."""
    cause = Cause.AUTOMATIC if signal.actor == OURS else Cause.MANUAL
    origin = draft.note(signal.at, signal.note, cause, actor=signal.actor)
    return CameUnderCare(draft.position, replace(origin, source=signal.source))


def observe(draft: CaseDraft, signal: Signal) -> None:
    """Keep what happens to a record that is only observed; judge nothing of it."""
    match signal:
        case FirstSeen():
            draft.effects.append(entered(draft, signal))
        case MovedOutside() if signal.stage != draft.record.stage:
            pass_through(draft, signal)
            step = Step(None, draft.record.stage, signal.stage, ())
            move = Move((step,), answer=OutsideAnswer.ACCEPT)
            draft.decisions.append((signal, move))
            make_move(draft, move, signal)
        case _:
            pass
