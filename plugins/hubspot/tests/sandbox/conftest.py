"""A real sandbox on a free loopback port, and a real receiver of webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from leadstate_hubspot.sandbox import SandboxConfig, create_app

from leadstate.testing import PATIENCE_SECONDS, wait_until
from leadstate.testing.sandbox.server import serving

TOKEN = "pat-na1-under-test"
SECRET = "secret-under-test"
Start = Callable[..., "Running"]


@dataclass
class Running:
    """A sandbox that listens, and a client that holds its token."""

    base: str
    config: SandboxConfig
    http: httpx.Client

    def api(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        """Call the API with the token."""
        headers = {"Authorization": f"Bearer {self.config.token}"}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.http.request(method, path, headers=headers, **more)

    def contacts(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        """Call the contacts API of 2026-09."""
        return self.api(method, f"/crm/objects/2026-09/contacts{path}", body)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API and return its answer."""
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def contact(self, **properties: str) -> str:
        """Create a contact and return its id."""
        answer = self.contacts("POST", "", {"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def value(self, contact_id: str, name: str) -> str | None:
        """Read one property of a contact."""
        answer = self.contacts("GET", f"/{contact_id}?properties={name}")
        found: str | None = answer.json()["properties"][name]
        return found

    def search(self, **body: Any) -> httpx.Response:
        """Search contacts."""
        return self.contacts("POST", "/search", body)

    def drained(self) -> dict[str, Any]:
        """Wait until every webhook is delivered or given up."""
        wait_until(
            lambda: self.control("GET", "webhooks")["drained"], "all is delivered"
        )
        stats: dict[str, Any] = self.control("GET", "webhooks")
        return stats


@dataclass
class Receiver:
    """Takes webhooks in, answering with the queued statuses, then 200."""

    url: str
    statuses: list[int] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event received, in order of arrival."""
        return [event for _, body in self.posts for event in json.loads(body)]

    def of_type(self, name: str) -> list[dict[str, Any]]:
        """The events of one subscription type."""
        return [event for event in self.events if event["subscriptionType"] == name]


@contextmanager
def running(config: SandboxConfig) -> Iterator[Running]:
    """Serve a sandbox in a thread."""
    with (
        serving(create_app(config)) as base,
        httpx.Client(
            base_url=base, trust_env=False, timeout=PATIENCE_SECONDS, verify=False
        ) as client,
    ):
        yield Running(base, config, client)


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    with ExitStack() as stack:

        def start(**given: Any) -> Running:
            usual = {"token": TOKEN, "client_secret": SECRET, "records": 12}
            config = SandboxConfig(**{**usual, **given})
            return stack.enter_context(running(config))

        yield start


@pytest.fixture(name="sandbox")
def _sandbox(start: Start) -> Running:
    return start()


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.posts.append((dict(self.headers), self.rfile.read(length)))
            status = received.statuses.pop(0) if received.statuses else 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Receiver(f"http://127.0.0.1:{server.server_port}/hooks?from=hubspot")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="pushing")
def _pushing(start: Start, receiver: Receiver) -> Running:
    return start(webhook_target=receiver.url)
