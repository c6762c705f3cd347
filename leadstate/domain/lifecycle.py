"""A lifecycle: the agreement of marketing and sales as plain, frozen data.

Built by `leadstate.definition` from one workflow file; every name in it is known to
exist, every guard is parsed and typed.  Nothing here knows a CRM.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate.domain.sla import ASSIGNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from leadstate.domain.action import Action
    from leadstate.domain.condition import Condition
    from leadstate.domain.record import Record
    from leadstate.domain.sla import SLA, Calendar, Wake
    from leadstate.domain.values import FieldType

__all__ = [
    "Criterion",
    "EventRule",
    "Field",
    "Lifecycle",
    "OutsideAnswer",
    "PointRule",
    "Score",
    "Stage",
    "StageKind",
    "Transition",
]


class StageKind(StrEnum):
    """What being in a stage means for the record."""

    OPEN = "open"  # somebody works on it
    PARKED = "parked"  # waits, and comes back
    WON = "won"  # closed as a customer
    LOST = "lost"  # closed without a sale


class OutsideAnswer(StrEnum):
    """What to do with a move made in the CRM that the guards would have refused."""

    ACCEPT = "accept"  # follow the CRM, keep the receipt
    FLAG = "flag"  # follow the CRM, and list the record for a person
    REVERT = "revert"  # put the CRM back, with a note that says what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A typed field of the record.

    Attributes:
        options: The possible values of a choice; the region of a phone.
        identity: Its value tells records apart (an e-mail address).
        personal: Its value is personal data and must be erasable.
        by: Roles that may set it in Leadstate; empty means that nobody needs one.
    """

    name: str
    type: FieldType
    label: str
    options: tuple[str, ...] = ()
    identity: bool = False
    personal: bool = False
    by: tuple[str, ...] = ()

    @property
    def tells_of_a_person(self) -> bool:
        """Whether its values are personal: as declared, and whatever identifies."""
        return self.personal or self.identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A named, labelled condition that guards and people refer to."""

    name: str
    label: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRule:
    """Explicit points: what the lead tells us.  ``text`` is the rule as written."""

    points: float
    condition: Condition
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """Implicit points: what the lead does.

    Attributes:
        event: The name of the event.
        points: Points at the moment of the event, before decay.
        at_most: Cap on the decayed sum of this event's points, or None.
    """

    event: str
    points: float
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score: explicit rules plus implicit events that decay by half-life.

    Attributes:
        half_life: After this time an event counts half; None means no decay.
        at_most: Cap on the whole score, or None.
    """

    name: str
    label: str
    rules: tuple[PointRule, ...] = ()
    events: tuple[EventRule, ...] = ()
    half_life: timedelta | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage: its kind, the team that owns it, its SLAs.

    Attributes:
        on_enter: What entering does, besides moving.
        on_leave: What leaving does.
    """

    name: str
    label: str
    kind: StageKind
    owner: str | None = None
    initial: bool = False
    slas: tuple[SLA, ...] = ()
    wake: Wake | None = None
    on_enter: tuple[Action, ...] = ()
    on_leave: tuple[Action, ...] = ()

    @property
    def terminal(self) -> bool:
        """True when the record is closed here."""
        return self.kind in (StageKind.WON, StageKind.LOST)

    def sla(self, name: str) -> SLA | None:
        """Return one of its SLAs by name, or None when it has none of that name."""
        return next((one for one in self.slas if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A named edge of the lifecycle.

    Attributes:
        sources: Stages it leaves, in file order.
        automatic: Taken by Leadstate as soon as the guard is met.
        by: Roles that may take it by hand; empty means nobody needs a role.
        by_time: Only time takes it: it was made for the wake-up of a stage that no team
            owns.
        reasons: Allowed reasons; non-empty means a reason is required.
        approval: Roles of which somebody else must agree; empty means nobody.
        guard: The condition, or None when nothing is asked.
        outside: The answer when a person makes this move in the CRM against the guard.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    automatic: bool = False
    by: tuple[str, ...] = ()
    by_time: bool = False
    reasons: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    guard: Condition | None = None
    outside: OutsideAnswer = OutsideAnswer.FLAG


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """One version of one workflow.

    Attributes:
        version: Content hash of the definition (64 hex digits); the version's identity.
        timezone: IANA name; decides which day "today" is for date tests.
        teams: Team or role -> its calendar, where it has one.
        reasons: Reason -> what people call it; empty when no list is kept.
        outside: The answer to a move in the CRM that no transition allows.
    """

    name: str
    title: str
    version: str
    timezone: str
    fields: Mapping[str, Field]
    scores: Mapping[str, Score]
    criteria: Mapping[str, Criterion]
    calendars: Mapping[str, Calendar]
    stages: Mapping[str, Stage]
    transitions: Mapping[str, Transition]
    teams: Mapping[str, str | None] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    outside: OutsideAnswer = OutsideAnswer.FLAG

    @property
    def initial(self) -> Stage:
        """The stage in which a new record starts."""
        return next(stage for stage in self.stages.values() if stage.initial)

    @property
    def actions(self) -> Iterator[Action]:
        """Every action of every stage, in file order."""
        for stage in self.stages.values():
            yield from (*stage.on_enter, *stage.on_leave)
            for sla in stage.slas:
                yield from (*sla.on_warning, *sla.on_breach)
            if stage.wake is not None and stage.wake.assign is not None:
                yield stage.wake.assign

    @property
    def owner_field(self) -> str | None:
        """The field that says who owns the record, or None when there is none."""
        owners = (one.name for one in self.fields.values() if one.type == "owner")
        return next(owners, None)

    def owner_of(self, record: Record) -> str | None:
        """Return who owns a record, by its field of type owner; None for nobody."""
        value = record.values.get(self.owner_field or "")
        return value if isinstance(value, str) else None

    @property
    def resting_stages(self) -> frozenset[str]:
        """The parked and closed stages: coming back from one is another pass."""
        return frozenset(self.stages) - frozenset(self.open_stages)

    @property
    def open_stages(self) -> tuple[str, ...]:
        """The stages in which somebody works on a record, in file order."""
        return tuple(
            one.name for one in self.stages.values() if one.kind is StageKind.OPEN
        )

    @property
    def event_names(self) -> frozenset[str]:
        """Every event that some score counts, or some clock waits for."""
        counted = {
            rule.event for score in self.scores.values() for rule in score.events
        }
        clocks = [sla for stage in self.stages.values() for sla in stage.slas]
        awaited = {name for sla in clocks for name in (sla.start, sla.until) if name}
        return frozenset(counted | (awaited - {ASSIGNED}))
