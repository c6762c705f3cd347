"""Webhooks as the sandbox posts and signs them, over real HTTP."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import EventKind, InboundEvent, InboundRequest, Write
from leadstate.domain.binding import Binding
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTACTS = Binding(workflow="w", adapter="hubspot", object="contacts")


@pytest.fixture(name="mailbox")
def _mailbox() -> Iterator[tuple[str, queue.Queue[InboundRequest]]]:
    """Return an address and what is posted to it."""
    posted: queue.Queue[InboundRequest] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"http://{headers['host']}{self.path}"
            posted.put(
                InboundRequest(method="POST", url=url, headers=headers, body=body)
            )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/in?c=acme", posted
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="events")
def _events(
    start_sandbox: Any, dial: Any, mailbox: Any
) -> tuple[Any, Any, Callable[[EventKind, str], InboundEvent]]:
    """Return a sandbox, its adapter, and a way to wait for an event."""
    target, posted = mailbox
    sandbox = start_sandbox("--records", "20", "--webhook-target", target)
    adapter = dial(
        sandbox, CONTACTS, client_secret="sandbox-client-secret", app_id=50780459
    )

    seen: list[InboundEvent] = []

    def wait_for(kind: EventKind, record_id: str) -> InboundEvent:
        while True:
            for event in seen:
                if (event.kind, event.id) == (kind, record_id):
                    return event
            seen.extend(adapter.receive(posted.get(timeout=PATIENCE_SECONDS)))

    return sandbox, adapter, wait_for


def test_what_people_do_is_received(events: Any) -> None:
    """Signed by the sandbox, verified here; changes, deletions, erasures."""
    sandbox, _, wait_for = events
    one, two, three = sandbox.ids(3)

    sandbox.post(
        "edit", object="contacts", id=one, properties={"lifecyclestage": "customer"}
    )
    changed = wait_for(EventKind.CHANGED, one)
    sandbox.post("archive", object="contacts", id=two)
    sandbox.post("privacy-delete", object="contacts", id=three)

    assert not changed.own
    assert changed.actor.startswith("CRM_UI userId:")
    assert wait_for(EventKind.DELETED, two).object == "contacts"
    assert wait_for(EventKind.ERASED, three).object == "contacts"


def test_our_own_write_comes_back_as_our_own(events: Any) -> None:
    """An echo is known by the app's id."""
    sandbox, adapter, wait_for = events
    one = sandbox.ids(9)[8]

    adapter.write([Write(token="t", id=one, properties={"hs_lead_status": "NEW"})])
    event = wait_for(EventKind.CHANGED, one)

    assert event.own
    assert (event.property, event.value) == ("hs_lead_status", "NEW")


def test_a_merge_names_its_survivor(events: Any) -> None:
    """Both forms of the id policy end at the survivor that the sandbox answers."""
    sandbox, _, wait_for = events
    one, two = sandbox.ids(12)[10:]

    survivor = sandbox.post("merge", object="contacts", id=one, other=two)["id"]
    event = wait_for(EventKind.MERGED, one)

    assert event.into == survivor
    assert two in event.merged_ids
