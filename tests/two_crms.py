"""One installation on two CRMs in memory: marketing's and the sales team's.

Store, workflow and use cases are the real ones; each CRM is `tests.doubles.Crm`, and
the sales CRM's adapter reads before it writes, finds people and creates objects.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

from doubles import Crm, CrmAdapter
from modes import acting

from leadstate.adapters import (
    Create,
    Created,
    InboundRequest,
    Overtaken,
    Refused,
    RemoteObject,
    Write,
    WriteOutcome,
)
from leadstate.definition import check_binding_text, load_workflow_text
from leadstate.domain.signal import ManualMove
from leadstate.service.advance import Advanced, advance
from leadstate.service.app import App, Connected, feeds_of
from leadstate.service.inbound.comparing import Discrepancy, compare
from leadstate.service.inbound.poll import poll
from leadstate.service.inbox import arrived, keep
from leadstate.service.outbound.push import Pushed, push
from leadstate.service.records import move
from leadstate.service.setup.together import check_together
from leadstate.service.sync.identity import know_identities
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leadstate.domain.binding import Binding
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.errors import RetryLater
    from leadstate.store import Conflict, LinkRow, RecordRow

WORKFLOW = """\
workflow: relay
outside_moves: accept
fields:
  email:  {type: email, identity: true, personal: true}
  phone:  {type: phone, region: DE, identity: true, personal: true}
  name:   text
  budget: money
  need:   text
  size:   integer
stages:
  lead:    {initial: true, owner: marketing}
  mql:     {owner: marketing}
  sal:     {owner: sales}
  sql:     {owner: sales}
  nurture: {owner: marketing, kind: parked, wake: {after: 30 days, to: lead}}
  won:     {kind: won}
  lost:    {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: size >= 50}
  accept:  {from: mql, to: sal, by: [sales]}
  confirm: {from: sal, to: sql, by: [sales], when: budget >= 10000, outside: revert}
  recycle: {from: [mql, sal, sql], to: nurture, by: [sales]}
  revive:  {from: nurture, to: lead, by: [marketing]}
  win:     {from: sql, to: won, by: [sales]}
  lose:    {from: any open, to: lost, by: [sales]}
"""
HUB = """\
binding: relay
adapter: hub
object: contacts
fields:
  email:  {property: email, sync: owner}
  phone:  phone
  name:   {property: name, sync: owner}
  budget: {property: budget, sync: newest}
  need:   {property: need, sync: newest}
  size:   size
stages:
  lead:    {stage: [lead, '']}
  mql:     {stage: mql}
  sal:     {stage: sal}
  sql:     {stage: sql}
  nurture: {stage: nurture}
  won:     {stage: won}
  lost:    {stage: lost}
"""
AMO = """\
binding: relay
adapter: amo
object: leads
fields:
  email:  {property: contact.email, sync: copy}
  phone:  contact.phone
  name:   {property: name, sync: copy}
  budget: {property: price, sync: newest}
  need:   {property: cf.NEED, sync: newest}
stages:
  lead: unmapped
  mql:  unmapped
  sal:     {status: '10'}
  sql:     {status: '20'}
  nurture: {status: '30'}
  won:     {status: '142'}
  lost:    {status: '143'}
hand_off: sal
"""


PHASES = """\
workflow: phases
fields:
  email:  {type: email, identity: true, personal: true}
  budget: money
  need:   text
stages:
  cold: {initial: true}
  warm: {}
  hot:  {}
transitions:
  warms:  {from: cold, to: warm, automatic: true, when: budget >= 2}
  heats:  {from: warm, to: hot, automatic: true, when: budget >= 4}
  cools:  {from: hot, to: warm, automatic: true, when: budget < 4 or budget is unknown}
  chills: {from: warm, to: cold, automatic: true, when: budget < 2 or budget is unknown}
"""
PHASES_IN_HUB = """\
binding: phases
adapter: hub
object: contacts
fields:
  email:  email
  budget: budget
  need:   need
stages:
  cold: {phase: [cold, '']}
  warm: {phase: warm}
  hot:  {phase: hot}
"""
WATCH = """\
workflow: watch
fields:
  email:  {type: email, identity: true, personal: true}
  name:   text
  budget: money
  need:   text
stages:
  seen: {initial: true}
  done: {kind: won}
transitions:
  end: {from: seen, to: done}
"""
WATCHED_HUB = """\
binding: watch
adapter: hub
object: contacts
fields:
  email:  email
  name:   name
  budget: budget
  need:   need
stages:
  seen: {watched: ['', seen]}
  done: {watched: done}
