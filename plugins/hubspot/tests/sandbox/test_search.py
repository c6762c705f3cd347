"""Search: operators, limits, and an index that lags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Running, Start


@pytest.fixture(name="portal")
def _portal(start: Start) -> Running:
    sandbox = start(records=0)
    sandbox.control("PUT", "policy", {"search_per_second": 1000})
    sandbox.contact(
        email="ada@example.com", firstname="Ada", budget="100", job_role="owner"
    )
    sandbox.contact(
        email="bob@example.com", firstname="Bob", budget="2000", lead_tags="vip;spam"
    )
    sandbox.contact(email="eve@other.example", decision_date="2026-05-01")
    return sandbox


def _names(portal: Running, **filtered: Any) -> list[str]:
    groups = [{"filters": [filtered]}]
    answer = portal.search(filterGroups=groups, properties=["email"])
    assert answer.status_code == 200, answer.text
    return [r["properties"]["email"][:3] for r in answer.json()["results"]]


@pytest.mark.parametrize(
    ("name", "operator", "more", "expected"),
    [
        ("firstname", "EQ", {"value": "ADA"}, ["ada"]),
        ("firstname", "NEQ", {"value": "ada"}, ["bob", "eve"]),
        ("firstname", "IN", {"values": ["ada"]}, ["ada"]),
        ("firstname", "IN", {"values": ["Ada"]}, []),
        ("firstname", "NOT_IN", {"values": ["ada"]}, ["bob"]),
        ("job_role", "EQ", {"value": "OWNER"}, []),
        ("job_role", "IN", {"values": ["owner", "director"]}, ["ada"]),
        ("lead_tags", "IN", {"values": ["spam"]}, ["bob"]),
        ("lead_tags", "EQ", {"value": "vip"}, ["bob"]),
        ("budget", "GT", {"value": "100"}, ["bob"]),
        ("budget", "GTE", {"value": 100}, ["ada", "bob"]),
        ("budget", "LT", {"value": "1000"}, ["ada"]),
        ("budget", "BETWEEN", {"value": "50", "highValue": "150"}, ["ada"]),
        ("decision_date", "LTE", {"value": "1790000000000"}, ["eve"]),
        ("decision_date", "HAS_PROPERTY", {}, ["eve"]),
        ("decision_date", "NOT_HAS_PROPERTY", {}, ["ada", "bob"]),
        ("email", "CONTAINS_TOKEN", {"value": "*@example.com"}, ["ada", "bob"]),
        ("email", "NOT_CONTAINS_TOKEN", {"value": "other"}, ["ada", "bob"]),
    ],
)
def test_operators_find_what_they_say(
    portal: Running, name: str, operator: str, more: dict[str, Any], expected: list[str]
) -> None:
    """Each operator keeps HubSpot's rules on case, numbers and emptiness."""
    found = _names(portal, propertyName=name, operator=operator, **more)

    assert found == expected


def test_groups_are_alternatives(portal: Running) -> None:
    """Filters of a group must all hold; one group is enough."""
    groups = [
        {"filters": [{"propertyName": "firstname", "operator": "EQ", "value": name}]}
        for name in ("ada", "bob")
    ]

    assert portal.search(filterGroups=groups).json()["total"] == 2


def test_free_text_finds_beginnings_of_words(portal: Running) -> None:
    """`query` looks through the usual properties."""
    assert portal.search(query="bo exam").json()["total"] == 1


@pytest.mark.parametrize(
    "sort", ["-budget", {"propertyName": "budget", "direction": "DESCENDING"}]
)
def test_both_forms_of_sort_are_understood(portal: Running, sort: object) -> None:
    """The specification's text and the guide's object mean the same."""
    found = portal.search(sorts=[sort], properties=["budget"]).json()["results"]

    assert [r["properties"]["budget"] for r in found] == ["2000", "100", None]


def test_associations_can_be_filtered(start: Start) -> None:
    """associations.company is a filter of its own."""
    sandbox = start(records=30)
    state = sandbox.control("GET", "state/contacts?limit=100")["results"]
    linked = next(r for r in state if r["associations"].get("companies"))
    company = linked["associations"]["companies"][0]
    ours = [r for r in state if company in r["associations"].get("companies", [])]
    asked = {"propertyName": "associations.company", "operator": "EQ", "value": company}

    found = sandbox.search(filterGroups=[{"filters": [asked]}]).json()
    assert found["total"] == len(ours)


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": -1},
        {"after": "9999", "limit": 10},
        {"after": "x"},
        {"sorts": ["email", "budget"]},
        {"sorts": ["no_such"]},
        {"query": "x" * 3001},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "e", "operator": "LIKE"}]}]},
        {
            "filterGroups": [
                {"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 7}
            ]
        },
        {
            "filterGroups": [
                {"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 5}
            ]
            * 4
        },
        {
            "filterGroups": [
                {"filters": [{"propertyName": "nope", "operator": "HAS_PROPERTY"}]}
            ]
        },
    ],
)
def test_searches_beyond_the_limits_are_refused(
    sandbox: Running, body: dict[str, Any]
) -> None:
    """Page, cap, groups, filters, sorts and length have limits; all answer 400."""
    answer = sandbox.search(**body)

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_the_index_lags_behind_while_reading_does_not(start: Start) -> None:
    """Search shows the portal of some seconds ago; reading by id is current."""
    sandbox = start(records=0, index_lag_seconds=5)
    sandbox.control("POST", "clock", {"rate": 0})
    contact = sandbox.contact(email="t@example.com", budget="1")
    unseen = sandbox.search().json()["total"]
    sandbox.control("POST", "clock", {"advance_seconds": 6})
    sandbox.contacts("PATCH", f"/{contact}", {"properties": {"budget": "2"}})
    stale = sandbox.search(properties=["budget"]).json()["results"][0]
    current = sandbox.value(contact, "budget")
    sandbox.control("POST", "clock", {"advance_seconds": 6})
    fresh = sandbox.search(properties=["budget"]).json()["results"][0]

    assert unseen == 0
    assert (stale["properties"]["budget"], current) == ("1", "2")
    assert stale["updatedAt"] < fresh["updatedAt"]
    assert fresh["properties"]["budget"] == "2"


def test_archived_records_are_never_found(sandbox: Running) -> None:
    """Search does not know the recycle bin."""
    contact = sandbox.contact(email="t@example.com")
    sandbox.contacts("DELETE", f"/{contact}")

    assert sandbox.search().json()["total"] == 12


def test_pages_of_a_search_meet_without_overlap(start: Start) -> None:
    """`after` continues where the page ended."""
    sandbox = start(records=45)
    seen: list[str] = []
    after: str | None = "0"
    while after is not None:
        page = sandbox.search(limit=20, after=after).json()
        seen += [record["id"] for record in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")

    assert len(seen) == len(set(seen)) == 45


def test_a_search_sees_ten_thousand_at_most(start: Start) -> None:
    """The total is true, but nothing past 10,000 can be paged to."""
    sandbox = start(records=10_050)
    last = sandbox.search(limit=100, after="9900").json()
    beyond = sandbox.search(limit=100, after=last["paging"]["next"]["after"])

    assert last["total"] == 10_050
    assert beyond.status_code == 400
