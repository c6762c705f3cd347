"""A past that overlaps what Leadstate saw: no stay is made up, no jump stays listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from reported_past import STAGE, STATUS, differences, remembering, reported, visits_of

from leadstate.service.past.backfill import backfill

if TYPE_CHECKING:
    from doubles import Desk

LEAD, MQL, SAL, SQL = (
    "lead",
    "marketingqualifiedlead",
    "174913201",
    "salesqualifiedlead",
)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def stays(desk: Desk) -> list[str]:
    """Return the stages that the record stayed in."""
    return [one.stage for one in visits_of(desk, "h1")]


def test_a_move_that_was_put_back_is_no_stay(desk: Desk) -> None:
    """The CRM tells of both, the person's and ours; the lead was in neither."""
    adapter = remembering(desk)
    desk.take_in("h1", "sal")
    desk.clock.advance(DAY)
    at = desk.clock.now()
    desk.tell(*desk.drag("h1", "sql"))
    desk.settle()
    adapter.change("h1", at, **{STAGE: SQL, STATUS: "OPEN_DEAL"})
    adapter.change("h1", at + 2 * SECOND, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    desk.clock.advance(DAY)
    desk.tell(*desk.drag("h1", "nurture"))
    desk.settle()

    done = backfill(desk.app, desk.connected)

    assert ["entered", "reverted", "moved"] == desk.kinds("h1")
    assert ["sal", "nurture"] == stays(desk)
    assert (0, 2) == (done.counts.moves, done.counts.known)
    assert [] == differences(desk)


def test_a_move_that_was_put_back_hides_no_other(desk: Desk) -> None:
    """What people did before and after it is told."""
    adapter = remembering(desk)
    desk.take_in("h1", "sal")
    adapter.change(
        "h1", desk.clock.now() - 9 * DAY, **{STAGE: SQL, STATUS: "OPEN_DEAL"}
    )
    adapter.change(
        "h1", desk.clock.now() - 8 * DAY, **{STAGE: SAL, STATUS: "IN_PROGRESS"}
    )
    desk.clock.advance(DAY)
    at = desk.clock.now()
    desk.tell(*desk.drag("h1", "sql"))
    desk.settle()
    adapter.change("h1", at, **{STAGE: SQL, STATUS: "OPEN_DEAL"})
    adapter.change("h1", at + 2 * SECOND, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    desk.clock.advance(DAY)
    desk.tell(*desk.drag("h1", "nurture"))
    desk.settle()

    backfill(desk.app, desk.connected)

    assert ["sql", "sal"] == [one.to_stage for one in reported(desk, "h1")]
    assert ["sql", "sal", "nurture"] == stays(desk)
    assert [] == differences(desk)


def test_a_stage_that_is_emptied_on_the_way_back_is_no_stay(desk: Desk) -> None:
    """HubSpot's lifecycle stage goes backward only through nothing at all."""
    adapter = remembering(desk)
    desk.take_in("h1", "nurture")
    began = desk.clock.now() - 9 * DAY
    adapter.change("h1", began, **{STAGE: MQL, STATUS: ""})
    adapter.change("h1", began + DAY, **{STAGE: ""})
    adapter.change("h1", began + DAY + SECOND, **{STAGE: LEAD, STATUS: "UNQUALIFIED"})

    backfill(desk.app, desk.connected)

    assert ["mql", "nurture"] == stays(desk)
    assert [] == differences(desk)


def test_a_stage_that_somebody_emptied_is_one(desk: Desk) -> None:
    """Nobody set another one within the minute: empty is the first stage here."""
    adapter = remembering(desk)
    desk.take_in("h1", "nurture")
    began = desk.clock.now() - 9 * DAY
    adapter.change("h1", began, **{STAGE: MQL, STATUS: ""})
    adapter.change("h1", began + DAY, **{STAGE: ""})
    adapter.change("h1", began + 2 * DAY, **{STAGE: LEAD, STATUS: "UNQUALIFIED"})

    backfill(desk.app, desk.connected)

    assert ["mql", "lead", "nurture"] == stays(desk)


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_steps_that_explain_a_jump_take_its_flag(desk: Desk, *, again: bool) -> None:
    """Each of them is allowed: nobody has to look at the lead any more."""
    adapter = remembering(desk)
    desk.take_in("h1", "lead")
    began = desk.clock.now()
    desk.clock.advance(2 * DAY)
    adapter.change("h1", began + DAY, **{STAGE: MQL, STATUS: "OPEN"})
    adapter.change("h1", began + 2 * DAY, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    adapter.covers = (STAGE, STATUS)
    desk.drag("h1", "sal")
    desk.poll()
    desk.settle()
    assert "moved in the CRM from 'lead' to 'sal'" in str(desk.record("h1").flag)

    for _ in range(1 + again):
        backfill(desk.app, desk.connected)

    assert ["lead", "mql", "sal"] == stays(desk)
    assert desk.record("h1").flag is None
    assert [] == differences(desk)


def test_a_step_that_was_not_allowed_leaves_the_flag(desk: Desk) -> None:
    """The steps are told, and a person still has to look."""
    adapter = remembering(desk)
    desk.take_in("h1", "lead")
    began = desk.clock.now()
    desk.clock.advance(2 * DAY)
    adapter.change("h1", began + DAY, **{STAGE: SQL, STATUS: "OPEN_DEAL"})
    adapter.change("h1", began + 2 * DAY, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    desk.drag("h1", "sal")
    desk.poll()
    desk.settle()

    backfill(desk.app, desk.connected)

    assert ["lead", "sql", "sal"] == stays(desk)
    assert "moved in the CRM from 'lead' to 'sal'" in str(desk.record("h1").flag)


def test_a_flag_of_something_else_stays(desk: Desk) -> None:
    """Explained is the jump alone."""
    adapter = remembering(desk)
    desk.take_in("h1", "lead")
    began = desk.clock.now()
    desk.clock.advance(2 * DAY)
    adapter.change("h1", began + DAY, **{STAGE: MQL, STATUS: "OPEN"})
    adapter.change("h1", began + 2 * DAY, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    desk.drag("h1", "sal")
    desk.poll()
    desk.settle()
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("UPDATE record SET flag = 'look'")
        work.commit()

    backfill(desk.app, desk.connected)

    assert "look" == desk.record("h1").flag
