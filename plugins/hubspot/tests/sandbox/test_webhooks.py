"""Events pushed to a real receiver: shape, signatures, retries, trouble."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hubspot.utils.signature import Signature

from leadstate.testing import wait_until

if TYPE_CHECKING:
    from conftest import Receiver, Running, Start
SECRET = "secret-under-test"
SUBSCRIPTIONS = "/webhooks/2026-03/50780459/subscriptions"


def _edit(contact: str, **properties: str) -> dict[str, Any]:
    return {"object": "contacts", "id": contact, "properties": properties}


def test_our_own_write_comes_back_as_integration(
    pushing: Running, receiver: Receiver
) -> None:
    """A change through the API carries the app's id as its source."""
    contact = pushing.contact(email="t@example.com")
    pushing.drained()
    receiver.posts.clear()
    pushing.contacts("PATCH", f"/{contact}", {"properties": {"budget": "5"}})
    pushing.drained()
    event = receiver.events[0]

    for name in ("eventId", "subscriptionId", "occurredAt"):
        assert isinstance(event.pop(name), int)
    assert event == {
        "portalId": 247187887,
        "appId": 50780459,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact),
        "propertyName": "budget",
        "propertyValue": "5",
        "changeSource": "INTEGRATION",
        "sourceId": "50780459",
    }


def test_a_persons_edit_carries_the_user(pushing: Running, receiver: Receiver) -> None:
    """CRM_UI with userId; a cleared property is the empty text."""
    contact = pushing.contact(email="t@example.com", budget="5")
    pushing.drained()
    receiver.posts.clear()
    pushing.control("POST", "edit", _edit(contact, budget="") | {"as": {"user": 777}})
    pushing.drained()
    event = receiver.events[0]

    assert (event["changeSource"], event["sourceId"]) == ("CRM_UI", "userId:777")
    assert event["propertyValue"] == ""


def test_hubspots_own_code_accepts_the_signatures(
    pushing: Running, receiver: Receiver
) -> None:
    """v1 and v3 verify with the official client, over the URL with its query."""
    pushing.contact(email="t@example.com", firstname="Zoë 🦄")
    pushing.drained()
    headers, body = receiver.posts[0]
    given = {
        "client_secret": SECRET,
        "request_body": body.decode(),
        "http_uri": receiver.url,
    }

    assert headers["X-HubSpot-Signature-Version"] == "v1"
    assert Signature.is_valid(
        headers["X-HubSpot-Signature"], signature_version="v1", **given
    )
    assert Signature.is_valid(
        headers["X-HubSpot-Signature-v3"],
        signature_version="v3",
        timestamp=headers["X-HubSpot-Request-Timestamp"],
        **given,
    )


def test_each_ending_has_its_event(pushing: Running, receiver: Receiver) -> None:
    """Deletion, restore, merge and privacy deletion are told apart."""
    one, two = (
        pushing.contact(email="1@x.example"),
        pushing.contact(email="2@x.example"),
    )
    pushing.contacts("DELETE", f"/{one}")
    pushing.control("POST", "restore", {"object": "contacts", "id": one})
    ids = {"primaryObjectId": one, "objectIdToMerge": two}
    merged = pushing.contacts("POST", "/merge", ids).json()["id"]
    pushing.contacts("POST", "/gdpr-delete", {"objectId": merged})
    pushing.drained()
    merge = receiver.of_type("contact.merge")[0]
    deletions = receiver.of_type("contact.deletion")

    assert [e["changeFlag"] for e in receiver.of_type("contact.creation")] == [
        "CREATED"
    ] * 2
    assert receiver.of_type("contact.restore")[0]["objectId"] == int(one)
    assert merge["primaryObjectId"] == int(one)
    assert merge["mergedObjectIds"] == [int(two)]
    assert merge["newObjectId"] == int(merged)
    assert receiver.of_type("contact.privacyDeletion")[0]["objectId"] == int(merged)
    # Events of two requests may arrive in any order.
    assert sorted(event["objectId"] for event in deletions) == sorted(
        [int(one), int(merged)]
    )


def test_leads_come_as_generic_objects(pushing: Running, receiver: Receiver) -> None:
    """There is no lead.* type: object.* with objectTypeId 0-136."""
    contact = pushing.contact(email="t@example.com")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    lead = {
        "properties": {"hs_lead_name": "T"},
        "associations": [{"to": {"id": contact}, "types": types}],
    }
    pushing.api("POST", "/crm/objects/2026-09/leads", lead)
    pushing.drained()

    assert receiver.of_type("object.creation")[0]["objectTypeId"] == "0-136"


def test_a_failing_receiver_is_tried_again(
    pushing: Running, receiver: Receiver
) -> None:
    """Retries raise attemptNumber and wait on the sandbox clock."""
    receiver.statuses[:] = [500, 404]
    pushing.control("PUT", "policy", {"creation_fires_changes": False})
    pushing.contact(email="t@example.com")
    for attempts in (1, 2):
        wait_until(partial(_waiting, pushing, attempts), "it waits")
        pushing.control("POST", "webhooks", {"retry_now": True})
    stats = pushing.drained()

    assert [event["attemptNumber"] for event in receiver.events] == [0, 1, 2]
    assert (stats["delivered"], stats["attempts"], stats["failed"]) == (1, 3, 0)


