"""Which records may be one person: two of everything in one CRM, or over two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from two_crms import ANN

from leadstate.errors import UsageError
from leadstate.service.reports.doubles import doubles
from leadstate.service.reports.scope import Scope

if TYPE_CHECKING:
    from two_crms import Relay

    from leadstate.service.reports.doubles import Doubles

PHONE = "+49 30 9018200"


def found(relay: Relay, scope: Scope | None = None) -> Doubles:
    with relay.app.store.read() as view:
        lifecycle, now = relay.app.lifecycle, relay.clock.now()
        return doubles(view, lifecycle, scope or Scope(), now)


def test_two_contacts_of_one_crm_are_listed(relay: Relay) -> None:
    """The older first, with what each is in the CRM, however the number is written."""
    relay.hub.create("h1", **ANN, phone=PHONE)
    relay.work()
    relay.hub.create("h2", email="a.smith@example.com", phone="0049309018200")
    relay.hub.create("h3", email="bob@example.com", phone="+49 30 1")
    relay.work()

    told = found(relay)

    [double] = told.rows
    assert ("phone", 2, 2) == (double.field, len(double.records), told.records)
    objects = [one.objects for one in double.records]
    assert [("hub:h1",), ("hub:h2",)] == objects


def test_a_further_address_makes_a_double(relay: Relay) -> None:
    """HubSpot keeps one contact a main address; a further one may be another's."""
    relay.hub.create("h1", **ANN)
    relay.hub.things["h1"].also["email"] = ("A.Smith@example.com",)
    relay.work()
    relay.hub.create("h2", email="a.smith@example.com", stage="lead")
    relay.work()

    [double] = found(relay).rows

    assert ("email", "a.smith@example.com") == (double.field, double.value)
    assert [("hub:h1",), ("hub:h2",)] == [one.objects for one in double.records]


def test_who_is_in_two_crms_is_no_double(relay: Relay) -> None:
    """One record, two objects."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.amo.create("a1", **{"contact.email": ANN["email"], "status": "10"})
    relay.work()

    assert () == found(relay).rows


def test_whoever_ended_is_no_double(relay: Relay) -> None:
    """Deleted in the CRM, or merged into the other one."""
    relay.hub.create("h1", **ANN, phone=PHONE)
    relay.hub.create("h2", email="a.smith@example.com", phone=PHONE)
    relay.work()
    assert 1 == len(found(relay).rows)

    relay.hub.merge("h1", "h2", "h1")
    relay.work()

    assert () == found(relay).rows


def test_forty_contacts_with_one_address_are_one_row(relay: Relay) -> None:
    """An account whose every contact has the same number."""
    for number in range(40):
        relay.hub.create(f"h{number}", email=f"n{number}@example.com", phone=PHONE)
    relay.work()

    [double] = found(relay).rows

    assert 40 == len(double.records)


def test_a_part_is_refused(relay: Relay) -> None:
    """Whoever is left out may be the double."""
    with pytest.raises(UsageError, match="leave --owner, --pass out"):
        found(relay, Scope(owner="ann", pass_number=2))
