"""A sales floor: SLAs, people with roles, moves that wait for approval.

The same workflow, binding and people as files for the command line and as an open
installation on which time passes.  Most SLAs count day and night, so that what is
left does not depend on the hour at which a test runs.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from doubles import Crm, CrmAdapter
from modes import acting
from office_hours import TimedDesk

from leadstate.definition.binding import check_binding_text
from leadstate.definition.people import load_people
from leadstate.definition.workflow import load_workflow_text
from leadstate.service.app import App, Connected
from leadstate.service.bootstrap import with_users
from leadstate.store import open_store

if TYPE_CHECKING:
    from leadstate.testing import FrozenClock

WORKFLOW = """\
workflow: floor
timezone: Europe/Berlin
teams:
  marketing: {calendar: always}
  sales: {calendar: office}
  control:
reasons: {no_answer: Nobody answered, other: Something else}
fields:
  email: {type: email, identity: true, personal: true}
  budget: money
  waiting: boolean
  decision_date: date
  rep: owner
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}
stages:
  lead:
    owner: marketing
    initial: true
    sla:
      look: {within: 8h, calendar: always, warn_at: 50%, then: escalate}
  mql:
    label: MQL
    owner: marketing
    sla:
      routing: {within: 1h, calendar: team, until: assigned, then: escalate}
      first_touch:
        within: 4h
        calendar: always
        start: assigned
        until: called
        warn_at: [50%, 1h]
        pause: waiting is true
        on_reentry: keep
        then: {escalate: control}
  sal:
    label: SAL
    owner: sales
    on_enter: {assign: sales}
    sla:
      decide: {within: 16h, calendar: office, then: escalate}
  nurture:
    kind: parked
    wake: {after: 30 days, to: lead, max_passes: 2}
  backlog:
    kind: parked
    wake: {on: decision_date, before: 10 days, when: budget is known, to: back}
  asleep:
    kind: parked
    wake: {on: decision_date, to: lead}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, by: [marketing]}
  accept: {from: mql, to: sal, by: [sales]}
  send_back: {from: sal, to: mql, by: [sales]}
  recycle: {from: [lead, mql, sal], to: nurture, reason: [no_answer, other]}
  postpone: {from: [mql, sal], to: backlog, by: [sales]}
  sleep: {from: lead, to: asleep}
  reawaken: {from: [nurture, asleep], to: lead, by: [marketing]}
  resume: {from: backlog, to: sal, by: [sales]}
  again: {from: backlog, to: mql, by: [sales]}
  win: {from: sal, to: won, by: [sales], approval: control}
  close: {from: sal, to: won, when: decision_date within next 30 days}
  lose: {from: any open, to: lost}
"""
BINDING = """\
binding: floor
adapter: hubspot
object: contacts
fields: {email: email, budget: budget, waiting: waiting, decision_date: decision,
         rep: owner_id}
events: {called: called}
stages:
  lead: {stage: lead}
  mql: {stage: mql}
  sal: {stage: sal}
  nurture: {stage: nurture}
  backlog: {stage: backlog}
  asleep: {stage: asleep}
  won: {stage: won}
  lost: {stage: lost}
"""
PEOPLE = """\
people:
  ann: {label: Ann B., roles: [marketing, sales], users: {crm: ["1", "11"]},
        email: ann@example.com, calendar: office}
  bob: {roles: sales, users: {crm: "2"}}
  eve: {roles: sales, users: {crm: "3"},
        absent: [{from: 2020-01-01, to: 2039-12-31, why: a long journey}]}
  quinn: {roles: control, users: {crm: "9"}, gets_leads: false}
"""
SETTINGS = """\
database: leadstate.db
workflow: floor.yaml
people: people.yaml
connections:
  crm:
    adapter: hubspot
    mode: live
    binding: floor.hubspot.yaml
    settings:
      token: {env: HUBSPOT_TOKEN}
      base_url: http://127.0.0.1:9
"""


def write_floor(folder: Path) -> None:
    """Write the project's files into a folder."""
    for name, text in (
        ("leadstate.yaml", SETTINGS),
        ("floor.yaml", WORKFLOW),
        ("floor.hubspot.yaml", BINDING),
        ("people.yaml", PEOPLE),
    ):
        (folder / name).write_text(text, encoding="utf-8")


def open_floor(database: Path, clock: FrozenClock, crm: Crm | None = None) -> TimedDesk:
    """Open the installation, with an empty CRM unless one is given."""
    crm = crm or Crm(clock)
    adapter = CrmAdapter(crm)
    lifecycle = load_workflow_text(WORKFLOW)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "people.yaml"
        file.write_text(PEOPLE, encoding="utf-8")
        people = load_people(file, lifecycle, connections=["crm"])
    found, problems = check_binding_text(BINDING, lifecycle)
    assert found is not None, [str(one) for one in problems]
    binding = with_users(found, lifecycle, people.values_of("crm"))
    app = App(
        lifecycle=lifecycle,
        store=open_store(f"sqlite:///{database}"),
        clock=clock,
        connections={"crm": Connected(name="crm", adapter=adapter, binding=binding)},
        people=people,
    )
    return TimedDesk(acting(app), clock, crm, adapter)


def fill(desk: TimedDesk) -> None:
    """Let a day pass on the floor: eight leads, seven hours less a minute.

    ``fresh`` is still a lead; ``unowned`` was given to nobody, ``late`` not called,
    ``called`` was; ``waits`` stands still; ``pending`` was bob's and waits for an
    approval; ``parked`` and ``dated`` are asleep.
    """
    worked_on = ("unowned", "late", "called", "waits", "pending", "parked", "dated")
    for name in ("fresh", *worked_on):
        desk.fresh(name)
    far = (desk.now + timedelta(days=90)).date()
    desk.edit("pending", decision=far.isoformat())
    desk.later(hours=1)
    for name in worked_on:
        desk.move(name, "qualify")
    desk.work()
    desk.later(minutes=30)
    for name in ("late", "called", "waits", "pending", "dated"):
        desk.edit(name, owner_id="2" if name == "pending" else "1")
    desk.move("parked", "recycle", reason="no_answer")
    desk.move("dated", "postpone")
    desk.later(hours=1)
    desk.edit("waits", waiting="true")
    desk.edit("called", called=desk.now.isoformat())
    desk.move("pending", "accept")
    desk.move("pending", "win", note="signed")
    desk.later(hours=4, minutes=29)


def names(desk: TimedDesk) -> dict[str, str]:
    """Return record id -> the name under which the CRM knows it."""
    return {desk.record(one).record.id: one for one in desk.crm.things}
