"""The receiver: 200 means durable, everything else says whose fault it is."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from structlog.testing import capture_logs

from leadstate.web.receiver import LARGEST_BODY, create_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from doubles import Desk
    from fastapi import FastAPI
    from starlette.types import Message

    from leadstate.adapters import InboundEvent, InboundRequest


class Client:
    """Calls the application as a server would, one request after the other."""

    def __init__(self, api: FastAPI, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(api, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://server")
        self._runner = runner

    def get(self, path: str) -> httpx.Response:
        return self._runner.run(self._http.get(path))

    def post(
        self, path: str, *, content: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        call = self._http.post(path, content=content, headers=headers)
        return self._runner.run(call)


@contextmanager
def calling(api: FastAPI) -> Iterator[Client]:
    """Open a client with an event loop of its own, which ends what it left open."""
    with asyncio.Runner() as runner:
        yield Client(api, runner)


GOOD = {"X-Signature": "good"}
PATH = "/webhooks/crm"


@pytest.fixture(name="woken")
def _woken() -> list[str]:
    return []


@pytest.fixture(name="failing")
def _failing() -> dict[str, str]:
    return {}


@pytest.fixture(name="client")
def _client(desk: Desk, woken: list[str], failing: dict[str, str]) -> Iterator[Client]:
    api = create_receiver(
        desk.app,
        public_url="https://leads.example.com/",
        on_stored=lambda: woken.append("woken"),
        failures=lambda: failing,
    )
    with calling(api) as client:
        yield client


def stored(desk: Desk) -> int:
    """Return how many rows the inbox has."""
    with desk.app.store.read() as view:
        return sum(view.inbox.counts().values())


def test_a_stored_event_is_acknowledged_and_wakes_the_worker(
    desk: Desk, client: Client, woken: list[str]
) -> None:
    """200 comes after the row is there."""
    desk.crm.create("1", lifecyclestage="lead")

    answer = client.post(PATH, content=b"[0]", headers=GOOD)

    assert (200, {"events": 1, "new": 1}) == (answer.status_code, answer.json())
    assert (1, ["woken"]) == (stored(desk), woken)


def test_a_second_delivery_is_acknowledged_and_stored_once(
    desk: Desk, client: Client, woken: list[str]
) -> None:
    """A CRM that missed our answer sends again; nothing happens twice."""
    desk.crm.create("1", lifecyclestage="lead")
    client.post(PATH, content=b"[0]", headers=GOOD)

    answer = client.post(PATH, content=b"[0]", headers=GOOD)

    assert (200, {"events": 1, "new": 0}) == (answer.status_code, answer.json())
    assert (1, ["woken"]) == (stored(desk), woken)


@pytest.mark.parametrize(
    ("path", "content", "headers", "status"),
    [
        pytest.param(PATH, b"[0]", {"X-Signature": "bad"}, 401, id="bad signature"),
        pytest.param(PATH, b"[0]", {}, 401, id="no signature"),
        pytest.param(PATH, b"not json", GOOD, 400, id="not the CRM's body"),
        pytest.param("/webhooks/other", b"[0]", GOOD, 404, id="no such connection"),
        pytest.param(PATH, b" " * (LARGEST_BODY + 1), GOOD, 413, id="too large"),
        pytest.param(PATH, b"x" * 10_000_000, GOOD, 413, id="ten megabytes"),
    ],
)
def test_what_is_not_the_crms_is_refused_and_not_stored(
    desk: Desk,
    client: Client,
    path: str,
    content: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    """A 4xx says that sending it again will not help; nothing is kept of it."""
    desk.crm.create("1", lifecyclestage="lead")

    answer = client.post(path, content=content, headers=headers)

    assert status == answer.status_code
    assert answer.json()["error"]
    assert 0 == stored(desk)


def say(api: FastAPI, *messages: dict[str, object]) -> list[Message]:
    """Call the application with what a server tells it; then nothing comes any more."""
    path = {"path": PATH, "raw_path": PATH.encode(), "query_string": b""}
    scope = {"type": "http", "method": "POST", "headers": [], "http_version": "1.1"}
    scope |= {"scheme": "http", "server": ("a", 80), "client": ("b", 1)}
    left, sent = list(messages), []

    async def receive() -> dict[str, object]:
        return left.pop(0) if left else await asyncio.Event().wait() or {}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(api({**scope, **path}, receive, send))
    return sent


BEGUN = {"type": "http.request", "body": b"[", "more_body": True}


def test_a_body_that_does_not_come_is_not_waited_for(desk: Desk) -> None:
    """408, and the line ends: what is left of it would be taken for a request."""
    api = create_receiver(desk.app, public_url=None, body_seconds=0.01)

    start, _ = say(api, BEGUN)

    assert 408 == start["status"]
    assert (b"connection", b"close") in start["headers"]


def test_a_caller_that_hangs_up_is_no_error_of_ours(desk: Desk) -> None:
    """Nothing is raised, so that the server logs no traceback."""
    api = create_receiver(desk.app, public_url=None)

    start, _ = say(api, BEGUN, {"type": "http.disconnect"})

    assert 400 == start["status"]
    assert 0 == stored(desk)


def test_a_body_is_read_off_the_event_loop(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large one keeps no other delivery waiting."""
    threads: list[threading.Thread] = []
    adapter = desk.app.connection("crm").adapter
    usual = adapter.receive

    def receive(request: InboundRequest) -> Sequence[InboundEvent]:
        threads.append(threading.current_thread())
        return usual(request)

    monkeypatch.setattr(adapter, "receive", receive)
    client.post(PATH, content=b"[]", headers=GOOD)

    assert [True] == [one is not threading.main_thread() for one in threads]


