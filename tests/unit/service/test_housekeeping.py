"""What is forgotten by itself, and stages that have no place in the CRM."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from doubles import CrmAdapter

from leadstate.adapters import Gone, GoneReason
from leadstate.service.app import feed_of
from leadstate.service.inbound.comparing import compare
from leadstate.service.inbound.reconcile import PAGE_SECONDS, reconcile
from leadstate.service.tidy import tidy
from leadstate.service.work import work_once
from leadstate.store import LinkStatus, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doubles import Desk

    from leadstate.adapters import RemoteObject
    from leadstate.service.app import Feed


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
    _compare_everything(desk)
    desk.take_in("1")
    desk.crm.delete("1")
    desk.clock.advance(timedelta(hours=23))
    _compare_everything(desk)
    desk.settle()
    assert RecordStatus.ACTIVE is desk.record("1").status

    desk.clock.advance(timedelta(hours=2))
    _compare_everything(desk)
    desk.settle()

    assert RecordStatus.CLOSED is desk.record("1").status


def _take_in(desk: Desk, number: int) -> None:
    stage = desk.connected.binding.properties_of("lead")
    desk.tell(*(desk.crm.create(f"{one:03}", **stage) for one in range(number)))
    desk.settle()


def _compare_everything(desk: Desk) -> None:
    """Do what the service does within the next minutes."""
    for _ in range(20):
        reconcile(feed_of(desk.app, desk.connected))
        desk.clock.advance(timedelta(seconds=PAGE_SECONDS))


def test_a_round_goes_on_where_it_was(desk: Desk) -> None:
    """A page each time, whatever happened to the process in between."""
    _compare_everything(desk)
    _take_in(desk, 250)
    desk.clock.advance(timedelta(days=1))
    before = len(desk.crm.calls)

    _compare_everything(desk)

    asked = [len(ids) for kind, ids in desk.crm.calls[before:] if kind == "read"]
    assert [100, 100, 50] == asked


def test_a_slow_crm_is_asked_seldom(desk: Desk) -> None:
    """However many calls a page costs there: a fiftieth of the time is the most."""
    _compare_everything(desk)
    _take_in(desk, 150)
    desk.clock.advance(timedelta(days=1))
    slow = replace(desk.connected, adapter=SlowAdapter(desk.crm))
    feed = feed_of(desk.app, slow)

    asked = [desk.clock.now() for _ in range(200) if _looked(desk, feed)]

    assert timedelta(seconds=20 * 50) <= asked[1] - asked[0]


def _looked(desk: Desk, feed: Feed) -> bool:
    desk.clock.advance(timedelta(seconds=PAGE_SECONDS))
    return reconcile(feed)


class SlowAdapter(CrmAdapter):
    """Takes twenty seconds to read anything."""

    def read(self, ids: Sequence[str]) -> list[RemoteObject | Gone]:
        """Read, and let time pass."""
        self.crm.clock.advance(timedelta(seconds=20))
        return super().read(ids)


def test_who_runs_it_now_and_then_hears_of_deletions_too(desk: Desk) -> None:
    """Once an hour, for instance: what a service would have asked for is asked for."""
    desk.take_in("1")
    work_once(desk.app)
    desk.crm.delete("1")

    for _ in range(26):
        desk.clock.advance(timedelta(hours=1))
        work_once(desk.app)

    assert RecordStatus.CLOSED is desk.record("1").status


def test_what_is_nowhere_for_an_hour_was_forgotten(desk: Desk) -> None:
    """A CRM shows what was deleted or merged, and nothing of who was forgotten."""
    desk.take_in("1")
    _compare_everything(desk)
    desk.crm.delete("1")
    desk.crm.gone["1"] = Gone(id="1", reason=GoneReason.VANISHED)
    desk.clock.advance(timedelta(days=1))
    _compare_everything(desk)
    desk.settle()
    assert RecordStatus.CLOSED is desk.record("1").status

    desk.clock.advance(timedelta(days=1))
    _compare_everything(desk)
    desk.settle()

    with desk.app.store.read() as view:
        [link] = view.links.at("crm", "1")
    assert LinkStatus.ERASED is link.status


def test_what_is_nowhere_for_minutes_was_not_forgotten_for_sure(desk: Desk) -> None:
    """Another look within the hour says nothing yet: a merge may not be read so far."""
    desk.take_in("1")
    [first], [second] = (desk.crm.edit("1", need=text) for text in ("a CRM", "none"))
    desk.crm.delete("1")
    desk.crm.gone["1"] = Gone(id="1", reason=GoneReason.VANISHED)
    for event in (first, second):
        desk.tell(event)
        desk.settle()
        desk.clock.advance(timedelta(minutes=10))

    assert RecordStatus.CLOSED is desk.record("1").status
