"""Webhooks: only HubSpot's own are believed, and each is read for what it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hubspot.utils.signature import Signature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leadstate_hubspot.webhooks import signed_url

from leadstate.adapters import EventKind, InboundRequest
from leadstate.errors import BadBody, BadSignature, WebhookRefused

URL = "https://hooks.example.com/in/hubspot?c=acme"
SECRET = "canary-webhook-secret"
CHANGE = {
    "eventId": 4101286121,
    "subscriptionId": 7562680,
    "portalId": 247187887,
    "appId": 50780459,
    "occurredAt": 1795305600123,
    "subscriptionType": "contact.propertyChange",
    "attemptNumber": 1,
    "objectId": 541935488729,
    "propertyName": "lifecyclestage",
    "propertyValue": "customer",
    "changeSource": "CRM_UI",
    "sourceId": "userId:11",
}


def request(
    body: Any,
    at_ms: int,
    *,
    url: str = URL,
    signed: str | None = None,
    method: str = "POST",
    secret: str = SECRET,
) -> InboundRequest:
    """Sign as HubSpot does, with the official client."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    text = raw.decode("latin-1")
    if raw.isascii():
        signature = Signature.get_signature(
            secret, text, "v3", signed or url, method, str(at_ms)
        )
    else:
        message = f"{method}{signed or url}".encode() + raw + str(at_ms).encode()
        digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
    headers = {
        "x-hubspot-signature-v3": signature,
        "x-hubspot-request-timestamp": str(at_ms),
    }
    return InboundRequest(method=method, url=url, headers=headers, body=raw)


@pytest.fixture(name="now_ms")
def _now_ms(clock: Any) -> int:
    return int(clock.now().timestamp() * 1000)


@pytest.fixture(name="adapter")
def _adapter(connect: Any) -> Any:
    return connect(client_secret=SECRET, app_id=50780459)


@pytest.fixture(name="receive")
def _receive(adapter: Any, now_ms: int) -> Any:
    """Return a function that receives events signed now."""
    return lambda *events: adapter.receive(request(list(events), now_ms))


def test_the_published_example_is_verified(connect: Any, clock: Any) -> None:
    """The official client and ours agree on its own vector."""
    sent = request([], int(clock.now().timestamp() * 1000))

    assert connect(client_secret=SECRET).receive(sent) == []


def test_a_change_says_what_who_and_when(receive: Any) -> None:
    """To the millisecond, with the actor in HubSpot's words."""
    (event,) = receive(CHANGE)

    assert event.kind is EventKind.CHANGED
    assert (event.object, event.id) == ("contacts", "541935488729")
    assert (event.property, event.value) == ("lifecyclestage", "customer")
    assert event.actor == "CRM_UI userId:11"
    assert event.at.isoformat() == "2026-11-22T00:00:00.123000+00:00"
    assert event.raw["eventId"] == 4101286121
    assert not event.own


def test_our_own_change_is_known_by_the_app_id(receive: Any, connect: Any) -> None:
    """`changeSource` alone would drop the changes of other apps."""
    ours = CHANGE | {"changeSource": "INTEGRATION", "sourceId": "50780459"}
    others = ours | {"sourceId": "1"}
    person = ours | {"changeSource": "CRM_UI"}

    assert [e.own for e in receive(ours, others, person)] == [True, False, False]


def test_without_an_app_id_nothing_is_taken_for_our_own(
    connect: Any, now_ms: int
) -> None:
    """For service keys the source is not established."""
    ours = CHANGE | {"changeSource": "INTEGRATION", "sourceId": "50780459"}
    adapter = connect(client_secret=SECRET)

    (event,) = adapter.receive(request([ours], now_ms))

    assert not event.own


