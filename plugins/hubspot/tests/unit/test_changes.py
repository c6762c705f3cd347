"""The change stream: nothing is missed, and nothing is repeated for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest

LIST = "/crm/objects/2026-09/contacts"
SEARCH = "/crm/objects/2026-09/contacts/search"
COMPANY_SEARCH = "/crm/objects/2026-09/companies/search"
LINKS = "/crm/associations/2026-09/companies/contacts/batch/read"
T = 1795305600000


def iso(ms: int) -> str:
    return f"2026-11-22T00:{ms // 60000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}Z"


class Index:
    """A search index over (id, modified) that knows HubSpot's filters and sorts."""

    def __init__(self, name: str = "lastmodifieddate") -> None:
        self.rows: dict[int, int] = {}
        self.name = name
        self.searches: list[Any] = []

    def __call__(self, body: Any) -> Any:
        self.searches.append(body)
        found = [row for row in self.rows.items() if self._fits(row, body)]
        (sort,) = body["sorts"]
        by_id = sort["propertyName"] == "hs_object_id"
        found.sort(key=lambda row: row[0] if by_id else row[1])
        if sort["direction"] == "DESCENDING":
            found.reverse()
        return {
            "total": len(found),
            "results": [
                {"id": str(key), "properties": {self.name: iso(at)}}
                for key, at in found[: body["limit"]]
            ],
        }

    def _fits(self, row: tuple[int, int], body: Any) -> bool:
        for group in body["filterGroups"]:
            for one in group["filters"]:
                value = int(one["value"])
                by_id = one["propertyName"] == "hs_object_id"
                held = row[0] if by_id else row[1] + T
                fits = {"GTE": held >= value, "LTE": held <= value}
                if not fits[one["operator"]]:
                    return False
        return True


@pytest.fixture(name="index")
def _index(hubspot: Any) -> Index:
    index = Index()
    hubspot.always(SEARCH, index)
    hubspot.always(LIST, {"results": []})
    return index


def drain(adapter: Any, cursor: str | None) -> tuple[list[str], str]:
    found: list[str] = []
    for _ in range(200):
        page = adapter.changes(cursor)
        found += [hint.id for hint in page.hints]
        cursor = page.cursor
        if not page.more:
            return found, cursor
    pytest.fail("the stream does not end")


def test_the_beginning_is_a_list(connect: Any, hubspot: Any) -> None:
    """Pages of the list, with HubSpot's own times; search is asked for its clock."""
    hubspot.always(SEARCH, {"results": []})
    modified = {"lastmodifieddate": iso(5)}
    route = hubspot.on(
        LIST,
        {
            "results": [{"id": "1", "properties": modified}],
            "paging": {"next": {"after": "1"}},
        },
        {"results": [{"id": "2", "properties": {}, "updatedAt": iso(9)}, {"id": "3"}]},
    )

    found, _ = drain(connect(), None)

    assert found == ["1", "3", "2"]
    assert route.calls[1].request.url.params["after"] == "1"


def test_a_cursor_of_another_make_starts_over(connect: Any, index: Index) -> None:
    """Hints may come again; a change is never left out."""
    for cursor in ("", "garbage", '{"version": 2}', "[]"):
        page = connect().changes(cursor)
        assert page.more
        assert '"phase":"records"' in page.cursor


def test_changes_come_once_the_overlap_is_over(
    connect: Any, index: Index, clock: Any
) -> None:
    """Within the overlap they come again; after it only the newest does."""
    adapter = connect()
    _, cursor = drain(adapter, None)
    index.rows = {1: 1000, 2: 2000, 3: 3000}

    first, cursor = drain(adapter, cursor)
    second, cursor = drain(adapter, cursor)
    clock.sleep(600)
    third, cursor = drain(adapter, cursor)
    fourth, cursor = drain(adapter, cursor)

    assert [first, second, third] == [["1", "2", "3"]] * 3
    assert fourth == ["3"]


def test_a_late_entry_within_the_overlap_is_found(
    connect: Any, index: Index, clock: Any
) -> None:
    """The index learns of an older change after a newer one."""
    adapter = connect()
    _, cursor = drain(adapter, None)
    index.rows = {2: 500_000}
    _, cursor = drain(adapter, cursor)

    index.rows[1] = 1000
    found, _ = drain(adapter, cursor)

    assert "1" in found


