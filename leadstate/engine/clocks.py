"""Run the clocks of a record's stay: when they start, pause, warn, breach and end.

Pure, and computed from the start every time: a calendar that was corrected and an event
that came late count from the moment they are known.  What fired is remembered in the
clock, so that nothing fires twice; so is before when it counts nothing.

    ticked = tick(lifecycle, record, clocks, people=people, at=at, now=now, since=since)
    ticked.clocks   # those that changed, to be kept
    ticked.timers   # exactly the timers that the record needs from now on
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import BREACH, Pause, SlaClock, Timer, TimerKind
from leadstate.domain.frozen import replace
from leadstate.domain.sla import OWN_HOURS, TEAM_HOURS
from leadstate.engine.bounds import began_at, closed, end_of, kept, start_of, void
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.next_change import next_change
from leadstate.engine.using import due_marks, due_of, used_time
from leadstate.engine.waking import wake_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.domain.lifecycle import Lifecycle, Stage
    from leadstate.domain.people import Absence, People
    from leadstate.domain.record import Record
    from leadstate.domain.sla import SLA
    from leadstate.hours import Hours

__all__ = ["Ticked", "hours_of", "tick"]

AGAIN = timedelta(days=1)
"""A wake-up that could not be made is tried again after so long."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a look at the clocks brought.

    Attributes:
        clocks: Every clock that changed, or is new.
        timers: The timers of the record; those that it had and lacks here are void.
        missed: Clocks that ended over their time before their breach had fired.
    """

    clocks: tuple[SlaClock, ...] = ()
    timers: tuple[Timer, ...] = ()
    missed: tuple[SlaClock, ...] = ()


def tick(  # noqa: PLR0913 - the circumstances of one look, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    clocks: Sequence[SlaClock],
    *,
    people: People,
    at: datetime,
    now: datetime,
    since: datetime,
    counts_from: datetime | None = None,
    left_at: datetime | None = None,
    entering: bool = False,
    asleep: bool = False,
    woken: int = 0,
) -> Ticked:
    """Bring the clocks of a record up to date and return the timers it needs.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as the decision leaves it.
        clocks: Every clock of the record, ended ones too.
        people: Everybody, for the hours of owners.
        at: When what is looked at happened.
        now: The moment of judging.
        since: When the record came under care; counts where its entry is unknown.
        counts_from: Before this a clock that is new counts nothing; None: ``since``.
        left_at: When it should have left the stay before, had it been known in time;
            None: when it entered the one it is in.
        entering: True when the stay is older than this look: what was over before its
            clock was there stays quiet.
        asleep: True when a wake-up was due and could not be made.
        woken: Wake-ups in a row that brought it here; the next one counts on if it is
            due at once.
    """
    stage = lifecycle.stages.get(record.stage)
    left_at = left_at or record.entered_at
    look = _Look(lifecycle, record, people, at, now, counts_from or since, left_at)
    here = [one for one in clocks if one.stage_version == record.stage_version]
    behind = [one for one in clocks if one.stage_version != record.stage_version]
    left = [look.left(one) for one in behind]
    running = [] if stage is None else list(look.all_of(stage, here, left))
    if entering:
        there = {one.sla for one in here}
        running = [one if one.sla in there else look.quietly(one) for one in running]
    timers: list[Timer] = []
    if stage is not None and not stage.terminal:
        timers += look.timers(stage, running)
        timers += look.wake_up(since, asleep=asleep, woken=woken)
    known, settled = set(clocks), (*left, *running)
    missed = {one for one in settled if _is_missed(one)}
    return Ticked(
        clocks=tuple(
            replace(one, fired=one.fired | {BREACH}) if one in missed else one
            for one in settled
            if one not in known
        ),
        timers=tuple(timers),
        missed=tuple(one for one in settled if one in missed),
    )


def _is_missed(clock: SlaClock) -> bool:
    late = clock.ended_at is not None and clock.breached_at is not None
    return late and BREACH not in clock.fired


def hours_of(lifecycle: Lifecycle, stage: Stage, sla: SLA, person: str | None,
             people: People) -> Hours:  # fmt: skip
    """Return the hours in which an SLA counts, less the owner's absences."""
    team = lifecycle.teams.get(stage.owner or "")
    name = sla.calendar
    absences: tuple[Absence, ...] = ()
    if sla.calendar in (OWN_HOURS, TEAM_HOURS):
        name = team or ""
    if sla.calendar == OWN_HOURS and (owner := people.get(person)) is not None:
        absences = owner.absences
        name = owner.calendar or name
    return compile_lifecycle(lifecycle).hours(name, absences)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one record."""

    lifecycle: Lifecycle
    record: Record
    people: People
    at: datetime
    now: datetime
    counts_from: datetime
    left_at: datetime | None

    @property
    def owner(self) -> str | None:
        return self.lifecycle.owner_of(self.record)

    def all_of(
        self, stage: Stage, here: Sequence[SlaClock], left: Sequence[SlaClock]
    ) -> Iterator[SlaClock]:
        """Yield the clock of each SLA of the stage, as it stands now."""
        known = {one.sla: one for one in here}
        for sla in stage.slas:
            clock = known.get(sla.name) or self._fresh(stage, sla)
            if clock is None:
                continue
            if clock.ended_at is not None:
                yield self._corrected(stage, sla, clock, clock.ended_at)
                continue
            yield self._run(stage, sla, replace(clock, carried=kept(sla, clock, left)))
        for name, clock in known.items():
            gone = all(sla.name != name for sla in stage.slas)
            if gone and clock.ended_at is None:  # the workflow has no such SLA now
                yield void(clock, self.now)

    def _fresh(self, stage: Stage, sla: SLA) -> SlaClock | None:
        record = self.record
        if record.entered_at is None or (sla.via and record.entered_via not in sla.via):
            return None  # what is unknown is not measured
        return SlaClock(
            record_id=record.id,
            sla=sla.name,
            stage=stage.name,
            stage_version=record.stage_version,
            pass_number=record.pass_number,
            team=stage.owner,
            entered_at=record.entered_at,
            counts_from=self.counts_from,
            version=self.lifecycle.version,
            within=sla.within,
        )

    def _run(self, stage: Stage, sla: SLA, clock: SlaClock) -> SlaClock:
        """Start, pause and end one clock, and say when it is due."""
        owner, now = self.owner, self.now
        started = start_of(self.record, sla, clock, until=now, owner=owner)
        if started is None:
            return replace(clock, owner=owner)
        if clock.started_at is None:
            clock = self._begun(stage, sla, replace(clock, owner=owner), started)
        clock = self._paused(sla, replace(clock, owner=owner, started_at=started))
        ended = end_of(self.record, sla, clock, until=now, owner=owner)
        return self._settled(stage, sla, clock, ended)

    def _begun(
        self, stage: Stage, sla: SLA, clock: SlaClock, started: datetime
    ) -> SlaClock:
        """Start a clock; it measures nothing if all was over before it could count."""
        began = began_at(self.record, sla, clock, until=self.now, owner=clock.owner)
        if began is None or began >= started:
            return replace(clock, started_at=started)
        hours = hours_of(self.lifecycle, stage, sla, clock.owner, self.people)
        due = due_of(hours, sla, replace(clock, started_at=began))
        over = due is not None and due <= started
        return replace(clock, started_at=started, measured=not over)

    def _settled(
        self, stage: Stage, sla: SLA, clock: SlaClock, ended: datetime | None
    ) -> SlaClock:
        hours = hours_of(self.lifecycle, stage, sla, clock.owner, self.people)
        due = due_of(hours, sla, clock)
        late = due is not None and due <= (ended or self.now)
        fired = clock.fired if late else clock.fired - {BREACH}
        broken = late and (ended is not None or BREACH in fired)
        clock = replace(
            clock, due_at=due, fired=fired, breached_at=due if broken else None
        )
        if ended is None:
            return clock
        clock = closed(clock, ended)
        return replace(clock, used=used_time(hours, clock, ended), ended_at=ended)

    def left(self, clock: SlaClock) -> SlaClock:
        """End a clock of a stage that the record has left."""
        stage = self.lifecycle.stages.get(clock.stage)
        slas = stage.slas if stage is not None else ()
        sla = next((one for one in slas if one.name == clock.sla), None)
        left = self.left_at or clock.ended_at or self.at
        left = max(left, clock.entered_at or left)
        over = clock.ended_at is not None and clock.ended_at <= left
        if stage is None or sla is None:
            return clock if over else void(clock, left)
        if over:
            return self._corrected(stage, sla, clock, clock.ended_at or left)
        record, owner = self.record, clock.owner
        started = start_of(record, sla, clock, until=left, owner=owner)
        if started is not None and started > left and sla.start is None:
            return replace(void(clock, left), measured=False)  # left before it counted
        if started is None or (sla.start is not None and started >= left):
            return void(clock, left)
        clock = replace(clock, started_at=started)
        ended = end_of(record, sla, clock, until=left, owner=owner)
        return self._settled(stage, sla, clock, ended or left)

    def _corrected(
        self, stage: Stage, sla: SLA, clock: SlaClock, ended: datetime
    ) -> SlaClock:
        """Let news that came late start an ended clock earlier, or end it earlier."""
        record, started = self.record, clock.started_at
        if sla.start is not None:
            started = start_of(record, sla, clock, until=ended, owner=None)
        if started is None or (clock.started_at is None and started >= ended):
            return clock
        moved = replace(clock, started_at=started)
        earlier = end_of(record, sla, moved, until=ended, owner=None) or ended
        if (started, earlier) == (clock.started_at, ended):
            return clock
        return self._settled(stage, sla, moved, earlier)

    def quietly(self, clock: SlaClock) -> SlaClock:
        """Mark what was over before anybody looked: it is known, and nobody is told."""
        stage = self.lifecycle.stages[clock.stage]
        sla = next(one for one in stage.slas if one.name == clock.sla)
        until = clock.ended_at or self.now
        over = [mark for mark, moment in self._marks(stage, sla, clock)
                if moment <= until]  # fmt: skip
        late = BREACH in over
        return replace(
            clock,
            fired=clock.fired | {*over},
            breached_at=clock.due_at if late else clock.breached_at,
            measured=clock.measured and not late,
        )

    # -- pauses --------------------------------------------------------------------

    def _paused(self, sla: SLA, clock: SlaClock) -> SlaClock:
        """Let the workflow's own condition pause the clock, or let it go on."""
        compiled = compile_lifecycle(self.lifecycle)
        guard = compiled.pauses.get((clock.stage, sla.name))
        mine = next((one for one in clock.pauses if not one.end and not one.by), None)
        met = guard is not None and guard.allows(compiled.facts(self.record, self.now))
        if met == (mine is not None):
            return clock
        moment = max(self.at, clock.started_at or self.at)
        if met:
            pause = Pause(moment, reason=sla.pause_text)
            return replace(clock, pauses=(*clock.pauses, pause))
        pauses = tuple(
            replace(one, end=max(moment, one.start)) if one is mine else one
            for one in clock.pauses
        )
        return replace(clock, pauses=pauses)

    # -- timers ------------------------------------------------------------------------

    def timers(
        self,
        stage: Stage,
        clocks: Sequence[SlaClock],
    ) -> Iterator[Timer]:
        """Yield the next timer of each clock, and the next look."""
        for clock in clocks:
            sla = stage.sla(clock.sla)
            if sla is None or clock.ended_at is not None:
                continue
            marks = [one for one in self._marks(stage, sla, clock)
                     if one[0] not in clock.fired]  # fmt: skip
            if marks:
                mark, moment = min(marks, key=lambda one: one[1])
                yield self._timer(moment, sla=sla.name, mark=mark)
        turn = next_change(self.lifecycle, self.record, now=self.now)
        if turn is not None:
            yield self._timer(turn, kind=TimerKind.LOOK)

    def wake_up(self, since: datetime, *, asleep: bool, woken: int) -> Iterator[Timer]:
        """Yield the wake-up; its mark counts those that lead on at once."""
        wake = wake_moment(self.lifecycle, self.record, now=self.now, since=since)
        if wake is None:
            return
        again = self.now + AGAIN if asleep else wake
        mark = str(woken) if woken and again <= self.now else ""
        yield self._timer(max(wake, again), kind=TimerKind.WAKE, mark=mark)

    def _marks(
        self, stage: Stage, sla: SLA, clock: SlaClock
    ) -> Iterator[tuple[str, datetime]]:
        hours = hours_of(self.lifecycle, stage, sla, clock.owner, self.people)
        return due_marks(hours, sla, clock)

    def _timer(
        self,
        moment: datetime,
        *,
        kind: TimerKind = TimerKind.WARN,
        sla: str = "",
        mark: str = "",
    ) -> Timer:
        if mark == BREACH:
            kind, mark = TimerKind.BREACH, ""
        return Timer(
            record_id=self.record.id,
            kind=kind,
            due_at=moment,
            stage_version=self.record.stage_version,
            sla=sla,
            mark=mark,
        )
