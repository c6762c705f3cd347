"""Trouble on request: statuses, dead connections, broken bodies, halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Running


@pytest.mark.parametrize("status", [402, 403, 429, 500, 502, 504])
def test_statuses_strike_the_next_matching_requests(
    sandbox: Running, status: int
) -> None:
    """Only what matches is hit, and only as often as told; some are pages."""
    match = {"method": "GET", "path": "/api/v4/leads"}
    fault = {"kind": "status", "status": status, "times": 2, "match": match}
    sandbox.control("PUT", "faults", [fault])
    other = sandbox.api("GET", "account").status_code
    hit = [sandbox.api("GET", "leads") for _ in range(3)]

    assert other == 200
    assert [answer.status_code for answer in hit] == [status, status, 204]
    is_page = hit[0].headers["content-type"] == "text/html"
    assert is_page is (status in {403, 502, 504})
    assert sandbox.control("GET", "faults")["faults"] == []


@pytest.mark.parametrize(
    ("kind", "price"), [("timeout_before_apply", 0), ("timeout_after_apply", 5)]
)
def test_the_connection_dies_before_or_after(
    sandbox: Running, kind: str, price: int
) -> None:
    """The client cannot tell; the log can."""
    lead = sandbox.lead()
    fault = {"kind": kind, "match": {"method": "PATCH"}}
    sandbox.control("PUT", "faults", {"faults": [fault]})
    with pytest.raises(httpx.HTTPError):
        sandbox.patch(lead, price=5)
    entry = sandbox.control("GET", "log")["entries"][-1]

    assert sandbox.read(lead)["price"] == price
    assert (entry["status"], entry["applied"]) == (0, bool(price))


def test_an_answer_can_be_cut_off(sandbox: Running) -> None:
    """The body is half of what it should be."""
    sandbox.control("PUT", "faults", [{"kind": "malformed"}])
    answer = sandbox.api("GET", "account")

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_half_of_a_bulk_write_can_apply(sandbox: Running) -> None:
    """504 as a page, with the first half written."""
    leads = [sandbox.lead() for _ in range(4)]
    sandbox.control("PUT", "faults", [{"kind": "half_applied"}])
    items = [{"id": lead, "price": 9} for lead in leads]
    answer = sandbox.api("PATCH", "leads", items)

    assert answer.status_code == 504
    assert [sandbox.read(lead)["price"] for lead in leads] == [9, 9, 0, 0]


def test_faults_can_be_taken_back(sandbox: Running) -> None:
    """DELETE removes those that have not struck; chance can spare."""
    sandbox.control("PUT", "faults", [{"kind": "status", "probability": 0}])
    spared = sandbox.api("GET", "account").status_code
    waiting = sandbox.control("GET", "faults")["faults"]
    sandbox.control("DELETE", "faults")

    assert (spared, len(waiting)) == (200, 1)
    assert sandbox.control("GET", "faults")["faults"] == []
