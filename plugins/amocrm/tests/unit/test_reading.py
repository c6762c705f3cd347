"""Reading: leads as text, and why one is not there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadstate.adapters import Gone, GoneReason
from leadstate.errors import ConfigurationError, FatalAdapterError, RetryLater

LEADS = "/api/v4/leads"
FIELD = {"field_id": 101, "field_code": "NEED", "field_type": "text"}


def test_a_lead_is_read_with_its_contact_and_company(
    connect: Any, amocrm: Any, shapes: Any
) -> None:
    """Everything as text; what is empty is None, what is not defined is absent."""
    amocrm.account()
    links = {
        "tags": [{"id": 1, "name": "vip"}, {"id": 2, "name": "new"}],
        "contacts": [{"id": 8, "is_main": False}, {"id": 9, "is_main": True}],
        "companies": [{"id": 70}],
        "loss_reason": {"id": 31, "name": "Price"},
    }
    row = shapes(
        "lead",
        1,
        price=12,
        price_with_minor_units=12.5,
        status_id=143,
        loss_reason_id=31,
        closed_at=1795305600,
        custom_fields_values=[{**FIELD, "values": [{"value": "much"}]}],
        _embedded=links,
    )
    amocrm.leads(row)
    phone = {
        "field_id": 202,
        "field_code": "PHONE",
        "field_type": "multitext",
        "values": [{"value": "+49 30", "enum_code": "WORK"}],
    }
    amocrm.leads(
        {"id": 9, "name": "Eva", "custom_fields_values": [phone]}, kind="contacts"
    )
    amocrm.leads({"id": 70, "name": "Acme"}, kind="companies")
    wanted = {
        "name": "Lead 1",
        "price": "12.5",
        "pipeline": "Sales",
        "status": "Lost",
        "status_id": "143",
        "loss_reason": "Price",
        "closed_at": "2026-11-22T00:00:00Z",
        "tags": "vip;new",
        "score": None,
        "cf.NEED": "much",
        "cf.101": "much",
        "cf.BUDGET": None,
        "contact.name": "Eva",
        "contact.phone": "+49 30",
        "contact.email": None,
        "company.name": "Acme",
    }

    (found,) = connect((*wanted, "cf.NOT_DEFINED")).read(["1"])

    assert wanted == dict(found.properties)
    assert found.created_at.isoformat() == "2023-11-14T22:13:20+00:00"


def test_a_change_of_this_second_is_named_a_moment_before(
    connect: Any, amocrm: Any, shapes: Any, clock: Any
) -> None:
    """The same second may bring another one, and its hint must be news."""
    amocrm.account()
    now = int(clock.now().timestamp())
    amocrm.leads(
        shapes("lead", 1, updated_at=now), shapes("lead", 2, updated_at=now - 60)
    )

    found = {one.id: one.updated_at for one in connect().read(["1", "2"])}

    assert int(found["1"].timestamp()) == now - 1
    assert found["2"].timestamp() == now - 60


def test_why_a_lead_is_gone_is_asked(connect: Any, amocrm: Any, shapes: Any) -> None:
    """Of the log first, then of the recycle bin; the newest word counts."""
    amocrm.account()
    bin_ = shapes("listed", "leads", [{"id": 4, "is_deleted": True}])

    def leads(request: httpx.Request) -> Any:
        if request.url.params.get("with") == "only_deleted":
            return bin_
        return shapes("listed", "leads", [shapes("lead", 5, is_deleted=True)])

    amocrm.always(LEADS, leads)
    events = [
        {"id": "a", "type": "lead_deleted", "entity_id": 1, "created_at": 1},
        {"id": "b", "type": "lead_deleted", "entity_id": 2, "created_at": 1},
        {"id": "c", "type": "entity_merged", "entity_id": 2, "created_at": 2},
    ]
    amocrm.always("/api/v4/events", shapes("listed", "events", events))

    found = connect().read(["1", "2", "3", "4", "5", "x"])

    reasons = {one.id: one.reason for one in found if isinstance(one, Gone)}
    assert {
        "1": GoneReason.DELETED,
        "2": GoneReason.MERGED,
        "3": GoneReason.UNKNOWN,
        "4": GoneReason.DELETED,
        "5": GoneReason.DELETED,
        "x": GoneReason.UNKNOWN,
    } == reasons


def test_ids_go_250_at_once_in_a_line_that_servers_take(
    connect: Any, amocrm: Any, shapes: Any
) -> None:
    """Brackets stay readable: half the length."""
    amocrm.account()
    route = amocrm.leads(*(shapes("lead", 10_000_000 + n) for n in range(260)))

    found = connect().read([str(10_000_000 + n) for n in range(260)])

    assert len(found) == 260
    assert [250, 10] == [
        str(call.request.url).count("filter[id][]") for call in route.calls
    ]
    assert max(len(str(call.request.url)) for call in route.calls) < 8000


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            httpx.Response(402, json={"title": "Payment Required"}),
            ConfigurationError,
            "paid",
        ),
        (httpx.Response(403, json={"title": "Forbidden"}), ConfigurationError, "right"),
        (httpx.Response(403, html="<p>"), FatalAdapterError, "blocks"),
        (
            httpx.Response(404, json={"title": "Not Found"}),
            ConfigurationError,
            "base_url",
        ),
        (httpx.Response(400, json={"detail": "bad"}), ConfigurationError, "bad"),
        (httpx.Response(418, json=[]), FatalAdapterError, "418"),
        (httpx.Response(429, json={"retry_after": 300}), RetryLater, "429"),
        (httpx.Response(429, html="<p>"), RetryLater, "429"),
        (httpx.Response(500, html="<p>"), RetryLater, "500"),
        (httpx.Response(200, html="<p>"), RetryLater, "not an answer"),
        (httpx.Response(200, json={"id": []}), RetryLater, "cannot be read"),
        (
            httpx.Response(302, headers={"location": "/x"}),
            ConfigurationError,
            "redirects",
        ),
    ],
    ids=lambda one: (
        f"{one.status_code} {one.text[:20]}" if isinstance(one, httpx.Response) else ""
    ),
)
def test_every_error_says_who_has_to_act(
    connect: Any, amocrm: Any, answer: httpx.Response, error: type, words: str
) -> None:
    """Pages of a web server never crash."""
    amocrm.always("/api/v4/account", lambda _: answer)

    with pytest.raises(error, match=words):
        connect().describe()


def test_after_429_nobody_calls_until_it_is_over(
    connect: Any, amocrm: Any, clock: Any
) -> None:
    """Going on would end in a block; a 403 right after one is a block."""
    busy = {"retry_after": 300, "detail": "slow down"}
    forbidden = (403, {"title": "Forbidden"})
    account = amocrm.on("/api/v4/account", (429, busy), forbidden, {"id": 1})
    adapter = connect()
    for _ in range(3):
        with pytest.raises(RetryLater) as caught:
            adapter.describe()
    assert not caught.value.sent
    clock.sleep(301)
    for _ in range(3):
        with pytest.raises(FatalAdapterError, match="blocks this integration"):
            adapter.describe()

    assert account.call_count == 2


def test_another_account_is_refused(connect: Any, amocrm: Any) -> None:
    """A safety catch against the wrong token."""
    amocrm.account()

    with pytest.raises(ConfigurationError, match="account_id"):
        connect(account_id=78).describe()


def test_the_account_is_described_with_what_it_demands(
    connect: Any, amocrm: Any
) -> None:
    """Fields by code and id, options by name, demands of bound stages by both forms."""
    from leadstate.domain.binding import Binding

    amocrm.account()
    by_name = Binding(
        workflow="w",
        adapter="amocrm",
        object="leads",
        stages={"sql": {"pipeline": ("Sales",), "status": ("Qualified",)}},
    )

    account = connect(binding=by_name).describe()
    by_id = connect().describe()

    assert account.timezone == "Europe/Berlin"
    assert account.properties["cf.ROLE"].options == ("owner", "manager")
    assert account.properties["status"].options == ("New", "Qualified", "Won", "Lost")
    assert account.properties["cf.CONTRACT"].read_only
    assert {"cf.101", "cf.NEED", "contact.email", "company.name"} <= set(
        account.properties
    )
    (demand,) = account.demands
    assert ("cf.ROLE", {"pipeline": "Sales", "status": "Qualified"}) == (
        demand.property,
        dict(demand.when),
    )
    assert () == by_id.demands


def test_a_strange_time_zone_is_utc(connect: Any, amocrm: Any) -> None:
    """A date has to be some day."""
    amocrm.account(_embedded={"datetime_settings": {"timezone": "Mars/Base"}})
    adapter = connect()

    assert str(adapter._definitions.zone) == "UTC"


def test_a_cursor_of_another_version_is_told(connect: Any, amocrm: Any) -> None:
    """With what to do."""
    with pytest.raises(ConfigurationError, match="remove it"):
        connect().changes("{}")
    with pytest.raises(ConfigurationError, match="begin again"):
        connect().history("{]", since=None)
