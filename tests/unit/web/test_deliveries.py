"""The receiver: verify, store, answer.  What was not stored is never acknowledged."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadstate.testing import PATIENCE_SECONDS
from leadstate.web.receiver import LARGEST_BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Door
    from leadstate.adapters import InboundEvent, InboundRequest

PUBLIC = "https://leads.example.com"


def test_a_webhook_is_stored_and_acknowledged(door: Door) -> None:
    """200 says how many events came and how many were new; the worker is woken."""
    answer = door.tell(door.event(1), door.event(2))

    assert (200, {"events": 2, "new": 2}) == (answer.status_code, answer.json())
    assert 2 == door.kept
    assert [1] == door.stored


def test_a_second_delivery_is_acknowledged_and_changes_nothing(door: Door) -> None:
    """A retry counts up its attempt, and is still the same event."""
    door.tell(door.event(1))

    answer = door.tell(door.event(1, attemptNumber=3, eventId=99))

    assert (200, {"events": 1, "new": 0}) == (answer.status_code, answer.json())
    assert 1 == door.kept
    assert [1] == door.stored


def test_an_empty_delivery_is_fine(door: Door) -> None:
    """A body without events is authentic, and nothing."""
    assert (200, {"events": 0, "new": 0}) == (
        door.tell().status_code,
        door.tell().json(),
    )
    assert door.stored == []


@pytest.mark.parametrize("late", [301, -301, 86_400])
def test_a_webhook_from_another_time_is_refused(door: Door, late: float) -> None:
    """A replayed request is stale; one from the future was not sent by now."""
    body = json.dumps([door.event()]).encode()

    answer = door.post(body, door.signed(body, late=late))

    assert 401 == answer.status_code
    assert "5 minutes" in answer.json()["error"]
    assert 0 == door.kept


@pytest.mark.parametrize("late", [299, -299])
def test_clocks_may_differ_a_little(door: Door, late: float) -> None:
    """Within five minutes a signed webhook is taken."""
    body = json.dumps([door.event()]).encode()

    assert 200 == door.post(body, door.signed(body, late=late)).status_code


def test_a_forged_webhook_is_refused(door: Door) -> None:
    """Another secret, a changed byte, no signature: nothing is stored."""
    body = json.dumps([door.event()]).encode()
    good = door.signed(body)

    forged = [
        (body, door.signed(body, secret="a guess")),
        (body + b" ", good),
        (body, {}),
        (body, good | {"x-hubspot-signature-v3": ""}),
        (body, good | {"x-hubspot-request-timestamp": "soon"}),
        (body, good | {"x-hubspot-request-timestamp": "9" * 400}),
    ]

    assert [401] * 6 == [door.post(*one).status_code for one in forged]
    assert 0 == door.kept
    assert [] == door.stored


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"[1]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'[{"objectId": NaN}]',
        b'[{"objectId": Infinity}]',
        b'[{"objectId": 1e999}]',
        b'[{"objectId": 1, "objectId": 2}]',
        b'[{"propertyValue": "\\ud800"}]',
        b'[{"objectId": 99999999999999999999999}]',
        b"[" * 20_000,
    ],
    ids=lambda body: body[:24].decode("ascii", "replace"),
)
def test_a_signed_body_that_makes_no_sense_is_refused(door: Door, body: bytes) -> None:
    """JSON that no CRM writes is 400, however well it is signed."""
    answer = door.post(body)

    assert 400 == answer.status_code, answer.text
    assert 0 == door.kept


def test_an_event_that_cannot_be_read_does_not_cost_the_others(door: Door) -> None:
    """One odd event of a body is acknowledged and ignored; the rest is stored."""
    answer = door.tell(door.event(1), {"subscriptionType": 5}, door.event(2))

    assert (200, {"events": 3, "new": 2}) == (answer.status_code, answer.json())


def test_more_events_than_hubspot_sends_are_refused_unread(door: Door) -> None:
    """Before one of them becomes an object: the end of this body is no JSON at all."""
    hundred = [door.event(number) for number in range(100)]
    more = json.dumps([*hundred, door.event(100)]).encode()

    refused = door.post(more[:-1] + b", }")

    assert 400 == refused.status_code
    assert "the body lists more than 100 items" == refused.json()["error"]
    assert {"events": 100, "new": 100} == door.tell(*hundred).json()


def test_a_connection_that_is_not_there_is_404(door: Door) -> None:
    """The answer tells a stranger nothing about what there is."""
    answer = door.post(b"[]", path="/webhooks/salesforce")

    assert 404 == answer.status_code
    assert "hubspot" not in answer.text


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 10 * 1024 * 1024])
def test_a_body_that_is_too_large_is_refused(door: Door, size: int) -> None:
    """Nobody makes the receiver hold more than a CRM ever sends."""
    answer = door.post(b" " * size)

    assert 413 == answer.status_code
    assert 0 == door.kept


def test_a_body_that_is_just_small_enough_is_read(door: Door) -> None:
    """The limit is the largest body, not one less."""
    body = b"[]".ljust(LARGEST_BODY)

    assert 200 == door.post(body).status_code


def test_a_database_that_cannot_write_is_503_and_then_200(door: Door) -> None:
    """When we are broken the CRM is asked to send it again, and nothing is lost."""
    file = door.app.store.path
    assert file is not None
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = door.tell(door.event())
        other.rollback()

    assert 503 == answer.status_code
    assert {"error": "cannot store the event now; send it again"} == answer.json()
    assert [] == door.stored
    assert 200 == door.tell(door.event()).status_code
    assert 1 == door.kept


def test_an_error_of_ours_is_503_without_its_words(
    door: Door, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A bug must not end the CRM's retries, nor tell what it stumbled over."""

    def broken(_: InboundRequest) -> Sequence[InboundEvent]:
        raise RuntimeError("ada@example.com")

    adapter = door.app.connections["hubspot"].adapter
    monkeypatch.setattr(adapter, "receive", broken)

    answer = door.tell(door.event())

    assert 503 == answer.status_code
    assert "ada@example.com" not in answer.text + "".join(capfd.readouterr())


