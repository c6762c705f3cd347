"""The parts that every use case works with, as `bootstrap` put them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.adapters import Adapter
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import Store

__all__ = ["App", "Connected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An open connection: its adapter, and how the workflow maps to it."""

    name: str
    adapter: Adapter
    binding: Binding
    poll_every_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One installation at work: one workflow, one store, its connections."""

    lifecycle: Lifecycle
    store: Store
    clock: Clock
    connections: Mapping[str, Connected]

    def connection(self, name: str) -> Connected:
        """Return an open connection by name."""
        found = self.connections.get(name)
        if found is None:
            known = ", ".join(self.connections) or "none"
            raise UsageError(f"there is no connection {name!r}; known: {known}")
        return found

    def close(self) -> None:
        """Let go of every connection and of the store."""
        for connected in self.connections.values():
            connected.adapter.close()
        self.store.close()
