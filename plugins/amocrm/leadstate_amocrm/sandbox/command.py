"""The `amocrm` command, mounted by the core as `leadstate sandbox amocrm`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import click

from leadstate.testing.sandbox import command as option
from leadstate.testing.sandbox.command import run

from .config import SandboxConfig

if TYPE_CHECKING:
    from starlette.applications import Starlette

_USUAL = SandboxConfig()


@click.command("amocrm", help="Serve a local twin of amoCRM's v4 API.")
@option.host
@option.port(8802)
@click.option("--token", default=_USUAL.token, help="Long-lived access token.")
@click.option("--client-id", default=_USUAL.client_id, show_default=True)
@click.option("--client-secret", default=_USUAL.client_secret)
@click.option("--redirect-uri", default=_USUAL.redirect_uri, show_default=True)
@click.option("--refresh-token", default=_USUAL.refresh_token, help="Good for once.")
@click.option("--subdomain", default=_USUAL.subdomain, show_default=True)
@click.option("--account-id", default=_USUAL.account_id, show_default=True)
@click.option("--rps", default=_USUAL.rps, show_default=True, help="Calls a second.")
@click.option("--webhook-target", default=None, help="Subscribed to lead events.")
@option.records("leads")
@option.seed
@option.started_at
def command(**options: object) -> None:
    """Check the address, then serve until a signal asks to stop."""
    host, port = str(options.pop("host")), cast("int", options.pop("port"))
    config = SandboxConfig(**options)  # type: ignore[arg-type]
    run(
        partial(_build, config),
        host=host,
        port=port,
        name="amoCRM sandbox",
        holds=f"{config.records} leads, seed {config.seed}",
    )


def _build(config: SandboxConfig) -> Starlette:
    from .app import build  # noqa: PLC0415 - keeps --help fast

    return build(config)
