"""Settings become an `App`: the parts of a running installation meet here."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters.registry import Actions
from leadstate.definition.people import load_people
from leadstate.definition.workflow import load_workflow
from leadstate.domain.action import Assign
from leadstate.domain.binding import Sync
from leadstate.domain.people import People
from leadstate.domain.values import FieldType
from leadstate.service.app import App, Connected
from leadstate.service.audit.installation import applied, note_installation
from leadstate.service.outbound.channels import open_channels
from leadstate.service.setup.opening import connection_to, spec_of
from leadstate.service.setup.together import check_together
from leadstate.service.sync.identity import know_identities
from leadstate.settings import secret_key, signing_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding, FieldSource
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["open_app", "with_users"]


def open_app(
    settings: Settings,
    clock: Clock,
    *,
    connections: Iterable[str] | None = None,
    actor: str = "leadstate",
) -> App:
    """Open the store and the connections.

    With all its connections it is there to work: the workflow file's version becomes
    the active one, and channels and plugins are opened too.  A command that only looks
    changes nothing, and sends nothing.

    Args:
        settings: The settings file, read.
        clock: The time of everything below.
        connections: Names to open; None opens all, an empty list none (commands that
            only read need no CRM and no secret).
        actor: Who starts it: the history names them where something else is in force.
    """
    lifecycle = load_workflow(settings.workflow)
    people = _people(settings, lifecycle)
    names = list(settings.connections) if connections is None else list(connections)
    with ExitStack() as undo:
        store = open_store(settings.database, key=secret_key(settings))
        undo.callback(store.close)
        if connections is None:
            _apply(store, lifecycle, settings, clock, actor)
        opened: dict[str, Connected] = {}
        for name in names:
            opened[name] = _connect(settings, name, lifecycle, store, clock, people)
            undo.callback(opened[name].adapter.close)
        app = App(
            lifecycle=lifecycle,
            store=store,
            clock=clock,
            connections=opened,
            people=people,
            signing_key=signing_key(settings),
            checkpoints=settings.checkpoints,
        )
        if connections is None:
            check_together({name: one.binding for name, one in opened.items()})
            note_installation(store, settings, people, actor=actor, now=clock.now())
            know_identities(store, lifecycle, clock.now())
            app = replace(
                app, channels=open_channels(settings), actions=_actions(settings)
            )
        undo.pop_all()
    return app


def _people(settings: Settings, lifecycle: Lifecycle) -> People:
    if settings.people is None:
        return People()
    return load_people(settings.people, lifecycle, connections=settings.connections)


def _actions(settings: Settings) -> Actions:
    """Return the plugins that may act: those named for it, then the adapters'."""
    adapters = [one.adapter for one in settings.connections.values()]
    return Actions([*settings.plugins, *adapters])


def _apply(
    store: Store, lifecycle: Lifecycle, settings: Settings, clock: Clock, actor: str
) -> None:
    with store.read() as view:
        active = view.workflows.active(lifecycle.name)
    if active is not None and active.version == lifecycle.version:
        return
    source, now = settings.workflow.read_text(encoding="utf-8-sig"), clock.now()
    with store.begin() as work:
        before = work.workflows.active(lifecycle.name)
        if before is not None and before.version == lifecycle.version:
            return  # another process was first
        work.workflows.apply(
            lifecycle.version, lifecycle.name, lifecycle.title, source, now
        )
        work.history.append([applied(lifecycle, before, actor=actor, now=now)])
        work.commit()


def _connect(  # noqa: PLR0913, PLR0917 - the parts that meet here
    settings: Settings,
    name: str,
    lifecycle: Lifecycle,
    store: Store,
    clock: Clock,
    people: People,
) -> Connected:
    connection = connection_to(
        settings, name, lifecycle=lifecycle, store=store, clock=clock
    )
    users = people.values_of(name)
    binding = with_users(connection.binding, lifecycle, users)
    connection = replace(connection, binding=binding)
    return Connected(
        name=name,
        adapter=spec_of(settings, name).open(connection),
        binding=binding,
        poll_every_seconds=settings.connections[name].poll_every,
    )


def with_users(
    binding: Binding, lifecycle: Lifecycle, users: Mapping[str, str]
) -> Binding:
    """Return a binding whose owner fields read and write people by their names.

    Where the workflow gives records to people, every CRM is told, unless the binding
    says otherwise: the newest owner counts.

    Args:
        users: The CRM's ids -> names of people; what the binding itself says wins.
    """
    assigns = any(isinstance(one, Assign) for one in lifecycle.actions)
    sync = Sync.NEWEST if assigns else None
    fields = {
        name: _with_users(source, users, sync)
        if lifecycle.fields[name].type is FieldType.OWNER
        else source
        for name, source in binding.fields.items()
    }
    return replace(binding, fields=fields)


def _with_users(
    source: FieldSource, users: Mapping[str, str], sync: Sync | None
) -> FieldSource:
    # Names compare as values of owner fields do: in lower case.
    own = {theirs: ours.casefold() for theirs, ours in source.values.items()}
    rest = {theirs: ours for theirs, ours in users.items() if theirs not in own}
    return replace(source, values=own | rest, sync=source.sync or sync)
