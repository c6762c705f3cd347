"""What one commit is about: what came in, what is known of it, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from leadstate.adapters import RemoteObject
from leadstate.domain.people import People
from leadstate.store import (
    CrmEvent,
    LinkRow,
    LinkStatus,
    NewRecord,
    OutboxKind,
    ReadAgain,
    RecordChange,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import Gone, PastChange
    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.effect import Effect
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.engine.rota import Rota
    from leadstate.service.app import Connected
    from leadstate.store import (
        ApprovalState,
        ConflictItem,
        DeadLetterItem,
        EventRow,
        FieldChange,
        Forgetting,
        InboxRow,
        OutboxItem,
        OutboxRow,
        Place,
        RecordRow,
    )

__all__ = [
    "ApprovalAnswered",
    "ChangeSet",
    "ConflictTaken",
    "DecisionContext",
    "FurtherKnown",
    "InboundChange",
    "LetterResolved",
    "Match",
    "NewsRedacted",
    "ServiceEffect",
    "StoredState",
    "Superseded",
    "link_ref",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundChange:
    """What the inbox and the CRM say about one object.

    Attributes:
        rows: The inbox rows about it, oldest first; at least one.
        remote: The object as just read, or why it could not be.
        between: What happened to it since it was read last, where it jumped and the
            CRM tells; oldest first.
    """

    rows: Sequence[InboxRow]
    remote: RemoteObject | Gone
    between: tuple[PastChange, ...] = ()

    @property
    def inbox_ids(self) -> tuple[int, ...]:
        """The inbox rows that judging it settles."""
        return tuple(row.id for row in self.rows)

    @property
    def key(self) -> str:
        """The newest event's key, which the history names as its source."""
        return self.rows[-1].key

    def happened_at(self, now: datetime) -> datetime:
        """Return when it happened by the CRM's clock; never later than ``now``.

        That is the latest that the CRM said: what was read may be newer than what
        asked for the reading.
        """
        told = [row.happened_at for row in self.rows if row.happened_at is not None]
        read = self.remote.updated_at if isinstance(self.remote, RemoteObject) else None
        told += [] if read is None else [read]
        return min(max(told), now) if told else now

    @property
    def again(self) -> bool:
        """Whether a write of ours gave way to somebody, and is due once more."""
        return any(
            isinstance(row.payload, ReadAgain) and row.payload.again
            for row in self.rows
        )

    def reported_change(
        self, properties: Iterable[str]
    ) -> tuple[CrmEvent, datetime | None] | None:
        """Return the newest webhook that told of one of these properties, and when.

        One that told of another value than the object shows is overtaken: nobody has
        told yet who made the change that is shown, and when.
        """
        names = set(properties)
        told = [
            (row.payload, row.happened_at)
            for row in self.rows
            if isinstance(row.payload, CrmEvent)
            and row.payload.property in names
            and row.payload.value
        ]
        if not told:
            return None
        event, at = max(reversed(told), key=lambda one: (one[1] is not None, one[1]))
        return (event, at) if self._shows(event) else None

    def _shows(self, event: CrmEvent) -> bool:
        """Whether the object as read still has what a webhook told."""
        if not isinstance(self.remote, RemoteObject) or event.property is None:
            return True
        shown = self.remote.properties.get(event.property)
        return shown is None or shown == event.value


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
    clocks: tuple[SlaClock, ...] = ()
    timers: tuple[Timer, ...] = ()
    in_force: datetime | None = None
    rivals: int = 0

    @property
    def sure(self) -> bool:
        """Whether nothing is left to be guessed."""
        return self.by in ("token", "choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """What the store knows about one object before its news is looked at.

    Attributes:
        link: The object's own link.
        record: The record behind it.
        links: Every link of that record.
        open_rows: Open outbox rows of that record, to any connection.
        merged: Links of objects that the CRM merged into this one, with their records.
        theirs: Every object of those records.
        matches: Records that the object may belong to, while it has none.
        chosen: The record that a person chose for it.
        since: Field -> when and where the record got its value.
        clocks: Every clock of the record, ended ones too.
        timers: The timers that wait for it.
        in_force: Since when the version of the workflow is in force that judges it.
        forgotten: Whether it is an object of somebody who was forgotten.
        live: The connections on which the workflow acts.
    """

    link: LinkRow | None = None
    record: RecordRow | None = None
    links: tuple[LinkRow, ...] = ()
    open_rows: tuple[OutboxRow, ...] = ()
    merged: tuple[tuple[LinkRow, RecordRow], ...] = ()
    theirs: tuple[LinkRow, ...] = ()
    matches: tuple[Match, ...] = ()
    chosen: str | None = None
    since: Mapping[str, tuple[datetime | None, str]] = field(default_factory=dict)
    clocks: tuple[SlaClock, ...] = ()
    timers: tuple[Timer, ...] = ()
    in_force: datetime | None = None
    forgotten: bool = False
    live: frozenset[str] = frozenset()

    @property
    def seen(self) -> tuple[LinkRow, ...]:
        """Every link that judging rests on, to be checked again at the commit.

        The record's other objects too: what they lack is held against what they showed.
        """
        own = [self.link] if self.link else []
        links = (*self.links, *self.theirs, *own)
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

    @property
    def moving(self) -> bool:
        """Whether a stage of ours has still to reach the CRM."""
        here = self.link.connection if self.link else ""
        return any(
            row.kind is OutboxKind.STAGE and row.connection == here
            for row in self.open_rows
        )

    def expects(self, stage: str | None) -> bool:
        """Whether the CRM may show ``stage`` without anybody having moved there."""
        remote = self.link.remote_stage if self.link else None
        ours = self.record.record.stage if self.record else None
        return stage in (remote, ours)


# -- what the service itself brings about ----------------------------------------------


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """What somebody said to a move that waits for approval."""

    approval: int
    state: ApprovalState
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Superseded:
    """Unsent writes of a record are overtaken by those of this change set."""

    record_id: str
    kind: OutboxKind


@dataclass(frozen=True, slots=True)
class ConflictTaken:
    """A person took the other side of a conflict."""

    conflict: int


@dataclass(frozen=True, slots=True)
class LetterResolved:
    """A dead letter about a link is done with; ``ref`` is how it names the object."""

    ref: str


@dataclass(frozen=True, slots=True)
class NewsRedacted:
    """Inbox rows are about somebody who is forgotten; nothing of them is kept."""

    inbox_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FurtherKnown:
    """What an object shows besides its main values: field -> identifying values."""

    place: Place
    values: Mapping[str, tuple[str, ...]]


ServiceEffect: TypeAlias = (
    "NewRecord | RecordChange | LinkRow | HistoryEntry | EventRow | FieldChange"
    " | OutboxItem | ConflictItem | DeadLetterItem | Forgetting | ApprovalAnswered"
    " | Superseded | ConflictTaken | LetterResolved | NewsRedacted | FurtherKnown"
)
"""What is kept beside the engine's effects; rows of the store speak for themselves."""


# -- a commit --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContext:
    """Of which record the engine's effects are, and what made them.

    Attributes:
        event: Key of the signal's source, kept in the history and in tokens.
        now: The moment of judging.
        links: The record's objects.
        people: Everybody who works with leads.
        live: The connections on which the workflow acts; the others are only read.
    """

    lifecycle: Lifecycle
    record: Record
    event: str
    now: datetime
    connections: Mapping[str, Connected]
    links: tuple[LinkRow, ...] = ()
    people: People = field(default_factory=People)
    live: frozenset[str] = frozenset()

    @property
    def objects(self) -> tuple[tuple[LinkRow, Connected], ...]:
        """The record's objects that are acted on, each with its connection."""
        return tuple(
            (one, self.connections[one.connection])
            for one in self.links
            if one.status is LinkStatus.ACTIVE
            and one.live_since is not None
            and one.connection in self.connections
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """All that one piece of news changes; it is written whole or not at all.

    Attributes:
        inbox_ids: Inbox rows that it settles.
        commanded: A person asked for it; it waits for no write of ours.
        defer: Nothing may be judged before an own write has settled.
        seen: Links as they were when judged; the commit checks that they still are.
        effects: In the order in which they came about.
        about: Whose the engine's effects are; None where there are none.
        rota: Whose turn it is behind it, for the next record; None where nobody chose.
    """

    inbox_ids: tuple[int, ...]
    commanded: bool = False
    defer: bool = False
    seen: tuple[LinkRow, ...] = ()
    effects: tuple[Effect | ServiceEffect, ...] = ()
    about: DecisionContext | None = None
    rota: Rota | None = None

    @property
    def links(self) -> tuple[LinkRow, ...]:
        """The links that it changes or adds."""
        return tuple(one for one in self.effects if isinstance(one, LinkRow))

    @property
    def touched_ids(self) -> frozenset[str]:
        """The records that it changes or rests on."""
        found = {one.record_id for one in self.seen}
        for one in self.effects:
            match one:
                case LinkRow():
                    found.add(one.record_id)
                case NewRecord() | RecordChange():
                    found.add(one.record.id)
                case _:
                    pass
        return frozenset(one for one in found if one is not None)


def link_ref(link: LinkRow) -> str:
    """Return how dead letters name an object."""
    return f"{link.connection}:{link.object}:{link.external_id}"
