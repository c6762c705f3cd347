"""Let time pass for a record that nobody touches, timer by timer.  Pure.

Every timer that comes due on the way is judged by what judges it in the running
service: `fire` says whether it is still due, `decide` whether the record moves, `tick`
which timers it needs then.  Nothing is sent, and nobody is known: who gets a record is
named by the team.

    course = pass_time(lifecycle, record, start=start, until=start + timedelta(days=31))
    course.decision      # every move on the way, or why it stayed
    course.occurrences   # what warned, broke and moved, and when
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadstate.domain.action import Assign, Escalate, SetField
from leadstate.domain.clock import ClockState, TimerKind
from leadstate.domain.course import A_PERSON, Course, Occurrence, spoken
from leadstate.domain.decision import Decision, Move, Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.people import People
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed, TimerDue
from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import coerce
from leadstate.engine.clock_news import clock_news
from leadstate.engine.clocks import tick
from leadstate.engine.decide import decide, examine
from leadstate.engine.firing import fire
from leadstate.engine.journal import after
from leadstate.engine.stepping import automatic_steps, followed, passages, wakes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.domain.action import Action
    from leadstate.domain.clock import Clock, Timer
    from leadstate.domain.decision import Step
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.receipt import Refusal
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.domain.values import Value

__all__ = ["MOST_TIMERS", "pass_time"]

MOST_TIMERS: Final = 5000
"""Timers and events that one course has room for: stages may form a ring."""

_NOBODY: Final = People()


def pass_time(
    lifecycle: Lifecycle,
    record: Record,
    *,
    start: datetime,
    until: datetime,
    people: People = _NOBODY,
) -> Course:
    """Return what happens to a record from ``start`` to ``until``, both included.

    It is looked at once at the start, as after any change.  What its promises were due
    before that stays quiet, and events that lie ahead happen when their time comes.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands at ``start``.
        start: The first moment (aware UTC).
        until: The last moment (aware UTC).
        people: Whose own hours and absences count; nobody's unless said.
    """
    passing = _Passing(
        lifecycle=lifecycle,
        record=replace(
            record,
            happenings=tuple(one for one in record.happenings if one.at <= start),
        ),
        people=people,
        now=start,
        since=record.entered_at or start,
        ahead=[one for one in record.happenings if one.at > start],
    )
    passing.begin()
    for _ in range(MOST_TIMERS):
        if not passing.go_on(until):
            passing.now = until
            return passing.course()
    return replace(passing.course(), endless=True)


@dataclass(slots=True, kw_only=True)
class _Passing:
    """One record on its way through time.

    Attributes:
        since: When the record came under care.
        ahead: Events that have not happened yet.
        unjudged: Whether actions gave fields values that nobody has judged yet.
        refusal: Why the last timer that asked for a move got none.
    """

    lifecycle: Lifecycle
    record: Record
    people: People
    now: datetime
    since: datetime
    ahead: list[Happening]
    clocks: dict[tuple[int, str], Clock] = field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    steps: list[Step] = field(default_factory=list)
    refusal: Refusal | None = None
    unjudged: bool = False
    told: list[Occurrence] = field(default_factory=list)

    def begin(self) -> None:
        """Look at the record, and start its clocks."""
        stage = self.lifecycle.stages[self.record.stage]
        self._tell(HistoryKind.ENTERED, stage.name, f"it begins in {stage.name!r}")
        self._take(Changed(at=self.now))
        self._tick(entering=True)

    def go_on(self, until: datetime) -> bool:
        """Let the next thing happen; False when nothing does until then."""
        timer = min(self.timers, key=lambda one: one.due_at, default=None)
        event = min(self.ahead, key=lambda one: one.at, default=None)
        if event is not None and (timer is None or event.at <= timer.due_at):
            if event.at <= until:
                self._happen(event)
            return event.at <= until
        if timer is None or timer.due_at > until:
            return False
        self._come_due(timer)
        return True

    def course(self) -> Course:
        """Return what happened until now."""
        stage = self.record.stage
        decision: Decision = Move(tuple(self.steps))
        if not self.steps:
            receipts = examine(self.lifecycle, self.record, now=self.now)
            decision = Stay(stage, receipts, refusal=self.refusal)
        self._tell(None, stage, f"it ends in {stage!r}")
        return Course(
            record=self.record,
            decision=decision,
            occurrences=tuple(self.told),
            until=self.now,
            timezone=self.lifecycle.timezone,
        )

    def _tell(self, kind: HistoryKind | None, name: str, text: str) -> None:
        self.told.append(Occurrence(at=self.now, kind=kind, name=name, text=text))

    # -- what happens ------------------------------------------------------------------

    def _happen(self, event: Happening) -> None:
        """Let an event happen, and look at the record, as after any change."""
        self.now = event.at
        self.ahead.remove(event)
        self.record = _with_event(self.record, event)
        self._tell(None, event.event, f"the event {event.event!r} happens")
        self._take(Changed(at=self.now))
        self._tick()

    def _come_due(self, timer: Timer) -> None:
        """Let a timer come due."""
        self.now = max(self.now, timer.due_at)
        due = TimerDue(
            at=timer.due_at,
            stage_version=timer.stage_version,
            kind=timer.kind,
            sla=timer.sla,
            mark=timer.mark,
        )
        fired = fire(
            self.lifecycle,
            self.record,
            self.clocks.values(),
            due,
            people=self.people,
            now=self.now,
            since=self.since,
        )
        asleep = False
        if fired is not None and fired.promise is not None:
            promise = fired.promise
            due = replace(due, reason=promise.sla.reason)
            self.clocks[promise.clock.place] = promise.clock
            self._tell(promise.kind, promise.sla.name, promise.note)
            self._act(promise.actions)
        if fired is not None and fired.decides:
            decision = self._take(due)
            asleep = due.kind is TimerKind.WAKE and not isinstance(decision, Move)
            self._tell_refusal(decision, fired.why)
        self._follow(due, 0)
        self._tick(asleep=asleep)

    def _take(self, signal: Signal) -> Decision:
        """Decide, move, and do what leaving and entering stages does."""
        if isinstance(signal, Changed):
            self.unjudged = False
        before = self.record
        decision = decide(self.lifecycle, before, signal, now=self.now)
        self.record = after(self.lifecycle, before, decision, signal)
        if isinstance(decision, Move):
            self._walk(before, decision.steps, woken=wakes(signal))
        self._follow(signal, automatic_steps(decision, signal))
        return decision

    def _follow(self, signal: Signal, made: int) -> None:
        """Judge what actions set since the last look."""
        while self.unjudged:
            self.unjudged = False
            before = self.record
            steps, cut = followed(
                self.lifecycle, before, signal, made=made, now=self.now
            )
            if steps:
                made += len(steps)
                changed = Changed(at=signal.at)
                self.record = replace(
                    after(self.lifecycle, before, Move(steps), changed),
                    breach_moves=before.breach_moves,
                )
                self._walk(before, steps, woken=False)
            if cut:
                text = f"it stops after {made} automatic moves: actions drive it on"
                self._tell(None, self.record.stage, text)
                return

    def _walk(self, before: Record, steps: tuple[Step, ...], *, woken: bool) -> None:
        """Do what leaving and entering the stages of a move does."""
        self.steps.extend(steps)
        for passage in passages(self.lifecycle, before, steps, woken=woken):
            step, name = passage.step, passage.step.transition or ""
            text = f"it moves from {step.source!r} to {step.target!r} by {name}"
            self._tell(HistoryKind.MOVED, name, text)
            self.record = passage.standing(self.record)
            for _, actions in passage.deeds:
                self._act(actions)

    def _tell_refusal(self, decision: Decision, why: str) -> None:
        """Tell why a move was refused, unless it is what was told the last time."""
        refusal = decision.refusal if isinstance(decision, Stay) else None
        if refusal is not None and refusal != self.refusal:
            self.refusal = refusal
            self._tell(HistoryKind.REFUSED, refusal.code, f"{why} {refusal.text}")

    # -- actions -----------------------------------------------------------------------

    def _act(self, actions: Iterable[Action]) -> None:
        """Do what changes the record or calls somebody to it; nothing is sent."""
        for action in actions:
            match action:
                case Assign():
                    self._assign(action)
                case SetField():
                    it = self.lifecycle.fields[action.field]
                    value = coerce(action.value, it.type, it.options)
                    self._put(it.name, value)
                case Escalate():
                    stage = self.lifecycle.stages[self.record.stage]
                    to = action.to or stage.owner or A_PERSON
                    self._tell(HistoryKind.ESCALATED, to, f"{to} has to act")
                case _:
                    pass

    def _assign(self, action: Assign) -> None:
        """Give the record to somebody of a team, who goes by the team's name."""
        name = self.lifecycle.owner_field or ""
        owner = self.record.values.get(name)
        if owner == action.team or (owner is not None and action.keep):
            return
        self._put(name, action.team)
        self.record = _with_event(self.record, Happening(ASSIGNED, self.now))
        self._tell(HistoryKind.ASSIGNED, action.team, f"{action.team} gets it")

    def _put(self, name: str, value: Value) -> None:
        """Give a field a value; another one has to be judged."""
        self.unjudged |= self.record.values.get(name) != value
        self.record = _with_value(self.record, name, value)

    # -- clocks ------------------------------------------------------------------------

    def _tick(self, *, entering: bool = False, asleep: bool = False) -> None:
        """Run the clocks, and learn which timers the record needs from now on."""
        ticked = tick(
            self.lifecycle,
            self.record,
            tuple(self.clocks.values()),
            people=self.people,
            at=self.now,
            now=self.now,
            since=self.since,
            entering=entering,
            asleep=asleep,
        )
        zone = ZoneInfo(self.lifecycle.timezone)
        for news in clock_news(ticked, self.clocks, zone=zone, now=self.now):
            self._tell(news.kind, news.clock.sla, news.text)
        for clock in ticked.clocks:
            self._tell_clock(self.clocks.get(clock.place), clock, zone)
            self.clocks[clock.place] = clock
        self.timers = ticked.timers

    def _tell_clock(self, old: Clock | None, new: Clock, zone: ZoneInfo) -> None:
        """Tell how a promise stands, if that is news which leaves no row."""
        before = old.state if old is not None else None
        text = _standing(new, zone)
        if new.state is not before and text:
            self._tell(None, new.sla, f"the promise {new.sla!r} {text}")


def _standing(clock: Clock, zone: ZoneInfo) -> str:
    """Return how a promise stands, or "" where its news or the move tells it."""
    due = f"due {spoken(clock.due_at, zone)}" if clock.due_at else "never due"
    return {
        ClockState.WAITING: "waits for its start",
        ClockState.RUNNING: f"is {due}",
        ClockState.BREACHED: "was broken before",
        ClockState.MET: "is kept",
    }.get(clock.state, "")


def _with_value(record: Record, name: str, value: Value) -> Record:
    return replace(record, values={**record.values, name: value})


def _with_event(record: Record, event: Happening) -> Record:
    return replace(record, happenings=(*record.happenings, event))
