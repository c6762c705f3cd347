"""What HubSpot registers with Leadstate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import (
    AdapterSpec,
    RegisterAdapter,
    RegisterSandbox,
    hookimpl,
)

if TYPE_CHECKING:
    import click

    from leadstate.adapters import Adapter, Connection

__all__ = ["register_adapter", "register_sandbox"]


@hookimpl
def register_adapter(register: RegisterAdapter) -> None:
    """Register the adapter under the name that settings and bindings use."""
    register(AdapterSpec(name="hubspot", title="HubSpot", open=_open))


@hookimpl
def register_sandbox(register: RegisterSandbox) -> None:
    """Register the local twin of HubSpot."""
    register("hubspot", _sandbox)


def _open(connection: Connection) -> Adapter:
    from .adapter import HubSpotAdapter  # noqa: PLC0415 - listing plugins stays quick

    return HubSpotAdapter(connection)


def _sandbox() -> click.Command:
    from .sandbox import command  # noqa: PLC0415 - the sandbox is an extra

    return command
