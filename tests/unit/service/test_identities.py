"""One person in two CRMs: the same lead, or somebody for a person to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from two_crms import ANN

from leadstate.adapters import ChangeHint, Gone, GoneReason
from leadstate.domain.signal import ManualMove
from leadstate.errors import UsageError
from leadstate.service.commands.linking import ask_to_link
from leadstate.service.inbox import hint_items
from leadstate.service.records import move

if TYPE_CHECKING:
    from two_crms import Relay


def _accept(relay: Relay, id_: str) -> None:
    asked = ManualMove(
        transition="accept",
        actor="olena",
        at=relay.clock.now(),
        roles=frozenset({"sales"}),
    )
    move(relay.app, relay.record(id_).record.id, asked)


def _handed_off(relay: Relay, **properties: str) -> str:
    """Have a contact accepted by sales, and its lead made; return the lead's id."""
    relay.hub.create("h1", **(ANN | properties))
    relay.work()
    relay.accept("h1")
    relay.work()
    [made] = relay.adapter.made.values()
    return made


# -- identity --------------------------------------------------------------------------


def test_the_same_address_is_the_same_lead(relay: Relay) -> None:
    """Whatever its case; values that one side lacks are copied."""
    relay.hub.create("h1", email="ANN@example.com", stage="mql", need="a CRM")
    relay.work()
    relay.amo.create(
        "a1", **{"contact.email": "ann@Example.com", "status": "10", "price": "700"}
    )
    relay.work()

    assert relay.record("h1").record.id == relay.record("a1", "amo").record.id
    assert "sal" == relay.record("h1").record.stage
    assert "sal" == relay.hub.things["h1"].properties["stage"]
    assert "700" == relay.hub.things["h1"].properties["budget"]
    assert "a CRM" == relay.amo.things["a1"].properties["cf.NEED"]
    assert [] == relay.differences()


def test_the_same_number_is_the_same_lead_unless_the_address_differs(
    relay: Relay,
) -> None:
    """Two colleagues share a switchboard."""
    relay.hub.create("h1", email="ann@example.com", phone="030 9018200", stage="mql")
    relay.work()
    relay.amo.create("a1", **{"contact.phone": "+49 30 901 82 00", "status": "10"})
    relay.amo.create(
        "a2",
        **{
            "contact.phone": "+49309018200",
            "contact.email": "bob@example.com",
            "status": "10",
        },
    )
    relay.work()

    assert relay.record("h1").record.id == relay.record("a1", "amo").record.id
    assert relay.record("h1").record.id != relay.record("a2", "amo").record.id


def test_a_second_object_of_the_person_is_for_a_person(relay: Relay) -> None:
    """It waits with the reason, and goes where the person says."""
    made = relay.handed_off()
    relay.amo.create("a9", **{"contact.email": "ann@example.com", "status": "20"})
    relay.work()

    link = relay.link("amo", "a9")
    assert link is not None
    assert link.record_id is None
    assert "which has an object here already" in link.reason
    assert [("amo", "a9", "ambiguous person")] == relay.letters()

    record_id = relay.record("h1").record.id
    with pytest.raises(UsageError, match=f"has leads {made} in amo already"):
        ask_to_link(relay.app, record_id, "amo", "a9", actor="olena")
    ask_to_link(relay.app, "new", "amo", "a9", actor="olena")
    relay.work()

    assert record_id != relay.record("a9", "amo").record.id
    assert [] == relay.letters()


def test_two_new_objects_for_one_person_are_both_for_a_person(relay: Relay) -> None:
    """Which of them came first in a list is no reason."""
    relay.hub.create("h1", **ANN)
    relay.work()
    for id_ in ("a1", "a2"):
        relay.amo.create(id_, **{"contact.email": "ann@example.com", "status": "10"})
    relay.work()

    assert {"a1", "a2"} == {id_ for _, id_, _ in relay.letters()}

    ask_to_link(relay.app, relay.record("h1").record.id, "amo", "a2", actor="olena")
    relay.work()

    assert relay.record("h1").record.id == relay.record("a2", "amo").record.id


def test_a_lead_that_turns_out_to_be_another_is_flagged_and_can_be_joined(
    relay: Relay,
) -> None:
    """An address that comes late makes two records one, when a person says so."""
    relay.hub.create("h1", **ANN)
    relay.amo.create("a1", status="10")
    relay.work()
    theirs = relay.record("a1", "amo").record.id
    ours = relay.record("h1").record.id

    relay.amo.edit("a1", **{"contact.email": "ann@example.com"})
    relay.work()

    assert f"has the email of record {ours}" in (relay.record("a1", "amo").flag or "")

    ask_to_link(relay.app, ours, "amo", "a1", actor="olena")
    relay.work()

    assert ours == relay.record("a1", "amo").record.id
    with relay.app.store.read() as view:
        left = view.records.get(theirs, relay.app.lifecycle.fields)
    assert left is not None
    assert "closed" == left.status
    assert [] == relay.app.store.integrity()


