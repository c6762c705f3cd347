"""Examine an installation and its connections: what is wrong, and what to do about it.

Every part is looked at by itself: a broken one is a `Check` and never hides the others.
No secret is in any text: what the settings refer to is taken out once more at the end.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Capability, Check, CheckState, Diagnosis
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
    WorkflowError,
)
from leadstate.service.audit.standing import standing
from leadstate.service.setup.examining_people import examine_people
from leadstate.service.setup.fitting import fits
from leadstate.service.setup.opening import (
    binding_for,
    connection_to,
    spec_of,
    webhook_url,
)
from leadstate.service.setup.together import check_together
from leadstate.service.setup.wanting import wanted_of
from leadstate.settings import secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.adapters import Adapter, AdapterSpec, Budget
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["CheckReport", "examine", "fit_of"]

_GOOD, _WARNING, _BAD = CheckState.GOOD, CheckState.WARNING, CheckState.BAD
_LONG_WAIT_SECONDS: Final = 5.0
_SHORTEST_SECRET: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found; ``connection`` is None for the installation itself."""

    connection: str | None
    checks: tuple[Check, ...]

    @property
    def bad(self) -> bool:
        """Whether something does not work until a person acts."""
        return any(one.state is _BAD for one in self.checks)


def examine(
    settings: Settings, clock: Clock, names: Sequence[str] | None = None
) -> tuple[CheckReport, ...]:
    """Examine the installation, then the named connections, or all; change nothing."""
    installation = _Installation(settings, clock)
    with installation.opened() as store:
        found = [CheckReport(connection=None, checks=tuple(installation.checks))]
        for name in settings.connections if names is None else names:
            checks: list[Check] = []
            if store is not None and installation.lifecycle is not None:
                checks = _examined(settings, name, installation.lifecycle, store, clock)
            else:
                text = "cannot be examined without the workflow and the database"
                checks = [Check(name="connection", state=_BAD, text=text)]
            found.append(CheckReport(connection=name, checks=tuple(checks)))
    return tuple(_without_secrets(settings, one) for one in found)


def fit_of(settings: Settings, name: str, clock: Clock) -> CheckReport:
    """Hold one connection's binding against its live account, and nothing else."""
    lifecycle = load_workflow(settings.workflow)
    with (
        closing(open_store(settings.database, key=secret_key(settings))) as store,
        _adapter(settings, name, lifecycle, store, clock) as (adapter, binding),
    ):
        checks = fits(lifecycle, binding, adapter.describe())
    found = CheckReport(connection=name, checks=tuple(checks))
    return _without_secrets(settings, found)


# -- the installation ------------------------------------------------------------------


@dataclass(slots=True)
class _Installation:
    """The workflow, the key and the database."""

    settings: Settings
    clock: Clock
    checks: list[Check] = field(default_factory=list)
    lifecycle: Lifecycle | None = None

    @contextmanager
    def opened(self) -> Iterator[Store | None]:
        """Check each part; yield the database if it can be opened."""
        self._workflow()
        self._bindings()
        key = self._key()
        store = self._store(key)
        try:
            yield store
        finally:
            if store is not None:
                store.close()

    def _workflow(self) -> None:
        try:
            self.lifecycle = load_workflow(self.settings.workflow)
        except LeadstateError as error:
            self._say("workflow", _BAD, str(error), "leadstate workflow check FILE")
            return
        version = self.lifecycle.version[:12]
        self._say("workflow", _GOOD, f"{self.lifecycle.name}, version {version}")
        now = self.clock.now()
        self.checks.extend(examine_people(self.settings, self.lifecycle, now))

    def _bindings(self) -> None:
        """Check that the connections do not contradict each other."""
        if self.lifecycle is None or len(self.settings.connections) < 2:  # noqa: PLR2004
            return
        try:
            check_together(
                {
                    name: load_binding(self.settings.binding_of(name), self.lifecycle)
                    for name in self.settings.connections
                }
            )
        except WorkflowError:
            return  # told with the connection whose binding it is
        except LeadstateError as error:
            text = "correct `sync` in the bindings"
            self._say("bindings", _BAD, str(error), text)
            return
        self._say("bindings", _GOOD, "no field has two owners")

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


# -- one connection --------------------------------------------------------------------


def _examined(
    settings: Settings, name: str, lifecycle: Lifecycle, store: Store, clock: Clock
) -> list[Check]:
    budget = _WatchedBudget(store.budget(clock.now))
    checks: list[Check] = []
    try:
        with _adapter(settings, name, lifecycle, store, clock, budget=budget) as opened:
            checks.append(Check(name="settings", state=_GOOD, text="can be used"))
            checks += _live(settings, name, lifecycle, *opened)
    except LeadstateError as error:
        checks.append(_failed("settings", error))
    checks += _polling(settings, name)
    checks += budget.checks()
    return checks


