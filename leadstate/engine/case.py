"""A case: all that is known of a record when something happens to it.  Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move
from leadstate.domain.record import Happening
from leadstate.engine.rota import Rota

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.decision import Decision
    from leadstate.domain.effect import Effect
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.domain.values import Value

__all__ = ["Case", "Consequences", "with_event", "with_value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One record with everything that its decisions rest on.

    Attributes:
        since: When the record came under care (aware UTC); counts where its entry into
            the stage is unknown.  None while it is only observed.
        in_force: Since when the version of the workflow that judges is in force (aware
            UTC); None when it was in force before the record came.
        clocks: Every clock of the record, ended ones too.
        timers: The timers that wait for it.
        flag: Why a person has to look at it, or None.
        flagged_at: Since when, or None.
        rota: Who works with leads, and whose turn it is.
    """

    record: Record
    since: datetime | None
    in_force: datetime | None = None
    clocks: tuple[SlaClock, ...] = ()
    timers: tuple[Timer, ...] = ()
    flag: str | None = None
    flagged_at: datetime | None = None
    rota: Rota = field(default_factory=Rota)

    @property
    def next_timer(self) -> Timer | None:
        """The timer that comes due first; of one moment the one armed first."""
        return min(self.timers, key=lambda one: one.due_at, default=None)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What signals brought about.

    Attributes:
        case: As it stands now; hand its rota on to the next record.
        effects: In the order in which they came about.
        decisions: Each signal that asked for one, with its decision.
    """

    case: Case
    effects: tuple[Effect, ...] = ()
    decisions: tuple[tuple[Signal, Decision], ...] = ()

    @property
    def moved(self) -> bool:
        """Whether a signal moved the record."""
        return any(isinstance(one, Move) for _, one in self.decisions)


def with_value(record: Record, name: str, value: Value) -> Mapping[str, Value]:
    """Return a record's values with another value of one field; None takes it away."""
    values = {one: it for one, it in record.values.items() if one != name}
    return values if value is None else {**values, name: value}


def with_event(record: Record, event: str, at: datetime) -> tuple[Happening, ...]:
    """Return a record's behaviour with an event more, oldest first.

    One event of one name at one moment counts once.
    """
    happened = Happening(event, at)
    if happened in record.happenings:
        return record.happenings
    happenings = (*record.happenings, happened)
    return tuple(sorted(happenings, key=lambda one: (one.at, one.event)))
