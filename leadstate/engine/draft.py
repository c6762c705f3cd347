"""Consequences while they are worked out: the case as it changes, and its effects.

Only `leadstate.engine.consequences` and its parts hold one, and only during one run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.domain.effect import (
    ClockChanged,
    FieldSet,
    Flagged,
    Happened,
    TimersArmed,
    Unflagged,
)
from leadstate.domain.frozen import replace
from leadstate.domain.origin import Origin, Position
from leadstate.domain.sla import ASSIGNED
from leadstate.engine.activation import activated
from leadstate.engine.case import Case, Consequences, with_event, with_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.decision import Decision
    from leadstate.domain.effect import Effect
    from leadstate.domain.history import Cause
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.domain.values import Value
    from leadstate.engine.rota import Rota

__all__ = ["OURS", "CaseDraft"]

OURS = "leadstate"
"""The actor and the source of what Leadstate itself is the cause of."""


@dataclass(slots=True, kw_only=True)
class CaseDraft:
    """One case on its way through the decisions of one piece of news.

    Attributes:
        clocks: By `leadstate.domain.clock.SlaClock.place`; ended ones too.
        timers: The timers that the record needs from now on; None until they are known.
        waiting: The timers that it had before.
        in_force: Since when the version that judges is in force; None: long ago.
        since: When the record came under care; None while it is only observed.
        began: The stage version at which it stood before.
        left_at: When it should have left its stage, had it been known in time; None
            when it left as it should, or not at all.
        late: Transition -> since when it was due by what is just being learnt late.
        looked: Whether the transitions that it takes by itself were looked at.
        unjudged: Whether an action gave a field a value that nobody has judged yet.
        asleep: Whether a wake-up was due and could not be made.
        woken: Wake-ups in a row that brought it here, each at once after the last.
    """

    lifecycle: Lifecycle
    now: datetime
    record: Record
    since: datetime | None
    clocks: dict[tuple[int, str], SlaClock]
    rota: Rota
    flag: str | None
    flagged_at: datetime | None
    in_force: datetime | None = None
    began: int = 0
    left_at: datetime | None = None
    late: Mapping[str, datetime] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    decisions: list[tuple[Signal, Decision]] = field(default_factory=list)
    waiting: tuple[Timer, ...] = ()
    timers: tuple[Timer, ...] | None = None
    looked: bool = False
    unjudged: bool = False
    asleep: bool = False
    woken: int = 0

    @classmethod
    def of(cls, lifecycle: Lifecycle, case: Case, now: datetime) -> CaseDraft:
        """Return a draft in which nothing has happened yet."""
        return cls(
            lifecycle=lifecycle,
            now=now,
            record=case.record,
            since=case.since,
            in_force=case.in_force,
            began=case.record.stage_version,
            clocks={
                one.place: one
                for one in activated(lifecycle, case, people=case.rota.people, now=now)
            },
            rota=case.rota,
            flag=case.flag,
            flagged_at=case.flagged_at,
            waiting=case.timers,
        )

    @property
    def position(self) -> Position:
        """Where the record stands now."""
        record = self.record
        return Position(record.stage, record.stage_version, record.pass_number)

    @property
    def moved(self) -> bool:
        """Whether its stay is not the one that it was in before."""
        return self.record.stage_version != self.began

    @property
    def care(self) -> datetime:
        """When the record came under care; now at the latest."""
        return self.now if self.since is None else min(self.since, self.now)

    @property
    def counts_from(self) -> datetime:
        """Before this a clock that is new counts nothing: nobody could know.

        A move is learnt now; in a stay that is known the record has to be under care,
        and the SLA in force.
        """
        if self.moved:
            return self.now
        return min(max(self.care, self.in_force or self.care), self.now)

    @property
    def owner(self) -> str | None:
        """Who owns the record now."""
        return self.lifecycle.owner_of(self.record)

    def note(
        self, at: datetime, note: str, cause: Cause, *, actor: str = OURS
    ) -> Origin:
        """Return the origin of an effect that goes back to nothing but a sentence."""
        return Origin(cause=cause, actor=actor, at=at, source=OURS, note=note)

    def put_field(
        self, name: str, value: Value, at: datetime, *, source: str = OURS
    ) -> None:
        """Give a field another value; that has to be judged."""
        before = self.record.values.get(name)
        self.record = replace(self.record, values=with_value(self.record, name, value))
        self.unjudged = True
        self.effects.append(FieldSet(name, before, value, at, source))

    def put_owner(self, name: str, owner: str, at: datetime, *, source: str) -> None:
        """Give the record an owner, with the event that clocks may wait for."""
        self.put_field(name, owner, at, source=source)
        happenings = with_event(self.record, ASSIGNED, at)
        self.record = replace(self.record, happenings=happenings)
        self.effects.append(Happened(ASSIGNED, at, OURS))

    def raise_flag(self, why: str) -> None:
        """List the record for a person to look at."""
        self.flag, self.flagged_at = why, self.now

    def lower_flag(self) -> None:
        """Take the record off that list."""
        self.flag = self.flagged_at = None

    def consequences(self, before: Case) -> Consequences:
        """Return what came of the case."""
        case = Case(
            record=self.record,
            since=self.since,
            in_force=self.in_force,
            clocks=tuple(self.clocks.values()),
            timers=before.timers if self.timers is None else self.timers,
            flag=self.flag,
            flagged_at=self.flagged_at,
            rota=self.rota,
        )
        effects = (*self.effects, *self._settled(before))
        return Consequences(case, effects, tuple(self.decisions))

    def _settled(self, before: Case) -> list[Effect]:
        """Return what is told once, however often it changed on the way."""
        old = {one.place: one for one in before.clocks}
        found: list[Effect] = [
            ClockChanged(clock, old.get(place))
            for place, clock in self.clocks.items()
            if clock is not old.get(place)
        ]
        if self.timers is not None:
            found.append(TimersArmed(self.timers))
        if self.flag is None and before.flag is not None:
            found.append(Unflagged())
        elif self.flag is not None and self.flag != before.flag:
            found.append(Flagged(self.flag, self.flagged_at or self.now))
        return found
