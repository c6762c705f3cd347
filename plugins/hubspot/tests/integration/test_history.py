"""The past, as the sandbox tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadstate.domain.binding import Binding, FieldSource

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("lifecyclestage", "hs_lead_status", "company.name")


def binding_of(kind: str, names: tuple[str, ...]) -> Binding:
    """Return a binding that reads ``names``."""
    fields = {name: FieldSource(property=name) for name in names}
    return Binding(workflow="demo", adapter="hubspot", object=kind, fields=fields)


@pytest.fixture(name="portal", scope="module")
def _portal(start_sandbox: Callable[..., Any]) -> Any:
    return start_sandbox("--records", "120", "--rate-per-10s", "100000")


@pytest.fixture(name="adapter")
def _adapter(portal: Any, dial: Any) -> Any:
    return dial(portal, binding_of("contacts", NAMES))


def whole(adapter: Any, cursor: str | None = None, since: Any = None) -> list[Any]:
    found: list[Any] = []
    more = True
    while more:
        page = adapter.history(cursor, since=since)
        found += page.changes
        cursor, more = page.cursor, page.more
    return found


def test_every_value_that_a_contact_had_is_told(adapter: Any, portal: Any) -> None:
    """Each record oldest first, and the last one is what it has now."""
    past = whole(adapter)

    for key in portal.ids():
        told = [one for one in past if one.id == key]
        assert told == sorted(told, key=lambda one: one.at)
        stages = [
            one.properties["lifecyclestage"]
            for one in told
            if "lifecyclestage" in one.properties
        ]
        assert (portal.stage(key) or "") == (stages[-1] if stages else "")


def test_a_page_costs_one_call_for_fifty_contacts(adapter: Any, portal: Any) -> None:
    """120 contacts are three pages."""
    portal.clear_log()

    whole(adapter)

    assert {"contacts.list": 3} == portal.kinds


def test_keys_stay_the_same_and_differ(adapter: Any) -> None:
    """So that a page that is read twice is taken once."""
    first, second = ([one.key for one in whole(adapter)] for _ in range(2))

    assert first == second
    assert len(set(first)) == len(first)


def test_reading_goes_on_at_any_page(adapter: Any) -> None:
    """The cursor is all that is needed."""
    page = adapter.history(None, since=None)

    resumed = whole(adapter, page.cursor)

    assert page.more
    assert [*page.changes, *resumed] == whole(adapter)


def test_what_is_older_than_asked_for_is_left_out(adapter: Any) -> None:
    """``since`` itself is told."""
    past = whole(adapter)
    moments = sorted(one.at for one in past)
    middle = moments[len(moments) // 2]

    recent = whole(adapter, since=middle)

    assert [one for one in past if one.at >= middle] == recent
    assert len(recent) < len(past)


def test_a_cleared_value_is_an_empty_text(adapter: Any, portal: Any) -> None:
    """And what one person set together is one change."""
    key = portal.ids(1)[0]
    portal.post("edit", object="contacts", id=key, properties={"hs_lead_status": ""})

    last = [one for one in whole(adapter) if one.id == key][-1]

    assert {"hs_lead_status": ""} == last.properties
    assert last.actor.startswith("CRM_UI")


def test_what_happened_to_some_lately_is_what_the_whole_past_tells(
    adapter: Any, portal: Any
) -> None:
    """The same changes under the same keys; fifty records a call."""
    ids = portal.ids(60)
    past = [one for one in whole(adapter) if one.id in ids]
    since = sorted(one.at for one in past)[len(past) // 2]
    portal.clear_log()

    lately = adapter.recent(ids, since=since)

    assert {"contacts.batch_read": 2} == portal.kinds
    wanted = {one.key: one for one in past if one.at >= since}
    assert wanted == {one.key: one for one in lately}
    assert [] == adapter.recent([], since=since)
