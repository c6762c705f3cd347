"""Following changes against the sandbox, with filters and without them."""

from __future__ import annotations

from typing import Any

import pytest


def drain(adapter: Any, cursor: str | None) -> tuple[list[str], str]:
    found: list[str] = []
    while True:
        page = adapter.changes(cursor)
        found += [hint.id for hint in page.hints]
        cursor = page.cursor
        if not page.more:
            return found, page.cursor


@pytest.fixture(name="filters", params=[True, False], ids=["filters", "no filters"])
def _filters(request: Any, sandbox: Any) -> bool:
    sandbox.policy(is_api_filter_enabled=request.param)
    return bool(request.param)


def test_everything_is_named_first_and_then_what_changes(
    sandbox: Any, dial: Any, filters: Any
) -> None:
    """All pages of the account, then an edit and a new lead."""
    adapter = dial(sandbox, ("name",))
    everything, cursor = drain(adapter, None)
    lead = sandbox.ids(10)[9]
    sandbox.post("clock", advance_seconds=600)
    sandbox.post("edit", object="leads", id=lead, properties={"name": "edited"})
    made = sandbox.post("create", object="leads", properties={"name": "new"})

    found, _ = drain(adapter, cursor)

    assert set(sandbox.ids()) - {str(made["id"])} <= set(everything)
    assert {lead, str(made["id"])} <= set(found)


def test_a_thousand_changes_of_one_second_are_all_named(
    sandbox: Any, dial: Any, filters: Any
) -> None:
    """An import: pages hold 50, one second holds a thousand."""
    adapter = dial(sandbox, ("name",), page_size=50)
    _, cursor = drain(adapter, None)
    sandbox.post("clock", advance_seconds=600)
    sandbox.post("clock", rate=0)
    ids = sandbox.ids(1000)
    edits = [
        {"object": "leads", "id": one, "properties": {"name": f"bulk {filters}"}}
        for one in ids
    ]
    sandbox.post("bulk-edit", edits=edits)
    sandbox.post("clock", rate=1)

    found, _ = drain(adapter, cursor)

    assert set() == set(ids) - set(found)


def test_nothing_is_missed_while_people_edit_and_delete(
    sandbox: Any, dial: Any, filters: Any
) -> None:
    """Rows move and leave between two pages."""
    adapter = dial(sandbox, ("name",), page_size=50)
    ids = sandbox.ids(400)
    named: set[str] = set()
    cursor: str | None = None
    for number in range(200):
        page = adapter.changes(cursor)
        named |= {hint.id for hint in page.hints}
        cursor = page.cursor
        if not page.more:
            break
        lead = ids[number * 2 % 300]
        sandbox.post("archive", object="leads", id=lead)
        sandbox.post(
            "edit",
            object="leads",
            id=ids[301 + number % 90],
            properties={"name": f"n {number}"},
        )
        sandbox.post("restore", object="leads", id=lead)
    named |= set(drain(adapter, cursor)[0])

    assert set() == set(ids) - named


def test_an_edit_of_the_contact_alone_names_its_lead(
    sandbox: Any, dial: Any, filters: Any
) -> None:
    """The lead itself does not change."""
    adapter = dial(sandbox, ("name", "contact.email"))
    _, cursor = drain(adapter, None)
    sandbox.post("clock", advance_seconds=600)
    lead = sandbox.ids(20)[19]
    contact = sandbox.lead(lead)["associations"]["contacts"][0]
    contact = contact["id"] if isinstance(contact, dict) else contact
    sandbox.post(
        "edit", object="contacts", id=str(contact), properties={"name": "Renamed"}
    )

    found, _ = drain(adapter, cursor)

    assert lead in found


def test_quiet_times_name_nothing_any_more(
    sandbox: Any, dial: Any, filters: Any
) -> None:
    """The overlap closes when it is old."""
    adapter = dial(sandbox, ("name",), overlap_seconds=60)
    _, cursor = drain(adapter, None)
    for _ in range(3):
        sandbox.post("clock", advance_seconds=120)
        found, cursor = drain(adapter, cursor)

    assert len(found) <= 50


def test_an_account_that_ignores_filters_is_noticed(sandbox: Any, dial: Any) -> None:
    """It said that it had them; rows that nobody asked for say otherwise."""
    adapter = dial(sandbox, ("name",))
    adapter.describe()
    sandbox.policy(is_api_filter_enabled=False)
    ids = sandbox.ids(30)[10:22]

    answers = adapter.read(ids)

    assert set(ids) == {one.id for one in answers}
    assert set(sandbox.ids()) <= set(drain(adapter, None)[0])
