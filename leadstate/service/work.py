"""The loops of a running installation, and one pass over all of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from leadstate.errors import LeadstateError
from leadstate.runner import Runner
from leadstate.service.advance import advance
from leadstate.service.audit.checkpointing import checkpoint_when_due
from leadstate.service.inbound.poll import poll, reconcile
from leadstate.service.outbound.messages import senders
from leadstate.service.outbound.push import push
from leadstate.service.tidy import tidy
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import Sweeping, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.service.app import App, Connected

__all__ = ["ADVANCE", "poll_name", "runner_of", "work_once"]

ADVANCE = "advance"
SWEEP = "sweep"
_IDLE_SECONDS = 0.5
_SEND_SECONDS = 1.0
_MINUTE_SECONDS = 60.0
_HOUR_SECONDS = 3600.0
_WIPE_SECONDS = 600.0


def poll_name(connection: str) -> str:
    """Return the name of the loop that polls a connection."""
    return f"poll {connection}"


def _push_name(connection: str) -> str:
    return f"push {connection}"


def runner_of(app: App) -> Runner:
    """Return the loops of this installation, not started yet.

    One loop advances the inbox, one fires timers, one forgets what is old, one
    overwrites what was deleted when somebody was forgotten, one makes checkpoints of
    the history; each connection has three: to push, to poll, and to
    compare everything once a day; each channel has one to send.
    """
    runner = Runner()
    sweeping = Sweeping(app)

    def advance_once() -> bool:
        progress = advance(app).progress
        if progress:
            for name in waking:
                runner.wake(name)
        return progress

    def sweep_once() -> bool:
        fired = sweeping.step()
        if fired:
            runner.wake(ADVANCE)
        return fired

    sending = senders(app)
    waking = [*map(_push_name, app.connections), *(name for name, _ in sending)]
    runner.add(ADVANCE, advance_once, every_seconds=_IDLE_SECONDS)
    runner.add(SWEEP, sweep_once, every_seconds=_IDLE_SECONDS)
    for name, send in sending:
        runner.add(name, send, every_seconds=_SEND_SECONDS)
    for name, connected in app.connections.items():
        pushing = partial(_push_once, app, connected)
        polling = partial(_poll_once, app, connected, runner, sweeping)
        runner.add(_push_name(name), pushing, every_seconds=_IDLE_SECONDS)
        every = connected.poll_every_seconds
        runner.add(poll_name(name), polling, every_seconds=every)
        comparing = partial(reconcile, app, connected)
        runner.add(f"reconcile {name}", comparing, every_seconds=_HOUR_SECONDS)
    runner.add("wipe", partial(_wipe_once, app), every_seconds=_WIPE_SECONDS)
    runner.add("tidy", partial(tidy, app), every_seconds=_HOUR_SECONDS)
    marking = partial(checkpoint_when_due, app)
    runner.add("checkpoint", marking, every_seconds=_MINUTE_SECONDS)
    return runner


def _wipe_once(app: App) -> bool:
    """Overwrite what was deleted for the sake of privacy; later, if it is in use."""
    app.store.wipe()
    return False


def _push_once(app: App, connected: Connected) -> bool:
    done = push(app, connected)
    return done.claimed > done.later


def _poll_once(
    app: App, connected: Connected, runner: Runner, sweeping: Sweeping
) -> bool:
    polled = poll(app, connected)
    if not polled.more:
        sweeping.heard(connected.name)
    if polled.new:
        runner.wake(ADVANCE)
    return polled.more


def work_once(app: App, *, rounds: int = 1_000) -> None:
    """Poll every connection to its end, then advance and push until nothing moves.

    For ``leadstate run --once`` (a cron job without webhooks) and for tests.  A
    connection that fails does not stop the others; its error is raised at the end.
    """
    failed: dict[str, LeadstateError] = {}
    for connected in app.connections.values():
        _with(connected, partial(_poll_all, app), failed)
    sending = senders(app)
    for _ in range(rounds):
        advanced = advance(app)
        failed |= advanced.failed
        busy = advanced.progress or reclock(app) or sweep(app) > 0
        for _, send in sending:
            busy |= send()
        for connected in app.connections.values():
            busy |= _with(connected, partial(_push_once, app), failed)
        if not busy:
            break
    checkpoint_when_due(app)
    app.store.wipe()
    if failed:
        raise next(iter(failed.values()))


def _poll_all(app: App, connected: Connected) -> bool:
    while poll(app, connected).more:
        pass
    return True


def _with(
    connected: Connected,
    step: Callable[[Connected], bool],
    failed: dict[str, LeadstateError],
) -> bool:
    """Take a step of a connection that has not failed; note it when it does."""
    if connected.name in failed:
        return False
    try:
        return step(connected)
    except LeadstateError as error:
        failed[connected.name] = error
        return False
