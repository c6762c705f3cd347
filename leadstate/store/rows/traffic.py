"""Rows about what comes in and goes out, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.store.payloads import InboxPayload, OutboxPayload

    Content: TypeAlias = Mapping[str, object]

__all__ = [
    "TIMER",
    "DeadLetter",
    "DeadLetterItem",
    "Door",
    "InboxItem",
    "InboxRow",
    "InboxState",
    "LedgerEntry",
    "OutboxItem",
    "OutboxKind",
    "OutboxRow",
    "OutboxState",
    "Settlement",
]

TIMER: Final = "timer"
"""The kind of an inbox row that a timer left when it came due."""


class InboxState(StrEnum):
    """What became of something that came in."""

    PENDING = "pending"
    DONE = "done"
    ECHO = "echo"  # our own write coming back
    DEAD = "dead"


class OutboxKind(StrEnum):
    """What is to be done outside.

    The first three change the CRM's object, so they leave in the order of the
    decisions; the others neither wait nor hold anything back.
    """

    STAGE = "stage"
    FIELDS = "fields"
    CREATE = "create"
    NOTE = "note"
    TASK = "task"
    MESSAGE = "message"  # to a channel of the settings
    CALL = "call"  # to a plugin's action


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
class InboxItem:
    """Something that came in and is to be looked at.

    Attributes:
        key: Two deliveries of one event have the same key; the second is dropped.
        kind: The signal's kind, in the caller's words.
        workflow: Whose it is; "" for the one whose store keeps it.
        due_at: Not to be looked at before.
        payload: What came; plain data where the store does not know the kind.
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
    workflow: str = ""
    payload: InboxPayload | Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow(InboxItem):
    """An inbox item as it is kept; ``attempts`` counts the failed looks."""

    id: int
    attempts: int
    state: InboxState
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something to be done in a CRM, or told through a channel.

    Attributes:
        token: Identifies the write over every repetition.
        connection: The CRM's connection; the channel of a MESSAGE; ``plugin`` for a
            CALL.
        object: The CRM's kind of object; ``channel`` for a MESSAGE.
        external_id: The CRM's id of the object; "" where there is none.
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
    payload: OutboxPayload | Content = field(default_factory=dict)


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
