"""What one object's news amounts to: every row that its commit will write, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters import Gone, RemoteObject
    from leadstate.domain.history import HistoryEntry
    from leadstate.store import (
        DeadLetterItem,
        EventRow,
        FieldChange,
        InboxRow,
        LinkRow,
        NewRecord,
        OutboxItem,
        OutboxRow,
        RecordChange,
        RecordRow,
    )

__all__ = ["Known", "News", "Plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the inbox and the CRM say about one object.

    Attributes:
        rows: The inbox rows about it, oldest first.
        remote: The object as just read, or why it could not be.
    """

    rows: Sequence[InboxRow]
    remote: RemoteObject | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows about one object before its news is looked at.

    Attributes:
        link: The object's own link.
        record: The record behind it.
        links: Every link of that record.
        pending: Open outbox rows of that record.
        merged: Links of objects that the CRM merged into this one, with their records.
    """

    link: LinkRow | None = None
    record: RecordRow | None = None
    links: tuple[LinkRow, ...] = ()
    pending: tuple[OutboxRow, ...] = ()
    merged: tuple[tuple[LinkRow, RecordRow], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rows of one commit about one object or record; all of them or none.

    Attributes:
        inbox_ids: Inbox rows that it settles.
        defer: True when nothing may be judged before an own write has settled.
        seen_links: Links as they were when judged; the commit checks they still are.
        supersede: Records whose open stage writes are overtaken by this plan's.
        resolved: True when an open dead letter about the link is done with.
    """

    inbox_ids: tuple[int, ...]
    defer: bool = False
    added: NewRecord | None = None
    changes: tuple[RecordChange, ...] = ()
    links: tuple[LinkRow, ...] = ()
    seen_links: tuple[LinkRow, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    events: tuple[EventRow, ...] = ()
    field_changes: tuple[FieldChange, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    supersede: tuple[str, ...] = ()
    dead: DeadLetterItem | None = None
    resolved: tuple[str, ...] = ()

    @property
    def record_ids(self) -> frozenset[str]:
        """The records that this plan changes."""
        changed = {change.record.id for change in self.changes}
        return frozenset(changed | ({self.added.record.id} if self.added else set()))
