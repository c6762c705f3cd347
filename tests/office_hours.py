"""An installation whose workflow has SLAs, and a way to let time pass.

Sales is open from nine to five in Berlin; the frozen clock starts on a Tuesday noon,
which is one o'clock there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from doubles import Crm, CrmAdapter, Desk
from modes import acting

from leadstate.definition.binding import check_binding_text
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.people import Absence, People, Person
from leadstate.service.app import App, Connected
from leadstate.service.bootstrap import with_users
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import sweep
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.history import HistoryEntry
    from leadstate.store import OutboxRow

WORKFLOW = """\
workflow: timed
timezone: Europe/Berlin
teams:
  marketing: {calendar: always}
  sales: {calendar: office}
  quality_control:
reasons: {timing: Not now, no_answer: Nobody answered, other: Something else}
fields:
  email: {type: email, identity: true, personal: true}
  budget: money
  need: text
  waiting: boolean
  decision_date: date
  rep: owner
scores:
  interest:
    half_life: 7 days
    events: {demo_requested: 40}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}
stages:
  lead: {owner: marketing, initial: true}
  mql:
    label: MQL
    owner: marketing
    sla:
      accept:
        within: 8h
        calendar: office
        warn_at: [50%, 1h]
        on_warning: {note: "{sla} of {record} is due {due}"}
        then: [{escalate: sales}, {notify: {channel: chat, text: "late: {stage}"}}]
  sal:
    label: SAL
    owner: sales
    on_enter: {assign: sales}
    sla:
      first_touch:
        within: 4h
        calendar: owner
        start: assigned
        until: called
        pause: waiting = true
        then: {move: recycle}
  sql: {owner: sales}
  nurture:
    owner: marketing
    kind: parked
    wake: {after: 30 days, when: need is known, to: lead, max_passes: 3}
  backlog:
    owner: sales
    kind: parked
    wake: {on: decision_date, before: 10 days, to: back}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: score.interest >= 30}
  cool: {from: mql, to: lead, automatic: true, when: score.interest < 5}
  accept: {from: mql, to: sal, by: [sales]}
  confirm: {from: sal, to: sql, when: budget >= 100}
  recycle: {from: [sal, sql], to: nurture, reason: [no_answer, other]}
  postpone: {from: [sal, sql], to: backlog, by: [sales], reason: timing}
  win: {from: sql, to: won, by: [sales], approval: quality_control}
  lose: {from: any open, to: lost}
"""
BINDING = """\
binding: timed
adapter: hubspot
object: contacts
fields: {email: email, budget: budget, need: need, waiting: waiting,
         decision_date: decision, rep: owner_id}
events: {demo_requested: demo, called: called}
stages:
  lead: {stage: lead}
  mql: {stage: mql}
  sal: {stage: sal}
  sql: {stage: sql}
  nurture: {stage: nurture}
  backlog: {stage: backlog}
  won: {stage: won}
  lost: {stage: lost}
