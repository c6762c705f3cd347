"""What amoCRM's error answers mean, and what the caller should do about them.

Statuses and bodies: "Limits and errors", amocrm.ru/developers (seen 2026-11-22), and
bodies recorded from live accounts.  A block after repeated 429 comes as an HTML page.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

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
    from datetime import datetime

__all__ = ["Classifier", "is_refusal", "is_timeout", "problem_of"]

_RATE_WAIT = 10.0  # when a 429 does not say how long
_BLOCK = timedelta(minutes=15)  # between two looks whether the block is lifted
_SUSPICIOUS = timedelta(minutes=10)  # after a 429, a 403 is believed to be a block
_OUT_OF_ORDER = frozenset({408, 500, 502, 503, 504})
_REFUSALS = frozenset({400, 403, 404, 409, 422})


def problem_of(answer: ApiResponse) -> Problem:
    """Read an error answer; empty when it is not amoCRM's (a proxy's page)."""
    try:
        return Problem.model_validate(answer.body)
    except ValidationError:
        return Problem()


def is_refusal(answer: ApiResponse) -> bool:
    """Return whether amoCRM refuses what was written, rather than who writes it."""
    if answer.status not in _REFUSALS or answer.body is None:
        return False
    return bool(problem_of(answer).words())


def is_timeout(answer: ApiResponse) -> bool:
    """Return whether amoCRM asks for a smaller batch ("504: reduce the batch")."""
    return answer.status == HTTPStatus.GATEWAY_TIMEOUT


class Classifier:
    """Says what an error answer means; remembers that the account is blocked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._throttled_at: datetime | None = None
        self._blocked_until: datetime | None = None

    def check(self) -> None:
        """Raise instead of calling while amoCRM blocks us: calls prolong a block."""
        until, now = self._blocked_until, self._now()
        if until is not None and now < until <= now + _BLOCK:
            raise FatalAdapterError(
                f"amoCRM blocks this integration; no call is made until "
                f"{until.isoformat(timespec='seconds')}. {_UNBLOCK}"
            )

    def __call__(self, call: ApiCall, answer: ApiResponse) -> Failure:
        """Return the verdict on an error answer."""
        del call
        problem = problem_of(answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._rate_limited(problem)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return _unauthorised(problem)
        if answer.status == HTTPStatus.FORBIDDEN:
            return self._forbidden(answer, problem)
        if answer.status in _OUT_OF_ORDER:
            return TryAgain(
                message=f"answers {answer.status} {problem.words()}".rstrip()
            )
        return _stop(answer, problem)

    def _rate_limited(self, problem: Problem) -> TryAgain:
        self._throttled_at = self._now()
        return TryAgain(
            message=f"answers 429: {problem.words() or 'too many requests'}",
            after_seconds=problem.retry_after or _RATE_WAIT,
            unapplied=True,
            shut=True,  # going on after a 429 ends in a block
        )

    def _forbidden(self, answer: ApiResponse, problem: Problem) -> Stop:
        at = self._throttled_at
        throttled = at is not None and abs(self._now() - at) < _SUSPICIOUS
        if answer.body is None or throttled:
            self._blocked_until = self._now() + _BLOCK
            message = f"blocks this integration (403). {_UNBLOCK}"
            return Stop(error=FatalAdapterError, message=message)
        message = (
            f"forbids it: {problem.words() or 'no reason given'}. The user of the "
            "token lacks the right, or the tariff the feature: see leadstate doctor"
        )
        return Stop(error=ConfigurationError, message=message)


_UNBLOCK = (
    "Only amoCRM's support lifts a block: write to them, and set requests_per_second "
    "to what is left beside your other programs"
)


def _unauthorised(problem: Problem) -> Unauthorised:
    message = (
        f"does not accept the token: {problem.words() or 'no reason given'}. Check "
        "that the integration is still installed, then renew the token in the "
        "settings or run: leadstate connect amocrm"
    )
    return Unauthorised(message=message, expired=True)


def _stop(answer: ApiResponse, problem: Problem) -> Stop:
    said = f"refuses with {answer.status}: {problem.words() or 'no reason given'}"
    if answer.status == HTTPStatus.PAYMENT_REQUIRED:
        message = (
            "wants to be paid (402): the account's subscription or tariff does not "
            f"cover this. {problem.words()} See amoCRM > Settings > Billing"
        )
        return Stop(error=ConfigurationError, message=message)
    if answer.status == HTTPStatus.NOT_FOUND:
        message = (
            f"does not know the path ({problem.words() or 'no reason given'}). If the "
            "account's subdomain was changed, set base_url to the new address"
        )
        return Stop(error=ConfigurationError, message=message)
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return Stop(error=ConfigurationError, message=said)
    return Stop(error=FatalAdapterError, message=said)
