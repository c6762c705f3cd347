"""Accounts that nobody prepared: one address for all, none at all, many for one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from modes import acting
from two_crms import ANN

if TYPE_CHECKING:
    from two_crms import Relay

NUMBER = 40


def accepted(relay: Relay, email: str | None) -> None:
    """Let sales accept forty contacts, each with this address."""
    shown = {name: value for name, value in ANN.items() if name != "email"}
    for number in range(NUMBER):
        address = {} if email is None else {"email": email}
        relay.hub.create(f"h{number}", **(shown | address))
    relay.work()
    for number in range(NUMBER):
        relay.accept(f"h{number}")
    relay.work()


def test_an_account_whose_every_contact_has_the_same_address(relay: Relay) -> None:
    """Each is a lead of its own; whose the one object is, a person is asked."""
    accepted(relay, "info@example.com")

    records = {relay.record(f"h{number}").record.id for number in range(NUMBER)}
    assert NUMBER == len(records)
    assert 1 == len(relay.amo.things)
    assert ["cannot be written"] * (NUMBER - 1) == [one[2] for one in relay.letters()]
    assert [] == relay.differences()


def test_an_account_whose_contacts_have_no_address(relay: Relay) -> None:
    """Nobody is anybody else: each gets an object, once."""
    accepted(relay, None)

    assert NUMBER == len(relay.amo.things) == len(relay.adapter.made)
    assert [] == relay.letters()
    assert [] == relay.differences()


@pytest.mark.parametrize("known", [0, 39])
def test_somebody_with_forty_addresses(relay: Relay, known: int) -> None:
    """The lead that has one of them is found and linked."""
    addresses = [f"ann{number}@example.com" for number in range(NUMBER)]
    relay.amo.create("a7", **{"contact.email": addresses[known], "status": "30"})
    relay.hub.create("h1", **(ANN | {"email": addresses[0]}))
    relay.hub.things["h1"].also["email"] = tuple(addresses[1:])
    relay.work()
    if relay.record("a7", "amo").record.id != relay.record("h1").record.id:
        relay.accept("h1")
        relay.work()

    assert relay.record("a7", "amo").record.id == relay.record("h1").record.id
    assert {} == relay.adapter.made


def test_two_connections_to_one_account(relay: Relay) -> None:
    """One record with two links; what we write is no move, and a move is one."""
    hub = relay.app.connections["hub"]
    twice = {**relay.app.connections, "again": replace(hub, name="again")}
    relay.app = acting(replace(relay.app, connections=twice))
    relay.hub.create("h1", **ANN)
    relay.poll()
    relay.work(told=False)
    relay.accept("h1")
    for _ in range(3):
        relay.work(told=False)
        relay.poll()
    relay.hub.edit("h1", stage="lost")
    for _ in range(3):
        relay.poll()
        relay.work(told=False)

    assert relay.record("h1").record.id == relay.record("h1", "again").record.id
    assert "lost" == relay.record("h1").record.stage
    assert ["entered", "linked", "moved", "linked", "moved"] == relay.kinds("h1")
    assert [("h1", "stage", "sal")] == relay.ours("hub")
    assert 1 == len(relay.amo.things)
    assert [] == relay.letters()
    assert [] == relay.differences()
