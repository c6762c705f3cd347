"""How the installation stands, and what happened, in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doubles import busy

from leadstate.service.status import status, totals

if TYPE_CHECKING:
    from doubles import Desk


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
