"""An installation whose workflow acts: what is done is written by each test."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from office_hours import TimedDesk

WORKFLOW = """\
workflow: acting
timezone: Europe/Berlin
teams: {marketing: , sales: {calendar: always}, heads: }
reasons: {timing: Not now, other: Something else}
fields:
  email: {type: email, identity: true}
  first_name: {type: text, label: First name}
  budget: {type: money, label: Budget}
  need: {type: text, label: Need}
  hot: boolean
  level: number
  signs: tags
  called_on: date
  rep: owner
criteria:
  affords: {label: Budget, when: budget >= 100}
stages:
  lead: {owner: marketing, initial: true}
  mql:
    label: MQL
    owner: marketing
    on_enter: $enter
    on_leave: $leave
    sla:
      accept:
        within: 4h
        calendar: always
        warn_at: 1h
        on_warning: $warning
        then: $breach
  sal: {label: SAL, owner: sales, on_enter: $sal}
  sql: {label: SQL, owner: sales, on_enter: $sql}
  nurture:
    label: Nurture
    owner: marketing
    kind: parked
    wake: {after: 30 days, to: lead, assign: sales}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: need is known}
  accept: {from: mql, to: sal, by: [sales], reason: [timing, other]}
  confirm: {from: sal, to: sql, automatic: true, when: affords, outside: revert}
  park: {from: [lead, mql, sal], to: nurture, by: [sales]}
  reawaken: {from: nurture, to: lead, by: [sales]}
  win: {from: sql, to: won}
"""
BINDING = """\
binding: acting
adapter: hubspot
object: contacts
fields:
  email: email
  first_name: name
  budget: {property: budget, sync: newest}
  need: {property: need, sync: newest}
  hot: {property: hot, sync: copy}
  level: {property: level, sync: owner}
  signs: signs
  called_on: {property: called_on, sync: copy}
  rep: owner_id
stages:
  lead: {stage: lead}
  mql: {stage: mql}
  sal: {stage: sal}
  sql: {stage: sql}
  nurture: {stage: nurture}
  won: {stage: won}
"""
ADA = {"name": "Ada", "need": "a CRM"}
EVERYTHING = (
    "[{assign: sales}, {set: {hot: true}}, {note: x}, {task: x}, escalate,"
    " {notify: {channel: chat, text: x}}, {call: {name: page}}]"
)


def workflow_of(**given: str) -> str:
    """Return a workflow in which something is done at these places."""
    nothing = dict.fromkeys(("enter", "leave", "warning", "breach", "sal", "sql"), "[]")
    return Template(WORKFLOW).substitute(nothing | given)


def qualified(desk: TimedDesk, id_: str = "1", **properties: str) -> None:
    """Let a lead come, and become an MQL by what it needs."""
    desk.fresh(id_, **({"name": "Ada"} | properties))
    desk.edit(id_, need="a CRM")
    assert "mql" in [one.to_stage for one in desk.history(id_)]


def accepted(desk: TimedDesk, id_: str = "1", **given: object) -> None:
    """Let sales accept an MQL."""
    desk.move(id_, "accept", **({"reason": "timing"} | given))
    desk.work()


def notes(desk: TimedDesk) -> list[str]:
    """Return the texts of the notes in the CRM."""
    return [text for _, text, _ in desk.crm.notes]


def said(desk: TimedDesk) -> list[object]:
    """Return the texts of the messages."""
    return [one.payload.text for one in desk.outbox("message")]