"""
NEIGHBOURS = ((PHASES, PHASES_IN_HUB), (WATCH, WATCHED_HUB))
"""Workflows beside the relay: one moves and writes its own property, one only reads."""


ANN = {"email": "Ann@Example.com", "name": "Ann", "stage": "mql"}


@dataclass
class Careful(CrmAdapter):
    """An adapter that reads before it writes, finds people, and creates objects.

    Attributes:
        made: Token -> the object that was made for it.
        after_apply: Errors raised after the next creations were done.
        after_write: Happens once, after the next write and before it is settled.
        existing: An object that the CRM names as there already when one is created.
    """

    made: dict[str, str] = field(default_factory=dict)
    after_apply: list[RetryLater] = field(default_factory=list)
    refusing_creation: str = ""
    existing: str = ""
    after_write: Callable[[], object] | None = None

    def write(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Put the values into the CRM; people may act before the answer is kept."""
        outcomes = super().write(writes)
        meanwhile, self.after_write = self.after_write, None
        if meanwhile:
            meanwhile()
        return outcomes

    def _write(self, write: Write) -> WriteOutcome:
        thing = self.crm.things.get(write.id)
        if thing is not None and write.held is not None:
            now = thing.properties
            for name, wanted in write.properties.items():
                held = write.held.get(name) or ""
                if (now.get(name) or "") not in (held, wanted):
                    return Overtaken(token=write.token, properties=dict(now))
        return super()._write(write)

    def _read(self, id_: str) -> RemoteObject:  # type: ignore[override]
        found = super()._read(id_)
        tokens = [token for token, made in self.made.items() if made == id_]
        if not isinstance(found, RemoteObject) or not tokens:
            return found  # type: ignore[return-value]
        return replace(found, token=tokens[0])

    def find(self, identity: dict[str, str]) -> list[RemoteObject]:
        """Return objects with one of these values."""
        self._meet("find", ())
        return [
            self._read(one.id)
            for one in self.crm.things.values()
            if any(
                value in (one.properties.get(name), *one.also.get(name, ()))
                for name, value in identity.items()
            )
        ]

    def create(self, creations: Sequence[Create]) -> list[Created | Refused]:
        """Create objects; a token that was used is looked up when it is repeated."""
        return [self._create(one) for one in creations]

    def _create(self, wanted: Create) -> Created | Refused:
        self._meet("create", ())
        if self.refusing_creation:
            return Refused(token=wanted.token, message=self.refusing_creation)
        there = self.existing
        if wanted.repeated:
            there = self.made.get(wanted.token, "")
        if there:
            return Created(token=wanted.token, object=self._read(there), existed=True)
        id_ = f"a{len(self.crm.things) + 1}"
        self.crm.create(id_, **wanted.properties)
        self.made[wanted.token] = id_
        if self.after_apply:
            raise self.after_apply.pop(0)
        return Created(token=wanted.token, object=self._read(id_))


@dataclass
class Relay:
    """The desk, with short ways to act and to ask."""

    app: App
    clock: FrozenClock
    hub: Crm
    amo: Crm
    adapter: Careful
    beside: tuple[App, ...] = ()

    @property
    def apps(self) -> tuple[App, ...]:
        """The workflows of the installation, the relay first."""
        return (self.app, *self.beside)

    def work(self, *, told: bool = True, seconds: float = 2) -> None:
        """Deliver every webhook that is left (or poll), and work until all is quiet."""
        for _ in range(300):
            if told:
                self.deliver()
            done, pushed = self.advance(), self.push()
            waiting = self.waiting()
            if not waiting and not (told and self._undelivered()):
                return
            if not done.progress and all(it.claimed <= it.later for it in pushed):
                self.clock.advance(timedelta(seconds=seconds))
        raise AssertionError(f"work is left: {self.waiting()}")

    def _undelivered(self) -> int:
        return sum(len(it.told) - self._seen[name] for name, it in self.crms.items())

    @property
    def crms(self) -> dict[str, Crm]:
        """Both CRMs, by connection."""
        return {"hub": self.hub, "amo": self.amo}

    def __post_init__(self) -> None:
        self._seen = {"hub": 0, "amo": 0}

    def deliver(self) -> None:
        """Deliver every webhook that is left."""
        for name in self.crms:
            self.tell(name, self.fresh(name))

    def fresh(self, connection: str) -> list[int]:
        """Return the numbers of the events that nobody took to deliver yet."""
        first = self._seen[connection]
        self._seen[connection] = len(self.crms[connection].told)
        return list(range(first, self._seen[connection]))

    def tell(self, connection: str, numbers: list[int]) -> None:
        """Deliver one webhook that tells of these events."""
        if not numbers:
            return
        request = InboundRequest(
            method="POST",
            url=f"https://leads.example.com/webhooks/{connection}",
            headers={"x-signature": "good"},
            body=str(numbers).encode(),
        )
        feeds = [one for one in feeds_of(self.apps) if one.name == connection]
        keep(self.app.store.whole, [arrived(feeds, request)[1]])

    def accept(self, id: str) -> None:  # noqa: A002
        """Let sales accept the lead of an object."""
        asked = ManualMove(
            transition="accept",
            actor="olena",
            at=self.clock.now(),
            roles=frozenset({"sales"}),
        )
        move(self.app, self.record(id).record.id, asked)

    def handed_off(self, **properties: str) -> str:
        """Have a contact accepted by sales, and its lead made; return the lead's id."""
        self.hub.create("h1", **(ANN | properties))
        self.work()
        self.accept("h1")
        self.work()
        [made] = self.adapter.made.values()
        return made

    def poll(self) -> int:
        """Poll both CRMs to the end; return how many hints were new."""
        return sum(poll(one).new for one in feeds_of(self.apps))

    def advance(self) -> Advanced:
        """One round over the inbox."""
        return advance(*self.apps)

    def push(self) -> list[Pushed]:
        """One round over the outbox of each CRM, for each workflow."""
        return [push(app, one) for app in self.apps for one in app.connections.values()]

    def waiting(self) -> dict[str, int]:
        """Return what is still to be worked on."""
        with self.app.store.whole.read() as view:
            found = {
                "inbox": view.inbox.counts().get("pending", 0),
                "pending": view.outbox.counts().get("pending", 0),
                "claimed": view.outbox.counts().get("claimed", 0),
            }
        return {name: count for name, count in found.items() if count}

    def link(self, connection: str, id: str) -> LinkRow | None:  # noqa: A002
        """Return an object's link."""
        kind = self.app.connections[connection].binding.object
        with self.app.store.read() as view:
            return view.links.get_many(connection, kind, [id]).get(id)

    def record(self, id: str, connection: str = "hub") -> RecordRow:  # noqa: A002
        """Return the record behind an object."""
        link = self.link(connection, id)
        assert link is not None
        assert link.record_id is not None, link.reason
        with self.app.store.read() as view:
            found = view.records.get(link.record_id, self.app.lifecycle.fields)
        assert found is not None
        return found

    def history(self, id: str, connection: str = "hub") -> list[HistoryEntry]:  # noqa: A002
        """Return everything that happened to the record of an object."""
        with self.app.store.read() as view:
            return view.history.of(self.record(id, connection).record.id)

    def kinds(self, id: str, connection: str = "hub") -> list[str]:  # noqa: A002
        """Return the kinds of the record's history rows."""
        return [str(one.kind) for one in self.history(id, connection)]

    def conflicts(self) -> list[Conflict]:
        """Return the journal, newest first."""
        with self.app.store.read() as view:
            return view.conflicts.list()

    def letters(self) -> list[tuple[str, str, str]]:
        """Return the open dead letters."""
        with self.app.store.whole.read() as view:
            found = view.dead_letters.list()
        return [(one.connection, one.external_id, one.reason) for one in found]

    def differences(self) -> list[Discrepancy]:
        """Return everything on which a CRM and Leadstate do not agree."""
        return [
            found
            for app in self.apps
            for one in app.connections.values()
            for found in compare(app, one).differences
        ]

    def ours(self, connection: str) -> list[tuple[str, str, str]]:
        """Return what we changed in a CRM: object, property, value."""
        crm = self.crms[connection]
        return [(one.id, one.property, one.new) for one in crm.ours()]


