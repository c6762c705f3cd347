"""The demo's stage: a sandbox process, the service on real HTTP, and how to wait."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import uvicorn

from leadstate.cli.demo.control import Control
from leadstate.clock import SystemClock
from leadstate.service.bootstrap import open_app
from leadstate.service.project import settings_text, write_project
from leadstate.service.work import ADVANCE, runner_of
from leadstate.settings import load_settings
from leadstate.web.receiver import create_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadstate.runner import Runner
    from leadstate.service.app import App, Connected
    from leadstate.store import View

__all__ = ["Theatre", "opened_theatre"]

CONNECTION = "hubspot"
WORKFLOW = "b2b_lifecycle"
_TOKEN = "demo-token"  # noqa: S105 - the sandbox's own, worth nothing elsewhere
_SECRET = "demo-client-secret"  # noqa: S105 - the same
_APP_ID = "50780459"
_POLL_SECONDS = 3
_PATIENCE_SECONDS = 60.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_ADAPTER_SETTINGS = """\
      token: {{file: token}}
      client_secret: {{file: client-secret}}
      app_id: {app_id}
      base_url: {base_url}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """Everything the story plays with."""

    folder: Path
    app: App
    connected: Connected
    runner: Runner
    control: Control

    @property
    def settings_file(self) -> Path:
        """The settings that the commands at the end take."""
        return self.folder / "leadstate.yaml"

    def wait_until_quiet(self) -> None:
        """Wait until no webhook, inbox row or outbox row is left to work on."""
        waited = 0.0
        while waited < _PATIENCE_SECONDS:
            if not self._busy():
                return
            self.app.clock.sleep(0.1)
            waited += 0.1
        raise click.ClickException(
            f"work is left after {_PATIENCE_SECONDS:g} s; see what waits with: "
            f"leadstate status --settings {self.settings_file}"
        )

    def _busy(self) -> bool:
        if self.control.webhooks_waiting():
            return True
        with self.app.store.read() as view:
            return self._queued(view) > 0

    def _queued(self, view: View) -> int:
        inbox, outbox = view.inbox.counts(), view.outbox.counts()
        open_rows = outbox.get("pending", 0) + outbox.get("claimed", 0)
        return inbox.get("pending", 0) + open_rows


@contextmanager
def opened_theatre(folder: Path, *, records: int, seed: int) -> Iterator[Theatre]:
    """Start the sandbox and the service in ``folder``; stop both at the end."""
    with ExitStack() as stack:
        base_url = stack.enter_context(_sandbox(records, seed))
        listening = stack.enter_context(_free_port())
        port = listening.getsockname()[1]
        _write_project(folder, base_url, port)
        settings = load_settings(folder / "leadstate.yaml")
        app = open_app(settings, SystemClock())
        stack.callback(app.close)
        stack.enter_context(app.store.worker(app.clock.now()))
        runner = runner_of(app)
        control = Control(base_url, app.connections[CONNECTION].binding.object)
        stack.callback(control.close)
        stack.enter_context(_receiver(app, runner, listening))
        target = f"http://127.0.0.1:{port}/webhooks/{CONNECTION}"
        control.send_webhooks_to(target, _SECRET)
        runner.start()
        stack.callback(runner.stop)
        yield Theatre(
            folder=folder,
            app=app,
            connected=app.connections[CONNECTION],
            runner=runner,
            control=control,
        )


def _write_project(folder: Path, base_url: str, port: int) -> None:
    """Write a fresh project; a folder that is not a former demo's is left alone."""
    mark = folder / ".leadstate-demo"
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; name another with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()
    (folder / "token").write_text(_TOKEN, encoding="utf-8")
    (folder / "client-secret").write_text(_SECRET, encoding="utf-8")
    text = settings_text(
        workflow=WORKFLOW,
        receiver_port=port,
        public_url=f"http://127.0.0.1:{port}",
        poll_every=_POLL_SECONDS,
        adapter_settings=_ADAPTER_SETTINGS.format(app_id=_APP_ID, base_url=base_url),
    )
    write_project(folder, WORKFLOW, text)


@contextmanager
def _sandbox(records: int, seed: int) -> Iterator[str]:
    """Run the sandbox as a process of its own; yield its address."""
    command = [
        sys.executable,
        "-m",
        "leadstate",
        "sandbox",
        "hubspot",
        "--port",
        "0",
        "--token",
        _TOKEN,
        "--client-secret",
        _SECRET,
        "--app-id",
        _APP_ID,
        "--records",
        str(records),
        "--seed",
        str(seed),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = _ADDRESS.search(line)
        if found is None:
            process.terminate()
            _, errors = process.communicate(timeout=10)
            raise click.ClickException(f"the sandbox did not start: {errors.strip()}")
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def _free_port() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


@contextmanager
def _receiver(app: App, runner: Runner, listening: socket.socket) -> Iterator[None]:
    """Run the receiver on a thread of this process."""
    api = create_receiver(
        app,
        public_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
        on_stored=lambda: runner.wake(ADVANCE),
        failures=runner.failures,
    )
    server = uvicorn.Server(uvicorn.Config(api, log_level="warning", access_log=False))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
