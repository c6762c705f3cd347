"""The parts that every use case works with, as `bootstrap` put them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters.registry import Actions
from leadstate.domain.people import People
from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leadstate.adapters import Adapter
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.channel import Channel
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
    """One installation at work: one workflow, one store, its connections.

    Attributes:
        people: Who works with leads; empty without a people file.
        channels: Where messages go, by name.
        actions: What plugins do when a workflow asks for it.
        signing_key: What signs checkpoints; None: a key that the database holds.
        checkpoints: The file to which checkpoints are added, too, or None.
    """

    lifecycle: Lifecycle
    store: Store
    clock: Clock
    connections: Mapping[str, Connected]
    people: People = field(default_factory=People)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    actions: Actions = field(default_factory=Actions)
    signing_key: bytes | None = None
    checkpoints: Path | None = None

    def connection(self, name: str) -> Connected:
        """Return an open connection by name."""
        found = self.connections.get(name)
        if found is None:
            known = ", ".join(self.connections) or "none"
            raise UsageError(f"there is no connection {name!r}; known: {known}")
        return found

    def close(self) -> None:
        """Let go of every connection, of the channels and of the store."""
        for connected in self.connections.values():
            connected.adapter.close()
        for channel in self.channels.values():
            channel.close()
        self.store.close()
