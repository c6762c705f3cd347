"""The only place where real parts meet: settings become an `App`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from leadstate.definition.workflow import load_workflow
from leadstate.service.app import App, Connected
from leadstate.service.identity import know_identities
from leadstate.service.opening import connection_to, spec_of
from leadstate.service.together import check_together
from leadstate.settings import secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.clock import Clock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["open_app"]


def open_app(
    settings: Settings, clock: Clock, *, connections: Iterable[str] | None = None
) -> App:
    """Open the store and the connections.

    With all its connections it is there to work, and the workflow file's version
    becomes the active one; a command that only looks changes nothing.

    Args:
        settings: The settings file, read.
        clock: The time of everything below.
        connections: Names to open; None opens all, an empty list none (commands that
            only read need no CRM and no secret).
    """
    lifecycle = load_workflow(settings.workflow)
    names = list(settings.connections) if connections is None else list(connections)
    with ExitStack() as undo:
        store = open_store(settings.database, key=secret_key(settings))
        undo.callback(store.close)
        if connections is None:
            _apply(store, lifecycle, settings, clock)
        opened: dict[str, Connected] = {}
        for name in names:
            opened[name] = _connect(settings, name, lifecycle, store, clock)
            undo.callback(opened[name].adapter.close)
        if connections is None:
            check_together({name: one.binding for name, one in opened.items()})
            know_identities(store, lifecycle, clock.now())
        undo.pop_all()
    return App(lifecycle=lifecycle, store=store, clock=clock, connections=opened)


def _apply(
    store: Store, lifecycle: Lifecycle, settings: Settings, clock: Clock
) -> None:
    with store.read() as view:
        active = view.workflows.active(lifecycle.name)
    if active is not None and active.version == lifecycle.version:
        return
    source = settings.workflow.read_text(encoding="utf-8-sig")
    with store.begin() as work:
        work.workflows.apply(
            lifecycle.version, lifecycle.name, lifecycle.title, source, clock.now()
        )
        work.commit()


def _connect(
    settings: Settings, name: str, lifecycle: Lifecycle, store: Store, clock: Clock
) -> Connected:
    connection = connection_to(
        settings, name, lifecycle=lifecycle, store=store, clock=clock
    )
    return Connected(
        name=name,
        adapter=spec_of(settings, name).open(connection),
        binding=connection.binding,
        poll_every_seconds=settings.connections[name].poll_every,
    )