def test_pages_restart_at_the_last_time_seen(connect: Any, index: Index) -> None:
    """No offset is ever used, so that records may move meanwhile."""
    index.rows = {n: n * 10 for n in range(1, 1001)}
    adapter = connect()
    _, cursor = drain(adapter, None)
    index.searches.clear()

    found, _ = drain(adapter, cursor)

    assert set(found) == {str(n) for n in range(1, 1001)}
    assert {one["after"] for one in index.searches} == {"0"}
    assert len(index.searches) == 6


def test_a_record_that_moves_between_pages_hides_no_other(
    connect: Any, index: Index
) -> None:
    """With offsets, the one after the gap would be skipped."""
    index.rows = {n: n * 10 for n in range(1, 401)}
    adapter = connect()
    cursor = adapter.changes(None).cursor
    page = adapter.changes(cursor)
    seen = {hint.id for hint in page.hints}

    index.rows[5] = 9_000
    rest, _ = drain(adapter, page.cursor)

    assert seen | set(rest) == {str(n) for n in range(1, 401)}


@pytest.mark.parametrize("crowd", [199, 200, 201, 400, 1000])
def test_records_of_one_millisecond_are_walked_by_id(
    connect: Any, index: Index, crowd: int
) -> None:
    """An import gives thousands of records one and the same time."""
    index.rows = {1: 10, 2: 20}
    index.rows |= dict.fromkeys(range(100, 100 + crowd), 30)
    index.rows |= {7: 31, 8: 40}
    adapter = connect()
    _, cursor = drain(adapter, None)

    found, cursor = drain(adapter, cursor)
    again, _ = drain(adapter, cursor)

    assert {int(key) for key in found} == set(index.rows)
    assert {int(key) for key in again} == set(index.rows)
    assert len(found) <= len(index.rows) + 400


def test_hints_carry_hubspots_time_oldest_first(connect: Any, index: Index) -> None:
    """To the millisecond."""
    index.rows = {1: 1001, 2: 1000}
    adapter = connect()
    _, cursor = drain(adapter, None)

    hints = adapter.changes(cursor).hints

    assert [hint.id for hint in hints] == ["2", "1"]
    assert hints[1].updated_at.isoformat() == "2026-11-22T00:00:01.001000+00:00"


def test_a_company_that_changed_wakes_its_contacts(
    connect: Any, hubspot: Any, index: Index
) -> None:
    """Once each, with the newest of the companies' times; all pages."""
    companies = Index("hs_lastmodifieddate")
    hubspot.always(COMPANY_SEARCH, companies)
    adapter = connect(names=("company.name",))
    _, cursor = drain(adapter, None)
    companies.rows = {50: 1000, 60: 2000}
    hubspot.on(
        LINKS,
        {
            "results": [
                {
                    "from": {"id": "50"},
                    "to": [{"toObjectId": 1}, {"toObjectId": 2}],
                    "paging": {"next": {"after": "x"}},
                },
                {"from": {"id": "60"}, "to": [{"toObjectId": 1}]},
            ]
        },
        {"results": [{"from": {"id": "50"}, "to": [{"toObjectId": 3}]}]},
    )

    first = adapter.changes(cursor)
    second = adapter.changes(first.cursor)

    assert first.more
    assert not second.more
    times = {hint.id: hint.updated_at.second for hint in second.hints}
    assert times == {"1": 2, "2": 1, "3": 1}


def test_a_long_company_stream_does_not_search_the_contacts_again(
    connect: Any, hubspot: Any, index: Index
) -> None:
    """One stream after the other, each to its end."""
    companies = Index("hs_lastmodifieddate")
    companies.rows = {n: n for n in range(1, 501)}
    hubspot.always(COMPANY_SEARCH, companies)
    hubspot.always(LINKS, {"results": []})
    adapter = connect(names=("company.name",))
    _, cursor = drain(adapter, None)
    index.searches.clear()
    companies.searches.clear()

    drain(adapter, cursor)

    assert len(index.searches) == 1
    assert len(companies.searches) == 3


def test_deals_have_another_name_for_it(connect: Any, hubspot: Any) -> None:
    """`hs_lastmodifieddate` everywhere but on contacts."""
    search = hubspot.always("/crm/objects/2026-09/deals/search", {"results": []})
    hubspot.always("/crm/objects/2026-09/deals", {"results": []})

    drain(connect("deals", ("dealstage",)), None)

    body = json.loads(search.calls[0].request.content)
    assert body["sorts"][0]["propertyName"] == "hs_lastmodifieddate"
    assert {"filterGroups", "sorts", "properties", "limit", "after"} == set(body)