"""
SALES = frozenset({"sales"})
PEOPLE = (
    Person(name="ann", roles=SALES, users={"crm": ("1",)}, calendar="office"),
    Person(name="bob", roles=SALES, users={"crm": ("2",)}, calendar="office"),
    Person(
        name="eve",
        roles=SALES,
        users={"crm": ("3",)},
        absences=(Absence(date(2026, 3, 9), date(2026, 3, 13)),),
    ),
    Person(name="quinn", roles=frozenset({"quality_control"}), users={"crm": ("9",)}),
)
EVERYBODY = People({one.name: one for one in PEOPLE})


@dataclass
class TimedDesk(Desk):
    """A desk on which time passes."""

    def work(self) -> None:
        """Fire what is due, and work until nothing is left."""
        while reclock(self.app):
            pass
        for _ in range(100):
            fired = sweep(self.app)
            self.settle_crm()
            if not fired and not self.waiting_here():
                return
        raise AssertionError(f"timers keep firing: {self.timers()}")

    def settle_crm(self) -> None:
        """Work on the inbox and on what goes to the CRM."""
        for _ in range(100):
            done, pushed = self.advance(), self.push()
            if not done.progress and pushed.claimed <= pushed.later:
                return

    def waiting_here(self) -> int:
        """Return how many inbox rows and timers are due."""
        now = self.clock.now()
        with self.app.store.read() as view:
            return len(view.inbox.due(now, 10)) + len(view.timers.due(now, 10))

    def until(self, moment: datetime) -> None:
        """Let time pass, timer by timer, as the service does."""
        while True:
            with self.app.store.read() as view:
                due = view.timers.next_due()
            if due is None or due > moment:
                break
            self.clock.advance(max(due - self.clock.now(), timedelta()))
            self.work()
        self.clock.advance(moment - self.clock.now())
        self.work()

    def later(self, **span: float) -> None:
        """Let so much time pass."""
        self.until(self.clock.now() + timedelta(**span))

    def fresh(self, id: str, stage: str = "lead", **properties: str) -> None:  # noqa: A002
        """Have a new object under care."""
        self.tell(self.crm.create(id, stage=stage, **properties))
        self.work()

    def edit(self, id: str, **properties: str) -> None:  # noqa: A002
        """Let a person edit an object; it is told, and worked on."""
        self.tell(*self.crm.edit(id, **properties))
        self.work()

    def interested(self, id: str) -> None:  # noqa: A002
        """Let somebody ask for a demo, and become an MQL by it."""
        self.fresh(id)
        self.edit(id, demo=self.clock.now().isoformat())

    def accepted(self, id: str) -> None:  # noqa: A002
        """Let somebody become a SAL."""
        self.interested(id)
        self.move(id, "accept", "sales")
        self.work()

    def move(self, id: str, transition: str, *roles: str, **given: object) -> object:  # type: ignore[override]  # noqa: A002
        """Let a person ask for a transition."""
        given = {"actor": "ann"} | given
        return super().move(id, transition, *roles, **given)

    def clocks(self, id: str) -> dict[str, SlaClock]:  # noqa: A002
        """Return the newest clock of each SLA."""
        record = self.record(id).record.id
        with self.app.store.read() as view:
            return {one.sla: one for one in view.clocks.of([record]).get(record, [])}

    def timers(self, id: str | None = None) -> list[Timer]:  # noqa: A002
        """Return the timers of an object's record, or of all."""
        with self.app.store.read() as view:
            if id is None:
                return view.timers.due(datetime.max.replace(tzinfo=self.now.tzinfo))
            record = self.record(id).record.id
            return view.timers.of([record]).get(record, [])

    @property
    def now(self) -> datetime:
        """The moment."""
        return self.clock.now()

    def told(self, id: str, *kinds: str) -> list[tuple[str, datetime | None]]:  # noqa: A002
        """Return when rows of these kinds happened."""
        return [
            (str(one.kind), one.happened_at)
            for one in self.history(id)
            if one.kind in kinds
        ]

    def last(self, id: str, kind: str) -> HistoryEntry:  # noqa: A002
        """Return the newest row of a kind."""
        return next(one for one in reversed(self.history(id)) if one.kind == kind)

    def outbox(self, kind: str) -> list[OutboxRow]:
        """Return everything of a kind that went out or waits."""
        with self.app.store.read() as view:
            ids = range(1, 200)
            rows = [view.outbox.get(one) for one in ids]
        return [one for one in rows if one is not None and one.kind == kind]


def open_timed(
    database: Path,
    workflow: str = WORKFLOW,
    binding_text: str = BINDING,
    people: People = EVERYBODY,
) -> TimedDesk:
    """Open the installation."""
    clock = FrozenClock()
    crm = Crm(clock)
    adapter = CrmAdapter(crm)
    lifecycle = load_workflow_text(workflow)
    binding, problems = check_binding_text(binding_text, lifecycle)
    assert binding is not None, [str(one) for one in problems]
    binding = with_users(binding, lifecycle, people.values_of("crm"))
    connected = Connected(name="crm", adapter=adapter, binding=binding)
    app = App(
        lifecycle=lifecycle,
        store=open_store(f"sqlite:///{database}"),
        clock=clock,
        connections={"crm": connected},
        people=people,
    )
    return TimedDesk(acting(app), clock, crm, adapter)


def timed_desks(folder: Path) -> Iterator[Callable[..., TimedDesk]]:
    """Yield a function that opens a desk on a fresh database; close all at the end."""
    template = folder / "template.db"
    open_store(f"sqlite:///{template}").close()
    opened: list[TimedDesk] = []

    def make(workflow: str = WORKFLOW, binding: str = BINDING) -> TimedDesk:
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(template, path)
        opened.append(open_timed(path, workflow, binding))
        return opened[-1]

    yield make
    for desk in opened:
        desk.app.close()
