"""What the store takes and gives: one frozen row class a table, and its words.

An *item* or *new* row is what a caller hands in; a *row* is what comes back.  Every
moment is an aware UTC datetime; None means that nobody knows.  Nothing here knows SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.record import Record

    Content: TypeAlias = Mapping[str, object]

__all__ = [
    "Conflict",
    "ConflictItem",
    "DeadLetter",
    "DeadLetterItem",
    "Door",
    "EventRow",
    "FieldChange",
    "FirstVisit",
    "InboxItem",
    "InboxRow",
    "InboxState",
    "LedgerEntry",
    "LinkRow",
    "LinkStatus",
    "NewRecord",
    "OutboxItem",
    "OutboxKind",
    "OutboxRow",
    "OutboxState",
    "RecordChange",
    "RecordRow",
    "RecordStatus",
    "Settlement",
    "Visit",
    "VisitEnd",
    "VisitTurn",
    "WorkflowRow",
]


class RecordStatus(StrEnum):
    """Whether the record is still worked with."""

    ACTIVE = "active"
    CLOSED = "closed"  # its objects are gone
    ERASED = "erased"  # a privacy deletion emptied it


class LinkStatus(StrEnum):
    """Whether the CRM's object can be worked with."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"  # known, but not understood; `reason` says why
    GONE = "gone"
    MERGED = "merged"


class InboxState(StrEnum):
    """What became of something that came in."""

    PENDING = "pending"
    DONE = "done"
    ECHO = "echo"  # our own write coming back
    DEAD = "dead"


class OutboxKind(StrEnum):
    """What is to be done in the CRM."""

    STAGE = "stage"
    FIELDS = "fields"
    CREATE = "create"
    NOTE = "note"


