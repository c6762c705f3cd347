"""A hand-off ends in one of three ways: made, linked, or listed for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import unanswered
from sqlalchemy import delete, update
from two_crms import ANN

from leadstate.service.app import feeds_of
from leadstate.service.commands.linking import ask_to_link
from leadstate.service.inbound.reconcile import reconcile
from leadstate.store.schema import link, outbox

if TYPE_CHECKING:
    from two_crms import Relay

MAIL = {"contact.email": "ann@example.com"}


def accepted(relay: Relay) -> None:
    """Let sales accept Ann; her hand-off waits."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.clock.advance(timedelta(days=1))
    relay.accept("h1")


@pytest.mark.parametrize("seen_first", [False, True], ids=["unheard", "polled first"])
@pytest.mark.parametrize("status", ["20", "30"])
def test_what_it_showed_before_the_decision_is_no_move(
    relay: Relay, status: str, *, seen_first: bool
) -> None:
    """Yesterday's stage of a lead that is found does not undo today's move."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.amo.create("a7", **MAIL, status=status)
    relay.clock.advance(timedelta(days=1))
    relay.accept("h1")
    if seen_first:
        relay.poll()
        relay.advance()

    relay.work()

    assert ("sal", "10") == (
        relay.record("h1").record.stage,
        relay.amo.things["a7"].properties["status"],
    )
    assert "conflict" not in relay.kinds("h1")
    assert [] == relay.differences()
    assert [] == relay.letters()


def test_somebody_who_touches_it_after_the_decision_moves_nothing(relay: Relay) -> None:
    """A note on the lead makes it newer, and its stage is as old as before."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.amo.create("a7", **MAIL, status="30")
    relay.clock.advance(timedelta(days=1))
    relay.accept("h1")
    relay.clock.advance(timedelta(minutes=5))
    relay.amo.edit("a7", price="1")

    relay.work(told=False)

    assert "sal" == relay.record("h1").record.stage
    assert "10" == relay.amo.things["a7"].properties["status"]


def test_a_move_in_the_other_crm_after_the_link_counts(relay: Relay) -> None:
    """From then on both are believed as ever."""
    accepted(relay)
    relay.amo.create("a7", **MAIL, status="30")
    relay.work()

    relay.clock.advance(timedelta(hours=1))
    relay.amo.edit("a7", status="143")
    relay.work()

    assert "lost" == relay.record("h1").record.stage


