"""Examine an installation and its connections: what is wrong, and what to do about it.

Every part is looked at by itself: a broken one is a `Check` and never hides the others.
No secret is in any text: what the settings refer to is taken out once more at the end.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Capability, Check, CheckState, Diagnosis
from leadstate.definition.workflow import load_workflow
from leadstate.domain.binding import joined
from leadstate.domain.mode import ConnectionMode
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
)
from leadstate.service.modes import standings
from leadstate.service.setup.examining_foundation import Foundation
from leadstate.service.setup.fitting import fits
from leadstate.service.setup.opening import (
    binding_for,
    connection_to,
    spec_of,
    webhook_url,
)
from leadstate.service.setup.wanting import wanted_of
from leadstate.settings import secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.adapters import Adapter, AdapterSpec, Budget
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.setup.examining_foundation import Use
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = ["CheckReport", "examine", "fit_of"]

_GOOD, _WARNING, _BAD = CheckState.GOOD, CheckState.WARNING, CheckState.BAD
_LONG_WAIT_SECONDS: Final = 5.0
_SHORTEST_SECRET: Final = 4
_MODES: Final = {
    ConnectionMode.OBSERVE: "only observes it: nothing is judged, written or sent",
    ConnectionMode.LIVE: "acts on it",
}


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
    foundation = Foundation(settings, clock)
    with foundation.opened() as store:
        found = [CheckReport(connection=None, checks=tuple(foundation.checks))]
        for name in settings.connections if names is None else names:
            uses = foundation.uses_of(name)
            checks: list[Check] = []
            if not any(name in one.connections for one in settings.each().values()):
                text = "no workflow of the settings has a binding for it"
                checks = [Check(name="connection", state=_WARNING, text=text)]
            elif store is not None and uses:
                checks = _examined(settings, name, uses, store, clock)
            else:
                text = "cannot be examined without the workflow and the database"
                checks = [Check(name="connection", state=_BAD, text=text)]
            found.append(CheckReport(connection=name, checks=tuple(checks)))
    return tuple(_without_secrets(settings, one) for one in found)


def fit_of(settings: Settings, name: str, clock: Clock) -> CheckReport:
    """Hold one connection's binding against its live account, and nothing else."""
    lifecycle = load_workflow(settings.workflow)
    binding = binding_for(settings, name, lifecycle)
    with closing(open_store(settings.database, key=secret_key(settings))) as store:
        opening = connection_to(
            settings, name, binding=binding, store=store, clock=clock
        )
        with closing(spec_of(settings, name).open(opening)) as adapter:
            checks = fits(lifecycle, binding, adapter.describe())
    found = CheckReport(connection=name, checks=tuple(checks))
    return _without_secrets(settings, found)


# -- one connection --------------------------------------------------------------------


def _examined(
    settings: Settings, name: str, uses: Sequence[Use], store: Store, clock: Clock
) -> list[Check]:
    """Examine a connection for every workflow that uses it, each finding once."""
    budget = _WatchedBudget(store.budget(clock.now))
    checks: list[Check] = []
    for same in _by_object(name, uses, checks):
        try:
            binding = joined([bound for _, bound in same])
            opening = connection_to(
                settings, name, binding=binding, store=store, clock=clock, budget=budget
            )
            with closing(spec_of(settings, name).open(opening)) as adapter:
                checks.append(Check(name="settings", state=_GOOD, text="can be used"))
                for use, bound in same:
                    checks += _live(settings, name, use.lifecycle, adapter, bound)
        except LeadstateError as error:
            checks.append(_failed("settings", error))
    checks += _modes(settings, name, uses, store, clock)
    checks += _reach(settings, name)
    checks += _polling(settings, name)
    checks += budget.checks()
    return list(dict.fromkeys(checks))


def _by_object(
    name: str, uses: Sequence[Use], checks: list[Check]
) -> list[list[tuple[Use, Binding]]]:
    """Return workflows with their bindings, together who look at the same objects.

    A binding that cannot be used becomes a check.
    """
    kinds: dict[str, list[tuple[Use, Binding]]] = {}
    for use in uses:
        try:
            binding = binding_for(use.settings, name, use.lifecycle)
        except LeadstateError as error:
            checks.append(_failed("settings", error))
            continue
        kinds.setdefault(binding.object, []).append((use, binding))
    return list(kinds.values())


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


def _modes(
    settings: Settings, name: str, uses: Sequence[Use], store: Store, clock: Clock
) -> Iterator[Check]:
    """Say whether it is acted on, for each workflow that uses it."""
    begins = settings.connections[name].mode
    for use in uses:
        workflow = use.lifecycle.name
        with store.of(workflow).read() as view:
            known = standings(view, clock.now()).get(name)
        mode = known.mode if known else begins
        text = f"{workflow} {_MODES[mode]}"
        if known is not None:
            text += f"; {known.live:,} of {known.objects:,} objects are live"
        if mode is ConnectionMode.OBSERVE:
            text += f". Let it act with: leadstate go-live {name}"
        if begins is ConnectionMode.LIVE:
            text += " (mode: live in the settings skips observing at first)"
        yield Check(name="mode", state=_GOOD, text=text)


def _reach(settings: Settings, name: str) -> Iterator[Check]:
    """Say that a token may go into a private network, where the settings allow it."""
    if settings.connections[name].settings.get("allow_private") is True:
        text = "base_url may lead into a private network or to this machine"
        yield Check(name="address", state=_GOOD, text=f"{text} (allow_private: true)")


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
