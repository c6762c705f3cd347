"""The change stream, against the sandbox over real HTTP."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.domain.binding import Binding, FieldSource

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = Binding(
    workflow="w",
    adapter="hubspot",
    object="contacts",
    fields={"e": FieldSource(property="email")},
)
WITH_COMPANY = Binding(
    workflow="w",
    adapter="hubspot",
    object="contacts",
    fields={"c": FieldSource(property="company.name")},
)


def drain(adapter: Any, cursor: str | None) -> tuple[list[str], str]:
    """Follow the stream until it is dry."""
    found: list[str] = []
    while True:
        page = adapter.changes(cursor)
        found += [hint.id for hint in page.hints]
        cursor = page.cursor
        if not page.more:
            return found, cursor


def edit(sandbox: Any, record_id: str, kind: str = "contacts", **values: str) -> None:
    sandbox.post("edit", object=kind, id=record_id, properties=values)


@pytest.fixture(name="sandclock")
def _sandclock(sandbox: Any) -> Callable[[], datetime]:
    """The sandbox's clock, so that waiting costs nothing."""

    def now() -> datetime:
        return datetime.fromisoformat(sandbox.get("clock")["now"])

    return now


def test_the_first_cursor_lists_everything(sandbox: Any, dial: Any) -> None:
    """From the beginning means every contact, listed and not searched."""
    adapter = dial(sandbox, OWN)

    found, _ = drain(adapter, None)

    assert set(sandbox.ids()) <= set(found)
    assert adapter.calls["contacts.list"] == -(-len(sandbox.ids()) // 100)


def test_a_change_is_hinted_at_and_an_old_one_is_not(
    sandbox: Any, dial: Any, sandclock: Any
) -> None:
    """After the overlap has passed, only what is new comes."""
    adapter = dial(sandbox, OWN, now=sandclock)
    _, cursor = drain(adapter, None)
    for _ in range(2):
        sandbox.post("clock", advance_seconds=900)
        _, cursor = drain(adapter, cursor)
    one = sandbox.ids(5)[3]

    edit(sandbox, one, firstname="Changed")
    found, cursor = drain(adapter, cursor)
    again, cursor = drain(adapter, cursor)
    sandbox.post("clock", advance_seconds=900)
    _, cursor = drain(adapter, cursor)
    later, _ = drain(adapter, cursor)

    assert one in found
    assert len(found) < 20
    assert one in again
    assert later == [one]


@pytest.mark.parametrize("lag", [5, 3600])
def test_a_late_index_loses_nothing(
    sandbox: Any, dial: Any, sandclock: Any, lag: int
) -> None:
    """However late the search index learns of a change, a later call hints at it."""
    sandbox.put("policy", {"index_lag_seconds": lag})
    adapter = dial(sandbox, OWN, now=sandclock)
    _, cursor = drain(adapter, None)
    wanted, found = set(), set()
    for one in sandbox.ids(12):
        edit(sandbox, one, lastname=f"Late {lag}")
        wanted.add(one)
        sandbox.post("clock", advance_seconds=lag / 5)
        hints, cursor = drain(adapter, cursor)
        found.update(hints)
    sandbox.post("clock", advance_seconds=lag + 1)
    hints, _ = drain(adapter, cursor)

    assert wanted <= found | set(hints)


def test_a_company_change_hints_at_its_contacts(
    sandbox: Any, dial: Any, sandclock: Any
) -> None:
    """A mapped property of the company belongs to each of its contacts."""
    adapter = dial(sandbox, WITH_COMPANY, now=sandclock)
    company = sandbox.post("create", object="companies", properties={"name": "Old"})
    link = [{"object": "companies", "id": company["id"]}]
    contacts = [
        sandbox.post(
            "create",
            object="contacts",
            properties={"email": f"staff{number}@example.com"},
            associations=link,
        )["id"]
        for number in range(3)
    ]
    _, cursor = drain(adapter, None)
    for _ in range(3):
        sandbox.post("clock", advance_seconds=900)
        _, cursor = drain(adapter, cursor)

    edit(sandbox, company["id"], "companies", name="New")
    found, _ = drain(adapter, cursor)

    assert set(contacts) <= set(found)


def test_a_merge_hints_at_the_survivor(sandbox: Any, dial: Any) -> None:
    """A merged record is a new one, which the stream shows."""
    adapter = dial(sandbox, OWN)
    _, cursor = drain(adapter, None)
    one, two = (
        sandbox.post(
            "create",
            object="contacts",
            properties={"email": f"merging{number}@example.com"},
        )["id"]
        for number in range(2)
    )
    survivor = sandbox.post("merge", object="contacts", id=one, other=two)["id"]

    found, _ = drain(adapter, cursor)

    assert survivor in found


def test_more_than_ten_thousand_changes_come_through(
    start_sandbox: Any, dial: Any
) -> None:
    """Search shows 10,000 results; an import of one millisecond holds more."""
    crowd = start_sandbox("--records", "10600", "--rate-per-10s", "1000000")
    crowd.put("policy", {"search_per_second": 100_000})
    adapter = dial(crowd, OWN)
    listing = json.loads(adapter.changes(None).cursor)
    cursor = json.dumps(listing | {"phase": "records", "after": None})
    crowd.post("clock", rate=0)
    ids = crowd.ids()
    crowd.post("clock", advance_seconds=60)
    edits = [
        {"object": "contacts", "id": one, "properties": {"firstname": "Imported"}}
        for one in ids
    ]
    crowd.post("bulk-edit", edits=edits)

    found, _ = drain(adapter, cursor)

    assert set(ids) == set(found)
    assert adapter.calls["contacts.search"] < 130


def test_the_overlap_is_a_setting(sandbox: Any, dial: Any, sandclock: Any) -> None:
    """A portal with a slower index is given more minutes."""
    adapter = dial(sandbox, OWN, now=sandclock, overlap_minutes=60)
    one = sandbox.ids(9)[7]
    _, cursor = drain(adapter, None)
    edit(sandbox, one, firstname="Kept")
    _, cursor = drain(adapter, cursor)
    sandbox.post("clock", advance_seconds=timedelta(minutes=30).total_seconds())

    found, _ = drain(adapter, cursor)

    assert one in found
