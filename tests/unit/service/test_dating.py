"""A move made in the CRM is dated when the CRM says that it was made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from doubles import Desk

HOUR = timedelta(hours=1)


def _changed(desk: Desk) -> datetime:
    """Return when the object was last changed, by the CRM's clock."""
    return desk.crm.things["1"].updated_at


def test_a_webhook_of_the_very_move_says_when_and_who(desk: Desk) -> None:
    """Whatever else was edited afterwards."""
    desk.take_in("1", "sal")
    told = desk.drag("1", "nurture")
    dragged = _changed(desk)
    desk.clock.advance(HOUR)
    desk.tell(*told, *desk.crm.edit("1", budget="5"))
    desk.settle()

    moved = desk.history("1")[-1]
    assert ("moved", dragged, "CRM_UI userId:7") == (
        moved.kind,
        moved.happened_at,
        moved.actor,
    )


def test_a_webhook_of_an_earlier_move_dates_no_later_one(desk: Desk) -> None:
    """It was dragged on before the reading; who did that nobody has told yet."""
    desk.take_in("1", "sal")
    told = desk.drag("1", "mql")
    desk.clock.advance(HOUR)
    desk.drag("1", "nurture")
    dragged = _changed(desk)
    desk.clock.advance(HOUR)

    desk.tell(*told)
    desk.settle()

    moved = desk.history("1")[-1]
    assert ("nurture", dragged, "unknown") == (
        moved.to_stage,
        moved.happened_at,
        moved.actor,
    )


def test_of_two_webhooks_the_newer_one_counts_in_whatever_order(desk: Desk) -> None:
    """Deliveries overtake each other."""
    desk.take_in("1", "sal")
    first = desk.drag("1", "nurture")
    desk.clock.advance(HOUR)
    desk.drag("1", "sal")
    desk.clock.advance(HOUR)
    last = desk.drag("1", "nurture")
    dragged = _changed(desk)

    desk.tell(*last)
    desk.tell(*first)
    desk.settle()

    moved = next(one for one in desk.history("1") if one.kind == "moved")
    assert ("nurture", dragged) == (moved.to_stage, moved.happened_at)


def test_an_assignment_in_the_crm_is_not_older_than_what_was_read(desk: Desk) -> None:
    """A field's change is of the latest moment that the CRM told."""
    desk.take_in("1", "sal")
    desk.crm.edit("1", job_title="buyer")
    desk.poll()
    desk.clock.advance(HOUR)
    desk.crm.edit("1", budget="5")

    desk.settle()

    with desk.app.store.read() as view:
        changes = view.field_changes.of(desk.record("1").record.id)
    assert [_changed(desk)] == [
        one.changed_at for one in changes if one.field == "budget"
    ]
