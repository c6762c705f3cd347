"""``leadstate run``: the service."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    opened,
    read_settings,
    settings_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.settings import ReceiverSettings

__all__ = ["command", "missing_extra"]


@click.command(name="run")
@settings_option
@click.option(
    "--once", is_flag=True, help="Poll, decide and write until nothing moves, then end."
)
@click.option("--no-receiver", is_flag=True, help="Poll only; take no webhooks.")
@actor_option
def command(settings_file: Path, actor: str, *, once: bool, no_receiver: bool) -> None:
    """Run the service: receive, decide, write back, reconcile.

    Ends cleanly on SIGTERM and Ctrl-C.  A crash loses nothing: start it again.
    """
    from leadstate.service.work import work_once

    receiver = read_settings(settings_file).receiver
    with (
        opened(settings_file, connections=None, actor=actor) as app,
        app.store.worker(app.clock.now()),
    ):
        if once:
            work_once(app)
        elif no_receiver:
            _run_loops(app)
        else:
            _run_with_receiver(app, receiver)


def _run_loops(app: App) -> None:
    import threading

    from leadstate.service.work import runner_of

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runner = runner_of(app)
    runner.start()
    click.echo(f"Working on {', '.join(app.connections) or 'no connection'}.")
    stop.wait()
    runner.stop()


def _run_with_receiver(app: App, receiver: ReceiverSettings) -> None:
    try:
        import uvicorn

        from leadstate.web.receiver import create_receiver
    except ImportError as error:
        raise missing_extra(error) from error
    from leadstate.service.work import ADVANCE, runner_of

    runner = runner_of(app)
    api = create_receiver(
        app,
        public_url=receiver.public_url,
        on_stored=lambda: runner.wake(ADVANCE),
        failures=runner.failures,
    )
    config = uvicorn.Config(
        api,
        host=receiver.host,
        port=receiver.port,
        log_level="warning",
        access_log=False,
    )
    server = uvicorn.Server(config)
    # uvicorn ends on these by itself and then raises them again: without a handler the
    # process would die of that before the loops have ended their step.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    runner.start()
    click.echo(
        f"Receiving on http://{receiver.host}:{receiver.port}/webhooks/NAME, "
        f"working on {', '.join(app.connections) or 'no connection'}."
    )
    try:
        server.run()
    finally:
        runner.stop()


def missing_extra(error: ImportError) -> Exception:
    """Return what to raise when an import failed: only extras are the user's to add."""
    if error.name not in ("fastapi", "starlette", "uvicorn"):
        return error
    return click.ClickException(
        f"the receiver (see also --no-receiver) needs {error.name}; install it with: "
        "pip install 'leadstate[console]'"
    )
