"""Effects: what a signal brings about, one frozen value each, in order.

`leadstate.engine.consequences.run` decides them; nobody else makes any.  The service
turns them into rows at its commit, a timeline into a story.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.origin import HistoryEffect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.decision import Stay, Step
    from leadstate.domain.history import HistoryKind
    from leadstate.domain.lifecycle import OutsideAnswer
    from leadstate.domain.origin import Position
    from leadstate.domain.receipt import RefusalCode
    from leadstate.domain.signal import ManualMove
    from leadstate.domain.values import Value

__all__ = [
    "ApprovalAsked",
    "Assigned",
    "CallMade",
    "CameUnderCare",
    "ClockChanged",
    "Declined",
    "Denied",
    "Edited",
    "Effect",
    "Entered",
    "Escalated",
    "FieldSet",
    "Flagged",
    "Happened",
    "MessageSent",
    "MoveRefused",
    "Moved",
    "NoteLeft",
    "RecordStarted",
    "SlaChanged",
    "TaskGiven",
    "TimersArmed",
    "Unflagged",
    "WouldHaveQualified",
]


# -- the record in its lifecycle -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entered(HistoryEffect):
    """The record is known from now on."""


@dataclass(frozen=True, slots=True)
class CameUnderCare(HistoryEffect):
    """An object of the record is acted on from now on, and with it the record."""


@dataclass(frozen=True, slots=True)
class Moved(HistoryEffect):
    """The record made one step.

    Attributes:
        answer: The answer to somebody who moved it in the CRM, or None.
        qualified_at: Since when it was due by what came late; None when by nothing.
    """

    step: Step
    answer: OutsideAnswer | None = None
    qualified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WouldHaveQualified(HistoryEffect):
    """A move was due by what came late, and is not any more: it is not made.

    Attributes:
        qualified_at: Since when it was due (aware UTC).
    """

    transition: str
    to_stage: str
    qualified_at: datetime


@dataclass(frozen=True, slots=True)
class MoveRefused(HistoryEffect):
    """A move that somebody asked for, or made in the CRM, was not made.

    Attributes:
        stay: Why, with every criterion that was looked at.
        transition: The one that was asked for, or None.
        to_stage: The stage that was asked for, or None.
    """

    stay: Stay
    transition: str | None
    to_stage: str | None


@dataclass(frozen=True, slots=True)
class Denied(HistoryEffect):
    """What a timer, or a person about a field or an approval, wanted did not come.

    Attributes:
        transition: The transition that it was about, or None.
        code: Why, for programs; None where only the origin's note says it.
    """

    transition: str | None = None
    code: RefusalCode | None = None


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """A move that somebody asked for waits for somebody else's agreement."""

    position: Position
    asked: ManualMove


@dataclass(frozen=True, slots=True)
class Declined(HistoryEffect):
    """Somebody did not agree with a move that waited for approval."""

    transition: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """The record is listed for a person to look at."""

    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unflagged:
    """The record is listed no more."""


# -- its values ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edited(HistoryEffect):
    """A person set a field in Leadstate; said also where nothing changed."""

    field: str


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A field has another value.

    Attributes:
        source: Who set it: ``leadstate``, or a person's name.
    """

    field: str
    before: Value
    value: Value
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Happened:
    """The record has an event more."""

    event: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Assigned(HistoryEffect):
    """It was somebody's turn to get the record.

    Attributes:
        person: Who has it now.
        team: For which team they were chosen.
        given: False when they had it already; then it only counts as their turn.
    """

    person: str
    team: str
    given: bool = True


# -- its time --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaChanged(HistoryEffect):
    """What became of an SLA that the history tells.

    Attributes:
        kind: WARNED, BREACHED, WITHDRAWN, PAUSED or RESUMED.
        clock: As it stands then.
        before: As it stood; None for a new clock, and where it does not matter.
        mark: Which warning, as written, or `leadstate.domain.clock.BREACH`; "" for
            pauses.
        calendar: In whose hours the SLA counts.
    """

    kind: HistoryKind
    clock: SlaClock
    before: SlaClock | None = None
    mark: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """A clock stands otherwise than before, or is new."""

    clock: SlaClock
    before: SlaClock | None


@dataclass(frozen=True, slots=True)
class TimersArmed:
    """Exactly these timers are needed from now on; those that waited are void."""

    timers: tuple[Timer, ...]


# -- what other people and systems are told --------------------------------------------


@dataclass(frozen=True, slots=True)
class Escalated(HistoryEffect):
    """Somebody has to act.

    Attributes:
        to: A person's name or a team.
    """

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven:
    """A task for a person in the CRM.

    Attributes:
        action: What tells it from other actions of the same signal: ``enter:sal:0:1``.
        to: A person's name, or None for whoever owns the record there.
    """

    position: Position
    action: str
    text: str
    due_at: datetime
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLeft:
    """A note on the record in every CRM that has it."""

    position: Position
    action: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """A message through a channel of the settings.

    Attributes:
        event: What it is sent for: ``enter:sal``, ``breach:accept``.
        at: When that happened (aware UTC).
    """

    position: Position
    action: str
    channel: str
    subject: str
    text: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMade:
    """A plugin does something.

    Attributes:
        values: The record's values at that moment.
    """

    position: Position
    action: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)


# -- other records ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStarted:
    """A record begins in a workflow of the installation, unless this pass has one.

    Attributes:
        position: Where the record stands that starts it.
        at: When that came there (aware UTC).
        workflow: The workflow of the new record.
        stage: Where it enters.
        copy: The fields that it is to get; None: all that fit.
        values: What they hold at that moment; of all fields where none are named.
    """

    position: Position
    at: datetime
    workflow: str
    stage: str
    copy: tuple[str, ...] | None = None
    values: Mapping[str, Value] = field(default_factory=dict)


Effect: TypeAlias = (
    Entered
    | CameUnderCare
    | Moved
    | WouldHaveQualified
    | MoveRefused
    | Denied
    | ApprovalAsked
    | Declined
    | Flagged
    | Unflagged
    | Edited
    | FieldSet
    | Happened
    | Assigned
    | SlaChanged
    | ClockChanged
    | TimersArmed
    | Escalated
    | TaskGiven
    | NoteLeft
    | MessageSent
    | CallMade
    | RecordStarted
)
