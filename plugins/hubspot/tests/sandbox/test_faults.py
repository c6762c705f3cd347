"""Trouble on request: statuses, dead connections, broken bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Running


@pytest.mark.parametrize("status", [423, 429, 477, 500, 502, 503])
def test_statuses_strike_the_next_matching_requests(
    sandbox: Running, status: int
) -> None:
    """Only what matches is hit, and only as often as told."""
    match = {"method": "GET", "path": "/crm/objects/2026-09/contacts"}
    fault = {"kind": "status", "status": status, "times": 2, "match": match}
    sandbox.control("PUT", "faults", [fault])
    owners = sandbox.api("GET", "/crm/v3/owners").status_code
    hit = [sandbox.contacts("GET") for _ in range(3)]

    assert owners == 200
    assert [answer.status_code for answer in hit] == [status, status, 200]
    assert hit[0].json()["status"] == "error"
    assert ("retry-after" in hit[0].headers) is (status == 477)


@pytest.mark.parametrize(
    ("kind", "applied"),
    [("timeout_before_apply", False), ("timeout_after_apply", True)],
)
def test_a_connection_can_die_before_or_after_the_write(
    sandbox: Running,
    kind: str,
    applied: bool,  # noqa: FBT001
) -> None:
    """The caller cannot tell; the state and the log can."""
    contact = sandbox.contact(email="t@example.com")
    sandbox.control("PUT", "faults", [{"kind": kind, "match": {"method": "PATCH"}}])
    with pytest.raises(httpx.TransportError):
        sandbox.contacts("PATCH", f"/{contact}", {"properties": {"budget": "8"}})
    entry = sandbox.control("GET", "log")["entries"][-1]

    assert (entry["status"], entry["applied"]) == (0, applied)
    assert sandbox.value(contact, "budget") == ("8" if applied else None)


def test_an_answer_can_be_broken(sandbox: Running) -> None:
    """A malformed body is half of the right one."""
    sandbox.control("PUT", "faults", [{"kind": "malformed"}])
    broken = sandbox.contacts("GET")

    assert broken.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        broken.json()
    assert sandbox.contacts("GET").json()["results"]


def test_faults_can_be_seen_and_removed(sandbox: Running) -> None:
    """Waiting faults are listed until used up or cleared."""
    fault = {"kind": "status", "status": 503, "times": -1}
    sandbox.control("PUT", "faults", [fault])
    sandbox.contacts("GET")
    waiting = sandbox.control("GET", "faults")["faults"]
    sandbox.control("DELETE", "faults")

    assert [one["times"] for one in waiting] == [-1]
    assert sandbox.contacts("GET").status_code == 200
