"""One life in which every effect comes about, and faults that a reader could have.

with pair(folder, EVENTFUL) as both:
for step in LIFE:
both.play(step)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from any_life import Act, Answer, Life, Move, News, SetField, Wait
from any_lifecycle import CRM, World

from leadstate.domain.effect import (
    ApprovalAsked,
    Assigned,
    CallMade,
    CameUnderCare,
    ClockChanged,
    Declined,
    Denied,
    Edited,
    Entered,
    Escalated,
    FieldSet,
    Flagged,
    Happened,
    MessageSent,
    Moved,
    MoveRefused,
    NoteLeft,
    RecordStarted,
    SlaChanged,
    TaskGiven,
    TimersArmed,
    Unflagged,
    WouldHaveQualified,
)
from leadstate.domain.people import People, Person
from leadstate.store import RecordChange

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EVENTFUL", "FAULTS", "LIFE", "NOT_IN_A_STORY", "Fault"]

WORKFLOW = """\
workflow: any
teams: {marketing: {calendar: always}, sales: {calendar: always}, quality: {}}
fields:
  name: {type: text, personal: true}
  budget: money
  need: text
  hot: boolean
  waiting: boolean
  due_on: date
  level: {type: number, by: [quality]}
  signs: tags
  rep: owner
scores:
  interest: {half_life: 7 days, events: {demo: 40, visit: 10, called: 2}}
stages:
  lead: {owner: marketing, initial: true}
  mql:
    owner: sales
    on_enter:
      - assign: sales
      - set: {hot: true}
      - task: "call {name}"
      - note: "{need} is new"
      - notify: {channel: chat, text: "{stage} of {owner}"}
      - call: {name: page, what: "{record}"}
      - start: {workflow: deals, stage: new, copy: [name, need]}
    sla: {touch: {within: 4h, calendar: always, warn_at: 50%, then: escalate}}
  sal: {owner: sales}
  nurture: {owner: marketing, kind: parked, wake: {after: 3 days, to: lead}}
  backlog: {owner: sales, kind: parked, wake: {after: 3 days, to: mql}}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: need is known}
  accept: {from: mql, to: sal, by: [sales], approval: quality}
  warm: {from: mql, to: sal, automatic: true, when: score.interest >= 40}
  win: {from: sal, to: won, when: budget >= 100}
  park: {from: any open, to: nurture}
  leave: {from: any open, to: backlog}
  lose: {from: any open, to: lost}
"""
SALES = frozenset({"sales"})
EVERYBODY = (
    Person(name="ann", roles=SALES, users={CRM: ("1",)}),
    Person(name="bob", roles=SALES, users={CRM: ("2",)}),
    Person(name="quinn", roles=frozenset({"quality"}), users={CRM: ("6",)}),
)
EVENTFUL = World(WORKFLOW, People({one.name: one for one in EVERYBODY}))


def _act(who: int, **fields: str) -> Act:
    return Act(who=who, fields=fields, stage=None, events={}, user="1")


def _late(who: int, event: str, ago: timedelta) -> Act:
    return Act(who=who, fields={}, stage=None, events={event: ago}, user="1")


_ACCEPT = Move(0, 1, lost=True, proper=True, actor="ann", reason=None, note="please")
_WIN = Move(0, 2, lost=True, proper=True, actor="ann", reason=None, note="")
LIFE: Life = (
    News((_act(1, name="Ada"), _act(2, name="Bob"))),
    News((_act(1, need="a CRM"), _act(2, need="a phone"))),  # both are assigned
    SetField(0, "level", "4", "ann"),  # she may not
    SetField(0, "level", "4", "quinn"),
    Wait(timedelta(hours=5)),  # it warns, is broken, and somebody has to act
    News((_late(2, "demo", timedelta(hours=2)),)),  # it was warm enough then
    _WIN,  # it is not there yet
    _ACCEPT,
    Answer(0, agreed=False, actor="quinn"),
    _ACCEPT,
    Answer(0, agreed=True, actor="quinn"),  # nobody has to look at it any more
)


# -- faults ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A mistake that the service could make about one kind of effect.

    Attributes:
        about: The kind.
        into: What the service takes such an effect, or its row, for; all at once.
        name: What is wrong, for people.
        row: The row that carries the effect, where it has no handler of its own.
    """

    about: type
    name: str
    into: Callable[..., tuple[object, ...]]
    row: type | None = None

    def __str__(self) -> str:
        """Name the fault, for the list of tests."""
        return f"{self.about.__name__} {self.name}"

    def of(self, effect: object) -> tuple[object, ...]:
        """Return what becomes of an effect."""
        return (
            self.into(effect) if type(effect) is (self.row or self.about) else (effect,)
        )


