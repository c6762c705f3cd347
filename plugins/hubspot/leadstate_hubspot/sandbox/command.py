"""The `hubspot` command, mounted by the core as `leadstate sandbox hubspot`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import click

from leadstate.testing.sandbox import command as option
from leadstate.testing.sandbox.command import run

from .config import Auth, LifecyclePolicy, SandboxConfig

if TYPE_CHECKING:
    from starlette.applications import Starlette


@click.command("hubspot", help="Serve a local twin of HubSpot's CRM API.")
@option.host
@option.port(8801)
@click.option("--token", default="pat-na1-sandbox", help="Access or refresh token.")
@click.option("--client-secret", default="sandbox-client-secret")
@click.option("--client-id", default="sandbox-client-id", show_default=True)
@click.option("--app-id", default=50780459, show_default=True)
@click.option("--portal-id", default=247187887, show_default=True)
@click.option("--webhook-target", default=None, help="Where events are posted to.")
@option.records("contacts")
@option.seed
@option.started_at
@click.option("--index-lag", "index_lag_seconds", default=0.0, show_default=True)
@click.option(
    "--lifecycle-policy",
    type=click.Choice([policy.value for policy in LifecyclePolicy]),
    default=LifecyclePolicy.SILENT.value,
    show_default=True,
)
@click.option(
    "--auth",
    type=click.Choice([auth.value for auth in Auth]),
    default=Auth.PRIVATE_APP.value,
    show_default=True,
)
@click.option("--rate-per-10s", "rate_per_10s", type=int, default=None)
@click.option("--daily", default=650_000, show_default=True)
def command(**options: object) -> None:
    """Check the address, then serve until a signal asks to stop."""
    host, port = str(options.pop("host")), cast("int", options.pop("port"))
    config = SandboxConfig(**options)  # type: ignore[arg-type]
    run(
        partial(_build, config),
        host=host,
        port=port,
        name="HubSpot sandbox",
        holds=f"{config.records} contacts, seed {config.seed}",
    )


def _build(config: SandboxConfig) -> Starlette:
    from .app import build  # noqa: PLC0415 - keeps --help fast

    return build(config)