@pytest.mark.parametrize(
    ("subscription", "more", "kind", "name"),
    [
        ("contact.creation", {"changeFlag": "NEW"}, EventKind.CREATED, "contacts"),
        ("company.deletion", {}, EventKind.DELETED, "companies"),
        ("deal.restore", {}, EventKind.RESTORED, "deals"),
        ("contact.privacyDeletion", {}, EventKind.ERASED, "contacts"),
        ("object.creation", {"objectTypeId": "0-136"}, EventKind.CREATED, "leads"),
        ("object.deletion", {"objectTypeId": "2-77"}, EventKind.DELETED, "2-77"),
        ("object.creation", {}, EventKind.IGNORED, "object"),
        ("conversation.newMessage", {}, EventKind.IGNORED, "conversation"),
        ("contact.somethingNew", {}, EventKind.IGNORED, "contacts"),
        ("line_item.creation", {}, EventKind.CREATED, "line_items"),
        ("nonsense", {}, EventKind.IGNORED, "nonsense"),
    ],
)
def test_every_subscription_type_has_a_meaning(
    receive: Any, subscription: str, more: Any, kind: EventKind, name: str
) -> None:
    """Classic and object.* forms; what is unknown is ignored, never refused."""
    event = {k: v for k, v in CHANGE.items() if not k.startswith("property")}

    (found,) = receive(event | {"subscriptionType": subscription} | more)

    assert (found.kind, found.object) == (kind, name)
    assert (found.property, found.value) == (None, None)


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({"propertyValue": ""}, ""),
        ({"propertyValue": None}, ""),
        ({"propertyValue": 7}, "7"),
        ({"propertyValue": True}, "true"),
        ({"propertyValue": "REDACTED", "isSensitive": True}, None),
    ],
)
def test_values_are_text(receive: Any, more: Any, value: str | None) -> None:
    """An emptied property is an empty text; a hidden one is unknown."""
    (event,) = receive(CHANGE | more)

    assert event.value == value


@pytest.mark.parametrize(
    ("new", "into", "merged"),
    [(9, "9", ("2", "3", "1")), (1, "1", ("2", "3")), (None, "1", ("2", "3"))],
)
def test_a_merge_names_the_survivor(
    receive: Any, new: int | None, into: str, merged: tuple[str, ...]
) -> None:
    """A merge makes a new id, unless the portal preserves the primary one."""
    event = {
        "subscriptionType": "contact.merge",
        "occurredAt": 1,
        "primaryObjectId": 1,
        "mergedObjectIds": [2, 3],
        "newObjectId": new,
    }

    (found,) = receive(event)

    assert found.kind is EventKind.MERGED
    assert (found.id, found.into, found.merged_ids) == ("1", into, merged)


def test_a_new_company_wakes_its_contact(connect: Any, now_ms: int) -> None:
    """Only where the binding reads the company."""
    event = {
        "subscriptionType": "contact.associationChange",
        "occurredAt": 1,
        "associationType": "CONTACT_TO_COMPANY",
        "fromObjectId": 1,
        "toObjectId": 2,
        "associationRemoved": False,
    }
    bound = connect(names=("company.name",), client_secret=SECRET)
    unbound = connect(client_secret=SECRET)

    (woken,) = bound.receive(request([event], now_ms))
    (ignored,) = unbound.receive(request([event], now_ms))

    assert (woken.kind, woken.id, woken.property) == (EventKind.CHANGED, "1", None)
    assert ignored.kind is EventKind.IGNORED


def test_a_redelivery_has_the_same_key(receive: Any) -> None:
    """`attemptNumber` counts deliveries and `eventId` is not unique."""
    again = CHANGE | {"attemptNumber": 4, "eventId": 1, "subscriptionId": 2}

    first, second = receive(CHANGE, again)

    assert first.key == second.key


@pytest.mark.parametrize(
    "more",
    [
        {"portalId": 1},
        {"subscriptionType": "contact.creation"},
        {"objectId": 1},
        {"propertyName": "email"},
        {"occurredAt": 1795305600124},
        {"propertyValue": "lead"},
        {"objectTypeId": "0-136"},
        {"mergedObjectIds": [1]},
        {"fromObjectId": 1},
    ],
)
def test_two_events_never_have_one_key(receive: Any, more: Any) -> None:
    """Everything that tells events apart is part of the key."""
    first, second = receive(CHANGE, CHANGE | more)

    assert first.key != second.key


