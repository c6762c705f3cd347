"""Serve the sandbox on a loopback address until a signal asks to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox import server
from leadstate.testing.sandbox.server import (
    AnnouncedServer,
    NotLoopbackError,
    open_socket,
)

from . import create_app

if TYPE_CHECKING:
    from .config import SandboxConfig

__all__ = ["AnnouncedServer", "NotLoopbackError", "open_socket", "prepare", "serve"]


def prepare(config: SandboxConfig) -> AnnouncedServer:
    """Return a server for a fresh sandbox, not yet running."""
    return server.prepare(create_app(config))


def serve(config: SandboxConfig, *, host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT, then leave quietly."""
    server.serve(
        create_app(config),
        host=host,
        port=port,
        name="amoCRM sandbox",
        holds=f"{config.records} leads, seed {config.seed}",
    )
