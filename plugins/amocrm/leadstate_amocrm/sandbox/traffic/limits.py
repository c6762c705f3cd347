"""How many calls a second: 7 of one integration, 50 of the account (limits, 2026-11).

Refused often enough, a caller is shut out with an HTML page that only support lifts;
here the policy `blocked` does.  Windows are measured on the sandbox clock.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.traffic import Window
from leadstate_amocrm.sandbox.problems import (
    ApiProblem,
    Problem,
    refused_by_page,
)

if TYPE_CHECKING:
    from leadstate.testing.sandbox.clock import SandboxClock
    from leadstate_amocrm.sandbox.config import Policy

WINDOW_MS = 1000
FLOOD_MS = 60_000


class Limits:
    """Counts calls and refuses those over a limit."""

    def __init__(self, policy: Policy, clock: SandboxClock) -> None:
        """Start with nothing used."""
        self._policy, self._clock = policy, clock
        self._account, self._refused = Window(), Window()
        self._calls: defaultdict[str, Window] = defaultdict(Window)

    def check_block(self) -> None:
        """Refuse everybody while the account is blocked."""
        if self._policy.blocked:
            raise refused_by_page(403)

    def admit(self, integration: str) -> None:
        """Count a call, or refuse it."""
        now = self._clock.now()
        calls = self._calls[integration]
        over = calls.count(now, WINDOW_MS) >= self._policy.rps
        together = self._account.count(now, WINDOW_MS)
        if over or together >= self._policy.account_rps:
            raise self._refusal(now)
        calls.add(now)
        self._account.add(now)

    def _refusal(self, now: int) -> ApiProblem:
        self._refused.add(now)
        most = self._policy.block_after_429
        if most and self._refused.count(now, FLOOD_MS) >= most:
            self._policy.blocked = True
            self._refused.clear()
        if not self._policy.throttle_json:
            return refused_by_page(429)
        seconds = self._policy.retry_after_seconds
        headers = {"Retry-After": str(seconds)}
        return ApiProblem(
            Problem(
                status=429,
                detail="Too many requests in a short time; try again later.",
                extra={"retry_after": seconds},
                headers=headers if self._policy.retry_after_header else {},
            )
        )
