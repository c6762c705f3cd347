"""Days without the service, and days before it: nobody is charged for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from office_hours import WORKFLOW

from leadstate.definition.workflow import load_workflow_text
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.sla import sla
from leadstate.service.reports.velocity import velocity
from leadstate.service.timers.slas import open_slas

if TYPE_CHECKING:
    from office_hours import TimedDesk

    from leadstate.service.reports.agreements import Sla

DAYS = timedelta(days=5)
SLAS = ("warned", "breached", "escalated")


def applied(timed: TimedDesk, workflow: str) -> None:
    """Let another version of the workflow come into force."""
    lifecycle = load_workflow_text(workflow)
    timed.app = replace(timed.app, lifecycle=lifecycle)
    with timed.app.store.begin() as work:
        its = lifecycle.version, lifecycle.name, lifecycle.title, workflow
        work.workflows.apply(*its, timed.now)
        work.commit()


def kept(timed: TimedDesk, scope: Scope | None = None) -> Sla:
    """Return how SLAs were kept."""
    with timed.app.store.read() as view:
        return sla(view, timed.app.lifecycle, scope or Scope(), timed.now)


def down(timed: TimedDesk, span: timedelta = DAYS) -> None:
    """Let the service be down, and start again: it asks what changed."""
    timed.clock.advance(span)
    timed.poll()
    timed.work()


def test_stages_entered_while_it_was_down_have_all_their_time_from_the_start(
    timed: TimedDesk,
) -> None:
    """The CRM says when it was dragged; nobody could know, and nobody is called."""
    timed.fresh("1")
    timed.drag("1", "mql")
    dragged = timed.crm.things["1"].updated_at

    down(timed)

    clock = timed.clocks("1")["accept"]
    restart = timed.now - timedelta(minutes=1)
    assert dragged == timed.last("1", "moved").happened_at == clock.entered_at
    assert clock.started_at is not None
    assert restart <= clock.started_at
    assert clock.due_at is not None
    assert timed.now + timedelta(hours=8) <= clock.due_at
    assert [] == timed.told("1", *SLAS)
    assert [] == [*timed.outbox("message"), *timed.outbox("task"), *timed.crm.notes]


def test_such_stays_are_counted_as_not_measured(timed: TimedDesk) -> None:
    """Neither kept nor broken, whatever becomes of them; with their number."""
    for one in ("1", "2"):
        timed.fresh(one)
        timed.drag(one, "mql")
    down(timed)

    timed.move("1", "accept", "sales")
    timed.work()
    timed.later(days=3)

    [accept] = [one.kept for one in kept(timed).slas if one.sla == "accept"]
    assert (0, 0, 0, 2) == (accept.met, accept.missed, accept.late, accept.unmeasured)


def test_a_breach_that_fell_due_while_it_was_down_is_told(timed: TimedDesk) -> None:
    """Everybody knew of that stay; the restart is late, the breach is not."""
    timed.interested("1")

    down(timed)

    [(_, broken)] = timed.told("1", "breached")
    assert broken is not None
    assert broken < timed.now - timedelta(days=3)
    assert timed.now - timedelta(minutes=1) <= timed.last("1", "breached").learnt_at


def test_what_was_there_before_has_all_its_time_from_then_on(timed: TimedDesk) -> None:
    """A month-old object comes under care; reports of that month break nothing."""
    workflow = WORKFLOW.replace(
        "  lead: {owner: marketing, initial: true}",
        "  lead: {owner: marketing, initial: true, "
        "sla: {reach: {within: 4h, calendar: office, then: {escalate: marketing}}}}",
    )
    applied(timed, workflow)
    for one in ("1", "2", "3"):
        timed.crm.create(one, stage="lead")
    began = timed.now

    down(timed, timedelta(days=30))

    month = Scope(since=began.date(), until=(began + timedelta(days=28)).date())
    total = kept(timed, month).total
    assert (0, 0, 0, 3) == (total.met, total.missed, total.late, total.unmeasured)
    started = [timed.clocks(one)["reach"].started_at for one in ("1", "2", "3")]
    assert all(one and one >= began + timedelta(days=30) for one in started)
    assert [] == timed.told("1", *SLAS)
    assert [] == [*timed.outbox("message"), *timed.outbox("task"), *timed.crm.notes]


@pytest.mark.parametrize("looked", ["at once", "by an edit first", "a day later"])
def test_a_tightened_sla_breaks_nothing_that_was_due_before(
    timed: TimedDesk, looked: str
) -> None:
    """Eight hours became one, after seven: there is one hour left."""
    timed.interested("1")
    timed.until(timed.now + timedelta(hours=3))  # sales goes home at four
    timed.until(timed.now + timedelta(hours=20))  # three hours of Wednesday
    told = timed.told("1", *SLAS)
    at = timed.now

    applied(timed, WORKFLOW.replace("within: 8h", "within: 1h").replace(", 1h]", "]"))
    if looked == "a day later":
        timed.clock.advance(timedelta(days=1))
    if looked == "by an edit first":
        timed.tell(*timed.crm.edit("1", budget="5"))
        timed.advance()
    timed.work()

    due = timed.clocks("1")["accept"].due_at
    assert due is not None
    assert at <= due <= at + timedelta(hours=2)
    late = [one for one in timed.told("1", *SLAS) if one not in told]
    assert all(when is not None and when >= at for _, when in late)
    assert (looked == "a day later") == ("breached" in {kind for kind, _ in late})


def test_an_sla_that_is_new_starts_with_the_version_that_has_it(
    timed: TimedDesk,
) -> None:
    """The record has been there for days; nothing was promised for them."""
    bare = WORKFLOW.replace(
        "      accept:\n        within: 8h", "      other:\n        within: 800h"
    )
    applied(timed, bare)
    timed.interested("1")
    timed.later(days=6)
    notes = list(timed.crm.notes)

    applied(timed, WORKFLOW)
    at = timed.now
    timed.clock.advance(timedelta(minutes=5))
    timed.work()

    clock = timed.clocks("1")["accept"]
    assert (at, False) == (clock.started_at, clock.measured)
    assert [] == timed.told("1", *SLAS)
    assert notes == timed.crm.notes


def test_what_is_left_of_a_tightened_sla_is_what_the_list_says(
    timed: TimedDesk,
) -> None:
    """Used and left are business time, and end when it is due."""
    timed.interested("1")
    timed.until(timed.now + timedelta(hours=20))
    applied(timed, WORKFLOW.replace("within: 8h", "within: 4h"))
    timed.work()

    [status] = [one for one in open_slas(timed.app) if one.clock.sla == "accept"]

    assert status.left is not None
    assert status.clock.due_at is not None
    assert timedelta(0) < status.left <= timedelta(hours=4)
    assert status.within is not None
    assert timedelta(hours=4) < status.within <= timedelta(hours=8)
    timed.clock.advance(status.clock.due_at - timed.now)
    [status] = [one for one in open_slas(timed.app) if one.clock.sla == "accept"]
    assert timedelta(0) == status.left


def test_moves_that_late_data_led_to_are_counted(timed: TimedDesk) -> None:
    """A minute late at least: that is not what a webhook takes."""
    timed.interested("1")
    timed.fresh("2")
    timed.clock.advance(timedelta(hours=5))
    timed.edit("2", demo=(timed.now - timedelta(hours=3)).isoformat())

    with timed.app.store.read() as view:
        found = velocity(view, timed.app.lifecycle, Scope(), timed.now)
        before = Scope(until=timed.now - timedelta(hours=4))
        none = velocity(view, timed.app.lifecycle, before, timed.now)

    assert (1, 0) == (found.late, none.late)


def test_the_cycle_of_what_late_data_won_ends_when_it_qualified(
    timed: TimedDesk,
) -> None:
    """It was paid on Tuesday, and that is learnt on Thursday."""
    applied(timed, WORKFLOW.replace(
        "  win: {from: sql,",
        "  pay: {from: lead, to: won, automatic: true,\n"
        "    when: score.paid >= 1 and score.interest < 30}\n"
        "  win: {from: sql,",
    ).replace("scores:\n", "scores:\n  paid: {events: {called: 1}}\n"))  # fmt: skip
    timed.fresh("1")
    began = timed.now
    timed.clock.advance(timedelta(days=2))
    paid = timed.now - timedelta(days=1)
    timed.edit("1", called=paid.isoformat())

    with timed.app.store.read() as view:
        found = velocity(view, timed.app.lifecycle, Scope(), timed.now)

    assert ("won", 1, 1) == (timed.stage("1"), found.total.won, found.late)
    assert found.total.cycle.median is not None
    assert abs(found.total.cycle.median - (paid - began)) < timedelta(seconds=1)
