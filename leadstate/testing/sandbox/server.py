"""Serve a sandbox on a loopback address until a signal asks to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from .connections import DroppableProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from starlette.types import ASGIApp

GRACE_SECONDS = 2


class NotLoopbackError(ValueError):
    """Raised for an address other machines could reach."""


class AnnouncedServer(uvicorn.Server):
    """A server that says when it listens."""

    announcement = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the one line callers wait for."""
        await super().startup(sockets)
        if self.announcement and self.started:
            print(self.announcement, flush=True)  # noqa: T201 - the command's output


def application(gate: ASGIApp, work: Callable[[], Awaitable[None]]) -> Starlette:
    """Return an application that does `work` beside answering, until it stops."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        working = asyncio.ensure_future(work())
        yield
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    return Starlette(routes=[Mount("/", app=gate)], lifespan=lifespan)


def open_socket(host: str, port: int) -> socket.socket:
    """Bind a loopback address; port 0 takes a free one."""
    family, address = _loopback(host)
    # Named TCP, or asyncio leaves Nagle's algorithm on and answers take 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def prepare(app: ASGIApp) -> AnnouncedServer:
    """Return a server for an application, not yet running."""
    settings = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return AnnouncedServer(settings)


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve in a thread on a free port of this machine, and yield the address.

    with serving(create_app(SandboxConfig())) as url:
        httpx.get(f"{url}/_sandbox/health")
    """
    bound, server = open_socket("127.0.0.1", 0), prepare(app)
    bound.listen()
    Thread(target=server.run, kwargs={"sockets": [bound]}).start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        # It closes its socket and ends by itself; to wait would cost a test 0.2 s.
        server.should_exit = True


def serve(
    build: Callable[[], ASGIApp], *, host: str, port: int, name: str, holds: str
) -> None:
    """Run until SIGTERM or SIGINT, then leave quietly.

    Announces itself as `{name} on http://127.0.0.1:8801 ({holds})`.
    """
    bound = open_socket(host, port)
    server = prepare(build())
    shown = f"[{host}]" if ":" in host else host
    where = f"http://{shown}:{bound.getsockname()[1]}"
    server.announcement = f"{name} on {where} ({holds})"
    # The server raises the signal again once it has stopped; leaving then is success.
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: sys.exit(0))
    server.run(sockets=[bound])


def _loopback(host: str) -> tuple[socket.AddressFamily, str]:
    if host == "localhost":
        return socket.AF_INET, "127.0.0.1"
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        message = f"{host} is not a loopback address. The sandbox has no protection "
        message += "against other machines: use 127.0.0.1 or ::1."
        raise NotLoopbackError(message)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    return family, host
