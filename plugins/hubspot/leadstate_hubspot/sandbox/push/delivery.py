"""Deliver events: batches of up to 100, ten in flight, retried for up to a day.

A receiver has 5 seconds; 4xx, 5xx, silence and refused connections are retried up to
ten times within 24 hours at random intervals (webhooks guide, 2026-03-30).  Waits are
on the sandbox clock; `retry_scale`, `retry_now` and the clock itself shorten them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from leadstate_hubspot.sandbox.config import Auth, Policy, SandboxConfig, SignatureClock
from leadstate_hubspot.sandbox.payloads import write_json
from leadstate_hubspot.sandbox.traffic.faults import FaultKind, Faults

from .events import EventWriter
from .signatures import signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from leadstate_hubspot.sandbox.clock import SandboxClock
    from leadstate_hubspot.sandbox.crm.happenings import Happening

    from .subscriptions import Subscriptions

BATCH = 100
MOST_RETRIES = 10
# Seconds before each retry, each varied by a fifth; together less than a day.
WAITS = (60, 180, 600, 1200, 2400, 3600, 7200, 10_800, 14_400, 21_600)
GATHERING_SECONDS = 0.01
_OK = range(200, 300)


@dataclass(slots=True)
class Parcel:
    """One event on its way."""

    event: dict[str, object]
    due: int
    retries: int = 0


@dataclass(slots=True)
class Tally:
    """How deliveries went; `failed` events are given up for good."""

    delivered: int = 0
    failed: int = 0
    attempts: int = 0
    posts: int = 0
    dropped: int = 0
    duplicated: int = 0
    delayed: int = 0
    reordered: int = 0
    untargeted: int = 0


class Postman:
    """Holds the queue of events and delivers what is due."""

    def __init__(  # noqa: PLR0913, PLR0917 - one collaborator each
        self,
        config: SandboxConfig,
        policy: Policy,
        clock: SandboxClock,
        subscriptions: Subscriptions,
        faults: Faults,
        random: Random,
    ) -> None:
        """Start with an empty queue and the configured target."""
        self._config, self._policy, self._clock = config, policy, clock
        self._subscriptions, self._faults, self._random = subscriptions, faults, random
        self._writer = EventWriter(config, policy, random)
        self.target = config.webhook_target
        self.secret = config.client_secret
        self.paused = False
        self.tally = Tally()
        self.recent: deque[dict[str, object]] = deque(maxlen=200)
        self._queue: list[Parcel] = []
        self._in_flight = 0
        self._client: httpx.AsyncClient | None = None
        self._wake = asyncio.Event()
        self._lines = asyncio.Semaphore(subscriptions.max_concurrent)
        clock.watch(self._wake.set)

    def post(self, happened: Happening) -> None:
        """Queue an event for every subscription that wants it."""
        if self._config.auth is Auth.SERVICE_KEY:
            return  # service keys cannot have webhooks (changelog "service-keys")
        if happened.during_creation and not self._policy.creation_fires_changes:
            return
        for subscription in self._subscriptions.wanting(happened):
            if self.target is None:
                self.tally.untargeted += 1
                continue
            self._enqueue(self._writer.write(subscription, happened))
        self._wake.set()

    def stats(self) -> dict[str, object]:
        """Return how deliveries stand; a test waits until `drained`."""
        counts = {name: getattr(self.tally, name) for name in Tally.__slots__}
        return counts | {
            "target": self.target,
            "paused": self.paused,
            "queued": len(self._queue),
            "in_flight": self._in_flight,
            "drained": not self._queue and not self._in_flight,
            "recent": list(self.recent),
        }

    def wake(self) -> None:
        """Look at the queue again, after the target or the pause changed."""
        self._wake.set()

    def hurry(self, *, retries_only: bool) -> None:
        """Make waiting events due now."""
        for parcel in self._queue:
            if parcel.retries or not retries_only:
                parcel.due = 0
        self._wake.set()

    def discard(self) -> int:
        """Throw the queue away and say how much it held."""
        held = len(self._queue)
        self._queue.clear()
        return held

    async def work(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    self._wake.clear()
                    await asyncio.sleep(GATHERING_SECONDS)
                    for batch in self._take_due():
                        self._in_flight += len(batch)
                        tasks.create_task(self._deliver(batch))
                    await self._rest()
        finally:
            if self._client is not None:
                await self._client.aclose()

    def _enqueue(self, event: dict[str, object]) -> None:
        if self._faults.strike_webhook(FaultKind.DROP):
            self.tally.dropped += 1
            return
        due = self._clock.now()
        delay = self._faults.strike_webhook(FaultKind.DELAY)
        if delay is not None:
            self.tally.delayed += 1
            due += int(delay.seconds * 1000)
        self._queue.append(Parcel(event, due))
        if self._faults.strike_webhook(FaultKind.DUPLICATE):
            self.tally.duplicated += 1
            self._queue.append(Parcel(dict(event), due))

    def _take_due(self) -> list[list[Parcel]]:
        if self.paused or self.target is None:
            return []
        now = self._clock.now()
        free = max(0, self._subscriptions.max_concurrent * BATCH - self._in_flight)
        due = [parcel for parcel in self._queue if parcel.due <= now][:free]
        taken = {id(parcel) for parcel in due}
        self._queue = [parcel for parcel in self._queue if id(parcel) not in taken]
        due = self._reordered(due)
        return [due[start : start + BATCH] for start in range(0, len(due), BATCH)]

    def _reordered(self, due: list[Parcel]) -> list[Parcel]:
        if len(due) < 2 or not self._faults.strike_webhook(FaultKind.REORDER):  # noqa: PLR2004
            return due
        shuffled = self._random.sample(due, len(due))
        self.tally.reordered += len(due)
        return shuffled if shuffled != due else due[::-1]

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._until_next())

    def _until_next(self) -> float | None:
        if (
            not self._queue
            or self.paused
            or self.target is None
            or not self._clock.rate
        ):
            return None
        soonest = min(parcel.due for parcel in self._queue)
        seconds = (soonest - self._clock.now()) / 1000 / self._clock.rate
        return min(max(seconds, GATHERING_SECONDS), 60.0)

    async def _deliver(self, batch: list[Parcel]) -> None:
        try:
            async with self._lines:
                status = await self._send([parcel.event for parcel in batch])
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            status = 0
            self.recent.append({"error": type(error).__name__})
        self._in_flight -= len(batch)
        if status in _OK:
            self.tally.delivered += len(batch)
        else:
            self._retry(batch)
        self._wake.set()

    async def _send(self, events: list[dict[str, object]]) -> int:
        if self._client is None:
            # Made when first needed: loading certificates would slow every start.
            self._client = httpx.AsyncClient(trust_env=False)
        target = self.target or ""
        body = write_json(events)
        headers = signed_headers(self.secret, target, body, self._signing_moment())
        self.tally.posts += 1
        self.tally.attempts += len(events)
        timeout = self._policy.webhook_timeout_seconds
        answer = await self._client.post(
            target, content=body, headers=headers, timeout=timeout
        )
        shown: dict[str, object] = {"at": self._clock.now(), "events": len(events)}
        self.recent.append(shown | {"status": answer.status_code})
        return answer.status_code

    def _signing_moment(self) -> int:
        if self._policy.signature_clock is SignatureClock.SANDBOX:
            return self._clock.now()
        return int(time.time() * 1000)  # noqa: TID251 - receivers check the wall clock

    def _retry(self, batch: Iterable[Parcel]) -> None:
        now = self._clock.now()
        for parcel in batch:
            if parcel.retries >= MOST_RETRIES:
                self.tally.failed += 1
                continue
            varied = WAITS[parcel.retries] * self._random.uniform(0.8, 1.2)
            parcel.due = now + int(varied * 1000 * self._policy.retry_scale)
            parcel.retries += 1
            attempt = self._policy.first_attempt + parcel.retries
            parcel.event["attemptNumber"] = attempt
            self._queue.append(parcel)
