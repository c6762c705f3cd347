"""What HubSpot's error answers mean, and what the caller should do about them.

Statuses and categories: "Error handling", developers.hubspot.com (seen 2026-03-30); the
bodies of 429 as observed (facts of 2026-11-22).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from leadstate.adapters.http import (
    ApiCall,
    ApiResponse,
    Failure,
    Stop,
    TryAgain,
    Unauthorised,
)
from leadstate.errors import ConfigurationError, FatalAdapterError

from .payloads import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Classifier", "is_refusal", "problem_of", "transient"]

_ROLLING_WAIT = 10.0  # TEN_SECONDLY_ROLLING frees itself within its own window
_SECONDLY_WAIT = 1.0
_LOCKED_WAIT = 2.0  # "423: wait at least 2 seconds"
_MIGRATION_WAIT = 60.0  # 477 comes with Retry-After; this is for when it does not
_MIGRATING = 477
_OUT_OF_ORDER = frozenset({408, 500, 502, 503, 504, *range(521, 527)})
_UNKNOWN_RESET_WAIT = 3600.0
_REFUSALS = frozenset({400, 403, 404, 409, 413, 422})
_ABOUT_US = frozenset({403, 404})
_TRANSIENT = frozenset(
    {"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT"}
)


def problem_of(answer: ApiResponse) -> Problem:
    """Read an error answer; empty when it is not HubSpot's (a proxy's page)."""
    try:
        return Problem.model_validate(answer.body)
    except ValidationError:
        return Problem()


def is_refusal(answer: ApiResponse) -> bool:
    """Return whether HubSpot refuses what was written, rather than who writes it.

    A portal's validation rules and stage permissions answer this way ("HubSpot will
    enforce admin-configured validation rules on all CRM API write paths", changelog,
    announced 2026-08-11).  A 403 or 404 without a category is about the path.
    """
    problem = problem_of(answer)
    if answer.status not in _REFUSALS or transient(problem):
        return False
    if answer.status in _ABOUT_US:
        return problem.category not in {"", None, "MISSING_SCOPES"}
    return bool(problem.words())


def transient(problem: Problem) -> bool:
    """Return whether one entry of a 207 may succeed when it is sent again."""
    return problem.category in _TRANSIENT


class Classifier:
    """Says what an error answer means; knows when the account's day ends."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.time_zone: str | None = None

    def __call__(self, call: ApiCall, answer: ApiResponse) -> Failure:
        """Return the verdict on an error answer; the call itself does not matter."""
        del call
        problem = problem_of(answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._rate_limited(answer, problem)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return _unauthorised(problem)
        return _wait(answer, problem) or _stop(answer, problem)

    def _rate_limited(self, answer: ApiResponse, problem: Problem) -> TryAgain:
        said = f"answers 429: {problem.words()}"
        message = (problem.message or "").lower()
        if problem.policy == "DAILY" or "daily limit" in message:
            wait = self._until_midnight()
            return TryAgain(message=said, after_seconds=wait, unapplied=True, shut=True)
        secondly = "secondly limit" in message and "ten_secondly" not in message
        longest = _SECONDLY_WAIT if secondly else _ROLLING_WAIT
        # Retry-After is not reliable, and once documented in ms: never longer than the
        # window itself (facts of 2026-11-22).
        wait = min(_retry_after(answer) or longest, longest)
        return TryAgain(message=said, after_seconds=wait, unapplied=True)

    def _until_midnight(self) -> float:
        """Seconds until the daily limit resets, at midnight of the account's zone."""
        if self.time_zone is None:
            return _UNKNOWN_RESET_WAIT  # asking for the zone would be a call, too
        try:
            local = self._now().astimezone(ZoneInfo(self.time_zone))
        except (ZoneInfoNotFoundError, ValueError):
            return _UNKNOWN_RESET_WAIT
        day = (local + timedelta(days=1)).date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=local.tzinfo)
        return (midnight.astimezone(UTC) - self._now()).total_seconds()


def _wait(answer: ApiResponse, problem: Problem) -> TryAgain | None:
    """Return the pause that the status asks for, if it does."""
    wait = _retry_after(answer)
    if answer.status == HTTPStatus.LOCKED:
        wait = max(_LOCKED_WAIT, wait or 0.0)
        return TryAgain(message="locks the record", after_seconds=wait, unapplied=True)
    if answer.status == _MIGRATING:
        wait = wait or _MIGRATION_WAIT
        return TryAgain(message="is moving the account", after_seconds=wait)
    if answer.status in _OUT_OF_ORDER:
        said = f"answers {answer.status} {problem.words()}"
        return TryAgain(message=said, after_seconds=wait)
    return None


def _stop(answer: ApiResponse, problem: Problem) -> Stop:
    if answer.status == HTTPStatus.FORBIDDEN:
        return _forbidden(problem)
    if answer.status == HTTPStatus.NOT_FOUND:
        said = "does not know the path; check base_url and api_version"
        return Stop(error=ConfigurationError, message=said)
    said = f"refuses with {answer.status}: {problem.words() or 'no reason given'}"
    if answer.status == HTTPStatus.BAD_REQUEST:  # mostly a property that is not there
        return Stop(error=ConfigurationError, message=said)
    return Stop(error=FatalAdapterError, message=said)


def _unauthorised(problem: Problem) -> Unauthorised:
    message = (
        f"does not accept the token: {problem.words() or 'no reason given'}. "
        "Check that the service key or app still exists, then renew it in the settings"
    )
    expired = problem.category == "EXPIRED_AUTHENTICATION"
    return Unauthorised(message=message, expired=expired)


def _forbidden(problem: Problem) -> Stop:
    scopes = problem.named("requiredGranularScopes") or problem.named("requiredScopes")
    if scopes:
        message = f"asks for scopes that the token lacks: {', '.join(scopes)}. Add them"
    else:
        message = f"forbids it (scope or subscription): {problem.words()}"
    return Stop(error=ConfigurationError, message=message)


def _retry_after(answer: ApiResponse) -> float | None:
    """Seconds; HubSpot sends numbers, never dates."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