def test_forged_requests_do_not_fill_the_log(desk: Desk, client: Client) -> None:
    """The first ones have a line each, then a line a minute says how many."""
    with capture_logs() as logs:
        for _ in range(40):
            client.post(PATH, content=b"[]", headers={"X-Signature": "bad"})
        first = len(logs)
        desk.clock.advance(timedelta(minutes=1))
        for _ in range(40):
            client.post(PATH, content=b"[]", headers={"X-Signature": "bad"})

    assert 5 == first
    assert [35] == [one["and_before"] for one in logs[first:]]


def test_after_a_quiet_minute_refusals_have_their_lines_again(
    desk: Desk, client: Client
) -> None:
    """A mistake in the settings is told each time that somebody looks for it."""
    with capture_logs() as logs:
        for _ in range(3):
            client.post(PATH, content=b"[]", headers={"X-Signature": "bad"})
        desk.clock.advance(timedelta(minutes=2))
        for _ in range(5):
            client.post(PATH, content=b"[]", headers={"X-Signature": "bad"})

    assert 8 == len(logs)


def test_a_store_that_cannot_take_it_is_our_fault(desk: Desk, client: Client) -> None:
    """503 makes the CRM send it again; when the store is back it is taken."""
    desk.crm.create("1", lifecyclestage="lead")
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
        work.commit()

    refused = client.post(PATH, content=b"[0]", headers=GOOD)
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("ALTER TABLE gone RENAME TO inbox")
        work.commit()
    taken = client.post(PATH, content=b"[0]", headers=GOOD)

    assert (503, 200) == (refused.status_code, taken.status_code)
    assert 1 == stored(desk)


def test_an_adapter_that_fails_on_a_body_is_our_fault(
    desk: Desk, client: Client
) -> None:
    """What nobody foresaw is 503, never a 4xx that would end the CRM's retries."""
    answer = client.post(PATH, content=b"[7]", headers=GOOD)

    assert 503 == answer.status_code
    assert "IndexError" not in answer.text


def test_the_signed_address_is_the_public_one_with_path_and_query(
    desk: Desk, client: Client
) -> None:
    """Behind a proxy the CRM signs what it called, escapes and query included."""
    seen: list[str] = []
    receive = desk.adapter.receive

    def listen(request: object) -> object:
        seen.append(request.url)
        return receive(request)

    desk.adapter.receive = listen
    client.post("/webhooks/crm?a=%3A&b=1", content=b"[]", headers=GOOD)

    assert ["https://leads.example.com/webhooks/crm?a=%3A&b=1"] == seen


def test_without_a_public_address_the_requests_own_is_taken(desk: Desk) -> None:
    """That is right only where no proxy stands between."""
    seen: list[str] = []
    desk.adapter.receive = lambda request: seen.append(request.url) or []
    with calling(create_receiver(desk.app, public_url=None)) as client:
        client.post(PATH, content=b"[]", headers=GOOD)

    assert ["http://server/webhooks/crm"] == seen


def test_health_names_the_loops_that_fail(
    client: Client, failing: dict[str, str]
) -> None:
    """A monitor sees that something is wrong, and what."""
    good = client.get("/health")
    failing["push crm"] = "RetryLater: too many calls"
    bad = client.get("/health")

    assert (200, {"ok": True, "failing": {}}) == (good.status_code, good.json())
    assert (503, failing) == (bad.status_code, bad.json()["failing"])


def test_nothing_else_is_served(client: Client) -> None:
    """No documentation pages, no other methods."""
    paths = ("/", "/docs", "/openapi.json", "/webhooks/crm")

    assert [404, 404, 404, 405] == [client.get(path).status_code for path in paths]


def test_a_hundred_events_of_one_delivery_are_stored_together(
    desk: Desk, client: Client
) -> None:
    """HubSpot sends up to a hundred events in one request."""
    for number in range(100):
        desk.crm.create(str(number), lifecyclestage="lead")

    body = json.dumps(list(range(100))).encode()
    answer = client.post(PATH, content=body, headers=GOOD)

    assert {"events": 100, "new": 100} == answer.json()
    assert 100 == stored(desk)