@cache
def agreement() -> tuple[Lifecycle, Mapping[str, Binding]]:
    """Return the workflow and the bindings of both; every installation shares them."""
    lifecycle = load_workflow_text(WORKFLOW)
    bindings: dict[str, Binding] = {}
    for name, text in (("hub", HUB), ("amo", AMO)):
        binding, problems = check_binding_text(text, lifecycle)
        assert binding is not None, [str(one) for one in problems]
        bindings[name] = binding
    check_together(bindings)
    return lifecycle, bindings


def open_relay(database: Path, *, shared: bool = False) -> Relay:
    """Open an installation of two CRMs on ``database``.

    Args:
        shared: Other workflows look at the same contacts.
    """
    clock = FrozenClock()
    lifecycle, bindings = agreement()
    store = open_store(f"sqlite:///{database}")
    hub, amo = Crm(clock), Crm(clock, object="leads", marks_own=False)
    adapter = Careful(amo)
    adapters = {"hub": CrmAdapter(hub), "amo": adapter}
    connections = {
        name: Connected(name=name, adapter=it, binding=bindings[name])
        for name, it in adapters.items()
    }
    know_identities(store.of(lifecycle.name), lifecycle, clock.now())
    app = App(lifecycle=lifecycle, store=store, clock=clock, connections=connections)
    beside = tuple(_neighbours(app, adapters["hub"])) if shared else ()
    return Relay(acting(app), clock, hub, amo, adapter, beside)


def _neighbours(app: App, adapter: CrmAdapter) -> Iterator[App]:
    """Yield the workflows beside the relay, over the same store and adapter."""
    for workflow, text in NEIGHBOURS:
        lifecycle = load_workflow_text(workflow)
        binding, problems = check_binding_text(text, lifecycle)
        assert binding is not None, [str(one) for one in problems]
        connected = Connected(name="hub", adapter=adapter, binding=binding)
        know_identities(app.store.of(lifecycle.name), lifecycle, app.clock.now())
        yield acting(replace(app, lifecycle=lifecycle, connections={"hub": connected}))


def relays(folder: Path) -> Iterator[Callable[..., Relay]]:
    """Yield a function that opens a relay on a fresh database; close all at the end."""
    template = folder / "relay.db"
    open_store(f"sqlite:///{template}").close()
    opened: list[Relay] = []

    def make(*, shared: bool = False) -> Relay:
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(template, path)
        opened.append(open_relay(path, shared=shared))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()
