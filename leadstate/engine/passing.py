"""Stages that a record passed in the CRM while nobody looked.  Pure.

The CRM tells of them; they are kept as reported, as far as the workflow of now would
have let the record go that way.  Nothing is done for them: nobody could know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Step
from leadstate.domain.effect import Moved
from leadstate.domain.history import Cause
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.origin import Origin, Position
from leadstate.domain.signal import MovedOutside
from leadstate.engine.decide import decide
from leadstate.engine.moving import UNKNOWN_ACTOR, behind
from leadstate.engine.stepping import pass_behind

if TYPE_CHECKING:
    from leadstate.domain.signal import ManualMove, PassedStage
    from leadstate.engine.draft import CaseDraft

__all__ = ["pass_through"]


def pass_through(draft: CaseDraft, moved: MovedOutside | ManualMove) -> None:
    """Let the record go through the stages on its way, to the last that is allowed.

    A move that a person asks Leadstate for passes none.
    """
    if not isinstance(moved, MovedOutside):
        return
    for passed in moved.through:
        step = _step(draft, moved, passed)
        if step is None:
            return
        trip = pass_behind(draft.lifecycle, draft.record.pass_number, step)
        version = draft.record.stage_version + 1
        origin = Origin(
            cause=Cause.REPORTED,
            actor=passed.actor or UNKNOWN_ACTOR,
            at=passed.at,
            source=moved.source,
            event=passed.key,
        )
        made = Moved(Position(step.target, version, trip), origin, step)
        draft.effects.append(made)
        draft.left_at = draft.left_at or passed.at
        draft.record = behind(draft, made, breaches=0)


def _step(draft: CaseDraft, moved: MovedOutside, passed: PassedStage) -> Step | None:
    record = draft.record
    if record.stage not in draft.lifecycle.stages or record.stage == passed.stage:
        return None
    if draft.since is None:
        return Step(None, record.stage, passed.stage, ())
    hop = MovedOutside(
        stage=passed.stage,
        at=passed.at,
        actor=passed.actor,
        roles=passed.roles,
        source=moved.source,
    )
    decision = decide(draft.lifecycle, record, hop, now=draft.now)
    allowed = isinstance(decision, Move) and decision.answer is OutsideAnswer.ACCEPT
    return decision.steps[0] if isinstance(decision, Move) and allowed else None
