"""Serve the receiver without waiting for ever for callers who send half a request.

uvicorn limits how long a line may stay idle between requests, not how long a request's
head may take: a few hundred callers who send a byte now and then would hold every file
that the process may open.  The body has its own limit, in the receiver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

__all__ = ["PatientProtocol"]

_HEAD_SECONDS: Final = 10.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a line whose request is not begun, or not told, in time."""

    head_seconds = _HEAD_SECONDS
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Expect the rest of the head of another request, where this begins one."""
        super().data_received(data)
        if self._watch is None and not self._answers():
            self._expect_head()

    def on_response_complete(self) -> None:
        """Leave the line to the limit for idle ones, until another request begins."""
        self._expect_nothing()
        super().on_response_complete()

    def _expect_head(self) -> None:
        self._watch = self.loop.call_later(self.head_seconds, self._look)

    def _expect_nothing(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _look(self) -> None:
        self._watch = None
        if not self._answers():
            self.transport.close()

    def _answers(self) -> bool:
        """Whether a request's head is there, and its answer under way."""
        cycle: RequestResponseCycle | None = self.cycle  # there is none at first
        return cycle is not None and not cycle.response_complete
