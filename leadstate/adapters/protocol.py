"""What an adapter promises: six methods between Leadstate and one CRM account.

An adapter is opened for one connection and one binding.  It speaks in the CRM's own
property names and text values; mapping to stages and fields is not its business.

Every method may be called again after a crash with the same arguments, and from several
threads at once.  Raise by recovery: `ConfigurationError` (a person must mend a
setting), `RetryLater` (pause and repeat), `FatalAdapterError` (this connection must
stop).  An expected "no" of the CRM is a value: `Refused`, `Gone`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = [
    "Account",
    "Adapter",
    "Applied",
    "ChangeHint",
    "ChangePage",
    "Demand",
    "EventKind",
    "Gone",
    "GoneReason",
    "InboundEvent",
    "InboundRequest",
    "Overtaken",
    "PropertyInfo",
    "Refused",
    "RemoteObject",
    "Write",
    "WriteOutcome",
]


class GoneReason(StrEnum):
    """Why an object cannot be read any more.

    VANISHED is for a CRM that shows what was deleted and what was merged, and shows
    nothing of a person who was forgotten: an object that is still nowhere an hour later
    counts as one, and its record is erased.
    """

    DELETED = "deleted"
    MERGED = "merged"
    ERASED = "erased"  # a privacy deletion
    VANISHED = "vanished"  # neither there, nor deleted, nor merged; see below
    UNKNOWN = "unknown"  # the CRM does not know the id and does not say why


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """One object as the CRM has it now.

    Attributes:
        id: The CRM's id.
        properties: Property -> text value, None when empty; absent when not defined.
            Properties of the associated company are named ``company.NAME``.
        updated_at: When the CRM last changed it (aware UTC).
        merged_ids: Ids of objects that were merged into this one.
        token: The token of the `Create` that made it, where the CRM keeps it.
        also: Property -> what else it holds, where it can hold several values: a
            person's other addresses and numbers.  They tell who somebody is.
    """

    id: str
    properties: Mapping[str, str | None]
    updated_at: datetime | None = None
    created_at: datetime | None = None
    merged_ids: tuple[str, ...] = ()
    token: str | None = None
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An object that is no longer there; ``into`` names the survivor of a merge."""

    id: str
    reason: GoneReason
    into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeHint:
    """An object that may have changed; to be read before anything is believed."""

    id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """One page of `Adapter.changes`.

    Attributes:
        cursor: Hand it to the next call; opaque text.
        more: True when the next page can be had at once.
    """

    hints: tuple[ChangeHint, ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Put properties of one object to absolute values.

    Attributes:
        token: Identifies this write over every repetition.
        properties: Property -> text value; ``""`` empties it.
        held: What the CRM held when the write was decided; None when nobody knows.
            An adapter that reads before it writes answers `Overtaken` when a written
            property holds neither this nor its new value any more.
        fresh: True when ``held`` was read moments ago, so that an adapter which reads
            only to know where it starts may spare the reading.
        repeated: True when an earlier try may have reached the CRM; the adapter then
            reads before it writes.
    """

    token: str
    id: str
    properties: Mapping[str, str]
    held: Mapping[str, str | None] | None = None
    fresh: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The CRM holds the written values, as read back.

    Attributes:
        changed: False when the values were there already and nothing was sent.
    """

    token: str
    changed: bool = True
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The CRM said no, or kept its old value; repeating will not help.

    Attributes:
        message: The CRM's words, or ours about what it silently kept.
        properties: What the CRM holds now, where known.
    """

    token: str
    message: str
    properties: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """Somebody changed what the write would replace; nothing was sent.

    Attributes:
        properties: What the CRM holds now.
    """

    token: str
    properties: Mapping[str, str | None]


WriteOutcome: TypeAlias = Applied | Refused | Overtaken | Gone
"""`Gone` answers a write to an object that is no longer there."""


class EventKind(StrEnum):
    """What a webhook event says happened."""

    CHANGED = "changed"
    CREATED = "created"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    ERASED = "erased"
    IGNORED = "ignored"  # authentic, but nothing that Leadstate acts on


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRequest:
    """A request as the receiver got it; ``body`` is the raw bytes that were signed.

    Attributes:
        url: The public URL that the CRM called, with its query.
        headers: Lower-case names.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


RawEvent: TypeAlias = "Mapping[str, object]"
"""An event as the CRM sent it, parsed but not interpreted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One event of a webhook.

    Attributes:
        key: Two deliveries of one event have the same key, two events never do.
        object: The CRM's kind of object (``contacts``, ``companies``).
        id: The object's id.
        property: What changed, for CHANGED.
        value: Its new text value, ``""`` when it was emptied.
        actor: Who, in the CRM's words.
        own: True when the CRM says that this application made the change.
        into: The survivor's id, for MERGED.
        merged_ids: The ids that went into it, for MERGED.
        raw: The event as it came, for the dead-letter list.
    """

    key: str
    kind: EventKind
    object: str
    id: str
    at: datetime
    property: str | None = None
    value: str | None = None
    actor: str = ""
    own: bool = False
    into: str | None = None
    merged_ids: tuple[str, ...] = ()
    raw: RawEvent = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyInfo:
    """A property of the CRM: its type in the CRM's words, its options in order."""

    name: str
    label: str
    type: str
    options: tuple[str, ...] = ()
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A property that the CRM wants filled before an object may show certain values.

    Attributes:
        when: The stage's properties and values that it guards.
    """

    property: str
    when: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the connection leads to.

    Attributes:
        properties: By name, as the binding writes them (``company.NAME`` too).
        demands: What the CRM's own settings require of its stages.
    """

    id: str
    name: str
    timezone: str
    properties: Mapping[str, PropertyInfo]
    demands: tuple[Demand, ...] = ()


@runtime_checkable
class Adapter(Protocol):
    """The seam between Leadstate and one CRM account."""

    def read(self, ids: Sequence[str]) -> Sequence[RemoteObject | Gone]:
        """Return each object as it is now, in any order; one answer per id.

        Reads are consistent: a write that `write` reported as applied is visible.
        """
        ...

    def changes(self, cursor: str | None) -> ChangePage:
        """Return what changed since ``cursor``, oldest first; None: from the beginning.

        Overlaps rather than misses: a hint may come again, a change is never left out,
        however late the CRM's index learns of it.
        """
        ...

    def write(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Put the values into the CRM and read them back; one outcome per write.

        At most one write per object in a call.  Idempotent by `Write.token`: after a
        crash or a lost answer the same writes come again with ``repeated`` set, and the
        CRM changes once.  `RetryLater` with ``sent`` means the outcome is unknown.
        """
        ...

    def receive(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """Verify a webhook and return its events; touches no network.

        Raises `BadSignature` or `BadBody`; never anything else for a hostile request.
        """
        ...

    def describe(self) -> Account:
        """Return the account and the properties that the binding can name."""
        ...

    def close(self) -> None:
        """Let go of connections; called once, the adapter is not used afterwards."""
        ...
