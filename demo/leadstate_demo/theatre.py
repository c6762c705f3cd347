"""The demo's stage: the sandboxes, the service on real HTTP, waiting, and time."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.adapters.registry import installed_plugins
from leadstate.clock import SystemClock
from leadstate.service.bootstrap import open_app
from leadstate.service.setup.project import settings_text, write_project
from leadstate.service.work import ADVANCE, SWEEP, poll_name, runner_of
from leadstate.settings import load_settings
from leadstate.web.receiver import create_receiver
from leadstate_demo.additions import CHANNEL, add_people_and_chat
from leadstate_demo.chat import open_chat
from leadstate_demo.control import Control
from leadstate_demo.hours import JumpingClock, beginning
from leadstate_demo.sandboxes import AMOCRM, HUBSPOT, amocrm, hubspot, running
from leadstate_demo.serving import address_of, free_port, serving
from leadstate_demo.staff import people_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from starlette.types import ASGIApp

    from leadstate.runner import Runner
    from leadstate.service.app import App, Connected
    from leadstate.store import View
    from leadstate_demo.chat import Chat
    from leadstate_demo.sandboxes import Crm

__all__ = ["Theatre", "has_sales_crm", "opened_theatre"]

WORKFLOW = "b2b_lifecycle"
_POLL_SECONDS = 3
_PATIENCE_SECONDS = 300.0  # what is quick here takes long where much else runs
_SECOND = timedelta(seconds=1)
_PEOPLE_AND_CHAT = f"""
people: people.yaml

