"""Lists and single records: pages, links, orders, filters, nothing at all."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running


def test_success_is_hal_and_refusal_is_a_problem(sandbox: Running) -> None:
    """Content types differ, and every answer has a request id."""
    good, bad = sandbox.api("GET", "account"), sandbox.api("GET", "nothing/here")

    assert good.headers["content-type"] == "application/hal+json"
    assert bad.headers["content-type"] == "application/problem+json"
    assert bad.json()["status"] == bad.status_code == 404
    assert good.headers["x-request-id"] != bad.headers["x-request-id"]


@pytest.mark.parametrize(
    "path", ["leads", "leads/1", "leads/x", "contacts/1", "events", "leads/unsorted"]
)
def test_nothing_is_no_content(sandbox: Running, path: str) -> None:
    """Empty lists and unknown leads are 204 with an empty body, not 404."""
    answer = sandbox.api("GET", path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers


def test_a_page_links_to_its_neighbours(peopled: Running) -> None:
    """Self, next, first and prev; no total for leads."""
    body = peopled.api("GET", "leads?limit=7&page=2").json()
    follow = peopled.http.get(
        body["_links"]["next"]["href"],
        headers={"Authorization": f"Bearer {peopled.config.token}"},
    ).json()

    assert body["_page"] == 2
    assert set(body["_links"]) == {"self", "next", "first", "prev"}
    assert "_total_items" not in body
    assert len(follow["_embedded"]["leads"]) == 6
    assert set(follow["_links"]) == {"self", "first", "prev"}
    assert peopled.api("GET", "leads?limit=7&page=4").status_code == 204


def test_totals_stand_only_where_the_vendor_has_them(sandbox: Running) -> None:
    """Users and fields are counted and paged, pipelines counted only."""
    users, fields, pipelines = (
        set(sandbox.api("GET", path).json())
        for path in ("users", "leads/custom_fields", "leads/pipelines")
    )

    assert {"_total_items", "_page", "_page_count"} < users
    assert {"_total_items", "_page", "_page_count"} < fields
    assert "_total_items" in pipelines
    assert "_page" not in pipelines


@pytest.mark.parametrize(
    ("path", "most"), [("leads", 250), ("contacts", 250), ("events", 100)], ids=str
)
def test_a_page_has_an_upper_bound(peopled: Running, path: str, most: int) -> None:
    """One more is 422, or as much as there is if the policy says so."""
    fits = peopled.api("GET", f"{path}?limit={most}").status_code
    over = peopled.api("GET", f"{path}?limit={most + 1}").status_code
    peopled.policy(over_limit="cap")
    capped = peopled.api("GET", f"{path}?limit={most + 1}").status_code

    assert (fits, over, capped) == (200, 422, 200)


@pytest.mark.parametrize("name", ["created_at", "updated_at", "id"])
def test_leads_are_sorted_by_three_members(peopled: Running, name: str) -> None:
    """Up and down, and by nothing else."""
    down = peopled.get(f"leads?order[{name}]=desc", "leads")
    values = [lead[name] for lead in down]

    assert values == sorted(values, reverse=True)
    assert peopled.api("GET", "leads?order[price]=asc").status_code == 400
    assert peopled.api("GET", f"leads?order[{name}]=up").status_code == 400


def test_filters_narrow_leads_down(sandbox: Running) -> None:
    """Every documented filter, brackets with and without numbers, or commas."""
    one = sandbox.lead(
        name="One",
        price=100,
        pipeline_id=catalog.INBOUND,
        responsible_user_id=catalog.SALES_USER,
        created_by=0,
        custom_fields_values=[
            {"field_code": "JOB_ROLE", "values": [{"value": "owner"}]},
            {"field_code": "BUDGET", "values": [{"value": "900"}]},
            {"field_code": "TECHNICAL_FIT", "values": [{"value": True}]},
        ],
    )
    two = sandbox.lead(name="Two", price=5)
    closed = sandbox.lead(name="Three")
    sandbox.patch(closed, status_id=142)
    role = sandbox.read(one)["custom_fields_values"][0]["values"][0]["enum_id"]
    expected = {
        f"filter[id][0]={one}&filter[id][1]={two}": {one, two},
        f"filter[id][]={one}&filter[id][]={two}": {one, two},
        f"filter[id]={one},{two}": {one, two},
        "filter[name][]=Two": {two},
        "filter[price][from]=50": {one},
        "filter[price][from]=1&filter[price][to]=50": {two},
        f"filter[pipeline_id][]={catalog.INBOUND}": {one},
        f"filter[responsible_user_id][]={catalog.SALES_USER}": {one},
        "filter[created_by][]=0": {one},
        "filter[closed_at][from]=1": {closed},
        f"filter[statuses][0][pipeline_id]={catalog.INBOUND}"
        f"&filter[statuses][0][status_id]={catalog.INBOUND_NEW}": {one},
        f"filter[statuses][0][pipeline_id]={catalog.INBOUND}"
        "&filter[statuses][0][status_id]=142": set(),
        f"filter[custom_fields_values][7300105][]={role}": {one},
        "filter[custom_fields_values][7300101][from]=500": {one},
        "filter[custom_fields_values][7300104][]=1": {one},
        "filter[custom_fields_values][x][]=1": set(),
        "filter[updated_at][to]=5": set(),
        "query=thre": {closed},
    }
    found = {
        query: {lead["id"] for lead in sandbox.get(f"leads?{query}", "leads")}
        for query in expected
    }

    assert found == expected


def test_leads_are_found_by_their_next_task(sandbox: Running) -> None:
    """The span is about tasks that are open."""
    lead = sandbox.lead()
    sandbox.lead()
    task = {"text": "x", "complete_till": 50, "entity_type": "leads"}
    sandbox.api("POST", "tasks", [task | {"entity_id": lead}])
    query = "leads?filter[closest_task_at][from]=40&filter[closest_task_at][to]=60"

    assert [one["id"] for one in sandbox.get(query, "leads")] == [lead]


def test_what_is_typed_in_is_filtered_by_number_and_text(sandbox: Running) -> None:
    """Of a field: a text as it stands; a span counts what is a number or a flag."""
    values = {"NEED": "much", "TECHNICAL_FIT": True, "DECISION_DATE": 500}
    fields = [
        {"field_code": code, "values": [{"value": value}]}
        for code, value in values.items()
    ]
    sandbox.lead(custom_fields_values=fields)
    start = "leads?filter[custom_fields_values]"
    expected = {
        f"{start}[7300102][]=much": 1,
        f"{start}[7300102][from]=1": 0,
        f"{start}[7300104][from]=1": 1,
        f"{start}[7300103][from]=400&filter[custom_fields_values][7300103][to]=600": 1,
    }

    assert {q: len(sandbox.get(q, "leads")) for q in expected} == expected


def test_a_bare_moment_filters_everything_out(peopled: Running) -> None:
    """`filter[updated_at]=…` without from or to was seen to match nothing."""
    assert peopled.api("GET", "leads?filter[updated_at]=1").status_code == 204


def test_filters_that_were_not_bought_are_ignored(peopled: Running) -> None:
    """Leads come unfiltered, and the account says so; events are still filtered."""
    peopled.policy(is_api_filter_enabled=False)
    account = peopled.api("GET", "account?with=is_api_filter_enabled").json()

    assert account["is_api_filter_enabled"] is False
    assert len(peopled.get("leads?filter[id][]=1", "leads")) == 20
    assert peopled.events("filter[type]=entity_merged") == []


def test_a_lead_shows_what_is_asked_for(sandbox: Running) -> None:
    """Contacts, loss reason, source and robots' prices come with `with=`."""
    contact = sandbox.add("contacts", name="Ada Lovelace")
    company = sandbox.add("companies", name="Engines")
    linked = {"contacts": [{"id": contact}], "companies": [{"id": company}]}
    lead = sandbox.lead(name="x", _embedded=linked)
    sandbox.patch(lead, status_id=143, loss_reason_id=7200001)
    plain = sandbox.read(lead)
    wanted = "contacts,loss_reason,source,catalog_elements,is_price_modified_by_robot"
    full = sandbox.read(lead, wanted)
    sandbox.policy(loss_reason_is_list=False)

    assert set(plain["_embedded"]) == {"tags", "companies"}
    assert plain["_embedded"]["companies"][0]["id"] == company
    assert full["_embedded"]["contacts"][0]["id"] == contact
    assert full["_embedded"]["contacts"][0]["is_main"] is True
    assert full["_embedded"]["loss_reason"][0]["id"] == 7200001
    assert full["_embedded"]["source"]["name"] == "API"
    assert full["is_price_modified_by_robot"] is False
    assert (
        sandbox.read(lead, "loss_reason")["_embedded"]["loss_reason"]["id"] == 7200001
    )


