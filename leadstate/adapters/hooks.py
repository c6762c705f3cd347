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
    from collections.abc import Callable, Mapping

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


@hookspec
def perform_action(
    name: str,
    settings: Mapping[str, str],
    record_id: str,
    values: Mapping[str, str],
    token: str,
) -> bool | None:
    """Perform an action of the workflow; called after the commit, at least once.

    Plugins are asked in the order in which the settings name them; the first that
    answers True did it, and nobody else is asked.

    Args:
        name: The action, as the workflow calls it; prefix yours with the plugin's name.
        settings: What the workflow gives it, texts filled in.
        record_id: Leadstate's id of the record.
        values: Field -> value as text, as the record was when the action was decided;
            ``""`` where nothing is known.
        token: The same over every repetition: with it a second call is recognised.

    Returns:
        True when it is done; None or False when this action is none of yours.

    Raises:
        RetryLater: It cannot be done now; it is asked again after a pause.
        SkipRecord: It can never be done; a dead letter with the reason is kept.
    """
