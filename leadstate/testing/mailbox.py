"""An address on loopback that takes webhooks, as the receiver would.

>>> import httpx
>>> with Mailbox("/webhooks/bench") as mailbox:
...     answer = httpx.post(mailbox.url, content=b"{}", trust_env=False)
...     [request] = mailbox.empty()
>>> answer.status_code, request.method, request.body
(200, 'POST', b'{}')
"""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from leadstate.adapters import InboundRequest

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Mailbox"]


class Mailbox:
    """Keeps what is posted to it, until somebody empties it.

    Args:
        path: The path and query of its address.
    """

    def __init__(self, path: str = "/webhooks/bench") -> None:
        self._posted: queue.SimpleQueue[InboundRequest] = queue.SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._posted))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def empty(self) -> list[InboundRequest]:
        """Return what was posted since the last call."""
        found = []
        while not self._posted.empty():
            found.append(self._posted.get())
        return found


def _handler(
    posted: queue.SimpleQueue[InboundRequest],
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"http://{headers.get('host', '')}{self.path}"
            posted.put(
                InboundRequest(method="POST", url=url, headers=headers, body=body)
            )
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler
