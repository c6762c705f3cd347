"""The `hubspot` command, mounted by the core as `leadstate sandbox hubspot`."""

from __future__ import annotations

from typing import cast

import click

from .config import Auth, LifecyclePolicy, SandboxConfig


@click.command("hubspot", help="Serve a local twin of HubSpot's CRM API.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8801, show_default=True, help="0 picks a free port.")
@click.option("--token", default="pat-na1-sandbox", help="Access or refresh token.")
@click.option("--client-secret", default="sandbox-client-secret")
@click.option("--client-id", default="sandbox-client-id", show_default=True)
@click.option("--app-id", default=50780459, show_default=True)
@click.option("--portal-id", default=247187887, show_default=True)
@click.option("--webhook-target", default=None, help="Where events are posted to.")
@click.option("--records", default=300, show_default=True, help="Seeded contacts.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--started-at-ms",
    type=click.IntRange(0, 253_402_300_799_999),  # the end of the year 9999
    default=None,
    help="First reading of its clock, in epoch milliseconds; by default now.",
)
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
    options["auth"] = Auth(str(options["auth"]))
    options["lifecycle_policy"] = LifecyclePolicy(str(options["lifecycle_policy"]))
    from .server import NotLoopbackError, serve  # noqa: PLC0415 - keeps --help fast

    try:
        serve(SandboxConfig(**options), host=host, port=port)  # type: ignore[arg-type]
    except NotLoopbackError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}. Try --port 0."
        raise click.ClickException(message) from error
