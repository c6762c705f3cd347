"""Examine what every connection stands on: the workflows, the key, the database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.adapters import Check, CheckState
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.errors import LeadstateError, WorkflowError
from leadstate.service.audit.standing import standing
from leadstate.service.setup.examining_people import examine_people
from leadstate.service.setup.together import check_together, check_writers
from leadstate.settings import secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["Foundation", "Use"]

_GOOD, _WARNING, _BAD = CheckState.GOOD, CheckState.WARNING, CheckState.BAD


@dataclass(frozen=True, slots=True)
class Use:
    """A workflow that can be read, with the settings as it sees them."""

    settings: Settings
    lifecycle: Lifecycle


@dataclass(slots=True)
class Foundation:
    """The workflows, the key and the database: what every connection stands on."""

    settings: Settings
    clock: Clock
    checks: list[Check] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator[Store | None]:
        """Check each part; yield the database if it can be opened."""
        for name, settings in self.settings.each().items():
            self._workflow(name, settings)
        self._writers()
        key = self._key()
        store = self._store(key)
        try:
            yield store
        finally:
            if store is not None:
                store.close()

    def uses_of(self, connection: str) -> list[Use]:
        """Return the workflows that can be read and use a connection."""
        return [one for one in self.uses if connection in one.settings.connections]

    def _workflow(self, name: str, settings: Settings) -> None:
        """Check a workflow's file, what it names, and its bindings."""
        of = f" of {name}" if name else ""
        try:
            lifecycle = load_workflow(settings.workflow)
        except LeadstateError as error:
            remedy = "leadstate workflow check FILE"
            self._say(f"workflow{of}", _BAD, str(error), remedy)
            return
        if name and lifecycle.name != name:
            text = f"{settings.workflow} calls itself {lifecycle.name!r}"
            self._say(f"workflow{of}", _BAD, text, "both must say the same name")
            return
        self.uses.append(Use(settings, lifecycle))
        text = f"{lifecycle.name}, version {lifecycle.version[:12]}"
        self._say(f"workflow{of}", _GOOD, text)
        for one in examine_people(settings, lifecycle, self.clock.now()):
            self.checks.append(replace(one, name=f"{one.name}{of}"))
        self._bindings(of, settings, lifecycle)

    def _bindings(self, of: str, settings: Settings, lifecycle: Lifecycle) -> None:
        """Check that the connections do not contradict each other."""
        if len(settings.connections) < 2:  # noqa: PLR2004
            return
        try:
            check_together(
                {
                    name: load_binding(settings.binding_of(name), lifecycle)
                    for name in settings.connections
                }
            )
        except WorkflowError:
            return  # told with the connection whose binding it is
        except LeadstateError as error:
            text = "correct `sync` in the bindings"
            self._say(f"bindings{of}", _BAD, str(error), text)
            return
        self._say(f"bindings{of}", _GOOD, "no field has two owners")

    def _writers(self) -> None:
        """Check that no property is written by two workflows."""
        if len(self.uses) < 2:  # noqa: PLR2004
            return
        bindings: dict[str, dict[str, Binding]] = {}
        for one in self.uses:
            for name in one.settings.connections:
                try:
                    found = load_binding(one.settings.binding_of(name), one.lifecycle)
                except WorkflowError:
                    continue  # told with the connection whose binding it is
                bindings.setdefault(one.lifecycle.name, {})[name] = found
        try:
            check_writers(bindings)
        except LeadstateError as error:
            self._say("writers", _BAD, str(error), "let one of the workflows write it")
            return
        self._say("writers", _GOOD, "no property is written by two workflows")

    def _key(self) -> bytes | None:
        try:
            key = secret_key(self.settings)
        except LeadstateError as error:
            self._say(
                "key", _BAD, str(error), "set it again; without it no token opens"
            )
            return None
        if key is None:
            text = "none is set, so that no token can be kept in the database"
            self._say("key", _GOOD, text)
        else:
            self._say("key", _GOOD, "opens stored tokens")
        return key

    def _store(self, key: bytes | None) -> Store | None:
        try:
            store = open_store(self.settings.database, key=key)
            faults = store.integrity()
        except LeadstateError as error:
            self._say("database", _BAD, str(error), "correct 'database', or its rights")
            return None
        if faults:
            text = "; ".join(faults[:3])
            self._say("database", _BAD, text, "restore a backup, or ask for help")
        else:
            self._say("database", _GOOD, "opens, and holds together")
        self.checks.append(_history(store, self.clock))
        return store

    def _say(self, name: str, state: CheckState, text: str, remedy: str = "") -> None:
        self.checks.append(Check(name=name, state=state, text=text, remedy=remedy))


def _history(store: Store, clock: Clock) -> Check:
    """Say how long the history is, and whether checkpoints are made."""
    with store.read() as view:
        found = standing(view, clock.now())
    text = f"{found.rows:,} rows, no checkpoint yet"
    if found.checkpoint_at is not None:
        at = f"{found.checkpoint_at:%Y-%m-%d %H:%M} UTC"
        text = f"{found.rows:,} rows, last checkpoint {at}, {found.younger:,} younger"
    remedy = "start the service, or run: leadstate audit checkpoint"
    state = _WARNING if found.late else _GOOD
    return Check(
        name="history", state=state, text=text, remedy=remedy if found.late else ""
    )
