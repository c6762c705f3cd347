"""A lifecycle made ready to run: guards and scores compiled, edges looked up.

Built once per version and kept, because compiling costs more than a thousand decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.engine.machine import StageMachine
from leadstate.guards import Facts, compile_guard, compile_score
from leadstate.guards.facts import local_day
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.domain.people import Absence
    from leadstate.domain.record import Record
    from leadstate.guards import CompiledScore, Guard
    from leadstate.hours import Hours

__all__ = ["CompiledLifecycle", "CompiledTransition", "compile_lifecycle"]

_VERSIONS_KEPT = 32
_HOURS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class CompiledTransition:
    """A transition as seen from one stage that it leaves, with its guard compiled.

    Attributes:
        source: That stage.
        guard: None when nothing is asked.
        name: The transition's own.
        target: Where it leads.
    """

    transition: Transition
    source: str
    guard: Guard | None
    name: str
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class CompiledLifecycle:
    """What `decide` needs of a lifecycle, looked up instead of searched.

    Attributes:
        leaving: Stage -> every edge that leaves it, in file order.
        automatic: Stage -> the edges that Leadstate takes by itself.
        pauses: (stage, SLA) -> while this is met, that clock stands still.
        wakes: Stage -> when this is met, the parked stage lets go.
        kept_hours: Business times that were asked for; finding one anew costs more
            than a decision.
    """

    lifecycle: Lifecycle
    machine: StageMachine
    scores: Mapping[str, CompiledScore]
    leaving: Mapping[str, tuple[CompiledTransition, ...]]
    automatic: Mapping[str, tuple[CompiledTransition, ...]]
    pauses: Mapping[tuple[str, str], Guard]
    wakes: Mapping[str, Guard]
    zone: ZoneInfo
    kept_hours: dict[tuple[str, tuple[Absence, ...]], Hours]

    def hours(self, calendar: str, absences: tuple[Absence, ...] = ()) -> Hours:
        """Return the business time of a calendar, less somebody's absences."""
        key = calendar, absences
        found = self.kept_hours.get(key)
        if found is None:
            found = compile_hours(self.lifecycle.calendars[calendar], absences)
            if len(self.kept_hours) < _HOURS_KEPT:
                self.kept_hours[key] = found
        return found

    def facts(self, record: Record, now: datetime) -> Facts:
        """Return what guards may look at, as of ``now``."""
        today = local_day(now, self.zone)
        return Facts(record.values, record.happenings, now, today)


_compiled: dict[str, CompiledLifecycle] = {}
_compiling = Lock()


def compile_lifecycle(lifecycle: Lifecycle) -> CompiledLifecycle:
    """Return the compiled form of this version; kept by content hash.

    A lifecycle that borrows calendars of other workflows has the version of its own
    file all the same.
    """
    found = _compiled.get(lifecycle.version)
    borrowing = found and found.lifecycle.calendars.keys() < lifecycle.calendars.keys()
    if found is not None and not borrowing:
        return found
    made = _compile(lifecycle)
    with _compiling:
        while len(_compiled) >= _VERSIONS_KEPT:
            del _compiled[next(iter(_compiled))]
        if borrowing:
            _compiled[lifecycle.version] = made
        return _compiled.setdefault(lifecycle.version, made)


def _compile(lifecycle: Lifecycle) -> CompiledLifecycle:
    scores = {name: compile_score(score) for name, score in lifecycle.scores.items()}
    guards = {
        name: compile_guard(transition.guard, scores) if transition.guard else None
        for name, transition in lifecycle.transitions.items()
    }
    machine = StageMachine(lifecycle)
    leaving = {
        stage: tuple(
            CompiledTransition(
                lifecycle.transitions[name], stage, guards[name], name, target
            )
            for name, target in edges
        )
        for stage, edges in machine.table().items()
    }
    automatic = {
        stage: tuple(one for one in edges if one.transition.automatic)
        for stage, edges in leaving.items()
    }
    return CompiledLifecycle(
        lifecycle=lifecycle,
        machine=machine,
        scores=scores,
        leaving=leaving,
        automatic=automatic,
        pauses=_pauses(lifecycle, scores),
        wakes=_wakes(lifecycle, scores),
        zone=ZoneInfo(lifecycle.timezone),
        kept_hours={},
    )


def _pauses(
    lifecycle: Lifecycle, scores: Mapping[str, CompiledScore]
) -> dict[tuple[str, str], Guard]:
    return {
        (stage.name, sla.name): compile_guard(sla.pause, scores)
        for stage in lifecycle.stages.values()
        for sla in stage.slas
        if sla.pause is not None
    }


def _wakes(
    lifecycle: Lifecycle, scores: Mapping[str, CompiledScore]
) -> dict[str, Guard]:
    return {
        stage.name: compile_guard(stage.wake.when, scores)
        for stage in lifecycle.stages.values()
        if stage.wake is not None and stage.wake.when is not None
    }