def test_an_object_in_a_stage_that_nobody_mapped_is_linked_and_moved(
    relay: Relay,
) -> None:
    """It is listed while nobody knows whose it is, and not after."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.deliver()
    relay.amo.create("a7", **MAIL, status="99")
    relay.work()
    assert [("amo", "a7", "unknown stage")] == relay.letters()

    relay.accept("h1")
    relay.work()

    assert {} == relay.adapter.made
    assert "10" == relay.amo.things["a7"].properties["status"]
    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id
    assert [] == relay.letters()


def test_an_object_that_the_binding_ignores_is_linked_and_moved(relay: Relay) -> None:
    """What is nobody's work becomes somebody's."""
    amo = relay.app.connections["amo"]
    ignoring = replace(amo.binding, ignore=({"status": frozenset({"99"})},))
    connections = {**relay.app.connections, "amo": replace(amo, binding=ignoring)}
    relay.app = replace(relay.app, connections=connections)
    accepted(relay)
    relay.amo.create("a7", **MAIL, status="99")

    relay.work()

    assert {} == relay.adapter.made
    assert "10" == relay.amo.things["a7"].properties["status"]
    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id


@pytest.mark.parametrize("found", [True, False], ids=["found", "only named"])
def test_another_records_object_is_for_a_person(relay: Relay, *, found: bool) -> None:
    """It is neither linked nor written; the list says whose it is."""
    relay.amo.create("a7", **{"contact.email": "bob@example.com", "status": "20"})
    relay.work()
    other = relay.record("a7", "amo").record.id
    accepted(relay)
    if found:
        relay.amo.things["a7"].properties["contact.email"] = "ann@example.com"
    relay.adapter.existing = "" if found else "a7"

    relay.push()

    [(connection, _, reason)] = relay.letters()
    assert ("amo", "cannot be written") == (connection, reason)
    with relay.app.store.read() as view:
        [letter] = view.dead_letters.list()
    assert f"belongs to record {other}" in letter.detail
    assert "20" == relay.amo.things["a7"].properties["status"]
    assert other == relay.record("a7", "amo").record.id
    assert "linked" not in relay.kinds("h1")


def test_a_try_that_came_to_nothing_asks_again_who_is_there(relay: Relay) -> None:
    """Perhaps done is not done: meanwhile somebody made a lead of the person."""
    accepted(relay)
    relay.amo.trouble["create"] = [unanswered(applied=False)]
    relay.push()
    relay.amo.create("a7", **MAIL, status="30")

    relay.work()

    assert {} == relay.adapter.made
    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id


def a_day_later(relay: Relay) -> None:
    """Compare everything, as the service does once a day."""
    [feed] = [one for one in feeds_of([relay.app]) if one.name == "amo"]
    reconcile(feed)
    for _ in range(9):
        relay.clock.advance(timedelta(hours=5))
        reconcile(feed)
        relay.work(told=False)


@pytest.mark.parametrize("now", ["hers", "another record's", "gone"])
def test_one_that_ended_without_an_object_begins_again(relay: Relay, now: str) -> None:
    """As the first versions could end one: it is linked, listed or made after all."""
    accepted(relay)
    relay.amo.create("a7", **MAIL, status="30")
    relay.hub.create("h2", **(ANN | {"email": "bob@example.com"}))
    relay.work()
    owner = relay.record("h2").record.id if now == "another record's" else None
    with relay.app.store.begin() as work:
        of_hers = link.c.external_id == "a7"
        work.connection.execute(update(link).where(of_hers).values(record_id=owner))
        if owner is None:
            work.connection.execute(delete(link).where(of_hers))
        work.connection.execute(delete(outbox).where(outbox.c.kind == "stage"))
        work.commit()
    # Nothing reads it meanwhile, as nothing read what was ignored.
    relay.amo.things["a7"].properties["status"] = "99"
    if now == "gone":
        relay.amo.things.pop("a7")

    a_day_later(relay)

    mine = relay.record("h1").record.id
    with relay.app.store.read() as view:
        links = view.links.of_records([mine])[mine]
        letters = view.dead_letters.list()
    linked = [one.external_id for one in links if one.connection == "amo"]
    made = list(relay.adapter.made.values())
    assert {"hers": ["a7"], "another record's": [], "gone": made}[now] == linked
    assert (now == "gone") == bool(made)
    stolen = [one for one in letters if f"belongs to record {owner}" in one.detail]
    assert (now == "another record's") == bool(stolen)


@pytest.mark.parametrize("what", ["deleted there", "lost meanwhile"])
def test_one_that_ended_well_does_not_begin_again(relay: Relay, what: str) -> None:
    """What was deleted there stays so, and a lost lead needs no object."""
    accepted(relay)
    relay.work()
    [made] = relay.adapter.made.values()
    if what == "deleted there":
        relay.amo.delete(made)
    else:
        relay.hub.edit("h1", stage="lost")
        relay.work()
        with relay.app.store.begin() as work:
            work.connection.execute(delete(link).where(link.c.external_id == made))
            work.commit()
        relay.amo.things.pop(made)

    a_day_later(relay)

    assert [made] == list(relay.adapter.made.values())
    assert made not in relay.amo.things


def test_history_says_whether_it_was_there(relay: Relay) -> None:
    """Made for it, or there already."""
    accepted(relay)
    relay.amo.create("a7", **MAIL, status="30")
    relay.work()

    [row] = [one for one in relay.history("h1") if one.kind == "linked"]

    assert "leads a7 was there already, and is this person" in row.note


def test_a_record_is_no_double_of_itself(relay: Relay) -> None:
    """Whoever is linked by an address has that address."""
    relay.hub.create("h1", **ANN)
    relay.work()
    relay.amo.create("a7", **MAIL, status="10")
    relay.work()

    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id
    assert relay.record("h1").flag is None

    relay.hub.edit("h1", email="ann@new.example")
    relay.work()

    assert relay.record("h1").flag is None


def known_there(relay: Relay, id_: str, email: str, phone: str | None = None) -> None:
    """Somebody has an object in amo that nobody placed yet."""
    held = {"contact.email": email, "contact.phone": phone or ""}
    relay.amo.create(id_, **held, status="20")


def test_a_colleague_behind_the_same_number_is_somebody_else(relay: Relay) -> None:
    """A switchboard finds everybody; an address of one's own says who one is."""
    relay.hub.create("h1", **(ANN | {"phone": "+49 30 9018200"}))
    relay.work()
    relay.accept("h1")
    known_there(relay, "a7", "bob@example.com", "+49309018200")

    relay.work()

    [made] = relay.adapter.made.values()
    assert relay.record("h1").record.id == relay.record(made, "amo").record.id
    assert relay.record("h1").record.id != relay.record("a7", "amo").record.id
    assert "20" == relay.amo.things["a7"].properties["status"]


