"""Close a connection without answering, as a network does at the worst moment.

ASGI has no word for it, so the server's protocol keeps its open lines here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import MutableMapping

Ends = tuple[object, object]
_open: Final[dict[Ends, asyncio.Transport]] = {}


def _ends(client: object, server: object) -> Ends:
    return (_address(client), _address(server))


def _address(given: object) -> object:
    return tuple(given[:2]) if isinstance(given, tuple | list) else given


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be dropped by name."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the line."""
        super().connection_made(transport)
        _open[_ends(self.client, self.server)] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the line."""
        _open.pop(_ends(self.client, self.server), None)
        super().connection_lost(exc)


def drop_connection(scope: MutableMapping[str, object]) -> bool:
    """Drop the connection of a request; False if this server cannot."""
    transport = _open.get(_ends(scope.get("client"), scope.get("server")))
    if transport is None:
        return False
    transport.abort()
    return True
