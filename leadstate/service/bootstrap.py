"""Settings become an `Installation`: the parts of a running one meet here."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from leadstate.adapters.registry import Actions
from leadstate.definition.people import load_people
from leadstate.definition.problems import Severity
from leadstate.definition.starts import check_starts
from leadstate.definition.workflow import load_workflow, load_workflow_text
from leadstate.domain.action import Assign
from leadstate.domain.binding import Sync, joined
from leadstate.domain.people import People
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, LeadstateError, WorkflowError
from leadstate.service.app import App, Connected, Installation
from leadstate.service.audit.installation import applied, note_installation
from leadstate.service.inbound.position import park
from leadstate.service.modes import begin_modes
from leadstate.service.outbound.channels import open_channels
from leadstate.service.setup.opening import binding_for, connection_to, spec_of
from leadstate.service.setup.together import check_together, check_writers
from leadstate.service.sync.identity import know_identities
from leadstate.settings import secret_key, signing_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from leadstate.adapters import Adapter
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding, FieldSource
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["open_app", "open_installation", "with_users"]

log = structlog.get_logger("leadstate.bootstrap")


def open_app(
    settings: Settings,
    clock: Clock,
    *,
    workflow: str | None = None,
    connections: Iterable[str] | None = None,
    actor: str = "leadstate",
) -> App:
    """Open one workflow of an installation: the only one, where none is named.

    Raises:
        UsageError: There are several, and none is named.
    """
    installation = open_installation(
        settings, clock, connections=connections, actor=actor
    )
    try:
        return installation.app(workflow)
    except LeadstateError:
        installation.close()
        raise


def open_installation(
    settings: Settings,
    clock: Clock,
    *,
    connections: Iterable[str] | None = None,
    actor: str = "leadstate",
) -> Installation:
    """Open the store and the connections.

    With all its connections it is there to work, and channels and plugins are opened
    too.  To open changes nothing: what the files say is in force from `enforce` on,
    which whoever works calls once it may.

    Where there are several workflows, one whose files are broken lets the others work.

    Args:
        settings: The settings file, read.
        clock: The time of everything below.
        connections: Names to open; None opens all, an empty list none (commands that
            only read need no CRM and no secret).
        actor: Who starts it: the history names them where something else is in force.
    """
    names = None if connections is None else set(connections)
    files, broken = _read_files(settings, names)
    lifecycles = [one.lifecycle for one in files]
    with ExitStack() as undo:
        store = open_store(settings.database, key=secret_key(settings))
        undo.callback(store.close)
        describing = [*lifecycles, *_last_versions(store, broken)]
        people = _people(settings, describing)
        opened = _Adapters(store, clock, people, files)
        undo.callback(opened.close)
        apps = {
            one.lifecycle.name: App(
                lifecycle=_with_calendars(one.lifecycle, describing),
                store=store,
                clock=clock,
                connections=opened.of(one),
                people=people,
                signing_key=signing_key(settings),
                checkpoints=settings.checkpoints,
                lifecycles={known.name: known for known in lifecycles},
            )
            for one in files
        }
        if connections is None:
            apps = _at_work(settings, files, apps, actor)
        undo.pop_all()
    return Installation(apps=apps, broken=broken)


def _at_work(
    settings: Settings, files: Iterable[_Files], apps: Mapping[str, App], actor: str
) -> dict[str, App]:
    """Return the apps with all that they need to work."""
    every = list(apps.values())
    channels, actions = open_channels(settings), _actions(settings)
    enforce = partial(_enforce, settings, list(files), every, actor)
    return {
        name: replace(app, channels=channels, actions=actions, enforce=enforce)
        for name, app in apps.items()
    }


def _enforce(
    settings: Settings, files: Iterable[_Files], apps: Sequence[App], actor: str
) -> None:
    """Let what the files say come into force, and keep what is new in the history."""
    store, clock = apps[0].store.whole, apps[0].clock
    for one in files:
        _apply(store, one, clock, actor)
    note_installation(store, settings, apps[0].people, actor=actor, now=clock.now())
    park(store, apps, clock.now())
    for app in apps:
        know_identities(app.store, app.lifecycle, clock.now())
        begin_modes(app, actor=actor)


# -- what the files say ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What the files of one workflow say."""

    settings: Settings
    lifecycle: Lifecycle
    bindings: Mapping[str, Binding]


def _read_files(
    settings: Settings, connections: set[str] | None
) -> tuple[list[_Files], dict[str, LeadstateError]]:
    """Return the workflows that can work, and what is wrong with the others.

    Raises:
        LeadstateError: None can, or they contradict each other.
    """
    found: list[_Files] = []
    broken: dict[str, LeadstateError] = {}
    for name, one in settings.each().items():
        try:
            found.append(_files_of(one, connections))
        except LeadstateError as error:
            if not name:
                raise
            broken[name] = error
            log.error("workflow cannot be used", workflow=name, error=str(error))  # noqa: TRY400
    if not found:
        raise next(iter(broken.values()))
    if connections is None:
        _check_all_together(found, broken)
    return found, broken


