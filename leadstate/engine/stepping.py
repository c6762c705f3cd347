"""What the steps of a move do on their way, and where what they set leads on.  Pure.

Leaving a stage comes before entering the next one, and between them who a woken record
goes to.

    for number, step in enumerate(move.steps):
        for occasion, actions in occasions(lifecycle, step, number, woken=False): ...
    steps, cut = followed(lifecycle, record, signal, made=len(move.steps), now=now)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move
from leadstate.domain.lifecycle import StageKind
from leadstate.domain.signal import Changed, FieldEdit, FirstSeen, TimerDue
from leadstate.engine.decide import CASCADE_BOUND, decide
from leadstate.engine.draft import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.action import Action
    from leadstate.domain.decision import Decision, Step
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal

__all__ = [
    "automatic_steps",
    "followed",
    "looks",
    "occasions",
    "pass_behind",
    "wakes",
]


def occasions(
    lifecycle: Lifecycle, step: Step, number: int, *, woken: bool
) -> Iterator[tuple[str, tuple[Action, ...]]]:
    """Yield what happens while a step is made, with its actions; in order.

    Each is named for the tokens of what goes out: ``enter:sal:0``.

    Args:
        lifecycle: The version of the workflow that decided.
        step: One step of a move.
        number: Which step of the move it is, from 0.
        woken: Whether the move is a wake-up's.
    """
    left, entered = lifecycle.stages[step.source], lifecycle.stages[step.target]
    if left.on_leave:
        yield f"leave:{step.source}:{number}", left.on_leave
    if woken and number == 0 and left.wake is not None and left.wake.assign:
        yield "wake", (left.wake.assign,)
    if entered.on_enter:
        yield f"enter:{step.target}:{number}", entered.on_enter


def pass_behind(lifecycle: Lifecycle, pass_number: int, step: Step) -> int:
    """Return the pass after a step: coming back from a parked or closed stage to an
    open one begins the next trip through the funnel.
    """
    before = lifecycle.stages.get(step.source)  # an edited workflow may not have it
    behind = lifecycle.stages[step.target].kind
    parked = before is not None and before.kind is not StageKind.OPEN
    return pass_number + (parked and behind is StageKind.OPEN)


def looks(signal: Signal) -> bool:
    """Whether a signal asks for nothing but another look."""
    if isinstance(signal, TimerDue):
        return signal.kind is TimerKind.LOOK
    return isinstance(signal, Changed | FirstSeen | FieldEdit)


def wakes(signal: Signal) -> bool:
    """Whether a signal is a wake-up."""
    return isinstance(signal, TimerDue) and signal.kind is TimerKind.WAKE


def automatic_steps(decision: Decision, signal: Signal) -> int:
    """Return how many steps of a decision nobody asked for."""
    if not isinstance(decision, Move):
        return 0
    return len(decision.steps) - (not looks(signal))


def followed(
    lifecycle: Lifecycle, record: Record, signal: Signal, *, made: int, now: datetime
) -> tuple[tuple[Step, ...], bool]:
    """Return where a record goes on to, because actions gave its fields new values.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record with the new values.
        signal: What caused the actions; it counts at the signal's time.
        made: Automatic steps that the signal has caused already.
        now: The moment of judging.

    Returns:
        The next steps, and whether there would be more than one signal may cause: then
        actions and transitions drive the record in a ring, and a person has to look.
    """
    changed = Changed(at=signal.at, source=OURS)
    decision = decide(lifecycle, record, changed, now=now)
    if not isinstance(decision, Move):
        return (), False
    left = max(CASCADE_BOUND - made, 0)
    return decision.steps[:left], decision.bounded or len(decision.steps) > left
