"""Trouble on request: what a test can make the sandbox do to its callers.

{"kind": "status", "status": 503, "times": 2, "match": {"path": "/crm/"}}
{"kind": "timeout_after_apply", "match": {"method": "PATCH"}}
{"kind": "duplicate", "probability": 0.3}
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.payloads import as_number, as_object, as_text, as_whole
from leadstate_hubspot.sandbox.problems import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

FOREVER = -1
STATUSES = (423, 429, 477, 500, 502, 503, 504, 521, 524)


class FaultKind(StrEnum):
    """What can go wrong."""

    STATUS = "status"
    TIMEOUT_BEFORE_APPLY = "timeout_before_apply"
    TIMEOUT_AFTER_APPLY = "timeout_after_apply"
    MALFORMED = "malformed"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"


ON_WEBHOOKS = frozenset(
    (FaultKind.DROP, FaultKind.DUPLICATE, FaultKind.REORDER, FaultKind.DELAY)
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One trouble and how often it strikes."""

    kind: FaultKind
    times: int = 1
    probability: float = 1.0
    status: int = 503
    seconds: float = 1.0
    method: str = ""
    path: str = ""

    def body(self) -> dict[str, object]:
        """Return the fault as the control API shows it."""
        return {
            "kind": self.kind.value,
            "times": self.times,
            "probability": self.probability,
            "status": self.status,
            "seconds": self.seconds,
            "match": {"method": self.method, "path": self.path},
        }

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request is one this fault is meant for."""
        fitting = self.method in ("", method) and path.startswith(self.path)
        return fitting and self.times != 0


class Faults:
    """The troubles waiting to strike."""

    def __init__(self, random: Random) -> None:
        """Start with none."""
        self._random = random
        self.waiting: list[Fault] = []

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the trouble this request meets, used up by one."""
        for fault in self.waiting:
            if fault.kind in ON_WEBHOOKS or not fault.matches(method, path):
                continue
            if self._happens(fault):
                return fault
        return None

    def strike_webhook(self, kind: FaultKind) -> Fault | None:
        """Return the trouble of this kind the next webhook event meets."""
        for fault in self.waiting:
            if fault.kind is kind and fault.times != 0 and self._happens(fault):
                return fault
        return None

    def _happens(self, fault: Fault) -> bool:
        if self._random.random() >= fault.probability:
            return False
        if fault.times > 0:
            fault.times -= 1
        self.waiting = [one for one in self.waiting if one.times != 0]
        return True


def read_fault(given: Mapping[str, object]) -> Fault:
    """Read a fault from the control API.

    Webhook faults strike until removed unless `times` says otherwise; the others once.
    """
    name = as_text(given.get("kind", ""), at="kind")
    if name not in set(FaultKind):
        known = ", ".join(FaultKind)
        message = f"fault kind {name!r} is unknown. Known: {known}"
        raise invalid(message)
    kind = FaultKind(name)
    match = as_object(given.get("match") or {}, at="match")
    usual = FOREVER if kind in ON_WEBHOOKS else 1
    times = given.get("times")
    return Fault(
        kind=kind,
        times=usual if times is None else as_whole(times, at="times"),
        probability=as_number(given.get("probability", 1.0), at="probability"),
        status=as_whole(given.get("status", 503), at="status"),
        seconds=as_number(given.get("seconds", 1.0), at="seconds"),
        method=as_text(match.get("method") or "", at="match.method").upper(),
        path=as_text(match.get("path") or "", at="match.path"),
    )


def fault_problem(fault: Fault) -> Problem:
    """Return the answer of a status fault."""
    headers: dict[str, str] = {}
    if fault.status == 477:  # noqa: PLR2004 - HubSpot's own "migration in progress"
        headers["Retry-After"] = str(int(fault.seconds))
    extra: dict[str, object] = {}
    if fault.status == 429:  # noqa: PLR2004
        extra = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
    message = _MESSAGES.get(fault.status, "internal error")
    return Problem(
        status=fault.status, message=message, category="", headers=headers, extra=extra
    )


_MESSAGES = {
    423: "The resource is locked; wait at least 2 seconds before trying again.",
    429: "You have reached your ten_secondly_rolling limit.",
    477: "This account is being migrated between data centres.",
    502: "Bad gateway",
    503: "Service temporarily unavailable",
    504: "Gateway timeout",
}
