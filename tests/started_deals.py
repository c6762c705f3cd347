"""Two workflows of one installation: a contact that becomes SQL opens a deal.

Store, workflows and use cases are the real ones; contacts and deals lie in two CRMs in
memory, and deals are made there by a hand-off.

    desk = open_deals(path)
    desk.contacts.take_in("c1", email="ada@example.com")
    desk.rise("c1")
    desk.work()
    desk.deals_of("c1")  # the ids of the records that it started
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from doubles import Crm, CrmAdapter, Desk
from modes import acting
from two_crms import Careful

from leadstate.definition import check_binding_text, load_workflow_text
from leadstate.definition.starts import check_starts
from leadstate.domain.history import HistoryKind
from leadstate.service.app import App, Connected
from leadstate.service.records import history
from leadstate.service.starts import started_of
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import RecordRow, Store

__all__ = ["CONTACTS", "DEALS", "Deals", "live", "open_deals"]

CONTACTS = """\
workflow: contacts
outside_moves: accept
fields:
  email: {type: email, identity: true, personal: true}
  name: {type: text, personal: true}
  amount: money
  size: {type: choice, options: [small, large]}
stages:
  lead: {initial: true}
  sql: {on_enter: {start: {workflow: deals, stage: new}}}
  nurture: {kind: parked}
transitions:
  rise: {from: lead, to: sql}
  fall: {from: sql, to: lead}
  park: {from: [lead, sql], to: nurture}
  wake: {from: nurture, to: sql}
"""
DEALS = """\
workflow: deals
outside_moves: accept
fields:
  email: {type: email, identity: true, personal: true}
  amount: money
  size: {type: choice, options: [small, huge]}
  hot: boolean
stages:
  new:
    initial: true
    on_enter: {set: {hot: true}}
    sla: {talk: {within: 4h, calendar: always, then: escalate}}
  talks: {}
  won: {kind: won}
transitions:
  go: {from: new, to: talks}
  win: {from: talks, to: won}
"""
CONTACTS_CRM = """\
binding: contacts
adapter: crm
object: contacts
fields: {email: email, name: name, amount: amount, size: size}
stages: {lead: {stage: lead}, sql: {stage: sql}, nurture: {stage: nurture}}
"""
DEALS_CRM = """\
binding: deals
adapter: crm
object: deals
fields: {email: person, amount: worth, size: size, hot: hot}
stages: {FIRST: {step: '1'}, talks: {step: '2'}, won: {step: '3'}}
hand_off: FIRST
"""
ADA = {"email": "ada@example.com", "name": "Ada", "amount": "500", "size": "small"}


class _Pipe(Desk):
    """The desk of the deals."""

    @property
    def connected(self) -> Connected:
        """The one connection."""
        return self.app.connections["pipe"]


@dataclass
class Deals:
    """An installation of two workflows, and short ways to act and to ask."""

    contacts: Desk
    deals: Desk
    clock: FrozenClock

    def work(self, seconds: float = 2) -> None:
        """Work until nothing is left of either workflow."""
        for _ in range(100):
            found = [one.advance().progress for one in (self.contacts, self.deals)]
            pushed = [one.push() for one in (self.contacts, self.deals)]
            if any(found) or any(one.claimed > one.later for one in pushed):
                continue
            if not self.contacts.waiting() and not self.deals.waiting():
                return
            self.clock.advance(timedelta(seconds=seconds))
        raise AssertionError(f"left: {self.contacts.waiting()} {self.deals.waiting()}")

    def known(self, id_: str = "c1", **properties: str) -> None:
        """Have a contact under care, in its first stage."""
        self.contacts.tell(
            self.contacts.crm.create(id_, **(ADA | {"stage": "lead"} | properties))
        )
        self.contacts.advance()

    def drag(self, stage: str, id_: str = "c1") -> None:
        """Let a person drag a contact into a stage; it is judged, and nothing more."""
        self.contacts.tell(*self.contacts.crm.edit(id_, stage=stage))
        self.contacts.advance()

    def started(self, id_: str = "c1") -> list[str]:
        """Return the ids of the records that a contact started, oldest first."""
        return [one.record_id for one in started_of(self.contacts.history(id_))]

    def deal(self, record_id: str) -> RecordRow:
        """Return a record of the deals."""
        fields = self.deals.app.lifecycle.fields
        with self.deals.app.store.read() as view:
            found = view.records.get(record_id, fields)
        assert found is not None
        return found

    def history(self, record_id: str) -> list[HistoryEntry]:
        """Return all that happened to a record of the deals."""
        return history(self.deals.app, record_id)

    def told(self, id_: str = "c1") -> list[HistoryEntry]:
        """Return what a contact's history says of the records that it started."""
        rows = self.contacts.history(id_)
        return [one for one in rows if one.kind is HistoryKind.STARTED]

    def close(self) -> None:
        """Close both."""
        self.contacts.app.close()
        self.deals.app.close()


def open_deals(
    database: Path,
    contacts: str = CONTACTS,
    deals: str = DEALS,
    *,
    clock: FrozenClock | None = None,
    fits: bool = True,
) -> Deals:
    """Open an installation of two workflows on a database.

    Args:
        fits: Whether the starts of the one fit the other.
    """
    clock = clock or FrozenClock()
    both = load_workflow_text(contacts), load_workflow_text(deals)
    assert fits == (not check_starts({one.name: one for one in both}))
    store = open_store(f"sqlite:///{database}")
    left, right = Crm(clock), Crm(clock, object="deals")
    one, other = CrmAdapter(left), Careful(right)
    pipe = DEALS_CRM.replace("FIRST", both[1].initial.name)
    return Deals(
        Desk(_app(both[0], CONTACTS_CRM, store, "crm", one), clock, left, one),
        _Pipe(_app(both[1], pipe, store, "pipe", other), clock, right, other),
        clock,
    )


def _app(
    lifecycle: Lifecycle,
    binding_text: str,
    store: Store,
    name: str,
    adapter: CrmAdapter,
) -> App:
    binding, problems = check_binding_text(binding_text, lifecycle)
    assert binding is not None, [str(one) for one in problems]
    app = App(
        lifecycle=lifecycle,
        store=store,
        clock=adapter.crm.clock,
        connections={name: Connected(name=name, adapter=adapter, binding=binding)},
    )
    return acting(app)


def live(database: Path) -> None:
    """Let a contact become SQL, and its deal be opened; the same however often."""
    desk = open_deals(database)
    desk.known()
    desk.drag("sql")
    desk.deals.advance()
    desk.close()


if __name__ == "__main__":
    live(Path(sys.argv[1]))
