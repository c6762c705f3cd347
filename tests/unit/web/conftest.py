"""A receiver with the real HubSpot adapter behind it; nothing leaves the machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from leadstate.domain.mode import ConnectionMode
from leadstate.service.bootstrap import open_app
from leadstate.service.setup.project import settings_text, write_project
from leadstate.settings import load_settings
from leadstate.testing import FrozenClock, wait_until
from leadstate.web.patience import PatientProtocol
from leadstate.web.receiver import create_receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from leadstate.service.app import App

SECRET = "a client secret"
PUBLIC = "https://leads.example.com"
ADAPTER = """\
      token: {env: WEB_TEST_TOKEN}
      client_secret: {env: WEB_TEST_SECRET}
      base_url: http://127.0.0.1:9"""


class Hasty(PatientProtocol):
    """The receiver's protocol, for tests that wait for it to lose patience."""

    head_seconds = 0.3


@dataclass
class Door:
    """The receiver, and HubSpot in front of it."""

    app: App
    clock: FrozenClock
    api: FastAPI
    stored: list[int]
    failing: dict[str, str] = field(default_factory=dict)

    def event(self, number: int = 1, **more: object) -> dict[str, object]:
        """Return an event as HubSpot writes it."""
        return {
            "eventId": number,
            "portalId": 247187887,
            "appId": 50780459,
            "occurredAt": 1_773_144_000_000,
            "subscriptionType": "contact.propertyChange",
            "attemptNumber": 0,
            "objectId": 5400 + number,
            "propertyName": "budget",
            "propertyValue": str(number),
            "changeSource": "CRM_UI",
            "sourceId": "userId:7",
        } | more

    def signed(
        self,
        body: bytes,
        *,
        url: str = f"{PUBLIC}/webhooks/hubspot",
        late: float = 0,
        secret: str = SECRET,
    ) -> dict[str, str]:
        """Return the headers of a body that HubSpot signed."""
        moment = self.clock.now() - timedelta(seconds=late)
        at = str(int(moment.timestamp() * 1000))
        text = f"POST{url}".encode() + body + at.encode()
        digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
        return {
            "x-hubspot-signature-v3": base64.b64encode(digest).decode(),
            "x-hubspot-request-timestamp": at,
        }

    def post(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        path: str = "/webhooks/hubspot",
    ) -> httpx.Response:
        """Post a body, signed unless headers are given."""
        given = self.signed(body) if headers is None else headers
        return self.call("POST", path, content=body, headers=given)

    def tell(self, *events: dict[str, object]) -> httpx.Response:
        """Post events as HubSpot does."""
        return self.post(json.dumps(events).encode())

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Call the receiver without a network."""

        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.api)
            base = "http://127.0.0.1:8800"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **given)

        return asyncio.run(call())

    @property
    def kept(self) -> int:
        """How many inbox rows there are."""
        with self.app.store.read() as view:
            return sum(view.inbox.counts().values())


@pytest.fixture(name="open_door")
def _open_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Door]]:
    monkeypatch.setenv("WEB_TEST_TOKEN", "a token")
    monkeypatch.setenv("WEB_TEST_SECRET", SECRET)
    text = settings_text(
        workflow="b2b_lifecycle", mode=ConnectionMode.LIVE, adapter_settings=ADAPTER
    )
    write_project(tmp_path, "b2b_lifecycle", text)
    clock = FrozenClock()
    app = open_app(load_settings(tmp_path / "leadstate.yaml"), clock)

    def make(public_url: str | None = PUBLIC) -> Door:
        stored: list[int] = []
        failing: dict[str, str] = {}
        api = create_receiver(
            app,
            public_url=public_url,
            on_stored=lambda: stored.append(1),
            failures=lambda: failing,
        )
        return Door(app, clock, api, stored, failing)

    yield make
    app.close()


@pytest.fixture(name="door")
def _door(open_door: Callable[..., Door]) -> Door:
    return open_door()


@pytest.fixture(name="address")
def _address(door: Door) -> Iterator[tuple[str, int]]:
    """The receiver on a real socket."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(door.api, http=Hasty, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    wait_until(lambda: server.started, "the receiver listens")
    yield listening.getsockname()
    server.should_exit = True
    thread.join()
    listening.close()
