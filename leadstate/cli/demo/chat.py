"""The demo's chat: takes messages as Slack's incoming webhooks do, and keeps them.

It listens on this machine only; what it says to the world is "ok".
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Chat", "open_chat"]

_LONGEST = 1_000_000


@dataclass(slots=True)
class Chat:
    """What people read.

    Attributes:
        address: Where messages are posted to.
        messages: Their texts, oldest first.
    """

    address: str
    messages: list[str] = field(default_factory=list)


@contextmanager
def open_chat() -> Iterator[Chat]:
    """Take messages on a free port of this machine until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    chat = Chat(f"http://127.0.0.1:{server.server_port}/demo")
    server.RequestHandlerClass = _takes_for(chat)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _takes_for(chat: Chat) -> type[BaseHTTPRequestHandler]:
    class Takes(BaseHTTPRequestHandler):
        """Takes one message."""

        def do_POST(self) -> None:
            """Keep the text, or refuse what is none."""
            text = _text(self.rfile.read(_length(self.headers["content-length"])))
            if text is None:
                self.send_error(HTTPStatus.BAD_REQUEST, "invalid_payload")
                return
            chat.messages.append(text)
            self.send_response(HTTPStatus.OK)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: object) -> None:
            """Say nothing: the demo tells what arrived."""

    return Takes


def _length(said: str | None) -> int:
    number = int(said) if said and said.isdecimal() else 0
    return min(number, _LONGEST)


def _text(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    text = found.get("text") if isinstance(found, dict) else None
    return text if isinstance(text, str) else None
