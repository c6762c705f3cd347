"""What one object's news amounts to: every row that its commit will write, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.store import LinkStatus, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import Gone
    from leadstate.domain.clock import Clock, Timer
    from leadstate.domain.history import HistoryEntry
    from leadstate.store import (
        ApprovalItem,
        ApprovalState,
        Assignment,
        ConflictItem,
        DeadLetterItem,
        EventRow,
        FieldChange,
        Forgetting,
        InboxRow,
        LinkRow,
        NewRecord,
        OutboxItem,
        OutboxRow,
        RecordChange,
        RecordRow,
    )

__all__ = ["Answer", "Known", "Match", "News", "Plan", "link_ref"]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the inbox and the CRM say about one object.

    Attributes:
        rows: The inbox rows about it, oldest first; at least one.
        remote: The object as just read, or why it could not be.
    """

    rows: Sequence[InboxRow]
    remote: RemoteObject | Gone

    @property
    def inbox_ids(self) -> tuple[int, ...]:
        """The inbox rows that judging it settles."""
        return tuple(row.id for row in self.rows)

    @property
    def key(self) -> str:
        """The newest event's key, which the history names as its source."""
        return self.rows[-1].key

    def happened_at(self, now: datetime) -> datetime:
        """Return when it happened by the CRM's clock; never later than ``now``."""
        told = [row.happened_at for row in self.rows if row.happened_at is not None]
        read = self.remote.updated_at if isinstance(self.remote, RemoteObject) else None
        moment = max(told) if told else read
        return min(moment, now) if moment else now

    @property
    def again(self) -> bool:
        """Whether a write of ours gave way to somebody, and is due once more."""
        return any(row.payload.get("again") for row in self.rows)

    def row_about(self, properties: Iterable[str]) -> InboxRow | None:
        """Return the newest webhook that told of one of these properties."""
        names = set(properties)
        told = [
            row
            for row in self.rows
            if row.payload.get("property") in names and row.payload.get("value")
        ]
        return told[-1] if told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A record that an object of another CRM may belong to.

    Attributes:
        by: What says so: an identifying field's name, ``token`` or ``choice``.
        rivals: Other objects of the same reading that may belong to it, too.
    """

    record: RecordRow
    by: str
    links: tuple[LinkRow, ...] = ()
    open_rows: tuple[OutboxRow, ...] = ()
    clocks: tuple[Clock, ...] = ()
    rivals: int = 0

    @property
    def sure(self) -> bool:
        """Whether nothing is left to be guessed."""
        return self.by in ("token", "choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows about one object before its news is looked at.

    Attributes:
        link: The object's own link.
        record: The record behind it.
        links: Every link of that record.
        open_rows: Open outbox rows of that record, to any connection.
        merged: Links of objects that the CRM merged into this one, with their records.
        matches: Records that the object may belong to, while it has none.
        chosen: The record that a person chose for it.
        since: Field -> when and where the record got its value.
        clocks: Every clock of the record, ended ones too.
        forgotten: Whether it is an object of somebody who was forgotten.
    """

    link: LinkRow | None = None
    record: RecordRow | None = None
    links: tuple[LinkRow, ...] = ()
    open_rows: tuple[OutboxRow, ...] = ()
    merged: tuple[tuple[LinkRow, RecordRow], ...] = ()
    matches: tuple[Match, ...] = ()
    chosen: str | None = None
    since: Mapping[str, tuple[datetime | None, str]] = field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    forgotten: bool = False

    @property
    def seen(self) -> tuple[LinkRow, ...]:
        """Every link that judging rests on, to be checked again at the commit.

        The record's other objects too: what they lack is held against what they showed.
        """
        links = (*self.links, *([self.link] if self.link else []))
        return tuple({(one.connection, one.external_id): one for one in links}.values())

    @property
    def waited_as(self) -> tuple[str, ...]:
        """Dead letters about the object that any understood news of it answers."""
        waited = self.link and self.link.status is LinkStatus.QUARANTINED
        return (link_ref(self.link),) if self.link and waited else ()

    @property
    def sending(self) -> bool:
        """Whether a stage write of ours may have reached the CRM and is not settled."""
        here = self.link.connection if self.link else ""
        return any(
            row.sent and row.kind is OutboxKind.STAGE and row.connection == here
            for row in self.open_rows
        )

    def expects(self, stage: str | None) -> bool:
        """Whether the CRM may show ``stage`` without anybody having moved there."""
        remote = self.link.remote_stage if self.link else None
        ours = self.record.record.stage if self.record else None
        return stage in (remote, ours)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a move that waits for approval."""

    approval: int
    state: ApprovalState
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rows of one commit about one object or record; all of them or none.

    Attributes:
        inbox_ids: Inbox rows that it settles.
        asked: True when a person asked for it; it waits for no write of ours.
        defer: True when nothing may be judged before an own write has settled.
        seen_links: Links as they were when judged; the commit checks they still are.
        supersede: Records whose unsent stage writes are overtaken by this plan's.
        outdated: Records whose unsent field writes are overtaken by this plan's.
        conflicts: Disagreements for the journal.
        taken: Conflicts of which a person took the other side.
        clocks: Clocks that changed, or are new.
        timers: Record -> the timers that it needs from now on.
        assigned: Who was given the record.
        approvals: Moves that wait for somebody else's agreement.
        answers: Answers to such moves.
        resolved: Dead letters about links that are done with.
        forget: Whom to forget: what is personal is emptied, the objects are known as
            theirs from then on.
        silent: Inbox rows about somebody who is forgotten; nothing of them is kept.
    """

    inbox_ids: tuple[int, ...]
    asked: bool = False
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
    outdated: tuple[str, ...] = ()
    conflicts: tuple[ConflictItem, ...] = ()
    taken: tuple[int, ...] = ()
    clocks: tuple[Clock, ...] = ()
    timers: Mapping[str, Sequence[Timer]] = field(default_factory=dict)
    assigned: tuple[Assignment, ...] = ()
    approvals: tuple[ApprovalItem, ...] = ()
    answers: tuple[Answer, ...] = ()
    dead: DeadLetterItem | None = None
    resolved: tuple[str, ...] = ()
    forget: tuple[Forgetting, ...] = ()
    silent: tuple[int, ...] = ()

    @property
    def record_ids(self) -> frozenset[str]:
        """The records that this plan changes."""
        changed = {change.record.id for change in self.changes}
        return frozenset(changed | ({self.added.record.id} if self.added else set()))

    @property
    def touched_ids(self) -> frozenset[str]:
        """The records that this plan changes or rests on."""
        behind = {one.record_id for one in (*self.links, *self.seen_links)}
        return self.record_ids | {one for one in behind if one is not None}


def link_ref(link: LinkRow) -> str:
    """Return how dead letters name an object."""
    return f"{link.connection}:{link.object}:{link.external_id}"
