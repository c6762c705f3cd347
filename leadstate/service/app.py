"""The parts that every use case works with, as `bootstrap` put them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters.registry import Actions
from leadstate.domain.mode import ConnectionMode
from leadstate.domain.people import People
from leadstate.errors import UsageError
from leadstate.settings.several import unknown_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from leadstate.adapters import Adapter
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.errors import LeadstateError
    from leadstate.service.channel import Channel
    from leadstate.store import Store

__all__ = ["App", "Connected", "Feed", "Installation", "feed_of", "feeds_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An open connection: its adapter, and how the workflow maps to it.

    Attributes:
        begins: Whether it is acted on from when it is first seen.
    """

    name: str
    adapter: Adapter
    binding: Binding
    poll_every_seconds: float = 60.0
    begins: ConnectionMode = ConnectionMode.OBSERVE


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One workflow at work: its part of the store, the connections that it uses.

    Attributes:
        store: Narrowed to the workflow; ``store.whole`` has the others too.
        people: Who works with leads; empty without a people file.
        channels: Where messages go, by name.
        actions: What plugins do when a workflow asks for it.
        signing_key: What signs checkpoints; None: a key that the database holds.
        checkpoints: The file to which checkpoints are added, too, or None.
        lifecycles: Those of all workflows at work in the installation, by name.
        enforce: Lets what the files say come into force, for all workflows, and keeps
            what is new in the history.  Whoever works calls it first, holding the
            worker's lock; a command, once it is sure to ask for something.
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
    lifecycles: Mapping[str, Lifecycle] = field(default_factory=dict)
    enforce: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        """See nothing of other workflows' rows."""
        object.__setattr__(self, "store", self.store.of(self.lifecycle.name))
        known = {**self.lifecycles, self.lifecycle.name: self.lifecycle}
        object.__setattr__(self, "lifecycles", known)

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.lifecycle.name

    @property
    def open_stages(self) -> dict[str, tuple[str, ...]]:
        """The open stages of every workflow at work, by workflow."""
        return {name: one.open_stages for name, one in self.lifecycles.items()}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One kind of object of one connection, with the workflows that look at it.

    They share an adapter, so that an object is read once for all of them.
    """

    name: str
    object: str
    readers: tuple[tuple[App, Connected], ...]

    @property
    def store(self) -> Store:
        """The store, with everything in it."""
        return self.readers[0][0].store.whole

    def now(self) -> datetime:
        """Return the moment (aware UTC)."""
        return self.readers[0][0].clock.now()

    @property
    def adapter(self) -> Adapter:
        """Reads what any of the workflows wants to know of an object."""
        return self.readers[0][1].adapter

    @property
    def poll_every_seconds(self) -> float:
        """How often it is asked for changes."""
        return self.readers[0][1].poll_every_seconds


def feed_of(app: App, connected: Connected) -> Feed:
    """Return what one workflow looks at of a connection."""
    return Feed(
        name=connected.name,
        object=connected.binding.object,
        readers=((app, connected),),
    )


def feeds_of(apps: Iterable[App]) -> tuple[Feed, ...]:
    """Return what the workflows look at, each kind of object of a connection once."""
    readers: dict[tuple[str, str], list[tuple[App, Connected]]] = {}
    for app in apps:
        for name, connected in app.connections.items():
            its = name, connected.binding.object
            readers.setdefault(its, []).append((app, connected))
    return tuple(
        Feed(name=name, object=kind, readers=tuple(found))
        for (name, kind), found in readers.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """All workflows of one settings file, over one store.

    Attributes:
        apps: The workflows that are at work, by name.
        broken: Workflows whose files cannot be used, by name, with what is wrong; the
            others go on, and what comes in for these waits.
    """

    apps: Mapping[str, App]
    broken: Mapping[str, LeadstateError] = field(default_factory=dict)

    @property
    def several(self) -> bool:
        """Whether the settings name more than one workflow."""
        return len(self.apps) + len(self.broken) > 1

    @property
    def first(self) -> App:
        """Any of them: its store's ``whole``, the clock and the channels are shared."""
        return next(iter(self.apps.values()))

    @property
    def store(self) -> Store:
        """The store, with everything in it."""
        return self.first.store.whole

    def app(self, name: str | None) -> App:
        """Return the workflow of this name; without one, the only one there is.

        Raises:
            UsageError: There is none of that name, or none is named and there are
                several.
            LeadstateError: Its files cannot be used.
        """
        if name is not None and name in self.broken:
            raise self.broken[name]
        names = *self.apps, *self.broken
        if name is None:
            if not self.several:
                return self.first
            raise UsageError(
                f"there are several workflows: {', '.join(names)}. Say which one with "
                "--workflow NAME"
            )
        if name not in self.apps:
            raise unknown_workflow(name, names)
        return self.apps[name]

    def close(self) -> None:
        """Let go of every connection, of the channels and of the store."""
        for app in self.apps.values():
            app.close()
