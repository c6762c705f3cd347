"""Trouble on request: what a test can make a sandbox do to its callers.

{"kind": "status", "status": 503, "times": 2, "match": {"path": "/crm/"}}
{"kind": "timeout_after_apply", "match": {"method": "PATCH"}}
{"kind": "duplicate", "probability": 0.3}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from .payloads import JsonReader

FOREVER = -1


class FaultKind(StrEnum):
    """What can go wrong; a sandbox says which of it happens to its CRM."""

    STATUS = "status"
    TIMEOUT_BEFORE_APPLY = "timeout_before_apply"
    TIMEOUT_AFTER_APPLY = "timeout_after_apply"
    MALFORMED = "malformed"
    HALF_APPLIED = "half_applied"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    UNATTRIBUTED = "unattributed"


ON_WEBHOOKS = frozenset(
    (
        FaultKind.DROP,
        FaultKind.DUPLICATE,
        FaultKind.REORDER,
        FaultKind.DELAY,
        FaultKind.UNATTRIBUTED,
    )
)
"""Kinds that strike deliveries; the others strike requests."""


@dataclass(slots=True, kw_only=True)
class PlannedFault:
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


@dataclass(slots=True)
class Faults:
    """The troubles waiting to strike.

    Attributes:
        kinds: What can go wrong with this CRM.
    """

    random: Random
    kinds: Sequence[FaultKind]
    waiting: list[PlannedFault] = field(default_factory=list)

    def strike(self, method: str, path: str) -> PlannedFault | None:
        """Return the trouble this request meets, used up by one."""
        for fault in self.waiting:
            if fault.kind in ON_WEBHOOKS or not fault.matches(method, path):
                continue
            if self._happens(fault):
                return fault
        return None

    def strike_webhook(self, kind: FaultKind) -> PlannedFault | None:
        """Return the trouble of this kind the next webhook event meets."""
        for fault in self.waiting:
            if fault.kind == kind and fault.times != 0 and self._happens(fault):
                return fault
        return None

    def _happens(self, fault: PlannedFault) -> bool:
        if self.random.random() >= fault.probability:
            return False
        if fault.times > 0:
            fault.times -= 1
        self.waiting = [one for one in self.waiting if one.times != 0]
        return True


def read_fault(
    given: Mapping[str, object],
    kinds: Sequence[FaultKind],
    read: JsonReader,
    refuse: Callable[[str], Exception],
) -> PlannedFault:
    """Read a fault from the control API.

    Webhook faults strike until removed unless `times` says otherwise; the others once.
    """
    named = read.text(given.get("kind", ""), at="kind")
    kind = next((one for one in kinds if one == named), None)
    if kind is None:
        name, known = str(given.get("kind"))[:50], ", ".join(kinds)
        raise refuse(f"fault kind {name!r} is unknown. Known: {known}")
    match = read.mapping(given.get("match") or {}, at="match")
    times = given.get("times")
    usual = FOREVER if kind in ON_WEBHOOKS else 1
    fault = PlannedFault(
        kind=kind,
        times=usual if times is None else read.whole(times, at="times"),
        probability=read.number(given.get("probability", 1.0), at="probability"),
        status=read.whole(given.get("status", 503), at="status"),
        seconds=read.number(given.get("seconds", 1.0), at="seconds"),
        method=read.text(match.get("method") or "", at="match.method").upper(),
        path=read.text(match.get("path") or "", at="match.path"),
    )
    if not 100 <= fault.status <= 599:  # noqa: PLR2004
        raise refuse("status must be an HTTP status")
    return fault
