"""What it means that a timer came due: look again, wake up, or break an SLA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Stay
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.cascade import (
    NO_REFUSALS,
    edge_of,
    look_again,
    not_from_here,
    receipt_of,
    take,
    unknown_transition,
)

if TYPE_CHECKING:
    from leadstate.domain.decision import Decision
    from leadstate.domain.record import Record
    from leadstate.domain.signal import TimerDue
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Facts

__all__ = ["BREACH_MOVES_BOUND", "WAKES_BOUND", "decide_due_timer", "wakes_before"]

BREACH_MOVES_BOUND = 6
"""Moves in a row that broken SLAs alone may cause; then a person is asked."""


WAKES_BOUND = 6
"""Wake-ups in a row, each at once after the last; then a person is asked."""


def decide_due_timer(
    compiled: CompiledLifecycle, record: Record, facts: Facts, due: TimerDue
) -> Decision:
    """Do what the timer was armed for, unless the record has moved since."""
    if due.stage_version != record.stage_version:
        text = "the record moved after this timer was armed"
        return Stay(record.stage, refusal=Refusal(RefusalCode.VOID, text))
    match due.kind:
        case TimerKind.WARN:
            return Stay(record.stage)
        case TimerKind.LOOK:
            return look_again(compiled, record.stage, facts)
        case TimerKind.WAKE:
            return _wake_up(compiled, record, facts, due)
        case TimerKind.BREACH:  # pragma: no branch - every kind is named
            return _break(compiled, record, facts, due.sla)


def wakes_before(due: TimerDue) -> int:
    """Return how many wake-ups in a row led to this one at once: its mark."""
    return int(due.mark) if due.mark.isdecimal() else 0


def _wake_up(
    compiled: CompiledLifecycle, record: Record, facts: Facts, due: TimerDue
) -> Decision:
    """Let a parked record go, as often as it may come back."""
    if wakes_before(due) >= WAKES_BOUND:
        text = f"{due.mark} wake-ups in a row moved it at once, nobody else"
        return Stay(record.stage, refusal=Refusal(RefusalCode.LOOP, text))
    wake = compiled.lifecycle.stages[record.stage].wake
    if wake is None:  # armed under an older version of the workflow
        return look_again(compiled, record.stage, facts)
    target = wake.to or record.came_from
    if wake.max_passes is not None and record.pass_number >= wake.max_passes:
        target = wake.otherwise
        if target is None:
            text = f"it made {record.pass_number} passes, and may make no more"
            return Stay(record.stage, refusal=Refusal(RefusalCode.PASSES, text))
    transition = wake.transitions.get(target or "")
    if transition is None:
        text = f"it goes back to where it came from, and that is {target or 'unknown'}"
        return Stay(record.stage, refusal=Refusal(RefusalCode.BACK, text))
    return _take(compiled, record, facts, transition)


def _break(
    compiled: CompiledLifecycle, record: Record, facts: Facts, name: str
) -> Decision:
    """Take the transition of a broken SLA, unless SLAs drive it in a ring."""
    slas = compiled.lifecycle.stages[record.stage].slas
    transition = next((one.move for one in slas if one.name == name), None)
    if transition is None:
        return Stay(record.stage)
    if record.breach_moves >= BREACH_MOVES_BOUND:
        text = f"{record.breach_moves} broken SLAs in a row moved it, nobody else"
        return Stay(record.stage, refusal=Refusal(RefusalCode.LOOP, text))
    return _take(compiled, record, facts, transition)


def _take(
    compiled: CompiledLifecycle, record: Record, facts: Facts, name: str
) -> Decision:
    transition = compiled.lifecycle.transitions.get(name)
    if transition is None:
        return Stay(record.stage, refusal=unknown_transition(compiled, name))
    edge = edge_of(compiled, record.stage, transition)
    if edge is None:
        refusal = not_from_here(compiled, record.stage, transition)
        return Stay(record.stage, refusal=refusal)
    return take(compiled, facts, receipt_of(edge, facts, NO_REFUSALS))
