"""Decide what a signal means for one record.

Pure: same arguments, same decision.  Nothing here reads a clock, a row or a CRM.

    decision = decide(lifecycle, record, Changed(at=now), now=now)
    match decision:
        case Move(): ...      # decision.steps, each with its receipts
        case Stay(): ...      # decision.receipts say what is missing
        case Orphaned(): ...  # the lifecycle has no such stage
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Decision, Move, Orphaned, Stay, Step
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Receipt, Refusal, RefusalCode
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
from leadstate.engine.compiled import CompiledLifecycle, Edge, compile_lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.domain.record import Record
    from leadstate.guards import Facts

__all__ = [
    "BREACH_MOVES_BOUND",
    "CASCADE_BOUND",
    "REVERTS_BEFORE_FLAG",
    "decide",
    "examine",
]

CASCADE_BOUND = 25
"""Automatic steps that one signal may cause; the rest waits for the next signal."""

REVERTS_BEFORE_FLAG = 3
"""After so many reverts of one move, somebody in the CRM insists: flag it instead."""

BREACH_MOVES_BOUND = 6
"""Moves in a row that broken promises alone may cause; then a person is asked."""

_NO_REFUSALS: tuple[Refusal, ...] = ()


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
    compiled = compile_lifecycle(lifecycle)
    if record.stage not in compiled.leaving:
        return Orphaned(record.stage, tuple(lifecycle.stages))
    facts = compiled.facts(record, now)
    match signal:
        case Changed() | FirstSeen() | FieldEdit():
            return _look_again(compiled, record.stage, facts)
        case ManualMove():
            return _move_by_hand(compiled, record.stage, facts, signal)
        case MovedOutside():
            return _answer_outside(compiled, record.stage, facts, signal)
        case TimerDue():
            return _move_by_timer(compiled, record, facts, signal)
        case PauseClocks() | ResumeClocks() | DeclineMove() | Reclock():
            return Stay(record.stage)  # they ask for no move
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
    return _receipts(compiled.leaving.get(record.stage, ()), record.stage, facts)


def _receipts(edges: Iterable[Edge], stage: str, facts: Facts) -> tuple[Receipt, ...]:
    return tuple([_receipt(one, stage, facts, _NO_REFUSALS) for one in edges])


def _receipt(
    edge: Edge, stage: str, facts: Facts, refusals: tuple[Refusal, ...]
) -> Receipt:
    transition, guard = edge.transition, edge.guard
    examination = guard.examine(facts) if guard is not None else None
    return Receipt(transition.name, stage, transition.target, examination, refusals)


def _look_again(compiled: CompiledLifecycle, stage: str, facts: Facts) -> Decision:
    """Take automatic transitions until none is allowed, or the bound is reached."""
    steps, receipts, bounded = _cascade(compiled, stage, facts)
    return Move(steps, bounded=bounded) if steps else Stay(stage, receipts)


def _cascade(
    compiled: CompiledLifecycle, stage: str, facts: Facts
) -> tuple[tuple[Step, ...], tuple[Receipt, ...], bool]:
    steps: list[Step] = []
    while True:
        receipts = _receipts(compiled.automatic[stage], stage, facts)
        chosen = next((one for one in receipts if one.allows), None)
        if chosen is None:
            return tuple(steps), receipts, False
        if len(steps) == CASCADE_BOUND:
            return tuple(steps), receipts, True
        steps.append(_step(compiled, chosen, receipts))
        stage = steps[-1].target


def _step(
    compiled: CompiledLifecycle, chosen: Receipt, receipts: tuple[Receipt, ...]
) -> Step:
    target = compiled.machine.move(
        chosen.transition, chosen.source, may_pass=chosen.allows
    )
    return Step(chosen.transition, chosen.source, target, receipts)


def _move_by_hand(
    compiled: CompiledLifecycle, stage: str, facts: Facts, asked: ManualMove
) -> Decision:
    transition = compiled.lifecycle.transitions.get(asked.transition)
    if transition is None:
        return Stay(stage, refusal=_unknown(compiled, asked.transition))
    edge = _edge(compiled, stage, transition)
    if edge is None:
        return Stay(stage, refusal=_not_from_here(compiled, stage, transition))
    refusals = _asked_wrongly(transition, asked)
    receipt = _receipt(edge, stage, facts, refusals)
    if receipt.allows and transition.approval:
        refusals = _unapproved(transition, asked)
        receipt = replace(receipt, refusals=refusals) if refusals else receipt
    return _take(compiled, facts, receipt)


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


def _take(compiled: CompiledLifecycle, facts: Facts, receipt: Receipt) -> Decision:
    """Make the asked-for step and follow it, or refuse it."""
    if not receipt.allows:
        return Stay(receipt.source, (receipt,), refusal=_refusal_of(receipt))
    step = _step(compiled, receipt, (receipt,))
    followed, _, bounded = _cascade(compiled, step.target, facts)
    return Move((step, *followed), bounded=bounded)


def _edge(
    compiled: CompiledLifecycle, stage: str, transition: Transition
) -> Edge | None:
    leaving = compiled.leaving[stage]
    return next((one for one in leaving if one.transition is transition), None)


def _unknown(compiled: CompiledLifecycle, transition: str) -> Refusal:
    known = ", ".join(compiled.lifecycle.transitions)
    text = f"there is no transition {transition!r}; known: {known or 'none'}"
    return Refusal(RefusalCode.UNKNOWN, text)


def _not_from_here(
    compiled: CompiledLifecycle, stage: str, transition: Transition
) -> Refusal:
    possible = ", ".join(one.transition.name for one in compiled.leaving[stage])
    sources = ", ".join(transition.sources)
    return Refusal(
        RefusalCode.SOURCE,
        f"{transition.name!r} leaves {sources}, and the record is in {stage!r}; "
        f"from here: {possible or 'nothing, the stage is final'}",
    )


def _asked_wrongly(transition: Transition, asked: ManualMove) -> tuple[Refusal, ...]:
    """Return what is wrong with the request itself: role, reason, note."""
    refusals: list[Refusal] = []
    if transition.by_time:
        refusals.append(Refusal(RefusalCode.ROLE, _by_time(transition)))
    if transition.by and not asked.roles.intersection(transition.by):
        have = ", ".join(sorted(asked.roles)) or "no role"
        need = " or ".join(transition.by)
        text = f"{transition.name!r} may be taken by {need}; {asked.actor} has {have}"
        refusals.append(Refusal(RefusalCode.ROLE, text))
    if transition.reasons and asked.reason not in transition.reasons:
        given = f"{asked.reason!r} is not one of them" if asked.reason else "none given"
        text = f"a reason is required ({', '.join(transition.reasons)}); {given}"
        refusals.append(Refusal(RefusalCode.REASON, text))
    if asked.reason == "other" and not asked.note.strip():
        text = "the reason 'other' needs a note that says what it was"
        refusals.append(Refusal(RefusalCode.NOTE, text))
    return tuple(refusals)


def _by_time(transition: Transition) -> str:
    stages = " and ".join(map(repr, transition.sources))
    return (
        f"{transition.name!r} is taken when the lead wakes, and by nobody: no team "
        f"owns {stages}, and no transition is declared for people"
    )


def _refusal_of(receipt: Receipt) -> Refusal:
    if receipt.refusals:
        return receipt.refusals[0]
    return Refusal(
        RefusalCode.GUARD, f"the criteria of {receipt.transition!r} are not met"
    )


def _answer_outside(
    compiled: CompiledLifecycle, stage: str, facts: Facts, moved: MovedOutside
) -> Decision:
    """Judge a move made in the CRM by the same guards, and by roles that are known."""
    if moved.stage == stage:
        return Stay(stage)
    if moved.stage not in compiled.leaving:
        return Orphaned(moved.stage, tuple(compiled.leaving))
    leading = [
        one for one in compiled.leaving[stage] if one.transition.target == moved.stage
    ]
    receipts = tuple(
        _receipt(one, stage, facts, _by_stranger(one.transition, moved))
        for one in leading
    )
    met = next((one for one in receipts if one.allows), None)
    if met is not None:
        return _follow(compiled, facts, _step(compiled, met, receipts))
    answer = leading[0].transition.outside if leading else compiled.lifecycle.outside
    refusal = _outside_refusal(stage, moved, receipts)
    if answer is OutsideAnswer.REVERT and moved.repeated < REVERTS_BEFORE_FLAG:
        return Stay(stage, receipts, refusal=refusal, answer=answer)
    followed = OutsideAnswer.FLAG if answer is OutsideAnswer.REVERT else answer
    name = receipts[0].transition if receipts else None
    return Move((Step(name, stage, moved.stage, receipts),), answer=followed)


def _by_stranger(transition: Transition, moved: MovedOutside) -> tuple[Refusal, ...]:
    """Return what a move in the CRM lacks besides the guard, as far as it is known."""
    if transition.approval:
        need = " or ".join(transition.approval)
        text = f"{transition.name!r} needs the approval of {need}; ask in Leadstate"
        return (Refusal(RefusalCode.APPROVAL, text),)
    if transition.by_time:
        return (Refusal(RefusalCode.ROLE, _by_time(transition)),)
    if not transition.by or moved.roles is None or moved.roles & {*transition.by}:
        return _NO_REFUSALS
    have = ", ".join(sorted(moved.roles)) or "no role"
    need = " or ".join(transition.by)
    text = f"{transition.name!r} may be taken by {need}; {moved.actor} has {have}"
    return (Refusal(RefusalCode.ROLE, text),)


def _follow(compiled: CompiledLifecycle, facts: Facts, step: Step) -> Move:
    """Accept a move that the guards allow, with what follows by itself."""
    followed, _, bounded = _cascade(compiled, step.target, facts)
    return Move((step, *followed), answer=OutsideAnswer.ACCEPT, bounded=bounded)


def _outside_refusal(
    stage: str, moved: MovedOutside, receipts: tuple[Receipt, ...]
) -> Refusal:
    if not receipts:
        text = f"no transition leads from {stage!r} to {moved.stage!r}"
        return Refusal(RefusalCode.UNLISTED, text)
    return _refusal_of(receipts[0])


def _move_by_timer(
    compiled: CompiledLifecycle, record: Record, facts: Facts, due: TimerDue
) -> Decision:
    if due.stage_version != record.stage_version:
        text = "the record moved after this timer was armed"
        return Stay(record.stage, refusal=Refusal(RefusalCode.VOID, text))
    match due.kind:
        case TimerKind.WARN:
            return Stay(record.stage)
        case TimerKind.LOOK:
            return _look_again(compiled, record.stage, facts)
        case TimerKind.WAKE:
            return _wake_up(compiled, record, facts)
        case TimerKind.BREACH:  # pragma: no branch - every kind is named
            return _break(compiled, record, facts, due.sla)


def _wake_up(compiled: CompiledLifecycle, record: Record, facts: Facts) -> Decision:
    """Let a parked record go, as often as it may come back."""
    wake = compiled.lifecycle.stages[record.stage].wake
    if wake is None:  # armed under an older version of the workflow
        return _look_again(compiled, record.stage, facts)
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
    return _take_by_timer(compiled, record, facts, transition)


def _break(
    compiled: CompiledLifecycle, record: Record, facts: Facts, name: str
) -> Decision:
    """Take the transition of a broken promise, unless promises drive it in a ring."""
    slas = compiled.lifecycle.stages[record.stage].slas
    move = next((one.move for one in slas if one.name == name), None)
    if move is None:
        return Stay(record.stage)
    if record.breach_moves >= BREACH_MOVES_BOUND:
        text = f"{record.breach_moves} broken promises in a row moved it, nobody else"
        return Stay(record.stage, refusal=Refusal(RefusalCode.LOOP, text))
    return _take_by_timer(compiled, record, facts, move)


def _take_by_timer(
    compiled: CompiledLifecycle, record: Record, facts: Facts, name: str
) -> Decision:
    transition = compiled.lifecycle.transitions.get(name)
    if transition is None:
        return Stay(record.stage, refusal=_unknown(compiled, name))
    edge = _edge(compiled, record.stage, transition)
    if edge is None:
        refusal = _not_from_here(compiled, record.stage, transition)
        return Stay(record.stage, refusal=refusal)
    return _take(compiled, facts, _receipt(edge, record.stage, facts, ()))
