"""Two CRMs, of which one, or both, are only observed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from modes import observing
from two_crms import ANN, relays

from leadstate.service.batches.forecast import forecast
from leadstate.service.batches.going_live import go_live
from leadstate.service.batches.observing import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from two_crms import Relay

    Open = Callable[..., Relay]

AMO = {"contact.email": "ann@example.com", "name": "Ann", "status": "10"}


@pytest.fixture(name="open_relay")
def _open_relay(tmp_path: Path) -> Iterator[Open]:
    yield from relays(tmp_path)


def read(relay: Relay) -> None:
    """Read both accounts to the end."""
    relay.poll()
    relay.work()


def live(relay: Relay, name: str) -> object:
    return go_live(relay.app, relay.app.connections[name], actor="ann")


def sent(relay: Relay, connection: str) -> int:
    """Return how much was ever to be written to a CRM."""
    with relay.app.store.read() as view:
        [[count]] = view.connection.exec_driver_sql(
            f"SELECT count(*) FROM outbox WHERE connection = '{connection}'"
        )
    return int(count)


def test_an_observed_second_crm_is_only_read(open_relay: Open) -> None:
    """The lead is acted on by the first; nothing is made or written in the other."""
    relay = open_relay()
    observing(relay.app, "amo")
    relay.hub.create("h1", **ANN)
    read(relay)
    relay.accept("h1")
    relay.work()

    assert "sal" == relay.hub.things["h1"].properties["stage"]
    assert {} == relay.amo.things
    assert 0 == sent(relay, "amo")


def test_what_was_owed_meanwhile_is_made_when_it_goes_live(open_relay: Open) -> None:
    """A record came into the stage of the hand-off while nobody could be handed."""
    relay = open_relay()
    observing(relay.app, "amo")
    relay.hub.create("old", email="old@example.com", name="Old", stage="sal")
    relay.hub.create("h1", **ANN)
    read(relay)
    relay.accept("h1")
    relay.work()
    ahead = forecast(relay.app, relay.app.connections["amo"])

    live(relay, "amo")
    relay.work()

    assert 1 == ahead.loads["amo"].creations
    [made] = relay.amo.things.values()
    assert "Ann" == made.properties["name"]  # what was in sales before is not
    assert "10" == made.properties["status"]
    assert [] == relay.differences()


def test_a_second_crm_is_shown_what_was_decided_when_it_goes_live(
    open_relay: Open,
) -> None:
    """Its object fell behind: stage and shared values are written there, once."""
    relay = open_relay()
    observing(relay.app, "amo")
    relay.hub.create("h1", **ANN, stage_was="")
    relay.amo.create("a1", **AMO)
    relay.clock.advance(timedelta(minutes=5))
    read(relay)
    relay.hub.edit("h1", budget="20000", stage="sql")
    relay.work()
    assert "sql" == relay.record("h1").record.stage
    assert "10" == relay.amo.things["a1"].properties["status"]

    live(relay, "amo")
    relay.work()

    shown = relay.amo.things["a1"].properties
    assert ("20", "20000") == (shown["status"], shown["price"])
    assert [] == relay.differences()
    kinds = [str(one.kind) for one in relay.history("h1")]
    assert 1 == kinds.count("went_live")


def test_both_observed_and_one_goes_live(open_relay: Open) -> None:
    """The record is under care from the first on; the second is only read."""
    relay = open_relay()
    observing(relay.app)
    relay.hub.create("h1", **(ANN | {"stage": "lead"}), size="90")
    relay.amo.create("a1", **AMO)
    read(relay)
    before = relay.record("h1")

    live(relay, "hub")
    relay.work()

    assert before.care_since is None
    assert relay.record("h1").care_since is not None
    assert 0 == sent(relay, "amo")

    live(relay, "amo")
    relay.work()
    assert [] == relay.differences()


def test_the_first_object_that_is_live_brings_a_record_under_care(
    open_relay: Open,
) -> None:
    """Observed by one CRM; then an object of the other, which is live, joins it."""
    relay = open_relay()
    observing(relay.app, "amo")
    relay.amo.create("a1", **AMO)
    read(relay)
    assert relay.record("a1", "amo").care_since is None

    relay.hub.create("h1", **(ANN | {"stage": "sal"}))
    relay.work()

    assert relay.record("a1", "amo").record.id == relay.record("h1").record.id
    assert relay.record("h1").care_since is not None
    assert 0 == sent(relay, "amo")


def test_observing_one_again_leaves_the_record_to_the_other(open_relay: Open) -> None:
    """Its clocks go on; only that CRM is written no more."""
    relay = open_relay()
    lead = relay.handed_off()
    read(relay)

    observe(relay.app, relay.app.connections["amo"], actor="bob")
    relay.hub.edit("h1", budget="20000", stage="sql")
    relay.work()

    assert relay.record("h1").care_since is not None
    assert "10" == relay.amo.things[lead].properties["status"]
    live(relay, "amo")
    relay.work()
    assert "20" == relay.amo.things[lead].properties["status"]
    assert [] == relay.differences()
