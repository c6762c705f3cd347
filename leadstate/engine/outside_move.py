"""What it means that somebody moved the record in the CRM: follow, flag or revert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Orphaned, Stay, Step
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.cascade import (
    NO_REFUSALS,
    follow,
    receipt_of,
    refusal_of,
    step_along,
)
from leadstate.engine.manual_move import refused_by_role, refused_by_time

if TYPE_CHECKING:
    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Transition
    from leadstate.domain.receipt import Receipt
    from leadstate.domain.signal import MovedOutside
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Facts

__all__ = ["REVERTS_BEFORE_FLAG", "against_criteria", "decide_outside_move"]

REVERTS_BEFORE_FLAG = 3
"""After so many reverts of one move, somebody in the CRM insists: flag it instead."""


def against_criteria(source: str, target: str) -> str:
    """Return why a record is listed that somebody moved against the criteria."""
    return f"moved in the CRM from {source!r} to {target!r} against the criteria"


def decide_outside_move(
    compiled: CompiledLifecycle, stage: str, facts: Facts, moved: MovedOutside
) -> Decision:
    """Judge a move made in the CRM by the same guards, and by roles that are known."""
    if moved.stage == stage:
        return Stay(stage)
    if moved.stage not in compiled.leaving:
        return Orphaned(moved.stage, tuple(compiled.leaving))
    edges = [edge for edge in compiled.leaving[stage] if edge.target == moved.stage]
    receipts = tuple(
        receipt_of(edge, facts, _refusals(edge.transition, moved)) for edge in edges
    )
    allowed = next((one for one in receipts if one.allows), None)
    if allowed is not None:
        step = step_along(compiled, allowed, receipts)
        return follow(compiled, facts, step, answer=OutsideAnswer.ACCEPT)
    answer = edges[0].transition.outside if edges else compiled.lifecycle.outside
    return _answered(stage, moved, receipts, answer)


def _answered(
    stage: str,
    moved: MovedOutside,
    receipts: tuple[Receipt, ...],
    answer: OutsideAnswer,
) -> Decision:
    """Answer a move that no transition allows as the workflow wants it."""
    revert = answer is OutsideAnswer.REVERT
    if revert and moved.repeated < REVERTS_BEFORE_FLAG:
        refusal = _refusal(stage, moved, receipts)
        return Stay(stage, receipts, refusal=refusal, answer=answer)
    name = receipts[0].transition if receipts else None
    step = Step(name, stage, moved.stage, receipts)
    return Move((step,), answer=OutsideAnswer.FLAG if revert else answer)


def _refusals(transition: Transition, moved: MovedOutside) -> tuple[Refusal, ...]:
    """Return what a move in the CRM lacks besides the guard, as far as it is known."""
    if transition.approval:
        need = " or ".join(transition.approval)
        text = f"{transition.name!r} needs the approval of {need}; ask in Leadstate"
        return (Refusal(RefusalCode.APPROVAL, text),)
    if transition.by_time:
        return (refused_by_time(transition),)
    if not transition.by or moved.roles is None or moved.roles & {*transition.by}:
        return NO_REFUSALS
    return (refused_by_role(transition, moved.actor, moved.roles),)


def _refusal(stage: str, moved: MovedOutside, receipts: tuple[Receipt, ...]) -> Refusal:
    if receipts:
        return refusal_of(receipts[0])
    text = f"no transition leads from {stage!r} to {moved.stage!r}"
    return Refusal(RefusalCode.UNLISTED, text)
