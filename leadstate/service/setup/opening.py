"""Open one connection: settings, secrets and what was stored become a `Connection`.

A token that `leadstate connect` stored is handed to the adapter as its setting
``token``, when the settings file names neither ``token`` nor ``oauth``: no adapter has
to know where a token is kept, and there is one place that counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Connection
from leadstate.adapters.registry import adapter_spec
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.domain.binding import joined
from leadstate.errors import ConfigurationError, LeadstateError, UsageError
from leadstate.service.setup.accounts import FirstAccount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.adapters import AdapterSpec, Budget, PinnedAccount
    from leadstate.clock import Clock
    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings
    from leadstate.store import Store

__all__ = [
    "TOKEN",
    "binding_for",
    "bindings_of",
    "connection_named",
    "connection_to",
    "names_credentials",
    "spec_of",
    "webhook_url",
]

TOKEN: Final = "token"  # noqa: S105 - the setting's name, and the credential's
_OAUTH: Final = "oauth"


def connection_named(settings: Settings, wanted: str) -> str:
    """Return the connection of that name, or the only one with that adapter."""
    if wanted in settings.connections:
        return wanted
    using = [
        name for name, one in settings.connections.items() if one.adapter == wanted
    ]
    if len(using) == 1:
        return using[0]
    if using:
        raise UsageError(
            f"several connections use {wanted!r}; name one of: {', '.join(using)}"
        )
    known = ", ".join(settings.connections) or "none"
    several = settings.workflows or settings.name
    bound = f"'workflows.NAME.bindings.{wanted}:'" if several else "its 'binding:'"
    raise UsageError(
        f"{settings.file} has no connection {wanted!r}; it has: {known}. Add one under "
        f"'connections:', with 'adapter: {wanted}' and {bound}"
    )


def spec_of(settings: Settings, name: str) -> AdapterSpec:
    """Return the adapter of a connection, as its plugin introduces it."""
    return adapter_spec(settings.connections[name].adapter)


def names_credentials(settings: Settings, name: str) -> bool:
    """Return whether the settings file says itself how the connection authorises."""
    return bool({TOKEN, _OAUTH} & set(settings.connections[name].settings))


def webhook_url(settings: Settings, name: str) -> str | None:
    """Return where the CRM shall send webhooks, or None when it is only polled."""
    public = settings.receiver.public_url
    return f"{public.rstrip('/')}/webhooks/{name}" if public else None


def connection_to(  # noqa: PLR0913 - the parts that meet here, keyword-only
    settings: Settings,
    name: str,
    *,
    binding: Binding,
    store: Store,
    clock: Clock,
    given: Mapping[str, object] | None = None,
    budget: Budget | None = None,
    account: PinnedAccount | None = None,
) -> Connection:
    """Return what an adapter is opened with.

    Args:
        binding: What is read and written there.
        given: Settings that are tried instead of those of the file and the store.
        budget: Replaces the store's rate budget.
        account: Asked instead of the store which account is the right one.
    """
    own = _without(settings, name, given or {}).adapter_settings(name)
    stored = {} if given else _stored(settings, name, store, clock)

    def stored_token() -> str | None:
        return _stored(settings, name, store, clock).get(TOKEN)

    return Connection(
        name=name,
        binding=binding,
        settings={**own, **stored, **(given or {})},
        now=clock.now,
        sleep=clock.sleep,
        stored_token=stored_token if stored else None,
        budget=budget or store.budget(clock.now),
        credentials=store.credentials(name, clock.now),
        account=account or FirstAccount(store, name, clock.now),
    )


def _without(settings: Settings, name: str, given: Mapping[str, object]) -> Settings:
    """Return the settings without what is given: its reference may lead nowhere."""
    configured = settings.connections[name]
    left = {key: one for key, one in configured.settings.items() if key not in given}
    changed = configured.model_copy(update={"settings": left})
    return replace(settings, connections={**settings.connections, name: changed})


def _stored(
    settings: Settings, name: str, store: Store, clock: Clock
) -> dict[str, str]:
    """Return the stored token as a setting, where the file names no other way."""
    if settings.key is None or names_credentials(settings, name):
        return {}
    held = store.credentials(name, clock.now).load(TOKEN)
    return {TOKEN: held[TOKEN]} if held else {}


def binding_for(settings: Settings, name: str, lifecycle: Lifecycle) -> Binding:
    """Return how the workflow maps to a connection.

    Raises:
        WorkflowError: The binding file has mistakes.
        ConfigurationError: It is written for another adapter.
    """
    configured = settings.connections[name]
    binding = load_binding(settings.binding_of(name), lifecycle)
    if binding.adapter != configured.adapter:
        raise ConfigurationError(
            f"{settings.file}: connections.{name}.adapter is {configured.adapter!r}, "
            f"but its binding {configured.binding} is written for {binding.adapter!r}"
        )
    return binding


def bindings_of(settings: Settings, name: str) -> tuple[Binding, ...]:
    """Return what the workflows want of a connection, a binding a kind of object.

    A workflow whose files are broken does not keep the others from being connected.

    Raises:
        UsageError: No workflow has a binding for it.
        LeadstateError: None of those that have one can be read.
    """
    kinds: dict[str, list[Binding]] = {}
    broken: list[LeadstateError] = []
    for one in settings.each().values():
        if name not in one.connections:
            continue
        try:
            binding = binding_for(one, name, load_workflow(one.workflow))
        except LeadstateError as error:
            broken.append(error)
            continue
        kinds.setdefault(binding.object, []).append(binding)
    if broken and not kinds:
        raise broken[0]
    if not kinds:
        raise UsageError(
            f"no workflow has a binding for the connection {name!r}; write one under "
            f"workflows.NAME.bindings.{name}"
        )
    return tuple(joined(its) for its in kinds.values())
