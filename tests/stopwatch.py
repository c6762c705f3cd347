"""A record whose clocks are looked at, commit after commit, as the service does it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import BREACH, TimerKind
from leadstate.domain.people import People
from leadstate.domain.record import Happening, Record
from leadstate.engine.clocks import tick

if TYPE_CHECKING:
    from leadstate.domain.clock import ClockState, Pause, SlaClock, Timer
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value
    from leadstate.engine.clocks import Ticked

WORKFLOW = """
workflow: slas
title: SLAs
timezone: Europe/Berlin
teams:
  sales: {{calendar: office}}
  marketing:
fields:
  email:   {{type: email, identity: true}}
  keeper:  {{type: owner}}
  waiting: {{type: boolean}}
  due_on:  {{type: date}}
  call_at: {{type: datetime}}
calendars:
  office: {{timezone: UTC, hours: {{mon-fri: 09:00-17:00}}}}
  early:  {{timezone: UTC, hours: {{mon-fri: 05:00-09:00}}}}
stages:
  lead: {{owner: sales, initial: true}}
  sal:
    owner: sales
    sla:
      {slas}
  nurture:
    owner: marketing
    kind: parked
    wake: {wake}
  won: {{kind: won}}
transitions:
  accept: {{from: [lead, won], to: sal}}
  again:  {{from: nurture, to: sal}}
  back:   {{from: sal, to: lead}}
  park:   {{from: [lead, sal], to: nurture, when: {guard}}}
  win:    {{from: [lead, sal], to: won}}
"""


def moment(text: str) -> datetime:
    """Return a moment of March 2026: ``10 09:30`` is Tuesday the 10th, in UTC."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-03-{day}T{time}").replace(tzinfo=UTC)


def with_slas(
    *slas: str,
    wake: str = "{after: 30 days, to: lead}",
    guard: str = "email is known",
) -> Lifecycle:
    """Return a lifecycle whose stage ``sal`` has these SLAs: ``NAME: {...}``."""
    text = "\n      ".join(slas) or "{}"
    return load_workflow_text(WORKFLOW.format(slas=text, wake=wake, guard=guard))


@dataclass(slots=True)
class Watch:
    """One record, its clocks, and what the last look brought."""

    lifecycle: Lifecycle
    record: Record
    people: People = field(default_factory=People)
    clocks: dict[tuple[int, str], SlaClock] = field(default_factory=dict)
    ticked: Ticked | None = None

    @classmethod
    def of(
        cls,
        lifecycle: Lifecycle,
        entered: str | None,
        *,
        stage: str = "sal",
        via: str | None = "accept",
        people: People | None = None,
        **values: Value,
    ) -> Watch:
        """Return a watch of a record that entered a stage; nobody has looked yet."""
        record = Record(
            id="r",
            stage=stage,
            stage_version=1,
            entered_at=moment(entered) if entered else None,
            entered_via=via,
            values=values,
        )
        return cls(lifecycle, record, people or People())

    def look(
        self,
        now: str | datetime,
        *,
        at: str | datetime | None = None,
        entering: bool = False,
        asleep: bool = False,
    ) -> Ticked:
        """Look at the clocks, and keep them."""
        now = moment(now) if isinstance(now, str) else now
        at = moment(at) if isinstance(at, str) else at
        self.ticked = tick(
            self.lifecycle,
            self.record,
            tuple(self.clocks.values()),
            people=self.people,
            at=at or now,
            now=now,
            since=moment("01 00:00"),
            entering=entering,
            asleep=asleep,
        )
        changed = {(one.stage_version, one.sla): one for one in self.ticked.clocks}
        self.clocks |= changed
        return self.ticked

    def happens(self, *events: str) -> None:
        """Let something have happened: ``touched 10 09:30``."""
        found = [one.split(" ", maxsplit=1) for one in events]
        known = [Happening(name, moment(at)) for name, at in found]
        happenings = sorted((*self.record.happenings, *known), key=lambda one: one.at)
        self.record = replace(self.record, happenings=tuple(happenings))

    def becomes(self, **values: Value) -> None:
        """Let values of the record change."""
        self.record = replace(self.record, values={**self.record.values, **values})

    def moves(
        self, stage: str, at: str | datetime, *, via: str | None = None, passes: int = 0
    ) -> None:
        """Let the record have moved."""
        record = self.record
        self.record = replace(
            record,
            stage=stage,
            stage_version=record.stage_version + 1,
            entered_at=moment(at) if isinstance(at, str) else at,
            entered_via=via,
            came_from=record.stage,
            pass_number=record.pass_number + passes,
        )

    def fires(self, timer: Timer) -> None:
        """Let a timer of a clock fire, as it stands now, and look again."""
        key = timer.stage_version, timer.sla
        clock = self.clocks[key]
        mark = timer.mark or BREACH
        broken = timer.due_at if mark == BREACH else clock.breached_at
        self.clocks[key] = replace(
            clock, fired=clock.fired | {mark}, breached_at=broken
        )
        self.look(timer.due_at)

    def pauses(self, *pauses: Pause, sla: str = "call") -> None:
        """Let the clock of this stay have these pauses."""
        key = self.record.stage_version, sla
        self.clocks[key] = replace(self.clocks[key], pauses=pauses)

    def clock(self, sla: str = "call", *, stay: int | None = None) -> SlaClock:
        """Return a clock of this stay, or of an earlier one."""
        return self.clocks[stay or self.record.stage_version, sla]

    def state(self, sla: str = "call", *, stay: int | None = None) -> ClockState:
        """Return how an SLA stands."""
        return self.clock(sla, stay=stay).state

    def armed(self) -> list[tuple[str, datetime]]:
        """Return the keys and moments of the timers."""
        timers = self.ticked.timers if self.ticked else ()
        return [(one.key, one.due_at) for one in timers]

    def timer(self, kind: TimerKind) -> Timer:
        """Return the only timer of a kind."""
        (found,) = [one for one in self.ticked.timers if one.kind is kind]  # type: ignore[union-attr]
        return found
