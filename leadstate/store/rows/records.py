"""Rows about records: where one stands, its values, its objects in the CRMs."""

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
    "EventRow",
    "FieldChange",
    "LinkRow",
    "LinkStatus",
    "NewRecord",
    "RecordChange",
    "RecordRow",
    "RecordStatus",
    "WorkflowRow",
]


class RecordStatus(StrEnum):
    """Whether the record is still worked with."""

    ACTIVE = "active"
    CLOSED = "closed"  # its objects are gone
    ERASED = "erased"  # a privacy deletion emptied it
    IMPORTED = "imported"  # known from a file alone: counted, never worked with


class LinkStatus(StrEnum):
    """Whether the CRM's object can be worked with."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"  # known, but not understood; `reason` says why
    GONE = "gone"
    MERGED = "merged"
    ERASED = "erased"  # of a forgotten person: nothing of it is taken in again


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
    """A record that Leadstate sees for the first time.

    Attributes:
        care_since: When it came under care; None while it is only observed.
        folded: Case-folded copies of the text fields, for SQL guards.
        identities: Field -> normalised value that tells it from others.
        owner: The person who owns it, or None; what leads are counted by.
        status: ``imported`` for one that a file alone tells of.
        flag: Why a person should look at it, or None.
    """

    record: Record
    workflow: str
    created_at: datetime
    care_since: datetime | None = None
    folded: Content = field(default_factory=dict)
    identities: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    status: RecordStatus = RecordStatus.ACTIVE
    flag: str | None = None
    flagged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A record's new state, kept only when nobody else moved it first.

    Attributes:
        record: The new state; its ``version`` is already counted up.
        expected_version: The version that the decision was made on.
        flag: Why a person should look at it, or None.
        identities: Field -> normalised value that tells it from others; None when
            they are as before.
        owner: The person who owns it now, or None.
        care_since: When it came under care; None: that is as before.
    """

    record: Record
    expected_version: int
    folded: Content = field(default_factory=dict)
    identities: Mapping[str, str] | None = None
    status: RecordStatus = RecordStatus.ACTIVE
    flag: str | None = None
    flagged_at: datetime | None = None
    owner: str | None = None
    care_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record with what the store knows beside it.

    Attributes:
        created_at: When Leadstate first saw it.
        care_since: When it came under care; None while it is only observed.
    """

    record: Record
    workflow: str
    status: RecordStatus
    flag: str | None
    flagged_at: datetime | None
    created_at: datetime
    care_since: datetime | None
    owner: str | None = None


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
        version: How often it was saved; 0 for one that was not yet.
        live_since: When Leadstate began to act on it; None while it is only observed.
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
    version: int = 0
    live_since: datetime | None = None


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
    """A field's value as it was and as it became, in the stored form of values.

    Attributes:
        personal: The values tell of a person: they are kept sealed, and both read
            None when the person is forgotten.
    """

    record_id: str
    field: str
    old: object
    new: object
    changed_at: datetime | None
    learnt_at: datetime
    source: str = ""
    personal: bool = False


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
        personal: The values tell of a person: they are kept sealed, and both read
            None when the person is forgotten.
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
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(ConflictItem):
    """A conflict as it is kept; ``taken_at`` says when a person chose the other."""

    id: int
    taken_at: datetime | None
