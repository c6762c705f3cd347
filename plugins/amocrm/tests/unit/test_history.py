"""The past, at the edges that a sandbox does not show."""

from __future__ import annotations

from typing import Any

EVENTS = "/api/v4/events"


def event(number: int, kind: str, after: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "type": kind,
        "entity_id": 7,
        "created_by": 0,
        "created_at": 1_700_000_000 + number,
        "value_after": after,
    } | more


def test_events_that_say_nothing_of_bound_properties_are_left_out(
    connect: Any, amocrm: Any, shapes: Any
) -> None:
    """Unknown stages keep their ids, emptied values are told, robots are named."""
    amocrm.account()
    gone = [{"lead_status": {"id": 99, "pipeline_id": 9}}]
    rows = [
        event(4, "lead_status_changed", gone),
        event(3, "name_field_changed", [], created_by=5),
        event(2, "lead_added", [{"note": {"id": 1}}]),
        event(1, "lead_status_changed", []),
    ]
    amocrm.always(EVENTS, shapes("listed", "events", rows))
    adapter = connect(("status_id", "status", "name"))

    page = adapter.history(None, since=None)

    told = [(one.key, dict(one.properties), one.actor) for one in page.changes]
    assert ("amocrm:e3", {"name": ""}, "5") in told
    assert ("amocrm:e4", {"status_id": "99"}, "robot") in told
    assert "amocrm:e2" not in [key for key, _, _ in told]
    assert not page.more


def test_nothing_bound_has_no_past(connect: Any, amocrm: Any) -> None:
    """No call is made for it."""
    amocrm.account()

    page = connect(("tags", "contact.email")).history(None, since=None)

    assert ((), False) == (page.changes, page.more)


def test_pages_go_on_where_they_ended(connect: Any, amocrm: Any, shapes: Any) -> None:
    """By an adapter that knows nothing but the cursor; fields after the lead's own."""
    amocrm.account()
    route = amocrm.on(
        EVENTS,
        shapes("listed", "events", [event(1, "x", [])], more=True),
        shapes("listed", "events", [event(2, "x", [])]),
        shapes("listed", "events", [event(3, "custom_field_value_changed", [])]),
    )
    cursor, more = None, True
    while more:
        page = connect(("name", "cf.NEED")).history(cursor, since=None)
        cursor, more = page.cursor, page.more

    asked = [(one["page"], one["filter[type][]"]) for one in shapes("queries", route)]
    assert [
        ("1", "name_field_changed"),
        ("2", "name_field_changed"),
        ("1", "custom_field_101_value_changed"),
    ] == asked
    assert {"cf.NEED": ""} == dict(page.changes[0].properties)