@pytest.mark.parametrize(
    "broken",
    [
        {"subscriptionType": "contact.creation"},
        CHANGE | {"occurredAt": "soon"},
        CHANGE | {"occurredAt": 10**17},
        CHANGE | {"objectId": [1]},
        CHANGE | {"subscriptionType": None},
        {},
    ],
)
def test_an_unreadable_event_costs_no_other(receive: Any, broken: Any) -> None:
    """It is kept as it came; the other ninety-nine are received."""
    odd, good = receive(broken, CHANGE)
    again, _ = receive(broken | {"attemptNumber": 9}, CHANGE)

    assert odd.kind is EventKind.IGNORED
    assert odd.raw == broken
    assert odd.key == again.key
    assert good.kind is EventKind.CHANGED


def test_an_event_without_an_object_is_ignored(receive: Any) -> None:
    """There is nothing to read."""
    (event,) = receive({k: v for k, v in CHANGE.items() if k != "objectId"})

    assert event.kind is EventKind.IGNORED


def test_more_than_a_hundred_events_are_refused(receive: Any) -> None:
    """HubSpot promises at most a hundred; whoever sends more is not HubSpot."""
    assert len(receive(*[CHANGE] * 100)) == 100
    with pytest.raises(BadBody, match="lists more than 100 items"):
        receive(*[CHANGE] * 101)


def test_the_wrong_portal_is_refused(connect: Any, now_ms: int) -> None:
    """When the settings name the portal."""
    adapter = connect(client_secret=SECRET, portal_id=1)

    with pytest.raises(BadBody, match="portal 1"):
        adapter.receive(request([CHANGE], now_ms))


@pytest.mark.parametrize("body", [{}, "text", None, [1], ["x"], b"[", b"\xff"])
def test_a_body_that_is_no_list_of_events_is_refused(
    adapter: Any, now_ms: int, body: Any
) -> None:
    """Signed or not, it is not HubSpot's format."""
    with pytest.raises(BadBody):
        adapter.receive(request(body, now_ms))


@pytest.mark.parametrize("offset", [-300_000, 0, 300_000])
def test_the_window_is_five_minutes_on_both_sides(
    adapter: Any, now_ms: int, offset: int
) -> None:
    """Its edges are inside."""
    assert adapter.receive(request([CHANGE], now_ms + offset))


@pytest.mark.parametrize("offset", [-300_001, 300_001, -(10**12), 10**12])
def test_outside_of_the_window_a_signature_is_worthless(
    adapter: Any, now_ms: int, offset: int
) -> None:
    """The official client accepts the future; we do not."""
    with pytest.raises(BadSignature, match="5 minutes"):
        adapter.receive(request([CHANGE], now_ms + offset))


def test_time_is_read_from_the_connection(adapter: Any, clock: Any) -> None:
    """A captured request expires."""
    captured = request([CHANGE], int(clock.now().timestamp() * 1000))
    assert adapter.receive(captured)

    clock.advance(timedelta(minutes=5, milliseconds=1))

    with pytest.raises(BadSignature):
        adapter.receive(captured)


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"[]"},
        {"method": "PUT"},
        {"url": URL + "&x=1"},
        {"url": "https://other.example.com/in/hubspot?c=acme"},
    ],
)
def test_a_signature_covers_method_address_and_body(
    adapter: Any, now_ms: int, change: Any
) -> None:
    """Whatever is altered, it does not match."""
    good = request([CHANGE], now_ms)
    parts = {"method": good.method, "url": good.url, "body": good.body} | change

    with pytest.raises(BadSignature, match="does not match"):
        adapter.receive(InboundRequest(headers=good.headers, **parts))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hubspot-signature": "a" * 64, "x-hubspot-signature-version": "v1"},
        {"x-hubspot-signature-v3": "x"},
        {"x-hubspot-signature-v3": "x", "x-hubspot-request-timestamp": "-5"},
        {"x-hubspot-signature-v3": "x", "x-hubspot-request-timestamp": "1" * 400},
        {"x-hubspot-signature-v3": "x", "x-hubspot-request-timestamp": "١٢"},
        {"x-hubspot-signature-v3": "\ud800", "x-hubspot-request-timestamp": "NOW"},
    ],
)
def test_missing_or_odd_headers_are_a_bad_signature(
    adapter: Any, now_ms: int, headers: dict[str, str]
) -> None:
    """v1 and v2 alone are not accepted: they can be replayed for ever."""
    given = {key: value.replace("NOW", str(now_ms)) for key, value in headers.items()}

    with pytest.raises(BadSignature):
        adapter.receive(InboundRequest(method="POST", url=URL, headers=given, body=b""))


