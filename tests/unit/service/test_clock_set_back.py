"""A clock that ran ahead and was set right leaves a service that works."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import CrmAdapter, busy

from leadstate.service.app import feed_of
from leadstate.service.audit.checkpointing import checkpoint_when_due
from leadstate.service.inbound.reconcile import reconcile
from leadstate.service.outbound.push import push
from leadstate.service.timers.sweep import Sweeping
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from doubles import Desk
    from office_hours import TimedDesk

    from leadstate.adapters import Write, WriteOutcome


class NotingAdapter(CrmAdapter):
    """The CRM in memory; it keeps how it was asked to write."""

    asked: Sequence[Write] = ()

    def write(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Keep them, and write."""
        self.asked = writes
        return super().write(writes)


AHEAD = pytest.mark.parametrize(
    "ahead",
    [timedelta(hours=1), timedelta(days=5), timedelta(days=3653)],
    ids=["an hour", "five days", "ten years"],
)
MINUTE = timedelta(minutes=1)


@AHEAD
def test_news_that_came_while_the_clock_ran_ahead_is_judged(
    desk: Desk, ahead: timedelta
) -> None:
    """It is dated by the wrong clock, and nobody waits for that date."""
    desk.take_in("1")
    happened = desk.qualify("1")
    desk.clock.advance(ahead)
    desk.tell(*happened)

    desk.clock.advance(-ahead)
    desk.settle()

    assert desk.stage("1") == "mql"
    assert desk.faults() == []


@AHEAD
def test_what_was_put_off_by_such_a_clock_is_looked_at_now(
    desk: Desk, ahead: timedelta
) -> None:
    """A CRM that was down then is asked again, for reading and for writing."""
    desk.take_in("1")
    desk.clock.advance(ahead)
    desk.tell(*desk.qualify("1"))
    desk.advance()
    desk.crm.trouble["write"] = [busy()]
    desk.push()
    desk.tell(*desk.crm.edit("1", job_role="intern"))
    desk.crm.trouble["read"] = [busy()]
    desk.advance()

    desk.clock.advance(-ahead)
    start = desk.clock.now()
    desk.settle()

    assert desk.waiting() == {}
    assert desk.clock.now() - start < MINUTE
    assert desk.crm.things["1"].properties["lifecyclestage"] == "marketingqualifiedlead"


@AHEAD
def test_a_lease_of_such_a_clock_has_run_out(desk: Desk, ahead: timedelta) -> None:
    """Whoever claimed the write is dead or has the wrong time."""
    desk.take_in("1")
    desk.tell(*desk.qualify("1"))
    desk.advance()
    desk.clock.advance(ahead)
    with desk.app.store.begin() as work:
        now = desk.clock.now()
        assert work.outbox.claim("crm", now, now + timedelta(minutes=5))
        work.commit()

    desk.clock.advance(-ahead)

    assert desk.push().claimed > 0
    desk.settle()
    assert desk.crm.things["1"].properties["lifecyclestage"] == "marketingqualifiedlead"


@AHEAD
def test_life_goes_on_after_moves_of_the_future(desk: Desk, ahead: timedelta) -> None:
    """A record that moved at the wrong date moves on at the right one."""
    desk.take_in("1")
    desk.clock.advance(ahead)
    desk.tell(*desk.qualify("1"))
    desk.settle()

    desk.clock.advance(-ahead)
    desk.tell(*desk.drag("1", "lead"))
    desk.poll()
    desk.settle()

    assert desk.waiting() == {}
    assert desk.letters() == []
    assert desk.faults() == []


@AHEAD
def test_what_such_a_clock_read_is_read_again_before_a_write(
    desk: Desk, ahead: timedelta
) -> None:
    """Nobody knows how old it is; a person may have changed it since."""
    desk.take_in("1")
    desk.clock.advance(ahead)
    desk.tell(*desk.qualify("1"))
    desk.advance()

    desk.clock.advance(-ahead)
    noting = NotingAdapter(desk.crm)
    connected = replace(desk.connected, adapter=noting)
    push(replace(desk.app, connections={"crm": connected}), connected)

    assert [False] == [one.fresh for one in noting.asked]


@AHEAD
def test_everything_is_compared_within_a_day_of_the_right_time(
    desk: Desk, ahead: timedelta
) -> None:
    """A comparison of next week is none of yesterday."""
    feed = feed_of(desk.app, desk.connected)
    desk.take_in("1")
    desk.clock.advance(ahead)
    reconcile(feed)
    desk.clock.advance(-ahead)
    desk.crm.delete("1")

    desk.clock.advance(timedelta(hours=26))
    reconcile(feed)
    desk.settle()

    assert RecordStatus.CLOSED is desk.record("1").status


@AHEAD
def test_checkpoints_go_on(desk: Desk, ahead: timedelta) -> None:
    """The last one is of the future; the next one is due nevertheless."""
    desk.take_in("1")
    desk.clock.advance(ahead)
    assert checkpoint_when_due(desk.app)
    desk.clock.advance(-ahead)
    desk.take_in("2")

    assert checkpoint_when_due(desk.app)


@AHEAD
def test_timers_wait_half_a_minute_for_a_silent_crm(
    floor: TimedDesk, ahead: timedelta
) -> None:
    """Not until the time at which the process believed to start."""
    floor.clock.advance(ahead)
    sweeping = Sweeping(floor.app)
    floor.clock.advance(-ahead)
    floor.take_in("1")
    sweeping.step()

    floor.clock.advance(MINUTE)
    while sweeping.step():
        floor.settle()

    with floor.app.store.read() as view:
        due = view.timers.next_due()
    assert due is None or due > floor.clock.now()