def _dropped(about: type) -> Fault:
    return Fault(about, "dropped", lambda _: ())


def _doubled(about: type) -> Fault:
    return Fault(about, "doubled", lambda one: (one, one))


def _wrong(about: type, name: str, change: Callable[..., object]) -> Fault:
    return Fault(about, name, lambda one: (change(one),))


def _later(pass_number: int) -> Callable[..., object]:
    """Return a change that puts an effect into another pass."""
    return lambda one: replace(
        one, position=replace(one.position, pass_number=pass_number)
    )


def _by_nobody(effect: MoveRefused | Denied | Declined | Edited | Escalated) -> object:
    return replace(effect, origin=replace(effect.origin, actor="nobody"))


def _unlooked(change: RecordChange) -> tuple[RecordChange, ...]:
    return (replace(change, flag=None, flagged_at=None),)


def _still_looked(change: RecordChange) -> tuple[RecordChange, ...]:
    flag = change.flag or "a person has to look at it still"
    return (replace(change, flag=flag),)


_WITH_ROWS = (
    *(Entered, Moved, MoveRefused, Denied, Declined, Edited, Assigned, SlaChanged),
    *(Escalated, ApprovalAsked, FieldSet, Happened, ClockChanged, TimersArmed),
    *(TaskGiven, NoteLeft, MessageSent, CallMade, RecordStarted, WouldHaveQualified),
)
NOT_IN_A_STORY = {CameUnderCare}
"""A scenario's record is under care from its beginning: no CRM is there to observe."""

FAULTS = (
    *(_dropped(one) for one in _WITH_ROWS),
    *(_doubled(one) for one in (Moved, Assigned, SlaChanged, FieldSet)),
    *(_wrong(one, "of another pass", _later(7)) for one in (
        Entered, Escalated, RecordStarted)),
    *(_wrong(one, "by nobody", _by_nobody) for one in (MoveRefused, Denied, Edited)),
    _wrong(Moved, "made long ago", lambda one: replace(
        one, origin=replace(one.origin, at=None))),
    _wrong(WouldHaveQualified, "later", lambda one: replace(
        one, qualified_at=one.qualified_at + timedelta(hours=1))),
    _wrong(Assigned, "to another", lambda one: replace(one, person="bob")),
    _wrong(Assigned, "without telling", lambda one: replace(one, given=False)),
    _wrong(SlaChanged, "without its mark", lambda one: replace(one, mark="")),
    _wrong(ApprovalAsked, "by another", lambda one: replace(
        one, asked=replace(one.asked, actor="bob"))),
    _wrong(FieldSet, "to its old value", lambda one: replace(one, value=one.before)),
    _wrong(Happened, "later", lambda one: replace(
        one, at=one.at + timedelta(seconds=1))),
    _wrong(ClockChanged, "not at all", lambda one: replace(
        one, clock=one.before or replace(one.clock, due_at=None))),
    _wrong(ClockChanged, "as new", lambda one: replace(
        one, clock=replace(one.clock, fired=frozenset()))),
    _wrong(TimersArmed, "none at all", lambda _: TimersArmed(())),
    _wrong(TimersArmed, "a second late", lambda one: TimersArmed(tuple(
        replace(it, due_at=it.due_at + timedelta(seconds=1)) for it in one.timers))),
    _wrong(TaskGiven, "due later", lambda one: replace(
        one, due_at=one.due_at + timedelta(days=1))),
    _wrong(TaskGiven, "to another", lambda one: replace(one, to="quinn")),
    _wrong(NoteLeft, "with another text", lambda one: replace(one, text="?")),
    _wrong(MessageSent, "elsewhere", lambda one: replace(one, channel="mail")),
    _wrong(CallMade, "without values", lambda one: replace(one, values={})),
    _wrong(RecordStarted, "elsewhere", lambda one: replace(one, workflow="leads")),
    _wrong(RecordStarted, "in another stage", lambda one: replace(one, stage="won")),
    _wrong(RecordStarted, "without values", lambda one: replace(one, values={})),
    _wrong(RecordStarted, "long ago", lambda one: replace(
        one, at=one.at - timedelta(days=1))),
    Fault(Flagged, "dropped", _unlooked, RecordChange),
    Fault(Unflagged, "dropped", _still_looked, RecordChange),
)  # fmt: skip
"""At least one for every kind of effect.

What changes nothing when it comes twice, and what the database refuses, is not doubled.
"""
