"""The control API: clock, log, state, policy, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Running, Start


def test_the_clock_can_be_set_advanced_and_frozen(sandbox: Running) -> None:
    """Records are dated by the sandbox clock alone."""
    sandbox.control("POST", "clock", {"rate": 0, "now": "2027-03-01T00:00:00Z"})
    sandbox.control("POST", "clock", {"advance_seconds": 90})
    contact = sandbox.contact(email="t@example.com")
    shown = sandbox.contacts("GET", f"/{contact}").json()

    assert shown["createdAt"] == "2027-03-01T00:01:30.000Z"
    assert sandbox.control("GET", "clock")["rate"] == 0


def test_the_log_tells_every_request_and_what_it_wrote(sandbox: Running) -> None:
    """Kind, inputs, status and the values before and after."""
    contact = sandbox.contact(email="t@example.com", budget="1")
    since = sandbox.control("GET", "log")["last_seq"]
    inputs = [{"id": contact, "properties": {"budget": "2"}}]
    sandbox.contacts("POST", "/batch/update", {"inputs": inputs})
    entry = sandbox.control("GET", f"log?since={since}")["entries"][0]

    assert entry["kind"] == "contacts.batch_update"
    assert (entry["inputs"], entry["status"], entry["applied"]) == (1, 200, True)
    assert entry["token"]
    assert sandbox.config.token not in str(entry)
    assert entry["writes"] == [
        {
            "object": "contacts",
            "id": contact,
            "property": "budget",
            "from": "1",
            "to": "2",
        }
    ]


def test_the_summary_counts_by_kind(start: Start) -> None:
    """Requests by kind and status, refusals included; it can be cleared."""
    sandbox = start(rate_per_10s=2)
    for _ in range(3):
        sandbox.contacts("GET")
    summary = sandbox.control("GET", "log/summary")
    sandbox.control("DELETE", "log")

    assert summary["by_kind"] == {"contacts.list": 3}
    assert (summary["throttled"], summary["by_status"]) == (1, {"200": 2, "429": 1})
    assert sandbox.control("GET", "log/summary")["requests"] == 0


def test_the_state_shows_everything(sandbox: Running) -> None:
    """All records in pages, archived ones flagged, without cost."""
    gone = sandbox.contact(email="t@example.com")
    sandbox.contacts("DELETE", f"/{gone}")
    first = sandbox.control("GET", "state/contacts?limit=10")
    rest = sandbox.control("GET", f"state/contacts?limit=10&after={first['after']}")
    records = first["results"] + rest["results"]

    assert len(records) == first["total"] == 13
    assert [r["id"] for r in records if r["archived"]] == [gone]
    assert "after" not in rest


def test_people_create_merge_and_forget(sandbox: Running) -> None:
    """What people do in the interface can be done for them."""
    made = [
        sandbox.control(
            "POST",
            "create",
            {"object": "contacts", "properties": {"email": f"{i}@x.example"}},
        )["id"]
        for i in range(2)
    ]
    body = {"object": "contacts", "id": made[0], "other": made[1]}
    merged = sandbox.control("POST", "merge", body)["id"]
    sandbox.control("POST", "archive", {"object": "contacts", "id": merged})
    archived = sandbox.control("GET", f"state/contacts/{merged}")["archived"]
    sandbox.control("POST", "privacy-delete", {"object": "contacts", "id": merged})

    assert archived is True
    assert sandbox.control("GET", "state/contacts")["total"] == 12


def test_many_edits_go_in_one_call(sandbox: Running) -> None:
    """Bulk edits are applied one after the other."""
    state = sandbox.control("GET", "state/contacts?limit=5")["results"]
    edits = [
        {"object": "contacts", "id": r["id"], "properties": {"budget": "77"}}
        for r in state
    ]
    answer = sandbox.control("POST", "bulk-edit", {"edits": edits})

    assert answer["edited"] == 5
    assert sandbox.value(state[0]["id"], "budget") == "77"


def test_another_integration_can_write(sandbox: Running) -> None:
    """`as: {integration}` marks the change as another app's."""
    contact = sandbox.contact(email="t@example.com")
    edit = {"object": "contacts", "id": contact, "properties": {"budget": "1"}}
    sandbox.control("POST", "edit", edit | {"as": {"integration": 99}})
    state = sandbox.control("GET", f"state/contacts/{contact}")
    version = state["history"]["budget"][0]

    assert (version["sourceType"], version["sourceId"]) == ("INTEGRATION", "99")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "edit", {"object": "contacts", "id": "1"}),
        ("POST", "edit", {"object": "unicorns", "id": "1"}),
        ("POST", "edit", []),
        ("POST", "clock", {"now": "whenever"}),
        ("POST", "clock", {"rate": -1}),
        ("POST", "clock", {"advance_seconds": 1e300}),
        ("PUT", "faults", {"faults": [{"kind": "gremlin"}]}),
        ("PUT", "faults", 5),
        ("PUT", "policy", {"merge_id": "magic"}),
        ("PUT", "policy", {"nope": 1}),
        ("POST", "webhooks", {"target": "ftp://x"}),
        ("POST", "rules", {"property": "budget"}),
        ("GET", "nothing", None),
        ("DELETE", "health", None),
    ],
)
def test_wrong_control_calls_say_why(
    sandbox: Running, method: str, path: str, body: Any
) -> None:
    """Mistakes of a test are refused with a message, and change nothing."""
    answer = sandbox.http.request(method, f"/_sandbox/{path}", json=body)

    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]


def test_a_wrong_switch_changes_no_other(sandbox: Running) -> None:
    """Policy changes are all or nothing."""
    body = {"daily": 5, "merge_id": "magic"}
    sandbox.http.put("/_sandbox/policy", json=body)

    assert sandbox.control("GET", "policy")["daily"] == 650_000