def test_one_crm_loses_the_object_and_the_lead_goes_on(relay: Relay) -> None:
    """Its history is one, whichever CRM carries it."""
    made = relay.handed_off()

    del relay.amo.things[made]
    relay.hub.edit("h1", need="a CRM")
    relay.work()

    assert "active" == relay.record("h1").status
    [row] = [one for one in relay.history("h1") if one.kind == "unlinked"]
    assert f"leads {made} is gone from the CRM (unknown)" == row.note
    assert [] == relay.app.store.integrity()
    link = relay.link("amo", made)
    assert link is not None
    assert "gone" == link.status


def test_a_forgotten_person_stays_forgotten(relay: Relay) -> None:
    """What the other CRM still holds does not come back by an edit or a poll there."""
    made = relay.handed_off(need="a CRM")
    record_id = relay.record("h1").record.id
    relay.hub.gone["h1"] = Gone(id="h1", reason=GoneReason.ERASED)
    del relay.hub.things["h1"]
    now = relay.clock.now()
    hint = ChangeHint(id="h1", updated_at=now)
    with relay.app.store.begin() as work:
        work.inbox.add(hint_items(relay.app.connection("hub"), [hint], now))
        work.commit()
    relay.work()

    relay.amo.edit(made, price="700", status="143")
    relay.work()
    relay.poll()
    relay.work()

    with relay.app.store.read() as view:
        row = view.records.get(record_id, relay.app.lifecycle.fields)
    assert row is not None
    assert ("erased", {}) == (row.status, dict(row.record.values))


def test_an_object_that_is_not_there_cannot_be_linked(relay: Relay) -> None:
    """A mistyped id is told at once."""
    with pytest.raises(UsageError, match="amo has no leads 99"):
        ask_to_link(relay.app, "new", "amo", "99", actor="olena")


def test_an_object_that_is_restored_catches_up(relay: Relay) -> None:
    """What happened while it was deleted is written to it: values and the stage."""
    made = relay.handed_off(budget="20000")
    relay.amo.delete(made)
    relay.work()
    relay.hub.edit("h1", need="a CRM", stage="sql")
    relay.work()

    relay.amo.restore(made)
    relay.work()

    assert "20" == relay.amo.things[made].properties["status"]
    assert "a CRM" == relay.amo.things[made].properties["cf.NEED"]
    assert [] == relay.differences()


# -- several addresses and numbers -----------------------------------------------------


def _with_another(relay: Relay, id_: str, **more: str) -> None:
    """Create a lead of somebody whose second value is the one that we know."""
    relay.amo.create(id_, **{"contact.email": "first@example.com", "status": "20"})
    named = {name.replace("_", "."): (value,) for name, value in more.items()}
    relay.amo.things[id_].also.update(named)


def test_a_second_address_is_the_same_lead(relay: Relay) -> None:
    """The other CRM has two addresses of the person, and ours is not the main one."""
    relay.hub.create("h1", **ANN)
    relay.work()
    _with_another(relay, "a1", contact_email="Ann@Example.com")

    relay.work()

    assert relay.record("h1").record.id == relay.record("a1", "amo").record.id


def test_a_second_number_is_the_same_lead_unless_no_address_is(relay: Relay) -> None:
    """Addresses are trusted more: two people share a switchboard."""
    relay.hub.create("h1", **(ANN | {"phone": "+49 30 9018200"}))
    relay.work()
    _with_another(relay, "a1", contact_phone="030 9018200")
    _with_another(relay, "a2", contact_phone="030 9018200")
    relay.amo.things["a2"].properties["contact.email"] = None

    relay.work()

    assert relay.record("h1").record.id == relay.record("a2", "amo").record.id
    assert relay.record("h1").record.id != relay.record("a1", "amo").record.id


def test_a_hand_off_finds_the_second_address(relay: Relay) -> None:
    """What the search hits is not thrown away because its main address is another."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.accept("h1")
    _with_another(relay, "a1", contact_email="ann@example.com")

    relay.work()

    assert {} == relay.adapter.made
    assert relay.record("h1").record.id == relay.record("a1", "amo").record.id


def test_two_people_whom_one_object_could_be_are_for_a_person(relay: Relay) -> None:
    """Three addresses of two people: nothing is guessed."""
    relay.hub.create("h1", **ANN)
    relay.hub.create("h2", **(ANN | {"email": "bob@example.com"}))
    relay.work()
    _with_another(relay, "a1")
    both = (ANN["email"], "bob@example.com")
    relay.amo.things["a1"].also["contact.email"] = both

    relay.work()

    assert [("amo", "a1", "ambiguous person")] == relay.letters()


def test_our_second_address_is_the_same_lead_too(relay: Relay) -> None:
    """Whichever of the two CRMs has the second address."""
    relay.amo.create("a1", **{"contact.email": "ann@work.example", "status": "20"})
    relay.work()
    relay.hub.create("h1", **ANN)
    relay.hub.things["h1"].also["email"] = ("ann@work.example",)
    relay.work()

    assert relay.record("h1").record.id == relay.record("a1", "amo").record.id


def test_an_address_that_is_learnt_later_lists_both(relay: Relay) -> None:
    """They are two records by then: a person says whether they are one lead."""
    relay.amo.create("a1", **{"contact.email": "ann@work.example", "status": "20"})
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.hub.things["h1"].also["email"] = ("ann@work.example",)

    relay.hub.edit("h1", need="a CRM")
    relay.work()

    assert f"has the email of record {relay.record('a1', 'amo').record.id}" in str(
        relay.record("h1").flag
    )
