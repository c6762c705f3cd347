"""How the installation stands, and what happened, in figures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from doubles import busy

from leadstate.service.status import LATE, Times, status, totals
from leadstate.store import ApprovalItem, ApprovalState

if TYPE_CHECKING:
    from doubles import Desk
    from office_hours import TimedDesk


def test_figures_add_up(desk: Desk) -> None:
    """Every stage is there, every move is counted once, under its name."""
    for one in ("1", "2", "3"):
        desk.take_in(one, "mql")
    first = len(desk.crm.told)
    desk.move("1", "accept", "sales")
    desk.move("2", "accept", "marketing")
    desk.settle()
    desk.tell_all(first)
    desk.tell(*desk.drag("3", "won"))
    desk.tell(*desk.drag("1", "sql"))
    desk.tell(desk.crm.create("4", lifecyclestage="other"))
    desk.settle()

    now, counted = status(desk.app, check=True), totals(desk.app)

    assert {"mql": 1, "sal": 1, "won": 1} == {k: n for k, n in now.stages.items() if n}
    assert list(desk.app.lifecycle.stages) == list(now.stages)
    assert {"crm": {"active": 3, "quarantined": 1}} == now.links
    assert ["won"] == [row.record.stage for row in now.flagged]
    assert (1, ()) == (now.dead_letters, now.faults)
    assert {"(outside)": 1, "accept": 1} == counted.moves
    assert {"accept": 0, "flag": 1, "revert": 1} == counted.outside_moves
    assert (3, 1, 2, 1) == (
        counted.records,
        counted.refusals,
        counted.echoes,
        counted.dead_letters,
    )


def test_what_waits_is_shown(desk: Desk) -> None:
    """Queues are counted by their state."""
    desk.take_in("1", "mql")
    desk.crm.trouble["read"] = [busy()]
    desk.tell(*desk.crm.edit("1", budget="5"))
    desk.advance()
    desk.move("1", "accept", "sales")

    now = status(desk.app)

    assert 1 == now.inbox["pending"]
    assert 1 == now.outbox["pending"]


def test_a_stage_that_the_workflow_lost_is_shown(desk: Desk) -> None:
    """Records that stand nowhere any more are not left out of the sum."""
    desk.take_in("1", "mql")
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("UPDATE record SET stage = 'mqll'")
        work.commit()

    assert 1 == status(desk.app).stages["mqll"]
    assert ["record"] == [
        one.split()[0] for one in status(desk.app, check=True).faults
    ][:1]


def test_what_waits_for_its_time_and_for_people_is_counted(full: TimedDesk) -> None:
    """Clocks, those over their time, the next timer, moves that nobody answered."""
    times = status(full.app).times

    assert (6, 2, 0, 1) == (
        times.clocks,
        times.breached,
        times.late_timers,
        times.approvals,
    )
    assert times.next_timer is not None
    assert full.now < times.next_timer <= full.now + timedelta(minutes=62)


def test_timers_that_nobody_fires_are_told(full: TimedDesk) -> None:
    """More than a minute late: then nothing looks for due ones."""
    due = status(full.app).times.next_timer
    assert due is not None

    full.clock.advance(due + LATE - timedelta(microseconds=1) - full.now)
    assert 0 == status(full.app).times.late_timers
    full.clock.advance(timedelta(microseconds=1))

    assert 1 == status(full.app).times.late_timers
    assert due == status(full.app).times.next_timer


def test_nothing_waits_on_an_empty_floor(floor: TimedDesk) -> None:
    """No clock, no timer, no approval."""
    expected = Times(clocks=0, breached=0, next_timer=None, late_timers=0, approvals=0)

    assert expected == status(floor.app).times


def test_approvals_of_many_pages_are_all_counted(floor: TimedDesk) -> None:
    """Only those that wait."""
    floor.fresh("lead")
    record = floor.record("lead").record.id
    asked = [
        ApprovalItem(
            record_id=record,
            stage_version=0,
            transition=f"way_{number}",
            asked_by="ann",
            asked_at=floor.now,
        )
        for number in range(1_002)
    ]
    with floor.app.store.begin() as work:
        first, *_ = work.approvals.ask(asked)
        work.approvals.settle(first, ApprovalState.DECLINED, "quinn", floor.now)
        work.commit()

    assert 1_001 == status(floor.app).times.approvals