def _waiting(pushing: Running, attempts: int) -> bool:
    stats = pushing.control("GET", "webhooks")
    return bool(stats["attempts"] == attempts and not stats["in_flight"])


def test_ten_retries_are_the_end(start: Start) -> None:
    """A refused connection is given up after eleven attempts within a day."""
    sandbox = start(webhook_target="http://127.0.0.1:9/nobody")
    sandbox.control("PUT", "policy", {"creation_fires_changes": False})
    sandbox.contact(email="t@example.com")
    sandbox.control("POST", "clock", {"rate": 1_000_000})
    stats = sandbox.drained()

    assert (stats["failed"], stats["delivered"]) == (1, 0)
    assert stats["attempts"] == 11


def test_many_events_share_a_post(pushing: Running, receiver: Receiver) -> None:
    """At most a hundred events in one request."""
    pushing.control("POST", "webhooks", {"paused": True})
    inputs = [{"properties": {"email": f"{i}@x.example"}} for i in range(100)]
    pushing.contacts("POST", "/batch/create", {"inputs": inputs})
    held = pushing.control("GET", "webhooks")["queued"]
    pushing.control("POST", "webhooks", {"paused": False})
    pushing.drained()

    assert held == 200
    assert len(receiver.events) == 200
    assert len(receiver.posts) == 2


@pytest.mark.parametrize(
    ("kind", "count"), [("drop", 1), ("duplicate", 3), ("delay", 2), ("reorder", 2)]
)
def test_trouble_on_the_way_can_be_asked_for(
    pushing: Running, receiver: Receiver, kind: str, count: int
) -> None:
    """Events are lost, doubled, delayed or shuffled as often as told."""
    fault = {"kind": kind, "times": 1, "seconds": 0.05}
    pushing.control("PUT", "faults", {"faults": [fault]})
    pushing.contact(email="t@example.com")
    stats = pushing.drained()
    tally = {"drop": "dropped", "duplicate": "duplicated"} | {
        "delay": "delayed",
        "reorder": "reordered",
    }

    assert len(receiver.events) == count
    assert stats[tally[kind]] >= 1
    if kind == "reorder":
        assert receiver.events[0]["subscriptionType"] == "contact.propertyChange"


def test_event_ids_need_not_be_unique(pushing: Running, receiver: Receiver) -> None:
    """With the switch off, different events share an eventId."""
    pushing.control("PUT", "policy", {"unique_event_ids": False})
    for i in range(10):
        pushing.contact(email=f"{i}@x.example")
    pushing.drained()

    assert len({event["eventId"] for event in receiver.events}) <= 3


def test_new_subscriptions_start_paused(pushing: Running, receiver: Receiver) -> None:
    """Even one asked for as active tells nothing until resumed."""
    made = pushing.api(
        "POST", SUBSCRIPTIONS, {"eventType": "company.creation", "active": True}
    ).json()
    companies = "/crm/objects/2026-09/companies"
    pushing.api("POST", companies, {"properties": {"name": "A"}})
    pushing.drained()
    before = len(receiver.of_type("company.creation"))
    pushing.api("PATCH", f"{SUBSCRIPTIONS}/{made['id']}", {"active": True})
    pushing.api("POST", companies, {"properties": {"name": "B"}})
    pushing.drained()

    assert made["active"] is False
    assert before == 0
    assert len(receiver.of_type("company.creation")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"eventType": "lead.creation"},
        {"eventType": "contact.propertyChange"},
        {"eventType": "company.propertyChange", "propertyName": "hs_lastmodifieddate"},
        {"eventType": "object.creation"},
        {"eventType": []},
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(
    pushing: Running, body: dict[str, Any]
) -> None:
    """Unknown types, missing properties and unsubscribable ones answer 400."""
    assert pushing.api("POST", SUBSCRIPTIONS, body).status_code == 400


def test_the_prefix_changes_with_the_version(pushing: Running) -> None:
    """/webhooks/ until 2026-03, /app-webhooks/ from 2026-09."""
    paths = {
        "/webhooks/v3/50780459/settings": 200,
        "/webhooks/2026-03/50780459/settings": 200,
        "/app-webhooks/2026-09/50780459/settings": 200,
        "/webhooks/2026-09/50780459/settings": 404,
        "/app-webhooks/2026-03/50780459/settings": 404,
        "/webhooks/v3/1/settings": 404,
    }

    assert {p: pushing.api("GET", p).status_code for p in paths} == paths


def test_a_service_key_has_no_webhooks(start: Start, receiver: Receiver) -> None:
    """Neither deliveries nor settings exist in service-key mode."""
    sandbox = start(webhook_target=receiver.url, auth="service-key")
    sandbox.contact(email="t@example.com")
    stats = sandbox.drained()

    assert (stats["delivered"], receiver.posts) == (0, [])
    assert sandbox.api("GET", SUBSCRIPTIONS).status_code == 403
