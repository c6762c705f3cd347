"""A case on its way through time: signals when they come, timers when they are due.

Everything is decided by `leadstate.engine.consequences.run`, as in the running service;
here its effects become a story.  Pure.

    line = Timeline(lifecycle, record, start=start)
    line.take(FirstSeen(at=start, source="scenario"))
    line.pass_until(start + timedelta(days=31))
    line.course().story()
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadstate.domain.action import Assign
from leadstate.domain.clock import ClockState
from leadstate.domain.course import Course, Occurrence, spoken
from leadstate.domain.decision import Decision, Move, Stay
from leadstate.domain.effect import (
    Assigned,
    ClockChanged,
    Denied,
    Entered,
    Escalated,
    Flagged,
    Moved,
    MoveRefused,
    RecordStarted,
    SlaChanged,
    WouldHaveQualified,
)
from leadstate.domain.history import HistoryKind
from leadstate.domain.origin import HistoryEffect
from leadstate.domain.people import People, Person
from leadstate.domain.signal import Changed, FirstSeen, Reclock, TimerDue
from leadstate.engine.case import Case, with_event
from leadstate.engine.consequences import run
from leadstate.engine.decide import examine
from leadstate.engine.rota import Rota

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.decision import Step
    from leadstate.domain.effect import Effect
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.receipt import Refusal
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Consequences

__all__ = ["MOST_TIMERS", "Timeline", "pass_time", "stand_ins", "take_signal"]

MOST_TIMERS: Final = 5000
"""Timers and events that one course has room for: stages may form a ring."""


def pass_time(
    lifecycle: Lifecycle,
    record: Record,
    *,
    start: datetime,
    until: datetime,
    people: People | None = None,
) -> Course:
    """Return what happens to a record from ``start`` to ``until``, both included.

    It is looked at once at the start, as when it is first seen.  What its SLAs were due
    before that stays quiet, and events that lie ahead happen when their time comes.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands at ``start``.
        start: The first moment (aware UTC).
        until: The last moment (aware UTC).
        people: Who works with leads; None lets each team stand for its people.
    """
    ahead = [one for one in record.happenings if one.at > start]
    here = tuple(one for one in record.happenings if one.at <= start)
    line = Timeline(
        lifecycle, replace(record, happenings=here), start=start, people=people
    )
    line.take(FirstSeen(at=start, source="scenario"))
    line.pass_until(until, ahead)
    return line.course()


def take_signal(
    lifecycle: Lifecycle,
    record: Record,
    signal: Signal,
    *,
    now: datetime,
    people: People | None = None,
) -> Course:
    """Return what a signal brings about at once, with what it makes due in this moment.

    What was due before it came is not of it, and stays as it is.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands.
        signal: What comes.
        now: The moment (aware UTC).
        people: Who works with leads; None lets each team stand for its people.
    """
    line = Timeline(lifecycle, record, start=now, people=people)
    version = record.stage_version
    line.take(Reclock(at=now, stage_version=version))
    older = {(version, one.key) for one in line.case.timers if one.due_at <= now}
    found = line.take(signal)
    line.settle(without=older)
    answer = found.decisions[-1][1] if found.decisions else None
    return line.course(answer)


def stand_ins(lifecycle: Lifecycle, record: Record) -> People:
    """Return people for a course in which nobody is known: a team stands for its own.

    Whoever owns the record already belongs to every team, and is given nothing more.
    """
    assigns = [one for one in lifecycle.actions if isinstance(one, Assign)]
    teams = dict.fromkeys(one.team for one in assigns)
    found = {one: Person(name=one, roles=frozenset({one})) for one in teams}
    owner = lifecycle.owner_of(record)
    if found and owner and owner not in found:
        found[owner] = Person(name=owner, roles=frozenset(teams), gets_leads=False)
    return People(found)


class Timeline:
    """One record on its way through time.

    Attributes:
        case: As it stands now.
        now: How far time has passed (aware UTC).
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        record: Record,
        *,
        start: datetime,
        since: datetime | None = None,
        people: People | None = None,
    ) -> None:
        """Begin with a record as it stands.

        Args:
            lifecycle: The version of the workflow to judge by.
            record: The record as it stands at ``start``.
            start: The first moment (aware UTC).
            since: When it came under care; None: when it entered its stage, so that
                all its time counts.
            people: Who works with leads; None lets each team stand for its people.
        """
        known = stand_ins(lifecycle, record) if people is None else people
        since = since or record.entered_at or start
        self.case = Case(record=record, since=since, rota=Rota(people=known))
        self.now = start
        self._lifecycle = lifecycle
        self._zone = ZoneInfo(lifecycle.timezone)
        self._occurrences: list[Occurrence] = []
        self._steps: list[Step] = []
        self._refusal: Refusal | None = None
        self._endless = False
        self._starts: set[tuple[str, int]] = set()

    def take(self, *signals: Signal) -> Consequences:
        """Let signals come now, as one piece of news; return what it brings about."""
        found = run(self._lifecycle, self.case, signals, now=self.now)
        self.case = found.case
        for _, decision in found.decisions:
            self._remember(decision)
        told = {
            one.origin.note for one in found.effects if isinstance(one, HistoryEffect)
        }
        for effect in found.effects:
            self._occurrences.extend(self._story(effect, told))
        return found

    def pass_until(self, until: datetime, ahead: list[Happening] | None = None) -> None:
        """Let time pass: events happen and timers come due, in the order of their time.

        Args:
            until: The last moment (aware UTC), included.
            ahead: Events that have not happened yet.
        """
        coming = sorted(ahead or (), key=lambda one: one.at, reverse=True)
        for _ in range(MOST_TIMERS):
            if not self._go_on(until, coming):
                self.now = until
                return
        self._endless = True

    def settle(self, *, without: Collection[tuple[int, str]] = ()) -> None:
        """Let timers come due that are due by now.

        Args:
            without: Stage version and key of timers that are left alone.
        """
        for _ in range(MOST_TIMERS):
            due = [
                one
                for one in self.case.timers
                if one.due_at <= self.now
                and (one.stage_version, one.key) not in without
            ]
            if not due:
                return
            self._come_due(min(due, key=lambda one: one.due_at))
        self._endless = True

    def course(self, answer: Decision | None = None) -> Course:
        """Return what happened until now.

        Args:
            answer: What the one signal was answered with, where the course is about
                it; without one, all that could lead on is looked at.
        """
        stage, decision = self.case.record.stage, answer
        if self._steps:
            given = answer.answer if isinstance(answer, Move) else None
            decision = Move(tuple(self._steps), answer=given)
        elif decision is None:
            receipts = examine(self._lifecycle, self.case.record, now=self.now)
            decision = Stay(stage, receipts, refusal=self._refusal)
        end = Occurrence(
            at=self.now, kind=None, name=stage, text=f"it ends in {stage!r}"
        )
        return Course(
            record=self.case.record,
            decision=decision,
            occurrences=(*self._occurrences, end),
            until=self.now,
            timezone=self._lifecycle.timezone,
            endless=self._endless,
        )

    @property
    def next_timer(self) -> Timer | None:
        """The timer that comes due first."""
        return self.case.next_timer

    # -- what happens ------------------------------------------------------------------

    def _go_on(self, until: datetime, ahead: list[Happening]) -> bool:
        """Let the next thing happen; False when nothing does until then."""
        timer = self.next_timer
        event = ahead[-1] if ahead else None
        if event is not None and (timer is None or event.at <= timer.due_at):
            if event.at <= until:
                self._happen(ahead.pop())
            return event.at <= until
        if timer is None or timer.due_at > until:
            return False
        self._come_due(timer)
        return True

    def _come_due(self, timer: Timer) -> None:
        self.now = max(self.now, timer.due_at)
        self.take(TimerDue.of(timer))

    def _happen(self, event: Happening) -> None:
        """Let an event happen, and look at the record, as after any change."""
        self.now = max(self.now, event.at)
        record = self.case.record
        happenings = with_event(record, event.event, event.at)
        self.case = replace(self.case, record=replace(record, happenings=happenings))
        text = f"the event {event.event!r} happens"
        self._occurrences.append(
            Occurrence(at=self.now, kind=None, name=event.event, text=text)
        )
        self.take(Changed(at=event.at, source="scenario", happened=(event,)))

    def _remember(self, decision: Decision) -> None:
        if isinstance(decision, Move):
            self._steps.extend(decision.steps)
        elif isinstance(decision, Stay) and decision.refusal is not None:
            self._refusal = decision.refusal

    # -- and how it is told ------------------------------------------------------------

    def _story(self, effect: Effect, told: set[str]) -> Iterator[Occurrence]:
        """Yield what a person reads of an effect, unless another one told it."""
        match effect:
            case Entered():
                stage = effect.position.stage
                yield self._line(HistoryKind.ENTERED, stage, f"it begins in {stage!r}")
            case Moved():
                step, name = effect.step, effect.step.transition or ""
                way = f"it moves from {step.source!r} to {step.target!r} by {name}"
                yield self._line(HistoryKind.MOVED, name, way)
            case WouldHaveQualified():
                kind, name = HistoryKind.WOULD_HAVE_QUALIFIED, effect.transition
                yield self._line(kind, name, effect.origin.note)
            case MoveRefused():
                refusal = effect.stay.refusal
                code, text = (refusal.code, refusal.text) if refusal else ("", "")
                yield self._line(HistoryKind.REFUSED, code, text)
            case Denied():
                yield self._line(
                    HistoryKind.REFUSED, effect.code or "", effect.origin.note
                )
            case SlaChanged():
                yield self._line(effect.kind, effect.clock.sla, effect.origin.note)
            case Escalated():
                text = f"{effect.to} has to act"
                yield self._line(HistoryKind.ESCALATED, effect.to, text)
            case Assigned() if effect.given:
                text = f"{effect.person} gets it"
                yield self._line(HistoryKind.ASSIGNED, effect.person, text)
            case Flagged() if effect.why not in told:
                yield self._line(None, self.case.record.stage, effect.why)
            case _:
                yield from self._rowless(effect)

    def _rowless(self, effect: Effect) -> Iterator[Occurrence]:
        """Yield what a person reads of an effect that leaves no row of its own."""
        match effect:
            case RecordStarted():
                yield from self._start(effect)
            case ClockChanged():
                yield from self._clock(effect.before, effect.clock)
            case _:
                return

    def _start(self, effect: RecordStarted) -> Iterator[Occurrence]:
        """Yield that a record begins elsewhere, unless this pass began one there."""
        start = effect.workflow, effect.position.pass_number
        if start not in self._starts:
            self._starts.add(start)
            text = f"it starts a record of {effect.workflow!r} in {effect.stage!r}"
            yield self._line(HistoryKind.STARTED, effect.workflow, text)

    def _line(self, kind: HistoryKind | None, name: str, text: str) -> Occurrence:
        return Occurrence(at=self.now, kind=kind, name=name, text=text)

    def _clock(self, old: SlaClock | None, new: SlaClock) -> Iterator[Occurrence]:
        """Yield how an SLA stands, if that is news which leaves no row."""
        before = old.state if old is not None else None
        text = _standing(new, self._zone)
        if new.state is not before and text:
            yield self._line(None, new.sla, f"the SLA {new.sla!r} {text}")


def _standing(clock: SlaClock, zone: ZoneInfo) -> str:
    """Return how an SLA stands, or "" where its news or the move tells it."""
    due = f"due {spoken(clock.due_at, zone)}" if clock.due_at else "never due"
    return {
        ClockState.WAITING: "waits for its start",
        ClockState.RUNNING: f"is {due}",
        ClockState.BREACHED: "was broken before",
        ClockState.MET: "is kept",
    }.get(clock.state, "")
