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

from leadstate.adapters import hooks
from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from leadstate.adapters.capabilities import AdapterSpec

__all__ = ["adapter_spec", "installed_plugins", "sandbox_command"]


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
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    point = _entry_point(name)
    try:
        manager.register(point.load(), name=name)
        manager.check_pending()
    except (ImportError, AttributeError, pluggy.PluginValidationError) as error:
        raise ConfigurationError(
            f"plugin {name!r} is installed but cannot be used: {error}"
        ) from error
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
