"""Whatever comes, in whatever order: nobody is charged for what they could not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import event, given
from hypothesis import strategies as st
from sla_lives import MINUTE, PLENTY, any_sla, calendars, lifecycle_of, starts
from stopwatch import with_slas

from leadstate.domain.clock import TimerKind
from leadstate.domain.effect import Moved, SlaChanged
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import (
    Changed,
    FirstSeen,
    ManualMove,
    MovedOutside,
    Reclock,
    TimerDue,
)
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.signal import Signal
    from leadstate.domain.sla import SLA, Calendar

HOUR = timedelta(hours=1)
OUTSIDE, BY_HAND, NEWS, APPLY, LOOK, FIRE = range(6)
steps = st.tuples(
    st.integers(OUTSIDE, FIRE + 2),
    st.integers(0, 3000),  # minutes until then
    st.integers(0, 3000),  # how many minutes ago it happened
    st.sampled_from(["lead", "sal", "won"]),
)


class Story:
    """One record, with what the three bounds of each of its clocks are."""

    def __init__(self, lifecycle: Lifecycle, other: Lifecycle, start: datetime) -> None:
        self.versions = [other, lifecycle]
        self.now = self.since = self.in_force = start
        self.learnt: dict[int, datetime] = {0: start}
        self.new: dict[tuple[int, str], datetime] = {}
        self.told: list[tuple[str, datetime, datetime]] = []
        record = Record(id="r", stage="sal", entered_at=start - 9 * HOUR)
        self.case = Case(record=record, since=start)
        self.take(FirstSeen(at=start - HOUR, source="crm"))

    @property
    def lifecycle(self) -> Lifecycle:
        """The version in force."""
        return self.versions[-1]

    def take(self, *signals: Signal) -> None:
        """Let signals come, and note what is told of when."""
        case = replace(self.case, in_force=self.in_force)
        found = run(self.lifecycle, case, signals, now=self.now)
        self.case = found.case
        version = found.case.record.stage_version
        self.learnt.setdefault(version, self.now)
        outside = any(isinstance(one, MovedOutside) for one in signals)
        for one in found.effects:
            if isinstance(one, Moved) and not outside:
                assert self.now == one.origin.at
            if isinstance(one, SlaChanged) and one.kind is HistoryKind.BREACHED:
                self.told.append((one.clock.sla, one.origin.at or self.now, self.now))
                assert self.bound(one.clock) <= (one.origin.at or self.now)
        for clock in found.case.clocks:
            self.new.setdefault(clock.place, self.in_force)
            bound = self.bound(clock)
            assert clock.started_at is None or bound <= clock.started_at
            assert clock.breached_at is None or bound <= clock.breached_at
        for timer in found.case.timers:
            if timer.sla:
                assert self.bound_of(timer.stage_version, timer.sla) <= timer.due_at

    def bound(self, clock: SlaClock) -> datetime:
        """Return before when a clock may say nothing."""
        return self.bound_of(*clock.place)

    def bound_of(self, version: int, sla: str) -> datetime:
        """Return the latest of: under care, learnt, in the workflow."""
        known = self.new.get((version, sla), self.in_force)
        learnt = self.learnt[version]
        return max(self.since, learnt, known if known > learnt else self.since)

    def go_on(self, step: tuple[int, int, int, str]) -> None:
        """Let something happen after some time."""
        what, wait, ago, stage = step
        self.now += wait * MINUTE
        at = self.now - ago * MINUTE
        record = self.case.record
        if what == OUTSIDE:
            self.take(MovedOutside(stage=stage, at=at, source="crm"))
        elif what == BY_HAND:
            self.take(ManualMove(transition="back", actor="ann", at=at))
        elif what == NEWS:
            fresh = (Happening("asked", at), Happening("touched", at + 5 * MINUTE))
            known = sorted({*record.happenings, *fresh}, key=lambda one: one.at)
            self.case = replace(
                self.case, record=replace(record, happenings=tuple(known))
            )
            self.take(Changed(at=at, happened=fresh))
        elif what == APPLY:
            self.versions.append(self.versions[-2])
            self.in_force = self.now
        elif what == LOOK:
            self.take(Reclock(at=self.now, stage_version=record.stage_version))
        else:
            self._fire()

    def _fire(self) -> None:
        for one in [it for it in self.case.timers if it.due_at <= self.now]:
            if one.kind in (TimerKind.WARN, TimerKind.BREACH):
                due = TimerDue(at=one.due_at, stage_version=one.stage_version,
                               kind=one.kind, sla=one.sla, mark=one.mark)  # fmt: skip
                self.take(due)


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    slas=st.lists(any_sla(), min_size=1, max_size=2),
    others=st.lists(any_sla(), min_size=0, max_size=2),
    story=st.lists(steps, max_size=10),
)
def test_no_clock_says_anything_of_before_anybody_could_know(
    calendar: Calendar,
    start: datetime,
    slas: list[SLA],
    others: list[SLA],
    story: list[tuple[int, int, int, str]],
) -> None:
    """It starts, warns and breaks after care began, the move was learnt, it stood."""
    told = Story(lifecycle_of(calendar, *slas), lifecycle_of(calendar, *others), start)
    for step in story:
        told.go_on(step)
    event(f"{len(told.told)} breaches")


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    old=st.integers(1, 1500),
    new=st.integers(1, 1500),
    activated=st.integers(0, 2000),
    looked=st.integers(0, 600),
)
def test_a_changed_sla_is_due_as_its_rule_says(
    calendar: Calendar, start: datetime, old: int, new: int, activated: int, looked: int
) -> None:
    """Tightened, loosened or as it was; looked at whenever after its activation."""
    hours = compile_hours(calendar)
    before = lifecycle_of(calendar, _sla(old))
    after = lifecycle_of(calendar, _sla(new))
    record = Record(id="r", stage="sal", stage_version=1, entered_at=start)
    at = start + activated * MINUTE
    case = Case(record=record, since=start)
    case = run(before, case, [], now=start).case
    was_due, in_time = hours.add(start, old * MINUTE), hours.add(start, new * MINUTE)

    case = replace(case, in_force=at)
    [clock] = run(after, case, [], now=at + looked * MINUTE).case.clocks

    assert start == clock.started_at
    if was_due is None or in_time is None:
        return
    expected = in_time
    if new < old:
        left = hours.elapsed(at, was_due)
        spared = hours.add(at, min(left, new * MINUTE)) if at < was_due else was_due
        assert spared is not None
        expected = max(in_time, spared)
    assert expected == clock.due_at
    event("tightened" if new < old else "loosened")


def _sla(minutes: int) -> SLA:
    [found] = with_slas("call: {within: 4h, calendar: office}").stages["sal"].slas
    return replace(found, within=minutes * MINUTE, calendar="any")