def test_deleted_leads_are_in_the_recycle_bin_alone(sandbox: Running) -> None:
    """`with=only_deleted` shows four members; elsewhere the lead is gone."""
    kept, gone = sandbox.lead(name="a"), sandbox.lead(name="b")
    sandbox.control("POST", "archive", {"object": "leads", "id": str(gone)})
    deleted = sandbox.get("leads?with=only_deleted", "leads")

    assert [lead["id"] for lead in sandbox.get("leads", "leads")] == [kept]
    assert sandbox.api("GET", f"leads/{gone}").status_code == 204
    assert [lead["id"] for lead in deleted] == [gone]
    assert {"updated_at", "updated_by", "is_deleted"} < set(deleted[0])
    assert "name" not in deleted[0]
    assert sandbox.patch(gone, price=1).status_code == 400


def test_unchanged_lists_can_be_304(peopled: Running) -> None:
    """If-Modified-Since counts only where the policy says so."""
    later = {"If-Modified-Since": formatdate(4e9, usegmt=True)}
    ignored = peopled.api("GET", "leads", headers=later).status_code
    peopled.policy(if_modified_since=True)
    heeded = peopled.api("GET", "leads", headers=later).status_code
    strange = peopled.api("GET", "leads", headers={"If-Modified-Since": "x"})
    early = {"If-Modified-Since": formatdate(0, usegmt=True)}
    changed = peopled.api("GET", "leads", headers=early).status_code

    assert (ignored, heeded, strange.status_code, changed) == (200, 304, 200, 200)


def test_prices_can_have_cents(sandbox: Running) -> None:
    """With minor units price is cut off and the other member has it whole."""
    sandbox.policy(minor_units=True)
    lead = sandbox.read(sandbox.lead(name="x", price=10.75))

    assert (lead["price"], lead["price_with_minor_units"]) == (10, 10.75)
