"""What HubSpot registers with Leadstate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.adapters import (
    AdapterSpec,
    Capability,
    RegisterAdapter,
    RegisterSandbox,
    Support,
    Supports,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from leadstate.adapters import Adapter, Connection, OAuthFlow

__all__ = ["register_adapter", "register_sandbox"]

_FULL, _PARTIAL = Support.FULL, Support.PARTIAL
_CAPABILITIES: Final[Mapping[Capability, Supports]] = {
    Capability.WEBHOOKS: Supports(
        _PARTIAL, "Apps have webhooks; a service key has none and is polled."
    ),
    Capability.SIGNED_WEBHOOKS: Supports(_FULL),
    Capability.ATTRIBUTION: Supports(
        _PARTIAL, "With app_id set; for service keys it is not established."
    ),
    Capability.DELETIONS: Supports(_FULL),
    Capability.MERGES: Supports(_FULL),
    Capability.ERASURE: Supports(
        _PARTIAL, "Of contacts, by webhook; a poll sees an ordinary deletion."
    ),
    Capability.OVERTAKEN: Supports(
        _PARTIAL,
        "What a person changed in the minute before a write may be replaced: what was "
        "read in that minute is not read again.",
    ),
    Capability.NOTES: Supports(_FULL),
    Capability.TASKS: Supports(_FULL),
    Capability.CREATE: Supports(
        _PARTIAL, "Contacts, companies and deals, without their company."
    ),
    Capability.HISTORY: Supports(
        _PARTIAL, "As far back as HubSpot keeps values; not of the company."
    ),
    Capability.SETUP: Supports(
        _PARTIAL,
        "Properties, options, deal stages, and webhooks where the token may; "
        "lifecycle stages are made by hand.",
    ),
    Capability.DIAGNOSIS: Supports(_FULL),
    Capability.OAUTH: Supports(_FULL),
}


@hookimpl
def register_adapter(register: RegisterAdapter) -> None:
    """Register the adapter under the name that settings and bindings use."""
    register(
        AdapterSpec(
            name="hubspot",
            title="HubSpot",
            open=_open,
            capabilities=_CAPABILITIES,
            oauth=_oauth,
            guide="docs/how-to/connect-hubspot.md",
        )
    )


@hookimpl
def register_sandbox(register: RegisterSandbox) -> None:
    """Register the local twin of HubSpot."""
    register("hubspot", _sandbox)


def _open(connection: Connection) -> Adapter:
    from .adapter import HubSpotAdapter  # noqa: PLC0415 - listing plugins stays quick

    return HubSpotAdapter(connection)


def _oauth(connection: Connection) -> OAuthFlow:
    from .oauth import HubSpotOAuth  # noqa: PLC0415 - listing plugins stays quick

    return HubSpotOAuth(connection)


def _sandbox() -> click.Command:
    from .sandbox import command  # noqa: PLC0415 - the sandbox is an extra

    return command
