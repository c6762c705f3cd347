"""Every hook a plugin can implement.  Plugins are found by the entry-point group.

A plugin is a module with functions like this one:

    from leadstate.adapters import AdapterSpec, hookimpl

    @hookimpl
    def register_adapter(register):
        register(AdapterSpec(name="hubspot", title="HubSpot", open=HubSpotAdapter))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from leadstate.adapters.capabilities import AdapterSpec

__all__ = ["PROJECT", "RegisterAdapter", "RegisterSandbox", "hookimpl", "hookspec"]

PROJECT = "leadstate"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class RegisterAdapter(Protocol):
    """Call it once per adapter."""

    def __call__(self, spec: AdapterSpec) -> None:
        """Register the adapter that ``spec`` introduces."""
        ...


class RegisterSandbox(Protocol):
    """Call it once per sandbox."""

    def __call__(self, name: str, command: Callable[[], click.Command]) -> None:
        """Register the command that ``leadstate sandbox NAME`` runs, made on demand."""
        ...


@hookspec
def register_adapter(register: RegisterAdapter) -> None:
    """Register the adapters of this plugin; called when a connection names one."""


@hookspec
def register_sandbox(register: RegisterSandbox) -> None:
    """Register the sandboxes of this plugin; called by ``leadstate sandbox``."""
