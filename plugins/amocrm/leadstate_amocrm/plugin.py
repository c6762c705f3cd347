"""What amoCRM registers with Leadstate."""

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
        _PARTIAL, "Needs a tariff that has webhooks; otherwise the account is polled."
    ),
    Capability.SIGNED_WEBHOOKS: Supports(
        Support.IMPOSSIBLE,
        "amoCRM signs nothing: a secret in the address and the account's id are "
        "checked, and what a webhook says is read again.",
    ),
    Capability.ATTRIBUTION: Supports(
        _PARTIAL,
        "With service_user_id, a user that nobody else acts as; amoCRM names users "
        "and never integrations.",
    ),
    Capability.DELETIONS: Supports(_FULL),
    Capability.MERGES: Supports(
        Support.IMPOSSIBLE,
        "amoCRM does not tell into which lead another one went: it is gone.",
    ),
    Capability.ERASURE: Supports(
        Support.IMPOSSIBLE, "amoCRM has a recycle bin and no privacy deletion."
    ),
    Capability.OVERTAKEN: Supports(_FULL),
    Capability.NOTES: Supports(_FULL),
    Capability.TASKS: Supports(_FULL),
    Capability.CREATE: Supports(_FULL),
    Capability.HISTORY: Supports(
        _PARTIAL,
        "Stage, name, price, owner and custom fields of the lead, as long as amoCRM "
        "keeps its events; not tags, contact and company.",
    ),
    Capability.SETUP: Supports(
        _PARTIAL,
        "Custom fields, options, stages, the webhook; pipelines and loss reasons are "
        "made by hand.",
    ),
    Capability.DIAGNOSIS: Supports(_FULL),
    Capability.OAUTH: Supports(_FULL),
}


@hookimpl
def register_adapter(register: RegisterAdapter) -> None:
    """Register the adapter under the name that settings and bindings use."""
    register(
        AdapterSpec(
            name="amocrm",
            title="amoCRM (Kommo)",
            open=_open,
            capabilities=_CAPABILITIES,
            oauth=_oauth,
            guide="docs/how-to/connect-amocrm.md",
        )
    )


@hookimpl
def register_sandbox(register: RegisterSandbox) -> None:
    """Register the local twin of amoCRM."""
    register("amocrm", _sandbox)


def _open(connection: Connection) -> Adapter:
    from .adapter import AmoCrmAdapter  # noqa: PLC0415 - listing plugins stays quick

    return AmoCrmAdapter(connection)


def _oauth(connection: Connection) -> OAuthFlow:
    from .oauth import AmoCrmOAuth  # noqa: PLC0415 - listing plugins stays quick

    return AmoCrmOAuth(connection)


def _sandbox() -> click.Command:
    from .sandbox import command  # noqa: PLC0415 - the sandbox is an extra

    return command
