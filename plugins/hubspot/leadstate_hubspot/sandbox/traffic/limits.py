"""HubSpot's three rate policies, with the exact bodies clients match on.

Ten-secondly per app and daily per account (usage guidelines), and five searches a
second per account, whose answers carry no rate headers.  Windows are measured on the
sandbox clock.  Bodies as recorded from live portals.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadstate.testing.sandbox.clock import SandboxClock, iso
from leadstate.testing.sandbox.traffic import Window
from leadstate_hubspot.sandbox.config import Auth, Policy, SandboxConfig
from leadstate_hubspot.sandbox.problems import ApiProblem, Problem, fresh_uuid

WINDOW_MS = 10_000


class Limits:
    """Counts calls and refuses those over a limit."""

    def __init__(
        self, config: SandboxConfig, policy: Policy, clock: SandboxClock
    ) -> None:
        """Start with nothing used."""
        self._config, self._policy, self._clock = config, policy, clock
        self._calls, self._searches = Window(), Window()
        self._zone = _zone(config.time_zone)
        self._day = ""
        self.used_today = 0

    def admit(self, *, search: bool) -> None:
        """Count a call, or refuse it; a refused call counts for nothing."""
        now = self._clock.now()
        self._turn_day(now)
        if self._counts_daily and self.used_today >= self._policy.daily:
            raise self._refusal(_daily(), self._until_midnight(now))
        if search:
            self._admit_search(now)
        else:
            self._admit_call(now)
        self.used_today += 1

    def headers(self) -> dict[str, str]:
        """Return the headers of an answer that is not a search's."""
        limit = self._policy.rate_per_10s
        used = self._calls.count(self._clock.now(), WINDOW_MS)
        shown = {
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(max(0, limit - used)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW_MS),
        }
        if self._counts_daily:
            left = max(0, self._policy.daily - self.used_today)
            shown["X-HubSpot-RateLimit-Daily"] = str(self._policy.daily)
            shown["X-HubSpot-RateLimit-Daily-Remaining"] = str(left)
        return shown

    def usage(self) -> dict[str, object]:
        """Return today's use, as the account API tells it."""
        now = self._clock.now()
        self._turn_day(now)
        resets = now + self._until_midnight(now) * 1000
        return {
            "name": "private-apps-api-calls-daily",
            "usageLimit": self._policy.daily,
            "currentUsage": self.used_today,
            "collectedAt": iso(now),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(resets),
        }

    def _admit_search(self, now: int) -> None:
        used = self._searches.count(now, self._policy.search_window_ms)
        if used >= self._policy.search_per_second:
            raise self._refusal(_secondly(), 1)
        self._searches.add(now)

    def _admit_call(self, now: int) -> None:
        if self._calls.count(now, WINDOW_MS) >= self._policy.rate_per_10s:
            raise self._refusal(self._rolling(), 10)
        self._calls.add(now)

    @property
    def _counts_daily(self) -> bool:
        # Apps installed by OAuth have no daily cap and no daily headers.
        return self._config.auth is not Auth.OAUTH

    def _turn_day(self, now: int) -> None:
        day = self._local(now).date().isoformat()
        if day != self._day:
            self._day, self.used_today = day, 0

    def _local(self, now: int) -> datetime:
        return datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(self._zone)

    def _until_midnight(self, now: int) -> int:
        local = self._local(now)
        midnight = datetime.combine(
            local.date() + timedelta(days=1), datetime.min.time()
        )
        return int((midnight.replace(tzinfo=self._zone) - local).total_seconds())

    def _rolling(self) -> dict[str, object]:
        app = f"{self._config.portal_id}:{self._config.app_id}"
        group = "publicapi:private_app-api-calls-ten-secondly"
        return {
            "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT",
            "policyName": "TEN_SECONDLY_ROLLING",
            "groupName": f"{group}:{app}",
        }

    def _refusal(self, body: dict[str, object], seconds: int) -> ApiProblem:
        headers = {"Retry-After": str(seconds)} if self._policy.retry_after else {}
        message = str(body.pop("message"))
        problem = Problem(
            status=429, message=message, category="", headers=headers, extra=body
        )
        return ApiProblem(problem)


def _daily() -> dict[str, object]:
    return {
        "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "DAILY",
        "requestId": fresh_uuid(),
    }


def _secondly() -> dict[str, object]:
    # HubSpot's own retry decorator matches this text; there is no policyName.
    message = "You have reached your secondly limit."
    return {"message": message, "errorType": "RATE_LIMIT"}


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        logging.getLogger(__name__).warning("time zone %s is unknown; using UTC", name)
        return UTC
