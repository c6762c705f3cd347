"""A merge in one CRM: what the merged have in the other one is settled, too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from two_crms import ANN

from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from two_crms import Relay

BOB = ANN | {"email": "bob@example.com"}
INTO = pytest.mark.parametrize("into", ["h1", "h9"], ids=["the first's id", "a new id"])


def dealt(relay: Relay, id_: str, email: str, status: str) -> str:
    """Let a contact have a lead in the other CRM; return the record's id."""
    lead = id_.replace("h", "a")
    relay.hub.create(id_, **(ANN | {"email": email}))
    relay.work()
    relay.amo.create(lead, **{"contact.email": email, "status": status})
    relay.work()
    assert relay.record(id_).record.id == relay.record(lead, "amo").record.id
    relay.clock.advance(timedelta(hours=1))
    return relay.record(id_).record.id


@INTO
def test_two_deals_stay_two_and_are_listed(relay: Relay, into: str) -> None:
    """One contact, two deals: the second record goes on with its own, for a person."""
    kept = dealt(relay, "h1", "ann@example.com", "10")
    other = dealt(relay, "h2", "bob@example.com", "30")

    relay.hub.merge("h1", "h2", into)
    relay.work()

    assert kept == relay.record(into).record.id
    assert kept == relay.record("a1", "amo").record.id
    left = relay.record("a2", "amo")
    assert (other, RecordStatus.ACTIVE) == (left.record.id, left.status)
    assert "if a2 is the same lead, merge the two there" in str(left.flag)
    assert "unlinked" in relay.kinds("a2", "amo")
    assert [] == relay.differences()


@INTO
def test_an_only_deal_joins_the_survivor(relay: Relay, into: str) -> None:
    """And shows its stage; nobody is left behind with a closed record."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.clock.advance(timedelta(hours=1))
    other = dealt(relay, "h2", "bob@example.com", "30")
    kept = relay.record("h1").record.id

    relay.hub.merge("h1", "h2", into)
    relay.work()

    assert kept == relay.record("a2", "amo").record.id == relay.record(into).record.id
    with relay.app.store.read() as view:
        ended = view.records.get(other, relay.app.lifecycle.fields)
    assert ended is not None
    assert RecordStatus.CLOSED is ended.status
    assert [] == relay.differences()


def test_the_survivors_deal_is_not_made_a_second_time(relay: Relay) -> None:
    """A new id forgets nothing of what the oldest record has elsewhere."""
    dealt(relay, "h1", "ann@example.com", "30")
    relay.hub.create("h2", **BOB)
    relay.work()

    relay.hub.merge("h1", "h2", "h9")
    relay.work()
    relay.hub.edit("h9", stage="sal")
    relay.work()

    assert {} == relay.adapter.made
    assert "10" == relay.amo.things["a1"].properties["status"]
    assert [] == relay.differences()


def test_what_goes_on_alone_is_worked_on(relay: Relay) -> None:
    """Sales wins the second deal: that is its own record's end, and no other one's."""
    dealt(relay, "h1", "ann@example.com", "10")
    other = dealt(relay, "h2", "bob@example.com", "20")
    relay.hub.merge("h1", "h2", "h9")
    relay.work()

    relay.amo.edit("a2", status="142")
    relay.work()

    left = relay.record("a2", "amo")
    assert (other, "won") == (left.record.id, left.record.stage)
    assert "sal" == relay.record("h9").record.stage
    assert [] == relay.differences()
