"""Deliver webhooks: at least once, in any order, with a ladder of retries.

A receiver has two seconds, and anything from 100 to 299 is success.  The second try
comes after 5 minutes and the third after 15, unless the answer was good; the fourth
after 15 and the fifth after an hour only if it was 499 (no answer in time) or 5xx
(webhooks guide, 2026-11).  A Digital Pipeline webhook is tried once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from leadstate.testing.sandbox.deliveries import Deliveries, Delivery
from leadstate.testing.sandbox.faults import FaultKind

from .bodies import body_of, digital_pipeline, events_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from leadstate.testing.sandbox.clock import SandboxClock
    from leadstate.testing.sandbox.faults import Faults
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.automation import Robots
    from leadstate_amocrm.sandbox.crm.happenings import Happening

    from .hooks import Hooks

WAITS = (300, 900, 900, 3600)
"""Seconds before the second, third, fourth and fifth try."""
EASY_RETRIES = 2
NO_ANSWER = 499
AT_ONCE = 20
_TAKEN = range(100, 300)
_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "amoCRM-WebHook-client/1.0",
}


class WebhookDeliveries(Deliveries):
    """Tells every destination what it has subscribed to."""

    def __init__(  # noqa: PLR0913, PLR0917 - one collaborator each
        self,
        account: Account,
        hooks: Hooks,
        robots: Robots,
        clock: SandboxClock,
        faults: Faults,
        random: Random,
    ) -> None:
        """Start with an empty queue."""
        super().__init__(clock, faults, random, most_open=AT_ONCE)
        self._account, self._hooks, self._robots = account, hooks, robots

    def happened(self, happening: Happening) -> None:
        """Queue what a happening is told as, for everybody who wants it."""
        for setting, event in events_of(self._account, happening):
            hooks = self._hooks.wanting(setting)
            if not hooks:
                self.counts.untargeted += 1
            for hook in hooks:
                self.enqueue(self._copied(event), hook.destination)
        for rule in self._robots.meant(happening):
            if rule.webhook is not None:
                event = digital_pipeline(happening) | {"once": True}
                self.enqueue(event, rule.webhook)
        self.wake()

    def _copied(self, event: dict[str, object]) -> dict[str, object]:
        fields = event["fields"]
        if isinstance(fields, dict) and "modified_user_id" in fields:
            told = dict(fields)
            if self._faults.strike_webhook(FaultKind.UNATTRIBUTED):
                told["modified_user_id"] = 0
            return event | {"fields": told}
        return dict(event)

    def stats(self) -> dict[str, object]:
        """Return how deliveries stand, and to whom."""
        hooks = [hook.body() for hook in self._hooks.all.values()]
        return super().stats() | {"hooks": hooks}

    def can_deliver(self) -> bool:
        """Say whether there is anything to deliver: parcels know their way."""
        return True

    def room(self) -> int:
        """Return how many events may be in flight."""
        return AT_ONCE * max(1, self._account.policy.events_per_body)

    def parted(self, due: Sequence[Delivery]) -> list[list[Delivery]]:
        """Return one batch a body: of one destination, so many events."""
        most = max(1, self._account.policy.events_per_body)
        targets: dict[str, list[Delivery]] = {}
        batches: list[list[Delivery]] = []
        for delivery in due:
            batch = targets.get(delivery.target)
            if batch is None or len(batch) >= most or delivery.event.get("once"):
                batch = []
                batches.append(batch)
                targets[delivery.target] = batch
            batch.append(delivery)
        return batches

    def is_taken(self, status: int) -> bool:
        """Say whether an answer is a success."""
        return status in _TAKEN

    async def send(self, batch: Sequence[Delivery]) -> int:
        """Send one body; no answer in time counts as 499."""
        self.counts.attempts += len(batch)
        target = batch[0].target
        body = body_of(self._account, [delivery.event for delivery in batch])
        seconds = self._account.policy.webhook_timeout_seconds
        try:
            status = await self.post(target, body, _HEADERS, seconds)
        except httpx.TimeoutException:
            status = NO_ANSWER
        shown: dict[str, object] = {"at": self._clock.now(), "events": len(batch)}
        self.recent.append(shown | {"status": status, "target": target})
        return status

    def came_back(self, batch: Sequence[Delivery], status: int) -> None:
        """Climb the ladder, or give up; too many failures disable the webhook."""
        policy, now = self._account.policy, self._clock.now()
        hook = self._hooks.all.get(batch[0].target)
        if hook is not None:
            hook.failed(now, policy.disable_after)
        for delivery in batch:
            if delivery.event.get("once") or not _again(delivery.retries, status):
                self.counts.failed += 1
                continue
            if hook is None or hook.disabled:
                self.counts.failed += 1
                continue
            wait = WAITS[delivery.retries] * 1000 * policy.retry_scale
            self.queue_again(delivery, now + int(wait))


def _again(retries: int, status: int) -> bool:
    if retries < EASY_RETRIES:
        return True
    late = status == NO_ANSWER or 500 <= status < 600  # noqa: PLR2004
    return late and retries < len(WAITS)