def test_the_public_address_is_what_is_signed(door: Door) -> None:
    """Behind a proxy the CRM's own address counts, its query included."""
    body = b"[]"
    query = "?from=hub%20spot&x=1%3A2"
    signed = f"{PUBLIC}/webhooks/hubspot?from=hub%20spot&x=1:2"

    answer = door.post(
        body, door.signed(body, url=signed), path=f"/webhooks/hubspot{query}"
    )

    assert 200 == answer.status_code


def test_a_path_is_signed_as_it_was_called(open_door: Callable[..., Door]) -> None:
    """Nothing is decoded and encoded again; a slash at the end is no part."""
    door = open_door(f"{PUBLIC}/")
    body = b"[]"
    url = f"{PUBLIC}/webhooks/hub%73pot"

    answer = door.post(body, door.signed(body, url=url), path="/webhooks/hub%73pot")

    assert 200 == answer.status_code


def test_without_a_public_address_the_requests_own_counts(
    open_door: Callable[..., Door],
) -> None:
    """Right without a proxy: the address that the request names."""
    door = open_door(None)
    url = "http://127.0.0.1:8800/webhooks/hubspot?a=1"

    answer = door.post(b"[]", door.signed(b"[]", url=url), path="/webhooks/hubspot?a=1")

    assert 200 == answer.status_code


def test_health_tells_of_loops_that_fail(door: Door) -> None:
    """200 while all is well; 503 and the reason when a loop fails."""
    assert (200, {"ok": True, "failing": {}}) == (
        door.call("GET", "/health").status_code,
        door.call("GET", "/health").json(),
    )

    door.failing["push hubspot"] = "RetryLater: busy"
    answer = door.call("GET", "/health")

    assert 503 == answer.status_code
    assert {"push hubspot": "RetryLater: busy"} == answer.json()["failing"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/webhooks/hubspot", 405),
        ("PUT", "/webhooks/hubspot", 405),
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("POST", "/webhooks/hubspot/more/and-more", 404),
    ],
)
def test_nothing_else_is_there(door: Door, method: str, path: str, status: int) -> None:
    """No other method, no page, no description of itself."""
    assert status == door.call(method, path).status_code


