"""Serve an application on a free port of this machine, on a thread of this process."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

__all__ = ["address_of", "free_port", "serving"]

_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 10


@contextmanager
def free_port() -> Iterator[socket.socket]:
    """Hold a free port until the end."""
    with socket.socket() as listening:
        listening.bind((_HOST, 0))
        yield listening


def address_of(listening: socket.socket) -> str:
    """Return the address of what is served there."""
    return f"http://{_HOST}:{listening.getsockname()[1]}"


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[None]:
    """Serve ``app`` on a port that is held, until the end."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, daemon=True
    )
    listening.listen()  # whoever calls before the thread runs waits
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
