"""What can go wrong with amoCRM, and what it answers then.

All that the kit knows, besides: a bulk write can be applied by half and then fail, and
a webhook can say nothing of its author (`modified_user_id` 0, as live ones were seen
to).
"""

from __future__ import annotations

from leadstate.testing.sandbox.faults import FaultKind, PlannedFault
from leadstate_amocrm.sandbox.problems import Problem

KINDS = tuple(FaultKind)
# The web server answers these, in front of whatever speaks JSON.
PAGES = frozenset((403, 502, 503, 504))


def fault_problem(fault: PlannedFault) -> Problem:
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
