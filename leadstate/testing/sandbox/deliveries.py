"""Deliver webhooks: a queue, what is due, what is in flight, trouble on the way.

What a CRM sends, to whom and how it retries is its own: it subclasses `Deliveries`.
Waits are on the sandbox clock; `hurry` and the clock itself shorten them.

Nothing that one delivery meets ends the others: whatever is raised on the way is a
failed try of that delivery, and `stats` tells it as the courier's last error.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from .faults import FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from .clock import SandboxClock
    from .faults import Faults

GATHERING_SECONDS = 0.01
LONGEST_REST_SECONDS = 60.0
_LONGEST_ERROR = 200


@dataclass(slots=True)
class Delivery:
    """One event on its way."""

    event: dict[str, object]
    due: int
    retries: int = 0
    target: str = ""


@dataclass(slots=True)
class DeliveryCounts:
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


class Deliveries(abc.ABC):
    """Holds the queue of events and delivers what is due."""

    def __init__(
        self, clock: SandboxClock, faults: Faults, random: Random, *, most_open: int
    ) -> None:
        """Start with an empty queue; `most_open` requests run at a time."""
        self._clock, self._faults, self._random = clock, faults, random
        self.paused = False
        self.counts = DeliveryCounts()
        self.recent: deque[dict[str, object]] = deque(maxlen=200)
        self._queue: list[Delivery] = []
        self._in_flight = 0
        self._alive = False
        self._last_error: str | None = None
        self._client: httpx.AsyncClient | None = None
        self._wake = asyncio.Event()
        self._lines = asyncio.Semaphore(most_open)
        clock.watch(self._wake.set)

    @abc.abstractmethod
    def parted(self, due: Sequence[Delivery]) -> list[list[Delivery]]:
        """Return what is due in the batches that go into one request each."""

    @abc.abstractmethod
    def room(self) -> int:
        """Return how many events may be in flight."""

    @abc.abstractmethod
    def can_deliver(self) -> bool:
        """Say whether anybody is there to deliver to."""

    @abc.abstractmethod
    async def send(self, batch: Sequence[Delivery]) -> int:
        """Send a batch and return the status of the answer."""

    @abc.abstractmethod
    def came_back(self, batch: Sequence[Delivery], status: int) -> None:
        """Queue again, or give up, what was not taken; status 0 is no answer."""

    @abc.abstractmethod
    def is_taken(self, status: int) -> bool:
        """Say whether an answer means that the receiver has the events."""

    def arrived(self, batch: Sequence[Delivery]) -> None:
        """Note that a batch was taken."""
        self.counts.delivered += len(batch)

    def stats(self) -> dict[str, object]:
        """Return how deliveries stand; a test waits until `drained`."""
        counts = {name: getattr(self.counts, name) for name in DeliveryCounts.__slots__}
        return counts | {
            "paused": self.paused,
            "queued": len(self._queue),
            "in_flight": self._in_flight,
            "drained": not self._queue and not self._in_flight,
            "courier": self.courier(),
            "recent": list(self.recent),
        }

    def courier(self) -> dict[str, object]:
        """Return whether deliveries are made at all, and what last went wrong."""
        return {"alive": self._alive, "last_error": self._last_error}

    def wake(self) -> None:
        """Look at the queue again, after something changed."""
        self._wake.set()

    def hurry(self, *, retries_only: bool) -> None:
        """Make waiting events due now."""
        for delivery in self._queue:
            if delivery.retries or not retries_only:
                delivery.due = 0
        self._wake.set()

    def discard(self) -> int:
        """Throw the queue away and say how much it held."""
        held = len(self._queue)
        self._queue.clear()
        return held

    async def work(self) -> None:
        """Deliver until cancelled, whatever a delivery meets."""
        self._alive = True
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._keep_delivering(tasks)
                finally:
                    # Before the group cancels what is in flight: see `_deliver`.
                    self._alive = False
        finally:
            if self._client is not None:
                await self._client.aclose()

    def enqueue(self, event: dict[str, object], target: str = "") -> None:
        """Queue an event, unless trouble says otherwise."""
        if self._faults.strike_webhook(FaultKind.DROP):
            self.counts.dropped += 1
            return
        due = self._clock.now()
        delay = self._faults.strike_webhook(FaultKind.DELAY)
        if delay is not None:
            self.counts.delayed += 1
            due += int(delay.seconds * 1000)
        self._queue.append(Delivery(event, due, target=target))
        if self._faults.strike_webhook(FaultKind.DUPLICATE):
            self.counts.duplicated += 1
            self._queue.append(Delivery(dict(event), due, target=target))

    def queue_again(self, delivery: Delivery, due: int) -> None:
        """Put an event back, due later."""
        delivery.due = due
        delivery.retries += 1
        self._queue.append(delivery)

    async def post(
        self, target: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> int:
        """Post a body, and return the status of the answer."""
        if self._client is None or self._client.is_closed:
            # Made when first needed: loading certificates would slow every start.
            self._client = httpx.AsyncClient(trust_env=False)
        self.counts.posts += 1
        answer = await self._client.post(
            target, content=body, headers=dict(headers), timeout=seconds
        )
        return answer.status_code

    async def _keep_delivering(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            self._wake.clear()
            await asyncio.sleep(GATHERING_SECONDS)
            try:
                self._set_off(tasks)
                seconds = self._until_next()
            except Exception as error:  # noqa: BLE001 - the courier goes on looking
                self._went_wrong(error)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def _set_off(self, tasks: asyncio.TaskGroup) -> None:
        for batch in self._take_due():
            self._in_flight += len(batch)
            tasks.create_task(self._deliver(batch))

    def _take_due(self) -> list[list[Delivery]]:
        if self.paused or not self.can_deliver():
            return []
        now = self._clock.now()
        free = max(0, self.room() - self._in_flight)
        due = [delivery for delivery in self._queue if delivery.due <= now][:free]
        batches = self.parted(self._reordered(due))
        taken = {id(delivery) for delivery in due}
        self._queue = [
            delivery for delivery in self._queue if id(delivery) not in taken
        ]
        return batches

    def _reordered(self, due: list[Delivery]) -> list[Delivery]:
        if len(due) < 2 or not self._faults.strike_webhook(FaultKind.REORDER):  # noqa: PLR2004
            return due
        shuffled = self._random.sample(due, len(due))
        self.counts.reordered += len(due)
        return shuffled if shuffled != due else due[::-1]

    def _until_next(self) -> float | None:
        if not self._queue or self.paused or not self.can_deliver():
            return None
        if not self._clock.rate:
            return None
        soonest = min(delivery.due for delivery in self._queue)
        seconds = (soonest - self._clock.now()) / 1000 / self._clock.rate
        return min(max(seconds, GATHERING_SECONDS), LONGEST_REST_SECONDS)

    async def _deliver(self, batch: list[Delivery]) -> None:
        try:
            async with self._lines:
                status = await self.send(batch)
        except Exception as error:  # noqa: BLE001 - a failed try, whatever it was
            status = self._went_wrong(error)
        except asyncio.CancelledError as error:
            if not self._alive:
                raise
            # Nobody stops the courier: a line that died under a connect said so.
            status = self._went_wrong(error)
        self._in_flight -= len(batch)
        self._settle(batch, status)
        self._wake.set()

    def _settle(self, batch: list[Delivery], status: int) -> None:
        try:
            if self.is_taken(status):
                self.arrived(batch)
            else:
                self.came_back(batch, status)
        except Exception as error:  # noqa: BLE001 - it costs its own events alone
            self._went_wrong(error)
            self.counts.failed += len(batch)

    def _went_wrong(self, error: BaseException) -> int:
        """Note a failed try; its status is none."""
        said = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
        self._last_error = said
        self.recent.append({"error": said})
        return 0
