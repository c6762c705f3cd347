"""Two CRMs at the very same moment: who is believed, and what is judged again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import CrmAdapter

from leadstate.service.outbound.push import push

if TYPE_CHECKING:
    from two_crms import Relay

MILLISECOND = timedelta(milliseconds=1)  # what every change of a CRM in memory takes


@pytest.mark.parametrize(
    ("first", "kept"), [("hub", "900"), ("amo", "700")], ids=["hub first", "amo first"]
)
def test_of_two_edits_of_one_moment_the_one_that_is_known_stays(
    relay: Relay, first: str, kept: str
) -> None:
    """Neither is newer, so nothing is taken back, and both CRMs show it."""
    made = relay.handed_off(budget="500")
    relay.hub.edit("h1", budget="900")
    relay.clock.advance(-MILLISECOND)
    relay.amo.edit(made, price="700")

    relay.tell(first, relay.fresh(first))
    relay.advance()
    relay.work()

    assert float(kept) == relay.record("h1").record.values["budget"]
    assert kept == relay.hub.things["h1"].properties["budget"]
    assert kept == relay.amo.things[made].properties["price"]
    [found] = relay.conflicts()
    assert (float(kept), first, "newest") == (found.kept, found.kept_from, found.rule)
    assert found.kept_at == found.dropped_at
    assert [] == relay.differences()


def test_an_edit_beside_a_hand_off_reaches_the_lead_that_was_made_meanwhile(
    relay: Relay,
) -> None:
    """While one CRM is read, the other one gets the lead: the edit goes there too."""
    relay.hub.create("h1", email="ann@example.com", stage="mql", budget="500")
    relay.work()
    hub, amo = relay.app.connections.values()
    relay.accept("h1")
    relay.advance()
    push(relay.app, hub)
    relay.hub.edit("h1", budget="700")
    relay.deliver()
    assert isinstance(hub.adapter, CrmAdapter)
    hub.adapter.before_read = lambda: push(relay.app, amo)

    relay.work()

    [made] = relay.adapter.made.values()
    assert "700" == relay.amo.things[made].properties["price"]
    assert [] == relay.conflicts()
    assert [] == relay.differences()