# -- on a real socket ------------------------------------------------------------------


def say(address: tuple[str, int], head: bytes, body: bytes = b"") -> bytes:
    """Send raw bytes and return the first line of the answer."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(head + b"\r\n\r\n" + body)
        return wire.recv(4096).split(b"\r\n")[0]


def head(path: bytes, host: bytes = b"leads.example.com", length: int = 2) -> bytes:
    lines = (
        b"POST " + path + b" HTTP/1.1",
        b"Host: " + host,
        b"Connection: close",
        f"Content-Length: {length}".encode(),
    )
    return b"\r\n".join(lines)


@pytest.mark.parametrize(
    "start",
    [
        head(b"/webhooks/hubspot"),
        head(b"/webhooks/hubspot?\xff"),
        head(b"/webhooks/hub\xc3\xa4spot"),
        head(b"/webhooks/%00%ff"),
        head(b"/webhooks/hubspot", host=b"["),
        head(b"/webhooks/hubspot", host=b"a b"),
        head(b"/webhooks/hubspot?a=1", host=b"[::1"),
        head(b"//webhooks/hubspot"),
        head(b"http://elsewhere/webhooks/hubspot"),
        head(b"/webhooks/hubspot", length=-5),
        b"POST /webhooks/hubspot HTTP/9.9",
        b"nonsense",
    ],
    ids=ascii,
)
def test_a_hostile_request_is_refused_and_costs_nothing(
    door: Door, address: tuple[str, int], start: bytes
) -> None:
    """Whatever bytes come: a 4xx, never a 5xx, and the next webhook is taken."""
    first = say(address, start, b"[]")

    assert first.startswith(b"HTTP/1.1 4"), first
    assert 0 == door.kept


def test_a_caller_that_hangs_up_costs_nothing(
    door: Door, address: tuple[str, int], capfd: pytest.CaptureFixture[str]
) -> None:
    """Half a body and a closed line: the receiver goes on, and prints no traceback."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(head(b"/webhooks/hubspot", length=1000) + b"\r\n\r\n[")

    assert say(address, head(b"/webhooks/hubspot"), b"[]").startswith(b"HTTP/1.1 401")
    assert "Traceback" not in "".join(capfd.readouterr())
    assert 0 == door.kept


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST /webh", head(b"/webhooks/hubspot")],
    ids=["nothing", "half a line", "no end of the head"],
)
def test_half_a_request_is_not_waited_for(
    door: Door, address: tuple[str, int], sent: bytes
) -> None:
    """The line is closed, and the next webhook is taken."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(sent)
        assert b"" == wire.recv(4096)

    assert say(address, head(b"/webhooks/hubspot"), b"[]").startswith(b"HTTP/1.1 401")


def test_half_a_second_request_is_not_waited_for_either(
    door: Door, address: tuple[str, int]
) -> None:
    """On a line that a first one kept open."""
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as wire:
        wire.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 200")
        wire.sendall(b"GET /hea")
        assert b"" == wire.recv(4096)


def test_a_webhook_over_a_real_socket_is_stored(
    door: Door, address: tuple[str, int]
) -> None:
    """Signed headers survive the wire; a chunked body is one body."""
    body = json.dumps([door.event()]).encode()
    lines = [b"POST /webhooks/hubspot HTTP/1.1", b"Host: 127.0.0.1"]
    lines += [f"{n}: {v}".encode() for n, v in door.signed(body).items()]
    lines += [b"Transfer-Encoding: chunked", b"Connection: close"]
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])
    )

    first = say(address, b"\r\n".join(lines), chunks + b"0\r\n\r\n")

    assert first == b"HTTP/1.1 200 OK"
    assert 1 == door.kept