channels:
  {CHANNEL}:
    type: slack
    url: {{file: chat-address}}
    # The demo's chat is on this machine.
    allow_http: true
    allow_private: true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """Everything the story plays with.

    Attributes:
        controls: Connection -> its sandbox; HubSpot always, amoCRM where installed.
        clock: The service's; the sandboxes show the same time.
        chat: Where the workflow's messages go.
    """

    folder: Path
    app: App
    runner: Runner
    controls: Mapping[str, Control]
    clock: JumpingClock
    chat: Chat

    @property
    def settings_file(self) -> Path:
        """The settings that the commands at the end take."""
        return self.folder / "leadstate.yaml"

    def connected(self, name: str = HUBSPOT) -> Connected:
        """Return a connection."""
        return self.app.connections[name]

    # -- time --------------------------------------------------------------------------

    def let_pass(self, until: datetime, step: timedelta) -> None:
        """Let time pass on all clocks, from where something is due to the next such.

        Args:
            until: The moment to arrive at; at most the present.
            step: How much may become due at once.
        """
        self.wait_until_quiet()
        while (due := self._next_due()) is not None and due < until:
            now = self.clock.now()
            steps = -((now - due) // step)  # the first step that reaches it
            self._jump(min(until - now, steps * step))
            self.wait_until_quiet()
        self._jump(until - self.clock.now())
        self.wait_until_quiet()

    def arrive(self, step: timedelta) -> None:
        """Let time pass until the present."""
        self.let_pass(self.clock.now() + self.clock.behind, step)
        self._jump(self.clock.behind)
        self.wait_until_quiet()

    def a_moment_later(self) -> None:
        """Let a second pass on all clocks, whatever goes on.

        They agree to some milliseconds only: of two edits in two CRMs, a second apart,
        the later one is the later one by either clock.
        """
        self._jump(_SECOND)

    def _next_due(self) -> datetime | None:
        with self.app.store.read() as view:
            return view.timers.next_due()

    def _jump(self, by: timedelta) -> None:
        """Let every clock jump by the same; CRMs first, lest we be ahead of them."""
        seconds = max(-(-by // _SECOND), 0)
        by = min(seconds * _SECOND, self.clock.behind)
        for one in self.controls.values():
            one.advance(by)
        self.clock.advance(by)
        self.runner.wake(SWEEP)

    # -- waiting -----------------------------------------------------------------------

    def wait_until_quiet(self) -> None:
        """Wait until no webhook, timer, inbox row or outbox row is left to work on."""
        self._wait_for(lambda: not self._busy(), "work is left")

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let no CRM tell what people do there meanwhile, and nobody ask."""
        controls = self.controls.values()
        with self.runner.held(*map(poll_name, self.controls)):
            for one in controls:
                one.hold_webhooks(held=True)
            yield
            for one in controls:
                one.hold_webhooks(held=False)

    def poll(self) -> None:
        """Let every CRM be asked for what changed until now, and wait for the end."""
        for name in map(poll_name, self.controls):
            for _ in range(2):  # the first rest may be that of a look under way
                rests = self.runner.rests(name)
                self.runner.wake(name)
                self._wait_for(partial(self._rested, name, rests), f"{name} goes on")

    def _rested(self, name: str, since: int) -> bool:
        return self.runner.rests(name) > since

    def _wait_for(self, happened: Callable[[], bool], otherwise: str) -> None:
        waited = 0.0
        while waited < _PATIENCE_SECONDS:
            if happened():
                return
            self.app.clock.sleep(0.1)
            waited += 0.1
        raise click.ClickException(
            f"{otherwise} after {_PATIENCE_SECONDS:g} s; see what waits with: "
            f"leadstate status --settings {self.settings_file}"
        )

    def _busy(self) -> bool:
        # What goes out may come back while we ask the CRMs: look twice.
        return self._has_rows() or self._has_webhooks() or self._has_rows()

    def _has_webhooks(self) -> bool:
        return any(one.webhooks_waiting() for one in self.controls.values())

    def _has_rows(self) -> bool:
        with self.app.store.read() as view:
            return self._queued(view) > 0

    def _queued(self, view: View) -> int:
        inbox, outbox = view.inbox.counts(), view.outbox.counts()
        open_rows = outbox.get("pending", 0) + outbox.get("claimed", 0)
        due = len(view.timers.due(self.clock.now(), 1))
        return inbox.get("pending", 0) + open_rows + due


def has_sales_crm() -> bool:
    """Whether the second CRM's adapter is installed."""
    return AMOCRM in installed_plugins()


@contextmanager
def opened_theatre(folder: Path, *, records: int, seed: int) -> Iterator[Theatre]:
    """Start the sandboxes and the service in ``folder``; stop all at the end."""
    system = SystemClock()
    clock = JumpingClock(system, beginning(system.now()))
    now = clock.now()
    others = [amocrm(seed, now)] if has_sales_crm() else []
    crms = [hubspot(records, seed, now), *others]
    with ExitStack() as stack:
        chat = stack.enter_context(open_chat())
        urls = {crm.name: stack.enter_context(running(crm)) for crm in crms}
        listening = stack.enter_context(free_port())
        address = address_of(listening)
        _write_project(folder, crms, urls, address, chat)
        app = open_app(load_settings(folder / "leadstate.yaml"), clock)
        stack.callback(app.close)
        stack.enter_context(app.store.worker(app.clock.now()))
        app.enforce()
        runner = runner_of(app)
        stack.enter_context(serving(_receiver(app, runner, address), listening))
        controls = {crm.name: _control(app, crm, urls[crm.name]) for crm in crms}
        for crm in crms:
            stack.callback(controls[crm.name].close)
            controls[crm.name].follow(clock)
            controls[crm.name].send_webhooks_to(f"{address}{crm.path}", crm.signature)
        runner.start()
        stack.callback(runner.stop)
        yield Theatre(
            folder=folder,
            app=app,
            runner=runner,
            controls=controls,
            clock=clock,
            chat=chat,
        )


def _write_project(
    folder: Path,
    crms: Sequence[Crm],
    urls: Mapping[str, str],
    address: str,
    chat: Chat,
) -> None:
    """Write a fresh project; a folder that is not a former demo's is left alone."""
    mark = folder / ".leadstate-demo"
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; name another with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()
    for crm in crms:
        for name, secret in crm.secrets.items():
            (folder / name).write_text(secret, encoding="utf-8")
    (folder / "chat-address").write_text(chat.address, encoding="utf-8")
    names = [crm.name for crm in crms]
    (folder / "people.yaml").write_text(people_text(names), encoding="utf-8")
    first, *others = [
        (crm.name, crm.settings.format(base_url=urls[crm.name])) for crm in crms
    ]
    text = settings_text(
        workflow=WORKFLOW,
        receiver_port=int(address.rpartition(":")[2]),
        public_url=address,
        poll_every=_POLL_SECONDS,
        adapter_settings=first[1],
        beside=dict(others),
    )
    write_project(folder, WORKFLOW, text + _PEOPLE_AND_CHAT)
    add_people_and_chat(folder / "workflows", WORKFLOW)


def _receiver(app: App, runner: Runner, address: str) -> ASGIApp:
    return create_receiver(
        app,
        public_url=address,
        on_stored=lambda: runner.wake(ADVANCE),
        failures=runner.failures,
    )


def _control(app: App, crm: Crm, url: str) -> Control:
    control = Control(url, app.connections[crm.name].binding.object)
    control.switch(crm.switches)
    return control
