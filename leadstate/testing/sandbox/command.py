"""What the commands of all sandboxes have in common, `leadstate sandbox NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .clock import LATEST_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

host = click.option("--host", default="127.0.0.1", show_default=True)
seed = click.option("--seed", default=1, show_default=True)
started_at = click.option(
    "--started-at-ms",
    type=click.IntRange(0, LATEST_MS),
    default=None,
    help="First reading of its clock, in epoch milliseconds; by default now.",
)


def port(usual: int) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option for the port, which is free on most machines."""
    return click.option(
        "--port", default=usual, show_default=True, help="0 picks a free port."
    )


def records(kind: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return the option for the number of records at the start."""
    return click.option(
        "--records", default=300, show_default=True, help=f"Seeded {kind}."
    )


def run(
    build: Callable[[], Starlette], *, host: str, port: int, name: str, holds: str
) -> None:
    """Serve until a signal asks to stop; say what to do where that cannot be."""
    from .server import NotLoopbackError, serve  # noqa: PLC0415 - keeps --help fast

    try:
        serve(build, host=host, port=port, name=name, holds=holds)
    except NotLoopbackError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}. Try --port 0."
        raise click.ClickException(message) from error
