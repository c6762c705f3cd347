"""What the steps of a move do on their way, and where what they set leads on.  Pure.

Leaving a stage comes before entering the next one, and between them who a woken record
goes to.

    for one in actions_on(lifecycle, before, move.steps, woken=False):
        record = one.applied_to(record)
        for occasion, actions in one.occasions: ...
    steps, cut = followed(lifecycle, record, signal, made=len(move.steps), now=now)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move
from leadstate.domain.frozen import replace
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
    "StepActions",
    "actions_on",
    "after",
    "automatic_steps",
    "followed",
    "passes_through",
    "wakes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepActions:
    """What is done while one step of a move is made.

    Attributes:
        stage_version: The record's stage version behind it.
        pass_number: The trip through the funnel behind it.
        occasions: What happens, named for the tokens of what goes out
            (``enter:sal:0``), with its actions; in order.
    """

    step: Step
    stage_version: int
    pass_number: int
    occasions: tuple[tuple[str, tuple[Action, ...]], ...]

    def applied_to(self, record: Record) -> Record:
        """Return the record as it stands behind the step.

        Of a stage that it only passes, the actions speak as if it stood there.
        """
        return replace(
            record,
            stage=self.step.target,
            stage_version=self.stage_version,
            pass_number=self.pass_number,
            came_from=self.step.source,
            entered_via=self.step.transition,
        )


def actions_on(
    lifecycle: Lifecycle, before: Record, steps: tuple[Step, ...], *, woken: bool
) -> Iterator[StepActions]:
    """Yield the steps of a move on which something is done.

    Args:
        lifecycle: The version of the workflow that decided.
        before: The record in front of the first step.
        steps: The move.
        woken: Whether the first step is a wake-up's.
    """
    passes = passes_through(lifecycle, before.pass_number, steps)
    for number, step in enumerate(steps):
        left, entered = lifecycle.stages[step.source], lifecycle.stages[step.target]
        occasions = [(f"leave:{step.source}:{number}", left.on_leave)]
        if woken and number == 0 and left.wake is not None and left.wake.assign:
            occasions.append(("wake", (left.wake.assign,)))
        occasions.append((f"enter:{step.target}:{number}", entered.on_enter))
        busy = tuple(one for one in occasions if one[1])
        if busy:
            yield StepActions(
                step=step,
                stage_version=before.stage_version + number + 1,
                pass_number=passes[number],
                occasions=busy,
            )


def after(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> Record:
    """Return the record as the decision leaves it; the same object when it stays.

    The move counts as made at the signal's own time.
    """
    if not isinstance(decision, Move):
        return record
    by_breach = isinstance(signal, TimerDue) and signal.kind is TimerKind.BREACH
    return replace(
        record,
        stage=decision.target,
        stage_version=record.stage_version + len(decision.steps),
        pass_number=passes_through(lifecycle, record.pass_number, decision.steps)[-1],
        entered_at=signal.at,
        came_from=decision.steps[-1].source,
        entered_via=decision.steps[-1].transition,
        breach_moves=record.breach_moves + 1 if by_breach else 0,
        workflow_version=lifecycle.version,
    )


def passes_through(
    lifecycle: Lifecycle, pass_number: int, steps: tuple[Step, ...]
) -> tuple[int, ...]:
    """Return the pass after each step: coming back from a parked or closed stage to an
    open one begins the next trip through the funnel.
    """
    passes: list[int] = []
    for step in steps:
        before = lifecycle.stages[step.source].kind
        behind = lifecycle.stages[step.target].kind
        pass_number += before is not StageKind.OPEN and behind is StageKind.OPEN
        passes.append(pass_number)
    return tuple(passes)


def wakes(signal: Signal) -> bool:
    """Whether a signal is a wake-up."""
    return isinstance(signal, TimerDue) and signal.kind is TimerKind.WAKE


def automatic_steps(decision: Decision, signal: Signal) -> int:
    """Return how many steps of a decision nobody asked for."""
    if not isinstance(decision, Move):
        return 0
    looks = isinstance(signal, TimerDue) and signal.kind is TimerKind.LOOK
    asked = not (looks or isinstance(signal, Changed | FirstSeen | FieldEdit))
    return len(decision.steps) - asked


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
