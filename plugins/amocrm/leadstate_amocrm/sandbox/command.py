"""The `amocrm` command, mounted by the core as `leadstate sandbox amocrm`."""

from __future__ import annotations

from typing import cast

import click

from .config import SandboxConfig

_USUAL = SandboxConfig()


@click.command("amocrm", help="Serve a local twin of amoCRM's v4 API.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8802, show_default=True, help="0 picks a free port.")
@click.option("--token", default=_USUAL.token, help="Long-lived access token.")
@click.option("--client-id", default=_USUAL.client_id, show_default=True)
@click.option("--client-secret", default=_USUAL.client_secret)
@click.option("--redirect-uri", default=_USUAL.redirect_uri, show_default=True)
@click.option("--refresh-token", default=_USUAL.refresh_token, help="Good for once.")
@click.option("--subdomain", default=_USUAL.subdomain, show_default=True)
@click.option("--account-id", default=_USUAL.account_id, show_default=True)
@click.option("--rps", default=_USUAL.rps, show_default=True, help="Calls a second.")
@click.option("--webhook-target", default=None, help="Subscribed to lead events.")
@click.option("--records", default=300, show_default=True, help="Seeded leads.")
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--started-at-ms",
    type=click.IntRange(0, 253_402_300_799_999),  # the end of the year 9999
    default=None,
    help="First reading of its clock, in epoch milliseconds; by default now.",
)
def command(**options: object) -> None:
    """Check the address, then serve until a signal asks to stop."""
    host, port = str(options.pop("host")), cast("int", options.pop("port"))
    from .server import NotLoopbackError, serve  # noqa: PLC0415 - keeps --help fast

    try:
        serve(SandboxConfig(**options), host=host, port=port)  # type: ignore[arg-type]
    except NotLoopbackError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}. Try --port 0."
        raise click.ClickException(message) from error
