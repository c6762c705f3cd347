"""``leadstate run``: the service."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    file_option,
    opened_all,
    read_settings,
)
from leadstate.cli.several import tell_broken

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.app import Installation
    from leadstate.settings import ReceiverSettings

__all__ = ["command", "missing_extra"]


@click.command(name="run")
@file_option
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
        opened_all(settings_file, connections=None, actor=actor) as installation,
        installation.store.worker(installation.first.clock.now()),
    ):
        installation.first.enforce()
        tell_broken(installation)
        if once:
            work_once(*installation.apps.values())
        elif no_receiver:
            _run_loops(installation)
        else:
            _run_with_receiver(installation, receiver)
    if once and installation.broken:
        names = ", ".join(installation.broken)
        raise click.ClickException(f"nothing was done for the workflows {names}")


def _working(installation: Installation) -> str:
    """Return on what it works: the connections, and the workflows of several."""
    apps = installation.apps.values()
    names = dict.fromkeys(name for app in apps for name in app.connections)
    where = ", ".join(names) or "no connection"
    if not installation.several:
        return where
    workflows = ", ".join(installation.apps)
    return f"{where}, by the workflows {workflows}"


def _run_loops(installation: Installation) -> None:
    import threading

    from leadstate.service.work import runner_of

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runner = runner_of(*installation.apps.values())
    runner.start()
    click.echo(f"Working on {_working(installation)}.")
    stop.wait()
    runner.stop()


def _run_with_receiver(installation: Installation, receiver: ReceiverSettings) -> None:
    try:
        import uvicorn

        from leadstate.web.patience import PatientProtocol
        from leadstate.web.receiver import create_receiver
    except ImportError as error:
        raise missing_extra(error) from error
    from leadstate.service.work import ADVANCE, runner_of

    apps = installation.apps.values()
    runner = runner_of(*apps)
    api = create_receiver(
        *apps,
        public_url=receiver.public_url,
        on_stored=lambda: runner.wake(ADVANCE),
        failures=runner.failures,
    )
    config = uvicorn.Config(
        api,
        host=receiver.host,
        port=receiver.port,
        http=PatientProtocol,
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
        f"working on {_working(installation)}."
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
