"""A real sandbox on a free loopback port, and a real receiver of webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from leadstate_amocrm.sandbox import SandboxConfig, create_app

from leadstate.testing import PATIENCE_SECONDS, wait_until
from leadstate.testing.sandbox.server import serving

TOKEN = "long-lived-under-test"
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
        """Call the v4 API with the token."""
        headers = {"Authorization": f"Bearer {self.config.token}"}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        return self.http.request(method, f"/api/v4/{path}", headers=headers, **more)

    def get(self, path: str, key: str) -> list[dict[str, Any]]:
        """Return a list of the API; no content is an empty one."""
        answer = self.api("GET", path)
        assert answer.status_code in {200, 204}, answer.text
        if answer.status_code == 204:
            return []
        found: list[dict[str, Any]] = answer.json()["_embedded"][key]
        return found

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API and return its answer."""
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def policy(self, **switches: object) -> None:
        """Set switches."""
        self.control("PUT", "policy", switches)

    def add(self, kind: str, **item: Any) -> int:
        """Create a record and return its id."""
        answer = self.api("POST", kind, [item])
        assert answer.status_code == 200, answer.text
        number: int = answer.json()["_embedded"][kind][0]["id"]
        return number

    def lead(self, **item: Any) -> int:
        """Create a lead and return its id."""
        return self.add("leads", **item)

    def read(self, lead: int, wanted: str = "") -> dict[str, Any]:
        """Read a lead."""
        body: dict[str, Any] = self.api("GET", f"leads/{lead}?with={wanted}").json()
        return body

    def patch(self, lead: int, **changes: Any) -> httpx.Response:
        """Change a lead."""
        return self.api("PATCH", f"leads/{lead}", changes)

    def edit(self, lead: int, who: Any = None, **properties: Any) -> Any:
        """Change a lead as a person does."""
        body: dict[str, Any] = {
            "object": "leads",
            "id": str(lead),
            "properties": properties,
        }
        return self.control("POST", "edit", body | ({"as": who} if who else {}))

    def events(self, query: str = "") -> list[dict[str, Any]]:
        """Return events, newest first."""
        return self.get(f"events?{query}", "events")

    def drained(self) -> dict[str, Any]:
        """Wait until every webhook is delivered or given up."""
        wait_until(
            lambda: self.control("GET", "webhooks")["drained"], "all is delivered"
        )
        stats: dict[str, Any] = self.control("GET", "webhooks")
        return stats


@dataclass
class Receiver:
    """Where webhooks arrive."""

    url: str
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0

    def forms(self) -> list[dict[str, str]]:
        """Return the bodies as flat forms."""
        return [dict(parse_qsl(body.decode(), True)) for _, body in self.posts]

    def with_key(self, key: str) -> list[dict[str, str]]:
        """Return the bodies that say something."""
        return [form for form in self.forms() if key in form]


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
            usual = {"token": TOKEN, "records": 0, "rps": 10_000}
            config = SandboxConfig(**{**usual, **given})
            return stack.enter_context(running(config))

        yield start


@pytest.fixture(name="sandbox")
def _sandbox(start: Start) -> Running:
    """An account without records."""
    return start()


@pytest.fixture(name="peopled")
def _peopled(start: Start) -> Running:
    """An account with twenty leads and their past."""
    return start(records=20)


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.posts.append((dict(self.headers), self.rfile.read(length)))
            time.sleep(received.delay)
            status = received.statuses.pop(0) if received.statuses else 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Receiver(f"http://127.0.0.1:{server.server_port}/hooks?secret=x")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="pushing")
def _pushing(start: Start, receiver: Receiver) -> Running:
    """An account that tells the receiver of its leads."""
    return start(webhook_target=receiver.url)
