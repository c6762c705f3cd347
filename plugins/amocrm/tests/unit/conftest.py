"""amoCRM at the network's edge."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = {
    "id": 77,
    "name": "Acme",
    "subdomain": "acme",
    "current_user_id": 5,
    "is_api_filter_enabled": True,
    "is_unsorted_on": True,
    "_embedded": {"datetime_settings": {"timezone": "Europe/Berlin"}},
}
STATUSES = [
    {"id": 10, "name": "Unsorted", "sort": 10, "type": 1},
    {"id": 11, "name": "New", "sort": 20, "type": 0},
    {"id": 12, "name": "Qualified", "sort": 30, "type": 0},
    {"id": 142, "name": "Won", "sort": 10000, "type": 0},
    {"id": 143, "name": "Lost", "sort": 11000, "type": 0},
]
PIPELINES = [
    {
        "id": 1,
        "name": "Sales",
        "sort": 1,
        "is_main": True,
        "_embedded": {"statuses": STATUSES},
    },
    {
        "id": 2,
        "name": "Partners",
        "sort": 2,
        "is_main": False,
        "_embedded": {
            "statuses": [{"id": 21, "name": "New", "sort": 20}, *STATUSES[3:]]
        },
    },
]
FIELDS = [
    {"id": 101, "name": "Need", "code": "NEED", "type": "text"},
    {"id": 102, "name": "Budget", "code": "BUDGET", "type": "monetary"},
    {
        "id": 103,
        "name": "Role",
        "code": "ROLE",
        "type": "select",
        "enums": [
            {"id": 1001, "value": "owner", "sort": 1},
            {"id": 1002, "value": "manager", "sort": 2},
        ],
        "required_statuses": [{"pipeline_id": 1, "status_id": 12}],
    },
    {"id": 104, "name": "Token", "code": "LEADSTATE_TOKEN", "type": "text"},
    {"id": 105, "name": "Contract", "code": "CONTRACT", "type": "file"},
]


def embedded(key: str, rows: list[Any], *, more: bool = False) -> dict[str, Any]:
    links = {"self": {"href": "x"}} | ({"next": {"href": "y"}} if more else {})
    return {"_page": 1, "_links": links, "_embedded": {key: rows}}


def lead(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Lead {number}",
        "price": 0,
        "status_id": 11,
        "pipeline_id": 1,
        "responsible_user_id": 5,
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_000,
        "custom_fields_values": None,
        "_embedded": {"tags": [], "contacts": [], "companies": []},
    } | more


class AmoCrm:
    """Answers lined up by method and path; every request kept."""

    def __init__(self, router: respx.MockRouter) -> None:
        self._router = router

    def on(self, path: str, *answers: Any, method: str = "GET") -> respx.Route:
        """Answer calls of ``path`` with each of ``answers`` in turn."""
        return self._router.route(method=method, path=path).mock(
            side_effect=[response(one) for one in answers]
        )

    def always(self, path: str, answer: Any, *, method: str = "GET") -> respx.Route:
        """Answer every call of ``path``, from its request if it is a function."""

        def reply(request: httpx.Request) -> Any:
            return response(answer(request) if callable(answer) else answer)

        return self._router.route(method=method, path__regex=f"^{path}$").mock(
            side_effect=reply
        )

    def account(self, **more: Any) -> None:
        """Answer what every adapter asks of its account."""
        self.always("/api/v4/account", ACCOUNT | more)
        self.always("/api/v4/leads/pipelines", embedded("pipelines", PIPELINES))
        self.always("/api/v4/leads/custom_fields", embedded("custom_fields", FIELDS))
        for kind in ("contacts", "companies"):
            rows = [
                {"id": 201, "name": "E-mail", "code": "EMAIL", "type": "multitext"},
                {"id": 202, "name": "Phone", "code": "PHONE", "type": "multitext"},
            ]
            self.always(
                f"/api/v4/{kind}/custom_fields", embedded("custom_fields", rows)
            )
        reasons = [{"id": 31, "name": "Price"}, {"id": 32, "name": "Spam"}]
        self.always("/api/v4/leads/loss_reasons", embedded("loss_reasons", reasons))

    def leads(self, *rows: dict[str, Any], kind: str = "leads") -> respx.Route:
        """Hold these leads: lists by id show those that are asked for."""
        held = {str(row["id"]): row for row in rows}

        def reply(request: httpx.Request) -> Any:
            asked = [v for k, v in parse_qsl(request.url.query.decode()) if "[id]" in k]
            found = [held[one] for one in asked if one in held]
            return embedded(kind, found) if found else httpx.Response(204)

        return self.always(f"/api/v4/{kind}", reply)


def response(answer: Any) -> Any:
    if isinstance(answer, Exception | httpx.Response):
        return answer
    if isinstance(answer, tuple):
        return httpx.Response(answer[0], json=answer[1])
    return httpx.Response(200, json=answer)


def bodies(route: respx.Route) -> list[Any]:
    """Return what was sent."""
    return [json.loads(call.request.content) for call in route.calls]


def queries(route: respx.Route) -> list[dict[str, str]]:
    """Return the queries that were asked."""
    return [dict(parse_qsl(c.request.url.query.decode())) for c in route.calls]


@pytest.fixture(name="amocrm")
def _amocrm() -> Iterator[AmoCrm]:
    with respx.mock(
        base_url="https://acme.amocrm.ru", assert_all_called=False
    ) as router:
        yield AmoCrm(router)


@pytest.fixture(name="shapes")
def _shapes() -> Callable[..., Any]:
    """Return the makers of answers and the readers of requests, by name."""
    makers: dict[str, Any] = {
        "lead": lead,
        "listed": embedded,
        "bodies": bodies,
        "queries": queries,
    }

    def shape(name: str, *args: Any, **more: Any) -> Any:
        return makers[name](*args, **more)

    return shape


@pytest.fixture(name="problem")
def _problem() -> Callable[..., dict[str, Any]]:
    """Return a function that makes an error body in amoCRM's shape."""

    def make(status: int, detail: str, **mistakes: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "title": "Error",
            "type": f"https://httpstatus.es/{status}",
            "status": status,
            "detail": detail,
        }
        if mistakes:
            body["validation-errors"] = [
                {
                    "request_id": re.sub("^_", "", key),
                    "errors": [{"code": "Bad", "path": "name", "detail": words}],
                }
                for key, words in mistakes.items()
            ]
        return body

    return make
