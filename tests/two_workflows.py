"""Two workflows over one CRM in memory: marketing's, and a partner channel's.

Both look at the same contacts; each writes a stage property of its own, and the partner
channel reads marketing's stage as a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from doubles import Crm, CrmAdapter
from modes import acting

from leadstate.adapters import InboundRequest
from leadstate.definition import check_binding_text, load_workflow_text
from leadstate.domain.binding import joined
from leadstate.domain.signal import ManualMove
from leadstate.service.advance import Advanced, advance
from leadstate.service.app import App, Connected, feeds_of
from leadstate.service.inbound.poll import poll
from leadstate.service.inbound.position import park
from leadstate.service.inbox import arrived, keep
from leadstate.service.outbound.push import push
from leadstate.service.records import move
from leadstate.service.setup.together import check_writers
from leadstate.service.sync.identity import know_identities
from leadstate.service.timers.sweep import sweep
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leadstate.domain.binding import Binding
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import RecordRow, Store

WORKFLOWS = {
    "marketing": """\
workflow: marketing
fields:
  email: {type: email, identity: true, personal: true}
  size:  integer
stages:
  lead: {initial: true, owner: marketing}
  mql:  {owner: marketing}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: size >= 50}
  drop:    {from: any open, to: lost, by: [marketing]}
""",
    "partners": """\
workflow: partners
fields:
  email:     {type: email, identity: true, personal: true}
  qualified: {type: choice, options: [lead, mql, lost]}
stages:
  lead:   {initial: true, owner: partners}
  offered:
    owner: partners
    sla: {answer: {within: 2 days, calendar: always}}
  lost:   {kind: lost}
transitions:
  offer: {from: lead, to: offered, automatic: true, when: qualified == 'mql'}
  drop:  {from: any open, to: lost, by: [partners]}
""",
}
BINDINGS = {
    "marketing": """\
binding: marketing
adapter: hub
object: contacts
fields: {email: email, size: size}
stages: {lead: {stage: [lead, '']}, mql: {stage: mql}, lost: {stage: lost}}
""",
    "partners": """\
binding: partners
adapter: hub
object: contacts
fields: {email: email, qualified: stage}
stages:
  lead:    {partner_stage: [lead, '']}
  offered: {partner_stage: offered}
  lost:    {partner_stage: lost}
""",
}


@cache
def agreements() -> Mapping[str, tuple[Lifecycle, Binding]]:
    """Return both workflows with their bindings; every installation shares them."""
    found: dict[str, tuple[Lifecycle, Binding]] = {}
    for name, text in WORKFLOWS.items():
        lifecycle = load_workflow_text(text)
        binding, problems = check_binding_text(BINDINGS[name], lifecycle)
        assert binding is not None, [str(one) for one in problems]
        found[name] = lifecycle, binding
    check_writers({name: {"hub": binding} for name, (_, binding) in found.items()})
    return found


@dataclass
class Pair:
    """Both workflows at work, with short ways to act and to ask."""

    store: Store
    clock: FrozenClock
    hub: Crm
    adapter: CrmAdapter
    apps: dict[str, App]
    delivered: int = 0

    def only(self, *names: str) -> None:
        """Start again with these workflows alone in the settings."""
        self.apps = {name: self.app(name) for name in names}
        park(self.store, self.apps.values(), self.clock.now())

    def app(self, name: str) -> App:
        """Return one workflow at work."""
        lifecycle, binding = agreements()[name]
        connected = Connected(name="hub", adapter=self.adapter, binding=binding)
        app = App(
            lifecycle=lifecycle,
            store=self.store,
            clock=self.clock,
            connections={"hub": connected},
        )
        know_identities(app.store, lifecycle, self.clock.now())
        return acting(app)

    def deliver(self) -> None:
        """Deliver every webhook that is left."""
        numbers = list(range(self.delivered, len(self.hub.told)))
        self.delivered = len(self.hub.told)
        request = InboundRequest(
            method="POST",
            url="https://leads.example.com/webhooks/hub",
            headers={"x-signature": "good"},
            body=str(numbers).encode(),
        )
        if numbers:
            keep(self.store, [arrived(feeds_of(self.apps.values()), request)[1]])

    def poll(self) -> int:
        """Poll to the end; return how many hints were new."""
        new = 0
        for feed in feeds_of(self.apps.values()):
            while True:
                polled = poll(feed)
                new += polled.new
                if not polled.more:
                    break
        return new

    def advance(self) -> Advanced:
        """One round over the inbox of both."""
        return advance(*self.apps.values())

    def work(self, *, told: bool = True) -> None:
        """Work until all is quiet."""
        for _ in range(100):
            if told:
                self.deliver()
            sweep(*self.apps.values())
            progress = self.advance().progress
            for app in self.apps.values():
                progress |= push(app, app.connections["hub"]).claimed > 0
            if not progress and not self.waiting() and not self._undelivered(told):
                return
            self.clock.advance(timedelta(seconds=2))
        raise AssertionError(f"work is left: {self.waiting()}")

    def _undelivered(self, told: bool) -> bool:  # noqa: FBT001
        return told and self.delivered < len(self.hub.told)

    def waiting(self) -> dict[str, int]:
        """Return how many rows wait in the inbox of the workflows at work."""
        found: dict[str, int] = {}
        for name, app in self.apps.items():
            with app.store.read() as view:
                count = view.inbox.counts().get("pending", 0)
            found |= {name: count} if count else {}
        return found

    def record(self, workflow: str, id: str) -> RecordRow | None:  # noqa: A002
        """Return what a workflow knows of an object, if anything."""
        lifecycle, _ = agreements()[workflow]
        with self.store.of(workflow).read() as view:
            link = view.links.get_many("hub", "contacts", [id]).get(id)
            if link is None or link.record_id is None:
                return None
            return view.records.get(link.record_id, lifecycle.fields)

    def stage(self, workflow: str, id: str) -> str | None:  # noqa: A002
        """Return where an object stands in a workflow, or None."""
        row = self.record(workflow, id)
        return row.record.stage if row else None

    def history(self, workflow: str, id: str) -> list[HistoryEntry]:  # noqa: A002
        """Return what happened to an object in a workflow."""
        row = self.record(workflow, id)
        assert row is not None
        with self.store.read() as view:
            return view.history.of(row.record.id)

    def kinds(self, workflow: str, id: str) -> list[str]:  # noqa: A002
        """Return the kinds of the history's rows."""
        return [str(one.kind) for one in self.history(workflow, id)]

    def move(self, workflow: str, id: str, transition: str) -> None:  # noqa: A002
        """Let a person of the team that owns it move an object's record."""
        row = self.record(workflow, id)
        assert row is not None
        asked = ManualMove(
            transition=transition,
            actor="olena",
            at=self.clock.now(),
            roles=frozenset({workflow}),
        )
        move(self.apps[workflow], row.record.id, asked)

    def reads(self) -> int:
        """Return how many times the CRM was asked for objects."""
        return sum(1 for method, _ in self.hub.calls if method == "read")


def open_pair(database: Path) -> Pair:
    """Open an installation of both workflows on ``database``."""
    clock = FrozenClock()
    hub = Crm(clock)
    store = open_store(f"sqlite:///{database}")
    joined([binding for _, binding in agreements().values()])
    pair = Pair(store, clock, hub, CrmAdapter(hub), {})
    pair.only(*WORKFLOWS)
    return pair
