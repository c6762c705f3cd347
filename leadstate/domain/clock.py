"""A clock: one SLA at work on one stay of one record; and the timers that wait.

Frozen, like a record: `leadstate.engine.clocks` makes the next state of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["BREACH", "ClockState", "Pause", "SlaClock", "Timer", "TimerKind"]

BREACH = "breach"
"""The mark of a breach among the marks that a clock has fired."""


class ClockState(StrEnum):
    """How an SLA stands."""

    WAITING = "waiting"  # its event has not happened yet
    RUNNING = "running"
    PAUSED = "paused"
    BREACHED = "breached"  # over its time, and still running
    MET = "met"  # ended in time
    MISSED = "missed"  # ended, too late
    VOID = "void"  # ended before it started


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stood still; ``end`` is None while it does.

    Attributes:
        by: Who paused it; "" when the workflow's condition did.
    """

    start: datetime
    end: datetime | None = None
    reason: str = ""
    by: str = ""

    @property
    def text(self) -> str:
        """How a clock stands meanwhile: ``stands still while waiting is true``."""
        if not self.reason:
            return "stands still"
        return f"stands still{':' if self.by else ' while'} {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock:
    """One SLA on one stay.

    Attributes:
        sla: Name of the SLA, in its stage.
        stage_version: The record's stage version during the stay.
        team: The team that owned the stage.
        owner: Who owned the record when the clock was last looked at, or None.
        entered_at: When the record entered the stage (aware UTC), or None if unknown.
        started_at: When the clock started, or None while it waits.
        carried: Business time used up in earlier stays of this pass.
        due_at: When it breaches if nothing happens; None while paused or waiting, and
            when its calendar does not open soon enough.
        used: Business time used up at ``ended_at``; None while it runs.
        fired: Marks that were fired: texts of warnings, and `BREACH`.
        breached_at: When the SLA was broken (the moment it was due).
        escalated_to: Who was told to act.
        ended_at: When the clock ended, or None.
        counts_from: Before this it counts nothing: the record was not under care, the
            move not learnt, or the SLA not in the workflow (aware UTC).  None for a
            clock from before this was kept.
        version: The version of the workflow that judged it last; "" when unknown.
        within: The business time that this version's SLA allows; None when unknown.
        grace: Business time that is left from ``grace_from`` on at least, because the
            SLA was tightened then; None when it was not.
        measured: False when its time was used up, or it ended, before it could count:
            such a stay is neither kept nor broken.
        id: The store's key; None before it was kept.
    """

    record_id: str
    sla: str
    stage: str
    stage_version: int
    pass_number: int = 1
    team: str | None = None
    owner: str | None = None
    entered_at: datetime | None = None
    started_at: datetime | None = None
    carried: timedelta = timedelta(0)
    pauses: tuple[Pause, ...] = ()
    due_at: datetime | None = None
    used: timedelta | None = None
    fired: frozenset[str] = field(default_factory=frozenset)
    breached_at: datetime | None = None
    escalated_to: str | None = None
    ended_at: datetime | None = None
    counts_from: datetime | None = None
    version: str = ""
    within: timedelta | None = None
    grace: timedelta | None = None
    grace_from: datetime | None = None
    measured: bool = True
    id: int | None = None

    @property
    def place(self) -> tuple[int, str]:
        """What tells it from other clocks of the record: stage version and SLA."""
        return self.stage_version, self.sla

    @property
    def paused(self) -> Pause | None:
        """The pause that lasts, if any."""
        return next((one for one in self.pauses if one.end is None), None)

    @property
    def state(self) -> ClockState:
        """How the SLA stands."""
        late = self.breached_at is not None
        if self.ended_at is not None:
            if self.started_at is None:
                return ClockState.VOID
            return ClockState.MISSED if late else ClockState.MET
        if self.started_at is None:
            return ClockState.WAITING
        if self.paused is not None:
            return ClockState.PAUSED
        return ClockState.BREACHED if late else ClockState.RUNNING


class TimerKind(StrEnum):
    """What a timer asks for when it comes due."""

    WARN = "warn"
    BREACH = "breach"
    WAKE = "wake"
    LOOK = "look"  # a guard, a pause or a wake-up condition can change now


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A moment at which a record is to be looked at.

    Attributes:
        due_at: Aware UTC; it never fires earlier.
        stage_version: The record's stage version; a move makes the timer void.
        sla: The SLA, for WARN and BREACH.
        mark: Which of its warnings; for WAKE, how many wake-ups in a row led to it at
            once, "" for none.
    """

    record_id: str
    kind: TimerKind
    due_at: datetime
    stage_version: int
    sla: str = ""
    mark: str = ""
    id: int | None = None

    @property
    def key(self) -> str:
        """What tells it from other timers of the record."""
        return ":".join(part for part in (self.kind, self.sla, self.mark) if part)