class OutboxState(StrEnum):
    """What became of something that goes out; the first two are open."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    DEAD = "dead"


class Door(StrEnum):
    """Where a dead letter got stuck."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRow:
    """One version of one workflow; ``source`` is the file's text."""

    version: str
    name: str
    title: str
    source: str
    applied_at: datetime
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record that comes under Leadstate's care.

    Attributes:
        folded: Case-folded copies of the text fields, for SQL guards.
        identities: Field -> normalised value that tells it from others.
    """

    record: Record
    workflow: str
    created_at: datetime
    folded: Content = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A record's new state, kept only when nobody else moved it first.

    Attributes:
        record: The new state; its ``version`` is already counted up.
        expected_version: The version that the decision was made on.
        flag: Why a person should look at it, or None.
        identities: Field -> normalised value that tells it from others; None when
            they are as before.
    """

    record: Record
    expected_version: int
    folded: Content = field(default_factory=dict)
    identities: Mapping[str, str] | None = None
    status: RecordStatus = RecordStatus.ACTIVE
    flag: str | None = None
    flagged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record with what the store knows beside it."""

    record: Record
    workflow: str
    status: RecordStatus
    flag: str | None
    flagged_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One object of one CRM, and the record it belongs to.

    Attributes:
        record_id: None while the object is quarantined.
        remote_stage: The workflow's stage that the CRM showed last.
        remote_properties: The CRM's properties as read last.
        reason: Why it is quarantined or gone.
        merged_into: The survivor's external id.
        reverts: How often a move made in the CRM was put back in a row.
    """

    connection: str
    object: str
    external_id: str
    seen_at: datetime
    record_id: str | None = None
    remote_stage: str | None = None
    remote_properties: Mapping[str, str | None] = field(default_factory=dict)
    remote_updated_at: datetime | None = None
    status: LinkStatus = LinkStatus.ACTIVE
    reason: str = ""
    merged_into: str | None = None
    reverts: int = 0
    reverted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstVisit:
    """A record's first stay in a stage; ``entered_by`` is a history id."""

    record_id: str
    stage: str
    entered_by: str
    entered_at: datetime | None = None
    pass_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnd:
    """The end of the open visit, with no next one; ``left_by`` is a history id."""

    record_id: str
    left_by: str
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTurn:
    """One move: the open visit ends and the next begins, at one moment.

    Attributes:
        history_id: The history row that says so; both visits refer to it.
        stage: The stage that is entered.
        entered_at: When it was entered, None when unknown.
        left_at: When the old stage was left; None when unknown.
    """

    record_id: str
    history_id: str
    stage: str
    left_at: datetime | None = None
    entered_at: datetime | None = None
    pass_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stay in one stage; it is open while ``left_by`` is None."""

    id: int
    record_id: str
    stage: str
    pass_number: int
    entered_at: datetime | None
    left_at: datetime | None
    entered_by: str
    left_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """Something that came in and is to be looked at.

    Attributes:
        key: Two deliveries of one event have the same key; the second is dropped.
        kind: The signal's kind, in the caller's words.
        due_at: Not to be looked at before.
    """

    key: str
    connection: str
    kind: str
    object: str
    external_id: str
    happened_at: datetime | None
    received_at: datetime
    due_at: datetime
    record_id: str | None = None
    payload: Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow(InboxItem):
    """An inbox item as it is kept; ``attempts`` counts the failed looks."""

    id: int
    attempts: int
    state: InboxState
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something to be done in a CRM.

    Attributes:
        token: Identifies the write over every repetition.
        history_id: The history row that asked for it.
    """

    token: str
    record_id: str
    connection: str
    object: str
    external_id: str
    kind: OutboxKind
    created_at: datetime
    due_at: datetime
    history_id: str | None = None
    payload: Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow(OutboxItem):
    """An outbox item as it is kept.

    Attributes:
        attempts: How often it was claimed, this time included.
        claim_token: Who holds it; only the holder can settle or release it.
        sent: True when an attempt may have reached the CRM.
        outcome: One sentence about the last attempt.
    """

    id: int
    attempts: int
    state: OutboxState
    claim_token: str | None
    claimed_until: datetime | None
    sent: bool
    outcome: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How one outbox row ended: done, refused, superseded or dead, and why."""

    id: int
    state: OutboxState
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictItem:
    """Two CRMs said different things about one record, and one was believed.

    Attributes:
        what: A field's name, or ``stage``.
        connection: Where the value came from that was not believed.
        kept_from: Where the value came from that was; "" when nobody knows.
        rule: ``owner`` or ``newest``.
        kept: The believed value, in the stored form of values.
        dropped: The other one.
    """

    record_id: str
    what: str
    connection: str
    kept_from: str
    rule: str
    kept: object
    dropped: object
    kept_at: datetime | None
    dropped_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(ConflictItem):
    """A conflict as it is kept; ``taken_at`` says when a person chose the other."""

    id: int
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One property that we wrote; its echo is recognised by it."""

    connection: str
    object: str
    external_id: str
    property: str
    value: str
    token: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterItem:
    """Something that cannot go on, with its reason.

    Attributes:
        ref: What it is at its door: an inbox key, an outbox id, an external id.
        reason: A short code or phrase to group by.
        detail: Sentences for a person.
    """

    door: Door
    ref: str
    connection: str
    object: str
    external_id: str
    reason: str
    at: datetime
    detail: str = ""
    record_id: str | None = None
    payload: Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter as it is kept; it is open while ``replayed_at`` is None."""

    id: int
    door: Door
    ref: str
    connection: str
    object: str
    external_id: str
    record_id: str | None
    reason: str
    detail: str
    payload: Content
    first_at: datetime
    last_at: datetime
    times: int
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event of a record's behaviour, and who told us when."""

    record_id: str
    name: str
    at: datetime
    source: str
    learnt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field's value as it was and as it became, in the stored form of values."""

    record_id: str
    field: str
    old: object
    new: object
    changed_at: datetime | None
    learnt_at: datetime
    source: str = ""
