"""Deliver events: batches of up to 100, ten in flight, retried for up to a day.

A receiver has 5 seconds; 4xx, 5xx, silence and refused connections are retried up to
ten times within 24 hours at random intervals (webhooks guide, 2026-03-30).  Waits are
on the sandbox clock; `retry_scale`, `retry_now` and the clock itself shorten them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.deliveries import Deliveries, Delivery
from leadstate.testing.sandbox.payloads import write_json
from leadstate_hubspot.sandbox.config import Auth, Policy, SandboxConfig, SignatureClock

from .events import EventWriter
from .signatures import signed_headers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from leadstate.testing.sandbox.clock import SandboxClock
    from leadstate.testing.sandbox.faults import Faults
    from leadstate_hubspot.sandbox.crm.happenings import Happening

    from .subscriptions import Subscriptions

BATCH = 100
MOST_RETRIES = 10
# Seconds before each retry, each varied by a fifth; together less than a day.
WAITS = (60, 180, 600, 1200, 2400, 3600, 7200, 10_800, 14_400, 21_600)
_OK = range(200, 300)


class WebhookDeliveries(Deliveries):
    """Delivers the app's events to its one target."""

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
        super().__init__(clock, faults, random, most_open=subscriptions.max_concurrent)
        self._config, self._policy = config, policy
        self._subscriptions = subscriptions
        self._writer = EventWriter(config, policy, random)
        self.target = config.webhook_target
        self.secret = config.client_secret

    def happened(self, happened: Happening) -> None:
        """Queue an event for every subscription that wants it."""
        if self._config.auth is Auth.SERVICE_KEY:
            return  # service keys cannot have webhooks (changelog "service-keys")
        if happened.during_creation and not self._policy.creation_fires_changes:
            return
        for subscription in self._subscriptions.wanting(happened):
            if self.target is None:
                self.counts.untargeted += 1
                continue
            self.enqueue(self._writer.write(subscription, happened))
        self.wake()

    def stats(self) -> dict[str, object]:
        """Return how deliveries stand; a test waits until `drained`."""
        return super().stats() | {"target": self.target}

    def can_deliver(self) -> bool:
        """Say whether there is a target."""
        return self.target is not None

    def room(self) -> int:
        """Return how many events may be in flight."""
        return self._subscriptions.max_concurrent * BATCH

    def parted(self, due: Sequence[Delivery]) -> list[list[Delivery]]:
        """Return batches of up to 100."""
        starts = range(0, len(due), BATCH)
        return [list(due[start : start + BATCH]) for start in starts]

    def is_taken(self, status: int) -> bool:
        """Say whether the receiver has the events: any 2xx."""
        return status in _OK

    async def send(self, batch: Sequence[Delivery]) -> int:
        """Sign and send a batch."""
        target = self.target or ""
        body = write_json([delivery.event for delivery in batch])
        headers = signed_headers(self.secret, target, body, self._signing_moment())
        self.counts.attempts += len(batch)
        timeout = self._policy.webhook_timeout_seconds
        status = await self.post(target, body, headers, timeout)
        shown: dict[str, object] = {"at": self._clock.now(), "events": len(batch)}
        self.recent.append(shown | {"status": status})
        return status

    def came_back(self, batch: Sequence[Delivery], status: int) -> None:
        """Try later, up to ten times."""
        del status
        now = self._clock.now()
        for delivery in batch:
            if delivery.retries >= MOST_RETRIES:
                self.counts.failed += 1
                continue
            varied = WAITS[delivery.retries] * self._random.uniform(0.8, 1.2)
            due = now + int(varied * 1000 * self._policy.retry_scale)
            self.queue_again(delivery, due)
            attempt = self._policy.first_attempt + delivery.retries
            delivery.event["attemptNumber"] = attempt

    def _signing_moment(self) -> int:
        if self._policy.signature_clock is SignatureClock.SANDBOX:
            return self._clock.now()
        return int(time.time() * 1000)  # noqa: TID251 - receivers check the wall clock
