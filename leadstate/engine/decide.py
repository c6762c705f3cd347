"""Decide what a signal means for one record.

Pure: same arguments, same decision.  Nothing here reads a clock, a row or a CRM.  Each
kind of signal has its file: `manual_move`, `outside_move`, `due_timer`; a `Changed`
asks for no more than another look (`cascade`).

    decision = decide(lifecycle, record, Changed(at=now), now=now)
    match decision:
        case Move(): ...      # decision.steps, each with its receipts
        case Stay(): ...      # decision.receipts say what is missing
        case Orphaned(): ...  # the lifecycle has no such stage
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from leadstate.domain.decision import Decision, Orphaned, Stay
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
from leadstate.engine.cascade import CASCADE_BOUND, look_again, receipts_of
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.due_timer import BREACH_MOVES_BOUND, decide_due_timer
from leadstate.engine.manual_move import decide_manual_move
from leadstate.engine.outside_move import REVERTS_BEFORE_FLAG, decide_outside_move

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.receipt import Receipt
    from leadstate.domain.record import Record

__all__ = [
    "BREACH_MOVES_BOUND",
    "CASCADE_BOUND",
    "REVERTS_BEFORE_FLAG",
    "decide",
    "examine",
]


def decide(
    lifecycle: Lifecycle, record: Record, signal: Signal, *, now: datetime
) -> Decision:
    """Return the move that this signal causes, or why the record stays.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands.
        signal: What woke it.
        now: The moment to judge at (aware UTC).
    """
    compiled, stage = compile_lifecycle(lifecycle), record.stage
    if stage not in compiled.leaving:
        return Orphaned(stage, tuple(lifecycle.stages))
    facts = compiled.facts(record, now)
    match signal:
        case Changed() | FirstSeen() | Started() | FieldEdit():
            return look_again(compiled, stage, facts)
        case ManualMove():
            return decide_manual_move(compiled, stage, facts, signal)
        case MovedOutside():
            return decide_outside_move(compiled, stage, facts, signal)
        case TimerDue():
            return decide_due_timer(compiled, record, facts, signal)
        case PauseClocks() | ResumeClocks() | DeclineMove() | Reclock() | WentLive():
            return Stay(stage)  # they ask for no move
        case _:
            assert_never(signal)


def examine(
    lifecycle: Lifecycle, record: Record, *, now: datetime
) -> tuple[Receipt, ...]:
    """Return a receipt for every transition that leaves the record's stage.

    Roles and reasons are not asked for: the receipts say what the record lacks.
    """
    compiled = compile_lifecycle(lifecycle)
    facts = compiled.facts(record, now)
    return receipts_of(compiled.leaving.get(record.stage, ()), facts)
