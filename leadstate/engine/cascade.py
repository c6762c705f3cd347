"""Hold a record against the edges that leave its stage, and follow those it may take.

Every edge that is looked at leaves a receipt; the first automatic one that is allowed
is taken, and then what follows from there, up to `CASCADE_BOUND` steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay, Step
from leadstate.domain.receipt import Receipt, Refusal, RefusalCode

if TYPE_CHECKING:
    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import OutsideAnswer, Transition
    from leadstate.engine.compiled import CompiledLifecycle, CompiledTransition
    from leadstate.guards import Facts

__all__ = [
    "CASCADE_BOUND",
    "NO_REFUSALS",
    "edge_of",
    "follow",
    "look_again",
    "not_from_here",
    "receipt_of",
    "receipts_of",
    "refusal_of",
    "step_along",
    "take",
    "unknown_transition",
]

CASCADE_BOUND = 25
"""Automatic steps that one signal may cause; the rest waits for the next signal."""

NO_REFUSALS: tuple[Refusal, ...] = ()


def receipts_of(
    edges: tuple[CompiledTransition, ...], facts: Facts
) -> tuple[Receipt, ...]:
    """Return a receipt for every edge, refused by nothing but its guard."""
    return tuple([receipt_of(edge, facts, NO_REFUSALS) for edge in edges])


def receipt_of(
    edge: CompiledTransition, facts: Facts, refusals: tuple[Refusal, ...]
) -> Receipt:
    """Return what the guard of an edge says, with what else speaks against it."""
    guard = edge.guard
    examination = guard.examine(facts) if guard is not None else None
    return Receipt(edge.name, edge.source, edge.target, examination, refusals)


def look_again(compiled: CompiledLifecycle, stage: str, facts: Facts) -> Decision:
    """Take automatic transitions until none is allowed, or the bound is reached."""
    steps, receipts, bounded = _cascade(compiled, stage, facts)
    return Move(tuple(steps), bounded=bounded) if steps else Stay(stage, receipts)


def take(compiled: CompiledLifecycle, facts: Facts, receipt: Receipt) -> Decision:
    """Make the asked-for step and follow it, or refuse it."""
    if not receipt.allows:
        return Stay(receipt.source, (receipt,), refusal=refusal_of(receipt))
    return follow(compiled, facts, step_along(compiled, receipt, (receipt,)))


def follow(
    compiled: CompiledLifecycle,
    facts: Facts,
    step: Step,
    *,
    answer: OutsideAnswer | None = None,
) -> Move:
    """Return the move that begins with this step, with what follows by itself."""
    followed, _, bounded = _cascade(compiled, step.target, facts)
    return Move((step, *followed), answer=answer, bounded=bounded)


def _cascade(
    compiled: CompiledLifecycle, stage: str, facts: Facts
) -> tuple[list[Step], tuple[Receipt, ...], bool]:
    """Return the steps, what the last look said, and whether the bound cut them."""
    steps: list[Step] = []
    while True:
        receipts = receipts_of(compiled.automatic[stage], facts)
        chosen = _first_allowed(receipts)
        if chosen is None or len(steps) == CASCADE_BOUND:
            return steps, receipts, chosen is not None
        steps.append(step_along(compiled, chosen, receipts))
        stage = chosen.target


def _first_allowed(receipts: tuple[Receipt, ...]) -> Receipt | None:
    for receipt in receipts:
        if receipt.allows:
            return receipt
    return None


def step_along(
    compiled: CompiledLifecycle, chosen: Receipt, receipts: tuple[Receipt, ...]
) -> Step:
    """Return the step that the machine makes for an allowed receipt."""
    target = compiled.machine.move(
        chosen.transition, chosen.source, may_pass=chosen.allows
    )
    return Step(chosen.transition, chosen.source, target, receipts)


def edge_of(
    compiled: CompiledLifecycle, stage: str, transition: Transition
) -> CompiledTransition | None:
    """Return the edge along which a transition leaves the stage, or None."""
    leaving = compiled.leaving[stage]
    return next((edge for edge in leaving if edge.transition is transition), None)


# -- refusals ---------------------------------------------------------------------


def refusal_of(receipt: Receipt) -> Refusal:
    """Return the first thing that stands in the way of a refused receipt."""
    if receipt.refusals:
        return receipt.refusals[0]
    return Refusal(
        RefusalCode.GUARD, f"the criteria of {receipt.transition!r} are not met"
    )


def unknown_transition(compiled: CompiledLifecycle, transition: str) -> Refusal:
    """Return the refusal of a name that the lifecycle does not have."""
    known = ", ".join(compiled.lifecycle.transitions)
    text = f"there is no transition {transition!r}; known: {known or 'none'}"
    return Refusal(RefusalCode.UNKNOWN, text)


def not_from_here(
    compiled: CompiledLifecycle, stage: str, transition: Transition
) -> Refusal:
    """Return the refusal of a transition that leaves other stages."""
    possible = ", ".join(edge.name for edge in compiled.leaving[stage])
    sources = ", ".join(transition.sources)
    return Refusal(
        RefusalCode.SOURCE,
        f"{transition.name!r} leaves {sources}, and the record is in {stage!r}; "
        f"from here: {possible or 'nothing, the stage is final'}",
    )
