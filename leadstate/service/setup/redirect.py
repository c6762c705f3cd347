"""Take one redirect of the browser on this machine, and answer it with a plain page.

The page says that all is well only after the tokens are kept: the exchange happens
while the browser waits.  Only 127.0.0.1 is listened on.  Nothing of a request is shown
or logged; the state is compared in constant time, and one answer is taken.
"""

from __future__ import annotations

import hmac
import sys
import threading
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from leadstate.errors import ConfigurationError, LeadstateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["LOOPBACK_HOSTS", "Redirect", "answer_of", "is_loopback"]

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost")
_MOST_FIELDS = 20
_PATIENCE_SECONDS = 10.0  # for a browser that connects and says nothing
_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;
padding:0 1rem}}</style>
<h1>{title}</h1>
<p>{text}</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _Page:
    status: HTTPStatus
    title: str
    text: str


_DONE = "You can close this window and go back to the terminal."
_ELSEWHERE = _Page(
    HTTPStatus.NOT_FOUND, "Nothing here", "Leadstate waits for a sign-in elsewhere."
)
_STRANGER = _Page(
    HTTPStatus.BAD_REQUEST,
    "This sign-in is not the one that is waited for",
    "Start again from the address that the terminal shows.",
)
_OVER = _Page(
    HTTPStatus.GONE,
    "This sign-in is over",
    "It was answered already. How it went stands in the terminal.",
)


def is_loopback(uri: str) -> bool:
    """Return whether a redirect to ``uri`` reaches this machine's listener."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS


def answer_of(query: str, state: str) -> dict[str, str] | None:
    """Return a redirect's query if it is the answer to ``state``, else None.

    A refusal may come without the state (RFC 6749 asks for it, not every CRM sends it);
    it gives nothing away.
    """
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        return None
    given = fields.get("state")
    if given is None and "error" in fields and "code" not in fields:
        return fields
    same = hmac.compare_digest((given or "").encode(), state.encode())
    return fields if same else None


@dataclass(slots=True)
class Redirect:
    """One redirect that is waited for.

    with Redirect(uri, state, finish) as redirect:
        name = redirect.wait(timeout_seconds=300)

    Attributes:
        uri: Where the browser returns to: scheme, loopback host, port and exact path.
        finish: Turns the answer into tokens and returns the account's name.
    """

    uri: str
    state: str = field(repr=False)
    finish: Callable[[Mapping[str, str]], str] = field(repr=False)
    _server: ThreadingHTTPServer | None = field(default=None, repr=False)
    _taken: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _settled: threading.Event = field(default_factory=threading.Event, repr=False)
    _shown: threading.Event = field(default_factory=threading.Event, repr=False)
    _name: str = ""
    _error: Exception | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """Listen from here on."""
        parts = urlsplit(self.uri)
        try:
            self._server = _Server(("127.0.0.1", parts.port or 80), _Handler)
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on port {parts.port or 80} for the browser's return: "
                f"{error.strerror}. End what uses it, or choose another port with "
                "--redirect-uri (the CRM's app must name the same address)"
            ) from None
        self._server.redirect = self
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="leadstate-redirect",
            daemon=True,
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, once the browser has its page."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def wait(self, *, timeout_seconds: float) -> str:
        """Return the account's name, or raise what went wrong.

        Raises:
            ConfigurationError: Nobody came back in time, or the CRM said no.
        """
        if not self._settled.wait(timeout_seconds):
            with self._taken:  # an exchange that began in time is waited for
                if not self._settled.is_set():
                    raise ConfigurationError(
                        "nobody came back from the browser within "
                        f"{timeout_seconds:.0f} seconds. Run the command again; if the "
                        f"browser showed an error, the app must allow {self.uri}"
                    )
        self._shown.wait(_PATIENCE_SECONDS)
        if self._error is not None:
            raise self._error
        return self._name

    def shown(self) -> None:
        """Note that a page went out; the last one that matters ends the waiting."""
        if self._settled.is_set():
            self._shown.set()

    def answer(self, target: str) -> _Page:
        """Return the page for a request of ``target``, after doing what it asks."""
        parts, own = urlsplit(target), urlsplit(self.uri)
        if parts.path != (own.path or "/"):
            return _ELSEWHERE
        try:
            fields = answer_of(parts.query, self.state)
        except ValueError:
            fields = None
        if fields is None:
            return _STRANGER
        with self._taken:
            if self._settled.is_set():
                return _OVER
            try:
                return self._exchange(fields)
            finally:
                self._settled.set()

    def _exchange(self, fields: Mapping[str, str]) -> _Page:
        try:
            self._name = self.finish(fields)
        except LeadstateError as error:
            self._error = error
            return _Page(HTTPStatus.OK, "Not connected", f"{error} {_DONE}")
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = error
            return _Page(HTTPStatus.OK, "Not connected", f"Something broke. {_DONE}")
        return _Page(HTTPStatus.OK, "Connected", f"{self._name} is connected. {_DONE}")


class _Server(ThreadingHTTPServer):
    """Listens on this machine only; a port that is in use stays in use."""

    # A port that somebody listens on stays theirs, but on Windows, where reusing means
    # sharing; elsewhere it frees a port of a sign-in that has just ended.
    allow_reuse_address = sys.platform != "win32"
    daemon_threads = True  # browsers open connections that they never use
    redirect: Redirect


class _Handler(BaseHTTPRequestHandler):
    """Answers GET with a page that loads nothing and is kept nowhere."""

    server_version = "Leadstate"
    sys_version = ""
    timeout = _PATIENCE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Answer the browser."""
        page = self.server.redirect.answer(self.path)
        body = _PAGE.format(title=escape(page.title), text=escape(page.text)).encode()
        self.send_response(page.status)
        for name, value in _headers(len(body)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.server.redirect.shown()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the request holds a code."""


def _headers(length: int) -> Iterator[tuple[str, str]]:
    yield "Content-Type", "text/html; charset=utf-8"
    yield "Content-Length", str(length)
    yield "Cache-Control", "no-store"
    yield "Referrer-Policy", "no-referrer"
    yield "X-Content-Type-Options", "nosniff"
    yield "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"
    yield "Connection", "close"
