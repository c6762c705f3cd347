"""A CRM in memory behind the real seam, and a desk where the rest is real.

The CRM is the only double: it implements `leadstate.adapters.Adapter`, `Notes` and
`Tasks`, keeps a log of what was changed by whom, and misbehaves on request.  Store,
workflow, binding and use cases are the real ones.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from modes import acting

from leadstate.adapters import (
    Account,
    Applied,
    ChangeHint,
    ChangePage,
    EventKind,
    Gone,
    GoneReason,
    InboundEvent,
    InboundRequest,
    Refused,
    RemoteObject,
    Write,
    WriteOutcome,
)
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.domain.signal import ManualMove
from leadstate.errors import BadBody, BadSignature, RetryLater
from leadstate.service.advance import Advanced, advance
from leadstate.service.app import App, Connected, feed_of
from leadstate.service.inbound.poll import poll
from leadstate.service.inbox import arrived, keep
from leadstate.service.outbound.push import Pushed, push
from leadstate.service.records import CommandResult, move
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.binding import Binding
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import RecordRow

WORKFLOWS = Path(__file__).parents[1] / "workflows"
PERSON = "CRM_UI userId:7"
US = "INTEGRATION leadstate"


@dataclass
class Thing:
    """One object of the CRM."""

    id: str
    properties: dict[str, str | None]
    created_at: datetime
    updated_at: datetime
    merged_ids: tuple[str, ...] = ()
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One property that changed, and by whom."""

    id: str
    property: str
    old: str
    new: str
    actor: str


@dataclass(frozen=True)
class Errand:
    """One task that was given; ``owner`` is the CRM's id of a user."""

    id: str
    text: str
    due_at: datetime
    owner: str | None
    token: str


@dataclass
class Crm:
    """A CRM account in memory.

    Attributes:
        told: Every webhook event so far; a test decides which of them arrive.
        log: Every property that changed.
        trouble: What the next calls of the adapter meet, by method; None is no trouble.
        refusing: Property and value that the CRM does not take, and why.
        poison: Objects whose reading fails.
        nonsense: Objects whose reading cannot be judged.
        unanswered: Objects whose write was done and not answered.
        forgetful: Whether writes are done and left out of the answer.
        marks_own: Whether events say that this application made the change.
    """

    clock: FrozenClock
    object: str = "contacts"
    marks_own: bool = True
    things: dict[str, Thing] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)
    bin: dict[str, Thing] = field(default_factory=dict)
    told: list[InboundEvent] = field(default_factory=list)
    log: list[Change] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    tasks: list[Errand] = field(default_factory=list)
    trouble: dict[str, list[Trouble | None]] = field(default_factory=dict)
    refusing: dict[tuple[str, str], str] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)
    nonsense: set[str] = field(default_factory=set)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    closed: int = 0
    forgetful: bool = False
    unanswered: list[str] = field(default_factory=list)

    # -- what people do ----------------------------------------------------------------

    def create(self, id: str, **properties: str) -> InboundEvent:  # noqa: A002
        """Let a person create an object."""
        now = self._tick()
        self.things[id] = Thing(id, dict(properties), now, now)
        return self._tell(EventKind.CREATED, id)

    def edit(
        self,
        id: str,  # noqa: A002
        *,
        actor: str = PERSON,
        **properties: str,
    ) -> list[InboundEvent]:
        """Change properties; return the events that webhooks tell of."""
        thing, now = self.things[id], self._tick()
        events: list[InboundEvent] = []
        for name, value in properties.items():
            old = thing.properties.get(name) or ""
            if old == value:
                continue
            thing.properties[name] = value or None
            self.log.append(Change(id, name, old, value, actor))
            event = self._tell(EventKind.CHANGED, id, name, value, actor=actor)
            events.append(event)
        thing.updated_at = now
        return events

    def delete(self, id: str, *, erase: bool = False) -> InboundEvent:  # noqa: A002
        """Let a person delete an object, or erase it for privacy's sake."""
        self._tick()
        thing = self.things.pop(id)
        if not erase:
            self.bin[id] = thing
        reason = GoneReason.UNKNOWN if erase else GoneReason.DELETED
        self.gone[id] = Gone(id=id, reason=reason)
        return self._tell(EventKind.ERASED if erase else EventKind.DELETED, id)

    def restore(self, id: str) -> InboundEvent:  # noqa: A002
        """Take an object out of the bin."""
        self.things[id] = self.bin.pop(id)
        self.things[id].updated_at = self._tick()
        del self.gone[id]
        return self._tell(EventKind.RESTORED, id)

    def merge(self, primary: str, other: str, into: str) -> InboundEvent:
        """Merge two objects into one, under a new id or the primary's."""
        now = self._tick()
        kept = self.things.pop(primary)
        lost = self.things.pop(other)
        ids = tuple(one for one in (primary, other) if one != into)
        merged = (*kept.merged_ids, *lost.merged_ids, *ids)
        self.things[into] = replace(kept, id=into, updated_at=now, merged_ids=merged)
        for one in ids:
            self.gone[one] = Gone(id=one, reason=GoneReason.UNKNOWN)
        event = self._tell(EventKind.MERGED, primary)
        self.told[-1] = replace(event, into=into, merged_ids=ids)
        return self.told[-1]

    def stage(self, id: str) -> str | None:  # noqa: A002
        """Return what the CRM shows as lifecycle stage."""
        return self.things[id].properties.get("lifecyclestage")

    def ours(self, id: str | None = None) -> list[Change]:  # noqa: A002
        """Return what we changed."""
        return [one for one in self.log if one.actor == US and id in (None, one.id)]

    def _tick(self) -> datetime:
        """Let a millisecond pass, so that no two changes are of one moment."""
        self.clock.advance(timedelta(milliseconds=1))
        return self.clock.now()

    def _tell(
        self,
        kind: EventKind,
        id: str,  # noqa: A002
        name: str | None = None,
        value: str | None = None,
        *,
        actor: str = PERSON,
    ) -> InboundEvent:
        event = InboundEvent(
            key=f"event-{len(self.told)}",
            kind=kind,
            object=self.object,
            id=id,
            at=self.clock.now(),
            property=name,
            value=value,
            actor=actor,
            own=self.marks_own and actor == US,
        )
        self.told.append(event)
        return event


@dataclass(frozen=True)
class Trouble:
    """What a call meets: an error, before or after the CRM did what was asked."""

    error: Exception
    applied: bool = False


def busy(after_seconds: float | None = None) -> Trouble:
    """The CRM takes nothing now, and has done nothing."""
    return Trouble(RetryLater("the CRM is busy", after_seconds=after_seconds))


def unanswered(*, applied: bool = True) -> Trouble:
    """The request went out and no answer came; the CRM may have done it."""
    return Trouble(RetryLater("no answer came", sent=True), applied=applied)


@dataclass
class CrmAdapter:
    """Leadstate's side of the CRM in memory.

    Attributes:
        before_write: Happens once, before the next write reaches the CRM.
        before_read: Happens once, before the next reading.
        after_read: Happens once, after the next reading and before its answer.
    """

    crm: Crm
    before_write: Callable[[], object] | None = None
    before_read: Callable[[], object] | None = None
    after_read: Callable[[], object] | None = None

    def read(self, ids: Sequence[str]) -> list[RemoteObject | Gone]:
        """Return each object as it is now."""
        meanwhile, self.before_read = self.before_read, None
        if meanwhile:
            meanwhile()
        self._meet("read", ids)
        poisoned = self.crm.poison.intersection(ids)
        if poisoned:
            raise ValueError(f"object {min(poisoned)} makes no sense")
        found = [self._read(one) for one in ids]
        meanwhile, self.after_read = self.after_read, None
        if meanwhile:
            meanwhile()
        return found

    def _read(self, id_: str) -> RemoteObject | Gone:
        thing = self.crm.things.get(id_)
        if thing is None:
            return self.crm.gone.get(id_, Gone(id=id_, reason=GoneReason.UNKNOWN))
        senseless: dict[str, str | None] = None  # type: ignore[assignment]
        return RemoteObject(
            id=id_,
            properties=senseless
            if id_ in self.crm.nonsense
            else dict(thing.properties),
            updated_at=thing.updated_at,
            created_at=thing.created_at,
            merged_ids=thing.merged_ids,
            also=thing.also,
        )

    def changes(self, cursor: str | None) -> ChangePage:
        """Return what changed since the moment in the cursor, inclusive."""
        self._meet("changes", ())
        since = cursor or ""
        found = sorted(
            (thing.updated_at, thing.id)
            for thing in self.crm.things.values()
            if thing.updated_at.isoformat() >= since
        )
        hints = tuple(ChangeHint(id=id_, updated_at=at) for at, id_ in found)
        newest = hints[-1].updated_at.isoformat() if hints else since
        return ChangePage(hints=hints, cursor=newest, more=False)

    def write(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Put the values into the CRM; a repeated write is compared first."""
        meanwhile, self.before_write = self.before_write, None
        if meanwhile:
            meanwhile()
        trouble = self._trouble("write", [one.id for one in writes])
        if trouble and not trouble.applied:
            raise trouble.error
        outcomes = [self._write(one) for one in writes]
        if trouble:
            self.crm.unanswered += [one.id for one in writes]
            raise trouble.error
        return [] if self.crm.forgetful else outcomes

    def _write(self, write: Write) -> WriteOutcome:
        thing = self.crm.things.get(write.id)
        if thing is None:
            unknown = Gone(id=write.id, reason=GoneReason.UNKNOWN)
            return self.crm.gone.get(write.id, unknown)
        for name, value in write.properties.items():
            why = self.crm.refusing.get((name, value))
            if why:
                held = dict(thing.properties)
                return Refused(token=write.token, message=why, properties=held)
        changed = self.crm.edit(write.id, actor=US, **write.properties)
        return Applied(
            token=write.token, changed=bool(changed), updated_at=thing.updated_at
        )

    def add_note(self, id: str, text: str, *, token: str, repeated: bool) -> None:  # noqa: A002
        """Leave a note; a repeated one only if it is not there."""
        trouble = self._trouble("note", [id])
        if trouble and not trouble.applied:
            raise trouble.error
        there = any(one[2] == token for one in self.crm.notes)
        if not (repeated and there):
            self.crm.notes.append((id, text, token))
        if trouble:
            raise trouble.error

    def add_task(
        self,
        id: str,  # noqa: A002
        text: str,
        *,
        due_at: datetime,
        owner: str | None,
        token: str,
        repeated: bool,
    ) -> None:
        """Give a task; a repeated one only if it is not there."""
        trouble = self._trouble("task", [id])
        if trouble and not trouble.applied:
            raise trouble.error
        there = any(one.token == token for one in self.crm.tasks)
        if not (repeated and there):
            self.crm.tasks.append(Errand(id, text, due_at, owner, token))
        if trouble:
            raise trouble.error

    def receive(self, request: InboundRequest) -> list[InboundEvent]:
        """Read numbers of events from the body, if the signature is ``good``."""
        if request.headers.get("x-signature") != "good":
            raise BadSignature("the signature does not match")
        try:
            numbers = json.loads(request.body)
        except ValueError:
            raise BadBody("the body is no JSON") from None
        return [self.crm.told[number] for number in numbers]

    def describe(self) -> Account:
        """Return the account."""
        return Account(id="1", name="In memory", timezone="UTC", properties={})

    def close(self) -> None:
        """Count the goodbye."""
        self.crm.closed += 1

    def _meet(self, method: str, ids: Sequence[str]) -> None:
        trouble = self._trouble(method, ids)
        if trouble:
            raise trouble.error

    def _trouble(self, method: str, ids: Sequence[str]) -> Trouble | None:
        self.crm.calls.append((method, tuple(ids)))
        waiting = self.crm.trouble.get(method)
        return waiting.pop(0) if waiting else None


class WithoutNotes:
    """The same adapter, of a CRM that has no notes and no tasks."""

    def __init__(self, adapter: CrmAdapter) -> None:
        self.read, self.changes, self.write = (
            adapter.read,
            adapter.changes,
            adapter.write,
        )
        self.receive, self.describe = adapter.receive, adapter.describe
        self.close = adapter.close


@dataclass
class Desk:
    """One installation at work on the CRM in memory, and short ways to ask."""

    app: App
    clock: FrozenClock
    crm: Crm
    adapter: CrmAdapter

    @property
    def connected(self) -> Connected:
        """The one connection."""
        return self.app.connections["crm"]

    # -- what comes in -----------------------------------------------------------------

    def request(self, *events: InboundEvent, signature: str = "good") -> InboundRequest:
        """Return a webhook's request that tells of these events."""
        numbers = [self.crm.told.index(one) for one in events]
        return InboundRequest(
            method="POST",
            url="https://leads.example.com/webhooks/crm",
            headers={"x-signature": signature},
            body=json.dumps(numbers).encode(),
        )

    def tell(self, *events: InboundEvent) -> tuple[int, int]:
        """Deliver a webhook."""
        return self.deliver(self.request(*events))

    def deliver(self, request: InboundRequest) -> tuple[int, int]:
        """Take a request; return how many events it holds, and how many are new."""
        count, items = arrived([feed_of(self.app, self.connected)], request)
        return count, sum(keep(self.app.store, [items]))

    def tell_all(self, since: int = 0) -> tuple[int, int]:
        """Deliver every event from number ``since`` on."""
        return self.tell(*self.crm.told[since:])

    # -- work --------------------------------------------------------------------------

    def advance(self) -> Advanced:
        """One round over the inbox."""
        return advance(self.app)

    def push(self) -> Pushed:
        """One round over the outbox."""
        return push(self.app, self.connected)

    def poll(self) -> int:
        """Poll to the end; return how many hints were new."""
        return poll(feed_of(self.app, self.connected)).new

    def settle(self, *, seconds: float = 2) -> None:
        """Work until nothing is left, letting time pass for what was put off."""
        for _ in range(200):
            done = self.advance()
            pushed = self.push()
            if not self.waiting():
                return
            if not done.progress and pushed.claimed <= pushed.later:
                self.clock.advance(timedelta(seconds=seconds))
        raise AssertionError(f"work is left: {self.waiting()}")

    def waiting(self) -> dict[str, int]:
        """Return what is still to be worked on."""
        with self.app.store.read() as view:
            counts = {
                "inbox": view.inbox.counts().get("pending", 0),
                "pending": view.outbox.counts().get("pending", 0),
                "claimed": view.outbox.counts().get("claimed", 0),
            }
        return {name: number for name, number in counts.items() if number}

    def move(
        self,
        id: str,  # noqa: A002
        transition: str,
        *roles: str,
        **given: object,
    ) -> CommandResult:
        """Let a person ask for a transition."""
        asked = ManualMove(
            transition=transition,
            at=self.clock.now(),
            roles=frozenset(roles),
            **({"actor": "olena"} | given),  # type: ignore[arg-type]
        )
        return move(self.app, self.record(id).record.id, asked)

    # -- what is there -----------------------------------------------------------------

    def record(self, id: str) -> RecordRow:  # noqa: A002
        """Return the record behind a CRM's object."""
        with self.app.store.read() as view:
            link = view.links.get_many("crm", self.crm.object, [id])[id]
            assert link.record_id is not None
            found = view.records.get(link.record_id, self.app.lifecycle.fields)
        assert found is not None
        return found

    def stage(self, id: str) -> str:  # noqa: A002
        """Return where the record of an object stands."""
        return self.record(id).record.stage

    def link(self, id: str) -> Mapping[str, object]:  # noqa: A002
        """Return the link of an object, as a mapping of what matters."""
        with self.app.store.read() as view:
            link = view.links.get_many("crm", self.crm.object, [id])[id]
        return {"status": str(link.status), "reverts": link.reverts, "row": link}

    def history(self, id: str) -> list[HistoryEntry]:  # noqa: A002
        """Return everything that happened to the record of an object."""
        with self.app.store.read() as view:
            return view.history.of(self.record(id).record.id)

    def kinds(self, id: str) -> list[str]:  # noqa: A002
        """Return the kinds of the record's history rows, oldest first."""
        return [str(one.kind) for one in self.history(id)]

    def letters(self) -> list[tuple[str, str, str]]:
        """Return the open dead letters: door, object, reason."""
        with self.app.store.read() as view:
            found = view.dead_letters.list()
        return [(str(one.door), one.external_id, one.reason) for one in found]

    def faults(self) -> list[str]:
        """Return what does not hold together in the database."""
        return self.app.store.integrity()

    # -- usual beginnings --------------------------------------------------------------

    def take_in(self, id: str, stage: str = "lead", **properties: str) -> None:  # noqa: A002
        """Have an object under care in ``stage``, everything settled."""
        wanted = self.connected.binding.properties_of(stage)
        event = self.crm.create(id, **(wanted | properties))
        self.tell(event)
        self.settle()

    def drag(self, id: str, stage: str) -> list[InboundEvent]:  # noqa: A002
        """Let a person drag an object into a stage, in the CRM."""
        return self.crm.edit(id, **self.connected.binding.properties_of(stage))

    def qualify(self, id: str) -> list[InboundEvent]:  # noqa: A002
        """Let an object become what the agreement calls an MQL."""
        return self.crm.edit(
            id,
            **{
                "company.numberofemployees": "80",
                "job_role": "director",
                "last_demo_request_at": self.clock.now().isoformat(),
            },
        )


BANT = {"budget": "25000", "need": "a CRM", "technical_fit": "true"}
"""With a director, three of four: what quality control asks for."""


@cache
def agreement() -> tuple[Lifecycle, Binding]:
    """Return the shipped workflow and its binding; every desk shares them."""
    lifecycle = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")
    return lifecycle, load_binding(WORKFLOWS / "b2b_lifecycle.hubspot.yaml", lifecycle)


def open_desk(database: Path, **given: object) -> Desk:
    """Open an installation with the shipped workflow on ``database``."""
    clock = FrozenClock()
    crm = Crm(clock, **given)  # type: ignore[arg-type]
    adapter = CrmAdapter(crm)
    lifecycle, binding = agreement()
    store = open_store(f"sqlite:///{database}")
    connections = {"crm": Connected(name="crm", adapter=adapter, binding=binding)}
    app = App(lifecycle=lifecycle, store=store, clock=clock, connections=connections)
    return Desk(acting(app), clock, crm, adapter)


def desks(folder: Path) -> Iterator[Callable[..., Desk]]:
    """Yield a function that opens a desk on a fresh database; close all at the end."""
    template = folder / "template.db"
    open_store(f"sqlite:///{template}").close()
    opened: list[Desk] = []

    def make(**given: object) -> Desk:
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(template, path)
        opened.append(open_desk(path, **given))
        return opened[-1]

    yield make
    for desk in opened:
        desk.app.close()
