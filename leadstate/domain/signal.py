"""A signal: what wakes a record and asks for a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.clock import Timer, TimerKind

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.record import Happening
    from leadstate.domain.values import Value

__all__ = [
    "Changed",
    "DeclineMove",
    "FieldEdit",
    "FirstSeen",
    "ManualMove",
    "MovedOutside",
    "PassedStage",
    "PauseClocks",
    "Reclock",
    "ResumeClocks",
    "Signal",
    "Started",
    "TimerDue",
    "WentLive",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSeen:
    """The record was found in a CRM, in the stage that this shows.

    Attributes:
        at: When it was last changed, by the source's clock.
        source: Where it was found: a connection.
        note: How it was found, in a sentence for a person.
    """

    at: datetime
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The record begins, because a record of another workflow started it.

    It enters its stage as if it had moved there.

    Attributes:
        at: When the other record came into the stage that starts it.
        source: The other record's workflow.
        note: Which record that is, in a sentence for a person.
    """

    at: datetime
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentLive:
    """An object of the record is acted on from now on; until then it was observed.

    The first such object brings the record under care: it is judged as it stands.

    Attributes:
        at: When (aware UTC).
        source: The object's connection.
        actor: Who said so.
        note: In a sentence for a person.
    """

    at: datetime
    source: str
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Values or behaviour of the record changed; automatic transitions are due a look.

    Attributes:
        at: When it changed, by the source's clock.
        source: Where it came from: ``CONNECTION`` or ``cli``.
        fields: Which values changed; empty also where nobody says.
        happened: Behaviour that was learnt just now, however long ago it was; the
            record has it already.
    """

    at: datetime
    source: str = ""
    fields: frozenset[str] = frozenset()
    happened: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedStage:
    """A stage in which the CRM showed the record between two looks.

    Attributes:
        at: When it came there, by the CRM's clock.
        actor: Who moved it there; "" when unknown.
        roles: The roles of a known person; None when nobody knows them.
        key: The same change has the same key, whenever it is told.
    """

    stage: str
    at: datetime
    key: str
    actor: str = ""
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedOutside:
    """Somebody moved the record in the CRM.

    Attributes:
        stage: Where the CRM says the record is now.
        at: When, by the CRM's clock.
        actor: Who: a person's name where the CRM's user is known, else the CRM's
            words (``CRM_UI userId:11``), or "" when unknown.
        roles: The roles of a known person; None when nobody knows them.
        source: The connection that reported it.
        reason: The reason that the person left in the CRM, or None.
        repeated: How often this same move was already reverted; the loop breaker.
        through: The stages that it passed on its way, as the CRM tells them, in order.
    """

    stage: str
    at: datetime
    actor: str = ""
    source: str = ""
    reason: str | None = None
    repeated: int = 0
    roles: frozenset[str] | None = None
    through: tuple[PassedStage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualMove:
    """A person asks Leadstate for a transition.

    Attributes:
        transition: Its name.
        actor: Who asks.
        roles: The roles the person has.
        reason: The chosen reason, or None.
        note: Free text; required where the reason is ``other``.
        approved_by: Who agreed, where the transition needs somebody's approval.
        approver_roles: The roles that this person has.
    """

    transition: str
    actor: str
    at: datetime
    roles: frozenset[str] = frozenset()
    reason: str | None = None
    note: str = ""
    source: str = "cli"
    approved_by: str | None = None
    approver_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue:
    """A timer armed for this record came due.

    Attributes:
        at: When it was due, however late it fires.
        stage_version: The record's stage version when the timer was armed; the signal
            is void when the record has moved since.
        kind: What the timer asks for.
        sla: The SLA, for a warning or a breach.
        mark: Which of its warnings.
        reason: The reason that goes with the move of a broken SLA, or None.
        certain: The clock is not asked whether it is due: a scenario says that it is.
    """

    at: datetime
    stage_version: int
    kind: TimerKind = TimerKind.LOOK
    sla: str = ""
    mark: str = ""
    reason: str | None = None
    source: str = "timer"
    certain: bool = False

    @classmethod
    def of(cls, timer: Timer) -> TimerDue:
        """Return that a timer came due, at its own moment."""
        return cls(
            at=timer.due_at,
            stage_version=timer.stage_version,
            kind=timer.kind,
            sla=timer.sla,
            mark=timer.mark,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEdit:
    """A person sets a field in Leadstate.

    Attributes:
        value: Typed; None empties the field.
        actor: Who.
        roles: The roles the person has.
        note: Why, in the person's own words.
    """

    field: str
    value: Value
    actor: str
    at: datetime
    roles: frozenset[str] = frozenset()
    note: str = ""
    source: str = "leadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineMove:
    """A person does not agree with a move that waits for approval.

    Attributes:
        transition: What was asked for.
        asked_by: Who asked for it; everybody may take back their own wish.
        actor: Who declines.
        roles: The roles the person has.
    """

    transition: str
    asked_by: str
    actor: str
    at: datetime
    roles: frozenset[str] = frozenset()
    note: str = ""
    source: str = "leadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseClocks:
    """A person lets the clocks of the stay stand still.

    Attributes:
        reason: Why, in the person's own words.
        sla: Only the clock of this SLA; None means all.
    """

    reason: str
    actor: str
    at: datetime
    sla: str | None = None
    source: str = "leadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeClocks:
    """A person lets clocks go on that a person had stopped; as `PauseClocks`."""

    actor: str
    at: datetime
    reason: str = ""
    sla: str | None = None
    source: str = "leadstate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclock:
    """Clocks and timers are due to be computed anew; nothing else is looked at.

    Attributes:
        stage_version: The record's stage version when this was asked for; void when
            the record has moved since.
    """

    at: datetime
    stage_version: int
    source: str = "leadstate"


Signal: TypeAlias = (
    FirstSeen
    | Started
    | WentLive
    | Changed
    | MovedOutside
    | ManualMove
    | TimerDue
    | FieldEdit
    | DeclineMove
    | PauseClocks
    | ResumeClocks
    | Reclock
)