def _check_all_together(files: Iterable[_Files], broken: Collection[str]) -> None:
    """Hold the workflows against each other.

    Raises:
        ConfigurationError: They contradict each other; both places are named.
    """
    lifecycles = {one.lifecycle.name: one.lifecycle for one in files}
    check_writers({one.lifecycle.name: one.bindings for one in files})
    problems = check_starts(lifecycles, unread=broken)
    wrong = [str(one) for one in problems if one.severity is Severity.ERROR]
    if wrong:
        raise ConfigurationError("\n".join(wrong))


def _files_of(settings: Settings, connections: set[str] | None) -> _Files:
    lifecycle = load_workflow(settings.workflow)
    if settings.name and lifecycle.name != settings.name:
        raise ConfigurationError(
            f"{settings.file}: workflows.{settings.name}.file is {settings.workflow}, "
            f"which calls itself {lifecycle.name!r}. Both must say the same name: "
            f"write workflows.{lifecycle.name}, or `workflow: {settings.name}` there"
        )
    bindings = {
        name: binding_for(settings, name, lifecycle)
        for name in settings.connections
        if connections is None or name in connections
    }
    if connections is None:
        check_together(bindings)
    return _Files(settings=settings, lifecycle=lifecycle, bindings=bindings)


def _people(settings: Settings, lifecycles: Iterable[Lifecycle]) -> People:
    if settings.people is None:
        return People()
    return load_people(settings.people, *lifecycles, connections=settings.connections)


def _last_versions(store: Store, broken: Iterable[str]) -> Iterator[Lifecycle]:
    """Yield the versions in force of workflows whose files are broken now.

    People who work by the others may keep the hours that one of these describes.
    """
    with store.read() as view:
        found = [view.workflows.active(name) for name in broken]
    for row in found:
        if row is not None:
            try:
                yield load_workflow_text(row.source)
            except WorkflowError:
                continue  # an older Leadstate could read it


def _with_calendars(lifecycle: Lifecycle, others: Iterable[Lifecycle]) -> Lifecycle:
    """Return a lifecycle in which people keep the hours that another one describes."""
    shared = {name: one for other in others for name, one in other.calendars.items()}
    if shared.keys() == lifecycle.calendars.keys():
        return lifecycle
    return replace(lifecycle, calendars=shared | dict(lifecycle.calendars))


def _actions(settings: Settings) -> Actions:
    """Return the plugins that may act: those named for it, then the adapters'."""
    adapters = [one.adapter for one in settings.connections.values()]
    return Actions([*settings.plugins, *adapters])


def _apply(store: Store, files: _Files, clock: Clock, actor: str) -> None:
    lifecycle = files.lifecycle
    with store.read() as view:
        active = view.workflows.active(lifecycle.name)
    if active is not None and active.version == lifecycle.version:
        return
    source = files.settings.workflow.read_text(encoding="utf-8-sig")
    now = clock.now()
    with store.begin() as work:
        before = work.workflows.active(lifecycle.name)
        if before is not None and before.version == lifecycle.version:
            return  # another process was first
        work.workflows.apply(
            lifecycle.version, lifecycle.name, lifecycle.title, source, now
        )
        work.history.append([applied(lifecycle, before, actor=actor, now=now)])
        work.commit()


# -- connections -----------------------------------------------------------------------


class _Adapters:
    """Opens each kind of object of a connection once, for all that look at it."""

    def __init__(
        self, store: Store, clock: Clock, people: People, files: Iterable[_Files]
    ) -> None:
        self._store, self._clock, self._people = store, clock, people
        self._bindings: dict[tuple[str, str], list[Binding]] = {}
        for one in files:
            for name in one.bindings:
                binding = self._binding(one, name)
                self._bindings.setdefault((name, binding.object), []).append(binding)
        self._opened: dict[tuple[str, str], Adapter] = {}

    def of(self, files: _Files) -> dict[str, Connected]:
        """Return the connections of one workflow, open."""
        found: dict[str, Connected] = {}
        for name in files.bindings:
            binding = self._binding(files, name)
            found[name] = Connected(
                name=name,
                adapter=self._open(files, name, binding.object),
                binding=binding,
                poll_every_seconds=files.settings.connections[name].poll_every,
                begins=files.settings.connections[name].mode,
            )
        return found

    def close(self) -> None:
        """Close what was opened."""
        for adapter in self._opened.values():
            adapter.close()

    def _binding(self, files: _Files, name: str) -> Binding:
        users = self._people.values_of(name)
        return with_users(files.bindings[name], files.lifecycle, users)

    def _open(self, files: _Files, name: str, kind: str) -> Adapter:
        if (name, kind) not in self._opened:
            connection = connection_to(
                files.settings,
                name,
                binding=joined(self._bindings[name, kind]),
                store=self._store,
                clock=self._clock,
            )
            spec = spec_of(files.settings, name)
            self._opened[name, kind] = spec.open(connection)
        return self._opened[name, kind]


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
