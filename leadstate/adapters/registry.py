"""Find the plugins that a name asks for, and nothing else.

A plugin is a module named in the entry-point group ``leadstate``.  Only the entry
points whose names are asked for are imported: an installed plugin that no settings file
names runs no code.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

import pluggy

from leadstate.adapters import hooks, own_actions
from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import click

    from leadstate.adapters.capabilities import AdapterSpec

__all__ = ["Actions", "adapter_spec", "installed_plugins", "sandbox_command"]


class Actions:
    """The actions that a workflow may call: those of the plugins named, and our own.

    Attributes:
        plugins: The plugins that are asked, in this order.
    """

    def __init__(self, plugins: Iterable[str] = ()) -> None:
        """Load the plugins; one that is broken or missing is a `ConfigurationError`."""
        self.plugins = tuple(dict.fromkeys(plugins))
        own = _manager()
        own.register(own_actions)
        self._managers = [*map(_plugin, self.plugins), own]

    def perform(
        self,
        name: str,
        *,
        settings: Mapping[str, str],
        record_id: str,
        values: Mapping[str, str],
        token: str,
    ) -> bool:
        """Ask one plugin after the other; return whether one of them did it."""
        for manager in self._managers:
            answers = manager.hook.perform_action(
                name=name,
                settings=settings,
                record_id=record_id,
                values=values,
                token=token,
            )
            if any(answer is True for answer in answers):
                return True
        return False


def installed_plugins() -> tuple[str, ...]:
    """Return the names of the installed plugins, sorted; imports none of them."""
    return tuple(sorted({point.name for point in entry_points(group=hooks.PROJECT)}))


def adapter_spec(name: str) -> AdapterSpec:
    """Return adapter ``name`` as its plugin introduces it."""
    found: dict[str, AdapterSpec] = {}

    def register(spec: AdapterSpec) -> None:
        found[spec.name] = spec

    _plugin(name).hook.register_adapter(register=register)
    if name not in found:
        raise ConfigurationError(
            f"plugin {name!r} is installed but registers no adapter of that name; "
            f"it registers: {', '.join(sorted(found)) or 'none'}"
        )
    return found[name]


def sandbox_command(name: str) -> click.Command:
    """Return the command that runs sandbox ``name``."""
    found: dict[str, Callable[[], click.Command]] = {}

    def register(name: str, command: Callable[[], click.Command]) -> None:
        found[name] = command

    _plugin(name).hook.register_sandbox(register=register)
    if name not in found:
        raise ConfigurationError(f"plugin {name!r} is installed but has no sandbox")
    return found[name]()


def _plugin(name: str) -> pluggy.PluginManager:
    """Return a manager that holds the one plugin ``name``."""
    manager = _manager()
    point = _entry_point(name)
    try:
        manager.register(point.load(), name=name)
        manager.check_pending()
    except (ImportError, AttributeError, pluggy.PluginValidationError) as error:
        raise ConfigurationError(
            f"plugin {name!r} is installed but cannot be used: {error}"
        ) from error
    return manager


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    return manager


def _entry_point(name: str) -> EntryPoint:
    for point in entry_points(group=hooks.PROJECT):
        if point.name == name:
            return point
    known = installed_plugins()
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ConfigurationError(
        f"no installed plugin is named {name!r}; "
        f"installed: {', '.join(known) or 'none'}."
        f"{hint} Install it with: pip install leadstate-{name}"
    )
