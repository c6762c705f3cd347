"""The loops of a running installation, and one pass over all of them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from leadstate.errors import LeadstateError
from leadstate.runner import Runner
from leadstate.service.advance import advance
from leadstate.service.app import feeds_of
from leadstate.service.audit.checkpointing import checkpoint_when_due
from leadstate.service.inbound.poll import poll
from leadstate.service.inbound.reconcile import (
    PAGE_SECONDS,
    reconcile,
    reconcile_in_arrears,
)
from leadstate.service.outbound.messages import senders
from leadstate.service.outbound.push import push
from leadstate.service.tidy import tidy
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import Sweeping, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from leadstate.service.app import App, Connected, Feed

    Step: TypeAlias = Callable[[], bool]

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


def runner_of(*apps: App) -> Runner:
    """Return the loops of an installation's workflows, not started yet.

    One loop advances the inbox, one fires timers, one forgets what is old, one
    overwrites what was deleted when somebody was forgotten, one makes checkpoints of
    the history.  Each kind of object of a connection has two: to poll, and to compare
    everything once a day; each workflow has one to push to each of its connections, and
    one to send through each channel.
    """
    runner = Runner()
    sweeping = Sweeping(*apps)
    loops = _Loops(apps)

    def advance_once() -> bool:
        progress = advance(*apps).progress
        if progress:
            for name in waking:
                runner.wake(name)
        return progress

    def sweep_once() -> bool:
        fired = sweeping.step()
        if fired:
            runner.wake(ADVANCE)
        return fired

    sending, pushing = loops.sending(), loops.pushing()
    waking = [name for name, _ in (*pushing, *sending)]
    runner.add(ADVANCE, advance_once, every_seconds=_IDLE_SECONDS)
    runner.add(SWEEP, sweep_once, every_seconds=_IDLE_SECONDS)
    for name, send in sending:
        runner.add(name, send, every_seconds=_SEND_SECONDS)
    for name, step in pushing:
        runner.add(name, step, every_seconds=_IDLE_SECONDS)
    for name, feed in loops.feeds():
        polling = partial(_poll_once, feed, runner, sweeping)
        every = feed.poll_every_seconds
        runner.add(poll_name(name), polling, every_seconds=every)
        comparing = partial(_compare_once, feed)
        runner.add(f"reconcile {name}", comparing, every_seconds=PAGE_SECONDS)
    first = apps[0]
    runner.add("wipe", partial(_wipe_once, first), every_seconds=_WIPE_SECONDS)
    runner.add("tidy", partial(tidy, first), every_seconds=_HOUR_SECONDS)
    marking = partial(checkpoint_when_due, first)
    runner.add("checkpoint", marking, every_seconds=_MINUTE_SECONDS)
    return runner


class _Loops:
    """What has to be done again and again, by names that tell workflows apart."""

    def __init__(self, apps: Sequence[App]) -> None:
        self._apps = apps

    def pushing(self) -> list[tuple[str, Step]]:
        """Return what carries decisions into the CRMs."""
        return [
            (self._named(_push_name(name), app), partial(_push_once, app, connected))
            for app in self._apps
            for name, connected in app.connections.items()
        ]

    def sending(self) -> list[tuple[str, Step]]:
        """Return what sends messages and calls plugins."""
        return [
            (self._named(name, app), send)
            for app in self._apps
            for name, send in senders(app)
        ]

    def feeds(self) -> list[tuple[str, Feed]]:
        """Return what is asked for changes; of one kind, its connection's name does."""
        found = feeds_of(self._apps)
        kinds = Counter(one.name for one in found)
        return [
            (one.name if kinds[one.name] == 1 else f"{one.name} {one.object}", one)
            for one in found
        ]

    def _named(self, name: str, app: App) -> str:
        return name if len(self._apps) == 1 else f"{name} for {app.name}"


def _wipe_once(app: App) -> bool:
    """Overwrite what was deleted for the sake of privacy; later, if it is in use."""
    app.store.wipe()
    return False


def _compare_once(feed: Feed) -> bool:
    """Compare a page; the next one has time."""
    reconcile(feed)
    return False


def _push_once(app: App, connected: Connected) -> bool:
    done = push(app, connected)
    return done.claimed > done.later


def _poll_once(feed: Feed, runner: Runner, sweeping: Sweeping) -> bool:
    polled = poll(feed)
    if not polled.more:
        sweeping.heard(feed)
    if polled.new:
        runner.wake(ADVANCE)
    return polled.more


def work_once(*apps: App, rounds: int = 1_000) -> None:
    """Poll every connection to its end, then advance and push until nothing moves.

    For ``leadstate run --once`` (a cron job without webhooks) and for tests.  A
    connection that fails does not stop the others; its error is raised at the end.
    """
    failed: dict[str, LeadstateError] = {}
    loops = _Loops(apps)
    for feed in feeds_of(apps):
        if _with(feed.name, partial(_poll_all, feed), failed):
            _with(feed.name, partial(_compare_all, feed), failed)
    for _ in range(rounds):
        advanced = advance(*apps)
        failed |= advanced.failed
        busy = advanced.progress or _again(apps)
        for _, send in loops.sending():
            busy |= send()
        for app in apps:
            for name, connected in app.connections.items():
                busy |= _with(name, partial(_push_once, app, connected), failed)
        if not busy:
            break
    checkpoint_when_due(apps[0])
    apps[0].store.wipe()
    if failed:
        raise next(iter(failed.values()))


def _again(apps: Sequence[App]) -> bool:
    """Set clocks anew, and fire what is due; say whether anything was."""
    return any(list(map(reclock, apps))) or sweep(*apps) > 0


def _poll_all(feed: Feed) -> bool:
    while poll(feed).more:
        pass
    return True


def _compare_all(feed: Feed) -> bool:
    reconcile_in_arrears(feed)
    return True


def _with(name: str, step: Step, failed: dict[str, LeadstateError]) -> bool:
    """Take a step of a connection that has not failed; note it when it does."""
    if name in failed:
        return False
    try:
        return step()
    except LeadstateError as error:
        failed[name] = error
        return False
