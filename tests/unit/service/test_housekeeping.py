"""What is forgotten by itself, and stages that have no place in the CRM."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.service.app import feed_of
from leadstate.service.inbound.poll import compare, reconcile
from leadstate.service.tidy import tidy
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from doubles import Desk


def test_settled_rows_are_forgotten_after_a_month(desk: Desk) -> None:
    """A CRM delivers again within a day; a month later nobody asks any more."""
    desk.take_in("1")
    assert not desk.waiting()

    desk.clock.advance(timedelta(days=31))

    assert tidy(desk.app)
    with desk.app.store.read() as view:
        assert {} == view.inbox.counts()


def test_what_settled_lately_is_kept(desk: Desk) -> None:
    """Its key still has to stop a second delivery."""
    event = desk.crm.create("1", lifecyclestage="lead")
    desk.tell(event)
    desk.settle()
    desk.clock.advance(timedelta(days=2))

    assert not tidy(desk.app)
    assert (1, 0) == desk.tell(event)


def test_a_stage_without_a_place_in_the_crm_writes_nothing(desk: Desk) -> None:
    """The record moves on; the CRM goes on showing what it can show."""
    desk.take_in("1")
    binding = desk.connected.binding
    stages = {name: wanted for name, wanted in binding.stages.items() if name != "mql"}
    connected = replace(desk.connected, binding=replace(binding, stages=stages))
    app = replace(desk.app, connections={connected.name: connected})
    here = replace(desk, app=app)

    here.tell(*here.qualify("1"))
    here.settle()

    assert here.stage("1") == "mql"
    assert here.crm.ours() == []
    assert compare(app, connected).in_sync


def test_a_deletion_that_no_webhook_told_of_is_found_within_a_day(desk: Desk) -> None:
    """Polling tells of changes only; comparing everything finds what is gone."""
    reconcile(feed_of(desk.app, desk.connected))
    desk.take_in("1")
    desk.crm.delete("1")
    desk.clock.advance(timedelta(hours=23))
    reconcile(feed_of(desk.app, desk.connected))
    desk.settle()
    assert RecordStatus.ACTIVE is desk.record("1").status

    desk.clock.advance(timedelta(hours=2))
    reconcile(feed_of(desk.app, desk.connected))
    desk.settle()

    assert RecordStatus.CLOSED is desk.record("1").status
