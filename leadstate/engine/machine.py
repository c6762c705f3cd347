"""The state machine of a lifecycle: one shared `transitions.Machine` per version.

The only file that imports `transitions`.  The machine owns the structure (which
transition leads from where to where) and makes the move; guards are judged before, and
reach it as the one callable `_may_pass`.

Never here: names of functions as text (`transitions` would import and call them),
callbacks with effects, `add_model` (it resets a stored state), one machine per record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from transitions import EventData, Machine

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["StageMachine"]


class _Mover:
    """The model that `transitions` moves: a position and the guards' verdict."""

    __slots__ = ("may_pass", "state")

    def __init__(self, stage: str, *, may_pass: bool) -> None:
        self.state = stage
        self.may_pass = may_pass


def _may_pass(event: EventData) -> bool:
    model = event.model
    return isinstance(model, _Mover) and model.may_pass


class StageMachine:
    """The structure of one lifecycle version; shared by all its records and threads."""

    __slots__ = ("_events", "_machine", "_made")

    def __init__(self, lifecycle: Lifecycle) -> None:
        # auto_transitions would give every record an unguarded `to_won`; queued=True
        # returns True even when the guard refused.
        self._machine = Machine(
            model=None,
            states=list(lifecycle.stages),
            initial=lifecycle.initial.name,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )
        for transition in lifecycle.transitions.values():
            self._machine.add_transition(
                transition.name,
                list(transition.sources),
                transition.target,
                conditions=_may_pass,
            )
        self._events = self._machine.events
        self._made: dict[tuple[str, str], str] = {}

    def move(self, transition: str, stage: str, *, may_pass: bool) -> str:
        """Return the stage after ``transition``; ``stage`` itself when refused.

        Where an allowed move leads depends on nothing but its edge: the machine makes
        it once, and it is remembered, because making it costs more than deciding it.
        """
        if may_pass is not True:
            return self._fire(transition, stage, may_pass=may_pass)
        made = self._made.get((transition, stage))
        if made is None:
            made = self._fire(transition, stage, may_pass=True)
            self._made[transition, stage] = made
        return made

    def _fire(self, transition: str, stage: str, *, may_pass: bool) -> str:
        mover = _Mover(stage, may_pass=may_pass)
        self._events[transition].trigger(mover)
        return mover.state

    def table(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Return stage -> (transition, target) in file order, as the machine has it."""
        leaving: dict[str, list[tuple[str, str]]] = {
            stage: [] for stage in self._machine.states
        }
        for name, event in self._events.items():
            for source, edges in event.transitions.items():
                leaving[source].extend((name, str(edge.dest)) for edge in edges)
        return {stage: tuple(edges) for stage, edges in leaving.items()}