def test_without_a_secret_no_webhook_is_believed(connect: Any, now_ms: int) -> None:
    """A service key has no webhooks."""
    with pytest.raises(BadSignature, match="client_secret"):
        connect().receive(request([CHANGE], now_ms))


def test_an_oauth_app_signs_with_its_client_secret(connect: Any, now_ms: int) -> None:
    """One secret, given once."""
    oauth = {"client_id": "a", "client_secret": SECRET}

    assert connect(oauth=oauth).receive(request([CHANGE], now_ms))


def test_exactly_twelve_escapes_are_decoded() -> None:
    """And nothing else: %20, %2B or a doubly escaped colon stay."""
    escaped = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B"

    assert signed_url(f"https://h/{escaped}", None) == "https://h/:/?@!$'()*,;"
    assert signed_url("https://h/%3a", None) == "https://h/:"
    for kept in ("%20", "%2B", "%253A", "%26", "%3D", "%25", "%C3%A9", "%"):
        assert signed_url(f"https://h/{kept}", None) == f"https://h/{kept}"


@pytest.mark.parametrize(
    ("public", "signed"),
    [
        ("https://pub.example.com", "https://pub.example.com/in/hubspot?c=acme"),
        ("https://pub.example.com/", "https://pub.example.com/in/hubspot?c=acme"),
        ("https://pub.example.com/a/b", "https://pub.example.com/a/b?c=acme"),
    ],
)
def test_a_configured_address_wins_over_what_a_proxy_says(
    connect: Any, now_ms: int, public: str, signed: str
) -> None:
    """An origin replaces the origin, a whole target all but the query."""
    adapter = connect(client_secret=SECRET, public_url=public)

    assert adapter.receive(request([CHANGE], now_ms, signed=signed))


def test_an_address_that_cannot_be_read_is_a_bad_signature(
    connect: Any, now_ms: int
) -> None:
    """A hostile Host header raises nothing else."""
    adapter = connect(client_secret=SECRET, public_url="https://pub.example.com")

    with pytest.raises(BadSignature, match="address"):
        adapter.receive(request([], now_ms, url="https://[bad"))


_FIELDS = st.sampled_from([*CHANGE, "mergedObjectIds", "objectTypeId", "isSensitive"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
_NESTED = _LEAVES | st.lists(_LEAVES, max_size=3)
_EVENTS = st.lists(
    st.dictionaries(_FIELDS, _NESTED).map(lambda some: CHANGE | some) | _NESTED,
    max_size=4,
)
_PATIENT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)


@_PATIENT
@given(events=_EVENTS)
def test_signed_nonsense_raises_nothing_unexpected(
    adapter: Any, now_ms: int, events: Any
) -> None:
    """Events come out, or `BadBody`."""
    with suppress(BadBody):
        for event in adapter.receive(request(events, now_ms)):
            assert event.key
            assert event.at.tzinfo is not None


@_PATIENT
@given(
    body=st.binary(max_size=80),
    headers=st.dictionaries(
        st.sampled_from(["x-hubspot-signature-v3", "x-hubspot-request-timestamp"]),
        st.text(max_size=20),
    ),
    url=st.text(max_size=30),
    signed=st.booleans(),
)
def test_random_requests_raise_nothing_unexpected(
    adapter: Any,
    now_ms: int,
    body: bytes,
    headers: Any,
    url: str,
    signed: bool,  # noqa: FBT001
) -> None:
    """Hostile bytes, headers and addresses: `BadSignature` or `BadBody`."""
    hostile = InboundRequest(method="POST", url=url, headers=headers, body=body)

    with suppress(WebhookRefused):
        adapter.receive(request(body, now_ms) if signed else hostile)
