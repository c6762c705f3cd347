"""What can go wrong with HubSpot, and what it answers then."""

from __future__ import annotations

from leadstate.testing.sandbox.faults import FaultKind, PlannedFault
from leadstate_hubspot.sandbox.problems import Problem

# Applied by half and without an author: what HubSpot was never seen to do.
KINDS = tuple(
    kind
    for kind in FaultKind
    if kind not in (FaultKind.HALF_APPLIED, FaultKind.UNATTRIBUTED)
)


def fault_problem(fault: PlannedFault) -> Problem:
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
