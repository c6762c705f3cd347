"""HubSpot's answers to trouble on request; the trouble itself is the kit's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox import faults
from leadstate.testing.sandbox.faults import Fault, FaultKind
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_fault(given: Mapping[str, object]) -> Fault:
    """Read a fault from the control API."""
    fault = faults.read_fault(given, READ, FaultKind)
    if fault is None:
        known = ", ".join(FaultKind)
        name = str(given.get("kind"))[:50]
        message = f"fault kind {name!r} is unknown. Known: {known}"
        raise invalid(message)
    return fault


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
