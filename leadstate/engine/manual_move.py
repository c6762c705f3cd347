"""What it means that a person asks for a transition: role, reason, note, approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Stay
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.cascade import (
    edge_of,
    not_from_here,
    receipt_of,
    take,
    unknown_transition,
)

if TYPE_CHECKING:
    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Transition
    from leadstate.domain.signal import ManualMove
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Facts

__all__ = ["decide_manual_move", "refused_by_role", "refused_by_time"]


def decide_manual_move(
    compiled: CompiledLifecycle, stage: str, facts: Facts, asked: ManualMove
) -> Decision:
    """Make the move that a person asks for, or say everything that is wrong with it."""
    transition = compiled.lifecycle.transitions.get(asked.transition)
    if transition is None:
        return Stay(stage, refusal=unknown_transition(compiled, asked.transition))
    edge = edge_of(compiled, stage, transition)
    if edge is None:
        return Stay(stage, refusal=not_from_here(compiled, stage, transition))
    receipt = receipt_of(edge, facts, _asked_wrongly(transition, asked))
    if receipt.allows and transition.approval:
        receipt = replace(receipt, refusals=_unapproved(transition, asked))
    return take(compiled, facts, receipt)


def _asked_wrongly(transition: Transition, asked: ManualMove) -> tuple[Refusal, ...]:
    """Return what is wrong with the request itself: role, reason, note."""
    refusals: list[Refusal] = []
    if transition.by_time:
        refusals.append(refused_by_time(transition))
    if transition.by and not asked.roles.intersection(transition.by):
        refusals.append(refused_by_role(transition, asked.actor, asked.roles))
    if transition.reasons and asked.reason not in transition.reasons:
        given = f"{asked.reason!r} is not one of them" if asked.reason else "none given"
        text = f"a reason is required ({', '.join(transition.reasons)}); {given}"
        refusals.append(Refusal(RefusalCode.REASON, text))
    if asked.reason == "other" and not asked.note.strip():
        text = "the reason 'other' needs a note that says what it was"
        refusals.append(Refusal(RefusalCode.NOTE, text))
    return tuple(refusals)


def _unapproved(transition: Transition, asked: ManualMove) -> tuple[Refusal, ...]:
    """Return why nobody has agreed yet, or why their agreement does not count."""
    need = " or ".join(transition.approval)
    if asked.approved_by is None:
        text = f"{transition.name!r} needs the approval of {need}"
        return (Refusal(RefusalCode.APPROVAL, text),)
    if asked.approved_by == asked.actor:
        text = f"{asked.actor} asked for it, and somebody else must approve it"
        return (Refusal(RefusalCode.SELF_APPROVAL, text),)
    if not asked.approver_roles.intersection(transition.approval):
        have = ", ".join(sorted(asked.approver_roles)) or "no role"
        text = f"{transition.name!r} is approved by {need}; {asked.approved_by} has"
        return (Refusal(RefusalCode.ROLE, f"{text} {have}"),)
    return ()


def refused_by_role(
    transition: Transition, actor: str, roles: frozenset[str]
) -> Refusal:
    """Return the refusal of somebody who has none of the roles that it takes."""
    have = ", ".join(sorted(roles)) or "no role"
    need = " or ".join(transition.by)
    text = f"{transition.name!r} may be taken by {need}; {actor} has {have}"
    return Refusal(RefusalCode.ROLE, text)


def refused_by_time(transition: Transition) -> Refusal:
    """Return the refusal of a transition that only a wake-up takes."""
    stages = " and ".join(map(repr, transition.sources))
    return Refusal(
        RefusalCode.ROLE,
        f"{transition.name!r} is taken when the lead wakes, and by nobody: no team "
        f"owns {stages}, and no transition is declared for people",
    )