def with_further(relay: Relay, **also: tuple[str, ...]) -> None:
    """Let sales accept Ann, who has further values; her hand-off waits."""
    relay.hub.create("h1", **ANN)
    relay.hub.things["h1"].also.update(also)
    relay.work()
    relay.clock.advance(timedelta(days=1))
    relay.accept("h1")


@pytest.mark.parametrize("heard", [False, True], ids=["found", "read first"])
def test_somebody_is_found_by_a_further_address(relay: Relay, *, heard: bool) -> None:
    """Marketing knows two; sales the second one only: it is one person, and no new."""
    with_further(relay, email=("Ann.Second@Example.com", "third@example.com"))
    known_there(relay, "a7", "ann.second@example.com")
    if heard:
        relay.deliver()
        relay.advance()

    relay.push()
    relay.work()

    assert {} == relay.adapter.made
    assert relay.record("h1").record.id == relay.record("a7", "amo").record.id
    assert "10" == relay.amo.things["a7"].properties["status"]
    assert [] == relay.letters()


def test_a_further_number_does_not_outvote_another_address(relay: Relay) -> None:
    """Found by a second number, with an address that is nobody's of hers."""
    with_further(relay, phone=("030 9018299",))
    known_there(relay, "a7", "bob@example.com", "+49309018299")

    relay.push()
    relay.work()

    [made] = relay.adapter.made.values()
    assert relay.record("h1").record.id == relay.record(made, "amo").record.id
    assert "20" == relay.amo.things["a7"].properties["status"]


def test_a_further_number_finds_somebody_without_an_address(relay: Relay) -> None:
    """Nothing better says that these are two."""
    with_further(relay, phone=("030 9018298",))
    relay.amo.create("a8", **{"contact.phone": "+49309018298"}, status="20")

    relay.push()
    relay.work()

    assert {} == relay.adapter.made
    assert relay.record("h1").record.id == relay.record("a8", "amo").record.id


def test_an_address_that_is_taken_away_finds_nobody(relay: Relay) -> None:
    """What an object shows no more tells nobody who it is."""
    with_further(relay, email=("old@example.com",))
    del relay.hub.things["h1"].also["email"]
    relay.hub.edit("h1", need="a CRM")
    relay.deliver()
    relay.advance()
    known_there(relay, "a7", "old@example.com")

    relay.push()
    relay.work()

    assert relay.record("h1").record.id != relay.record("a7", "amo").record.id


@pytest.mark.parametrize("named", [False, True], ids=["found", "only named"])
def test_an_object_of_two_people_is_for_a_person(relay: Relay, *, named: bool) -> None:
    """Its two addresses are those of two records: nobody guesses which it is."""
    relay.hub.create("h2", email="bob@example.com", name="Bob", stage="lead")
    accepted(relay)
    relay.deliver()
    known_there(relay, "a7", "ann@example.com" if not named else "bob@example.com")
    if not named:
        relay.amo.things["a7"].also["contact.email"] = ("bob@example.com",)
    relay.adapter.existing = "a7" if named else ""

    relay.push()

    with relay.app.store.read() as view:
        [letter] = view.dead_letters.list()
    assert ("amo", "cannot be written") == (letter.connection, letter.reason)
    assert relay.record("h2").record.id in letter.detail
    assert {} == relay.adapter.made
    assert "20" == relay.amo.things["a7"].properties["status"]
    assert "linked" not in relay.kinds("h1")


def test_a_hand_off_that_a_person_settled_waits_no_more(relay: Relay) -> None:
    """Whose the object is was said: it is linked, and the list is empty."""
    relay.hub.create("h2", email="bob@example.com", name="Bob", stage="lead")
    accepted(relay)
    relay.deliver()
    known_there(relay, "a7", "ann@example.com")
    relay.amo.things["a7"].also["contact.email"] = ("bob@example.com",)
    relay.work()
    assert {"amo"} == {connection for connection, _, _ in relay.letters()}

    record_id = relay.record("h1").record.id
    ask_to_link(relay.app, record_id, "amo", "a7", actor="olena")
    relay.work()

    assert record_id == relay.record("a7", "amo").record.id
    assert "10" == relay.amo.things["a7"].properties["status"]
    assert {} == relay.adapter.made
    assert [] == relay.letters()
