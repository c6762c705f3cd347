"""amoCRM's answers to trouble on request; the trouble itself is the kit's.

Besides the kit's kinds, a bulk write can be applied by half and then fail, and a
webhook can say nothing of its author (`modified_user_id` 0, as live ones were seen to).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate.testing.sandbox import faults
from leadstate_amocrm.sandbox.payloads import READ
from leadstate_amocrm.sandbox.problems import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.faults import Fault


class FaultKind(StrEnum):
    """What can go wrong here."""

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


ON_WEBHOOKS = faults.ON_WEBHOOKS | {FaultKind.UNATTRIBUTED}
# The web server answers these, in front of whatever speaks JSON.
PAGES = frozenset((403, 502, 503, 504))


def read_fault(given: Mapping[str, object]) -> Fault:
    """Read a fault from the control API."""
    fault = faults.read_fault(given, READ, FaultKind, ON_WEBHOOKS)
    if fault is None:
        known = ", ".join(FaultKind)
        message = f"fault kind {str(given.get('kind'))[:50]!r} is unknown. "
        message += f"Known: {known}"
        raise invalid(message)
    if not 100 <= fault.status <= 599:  # noqa: PLR2004
        message = "status must be an HTTP status"
        raise invalid(message)
    return fault


def fault_problem(fault: Fault) -> Problem:
    """Return the answer of a status fault."""
    extra: dict[str, object] = {}
    if fault.status == 429:  # noqa: PLR2004
        extra = {"retry_after": int(fault.seconds)}
    return Problem(
        status=fault.status,
        detail="Trouble on request",
        extra=extra,
        is_page=fault.status in PAGES,
    )