def _live(
    settings: Settings,
    name: str,
    lifecycle: Lifecycle,
    adapter: Adapter,
    binding: Binding,
) -> list[Check]:
    """Let the adapter examine the account, then hold the binding against it."""
    checks: list[Check] = []
    if isinstance(adapter, Diagnosis):
        wanted = wanted_of(lifecycle, binding, webhook_url(settings, name))
        checks += adapter.examine(wanted)
    if any(one.name == "credentials" and one.state is _BAD for one in checks):
        return checks
    try:
        checks += fits(lifecycle, binding, adapter.describe())
    except LeadstateError as error:
        checks.append(_failed("account", error))
    return checks


def _polling(settings: Settings, name: str) -> Iterator[Check]:
    """Say how a change is seen where no webhook is wanted."""
    spec = _spec(settings, name)
    if spec is None or webhook_url(settings, name) is not None:
        return
    every = settings.connections[name].poll_every
    text = f"polled every {every:g} s; receiver.public_url is not set"
    if Capability.WEBHOOKS in spec.capabilities:
        text += f", so that {spec.title} sends no webhooks"
    yield Check(name="changes", state=_GOOD, text=text)


def _spec(settings: Settings, name: str) -> AdapterSpec | None:
    try:
        return spec_of(settings, name)
    except ConfigurationError:
        return None


def _failed(name: str, error: LeadstateError) -> Check:
    if isinstance(error, RetryLater):
        remedy = "try again in a moment"
    elif isinstance(error, FatalAdapterError):
        remedy = "authorise it again: leadstate connect"
    else:
        remedy = "correct what the message names, then run this again"
    return Check(name=name, state=_BAD, text=str(error), remedy=remedy)


@contextmanager
def _adapter(  # noqa: PLR0913 - the parts that meet here
    settings: Settings,
    name: str,
    lifecycle: Lifecycle,
    store: Store,
    clock: Clock,
    *,
    budget: Budget | None = None,
) -> Iterator[tuple[Adapter, Binding]]:
    connection = connection_to(
        settings,
        name,
        binding=binding_for(settings, name, lifecycle),
        store=store,
        clock=clock,
        budget=budget,
    )
    with closing(spec_of(settings, name).open(connection)) as adapter:
        yield adapter, connection.binding


@dataclass(slots=True)
class _WatchedBudget:
    """The shared rate budget, and what the examination saw of it."""

    budget: Budget
    seen: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        wait = self.budget.take(key, per_second=per_second, burst=burst)
        longest = self.seen.get(key, (0.0, 0.0))[1]
        self.seen[key] = (per_second, max(wait, longest))
        return wait

    def checks(self) -> Iterator[Check]:
        for key, (per_second, wait) in sorted(self.seen.items()):
            late = wait > _LONG_WAIT_SECONDS
            yield Check(
                name="budget",
                state=_WARNING if late else _GOOD,
                text=f"{key}: {per_second:.3g} calls a second, the next one "
                f"{f'in {wait:.0f} s' if late else 'at once'}",
                remedy="it is used up; wait, or raise the limit in the settings"
                if late
                else "",
            )


# -- secrets ---------------------------------------------------------------------------


def _without_secrets(settings: Settings, found: CheckReport) -> CheckReport:
    secrets = sorted(_secrets(settings), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "[secret]")
        return text

    checks = tuple(
        replace(one, text=clean(one.text), remedy=clean(one.remedy))
        for one in found.checks
    )
    return replace(found, checks=checks)


def _secrets(settings: Settings) -> set[str]:
    """Return every text that the settings refer to and that can be read."""
    found: set[str] = set()
    for name, configured in settings.connections.items():
        for key, raw in configured.settings.items():
            alone = configured.model_copy(update={"settings": {key: raw}})
            one = replace(settings, connections={name: alone})
            try:
                resolved = one.adapter_settings(name)[key]
            except ConfigurationError:
                continue
            found |= set(_referred(raw, resolved))
    return {text for text in found if len(text) >= _SHORTEST_SECRET}


def _referred(raw: object, resolved: object) -> Iterator[str]:
    """Yield the texts that stand where the file has a reference."""
    if isinstance(raw, dict) and isinstance(resolved, str):
        yield resolved
    elif isinstance(raw, dict) and isinstance(resolved, dict):
        for key, inner in raw.items():
            yield from _referred(inner, resolved.get(key))
