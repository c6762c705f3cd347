"""A history entry: one row of what happened to a record, and why.  Append-only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Cause", "HistoryEntry", "HistoryKind"]


class HistoryKind(StrEnum):
    """What the row says."""

    ENTERED = "entered"  # Leadstate saw the record for the first time
    WENT_LIVE = "went_live"  # an object of it is acted on from now on
    OBSERVED = "observed"  # it is only read from now on
    MOVED = "moved"
    WOULD_HAVE_QUALIFIED = "would_have_qualified"  # late data; it does not any more
    REFUSED = "refused"  # an asked-for move was not made
    REVERTED = "reverted"  # a move made in the CRM was put back
    CRM_REFUSED = "crm_refused"  # the CRM did not take our write
    LINKED = "linked"  # an object of another CRM turned out to be this record
    UNLINKED = "unlinked"  # one CRM lost its object; the record goes on in another
    CONFLICT = "conflict"  # two CRMs said different things; one was believed
    WARNED = "warned"  # an SLA is about to be broken
    BREACHED = "breached"  # an SLA was broken
    WITHDRAWN = "withdrawn"  # a breach turned out not to be one
    ESCALATED = "escalated"  # somebody was told to act
    PAUSED = "paused"  # a clock stands still
    RESUMED = "resumed"  # it goes on
    ASSIGNED = "assigned"  # Leadstate gave it an owner
    STARTED = "started"  # it started a record in another workflow
    EDITED = "edited"  # a person set a field in Leadstate
    APPROVAL_ASKED = "approval_asked"  # a move waits for somebody else's agreement
    DECLINED = "declined"  # somebody did not agree
    MERGED = "merged"  # another record of the CRM was merged into this one
    CLOSED = "closed"  # the CRM no longer has it
    REOPENED = "reopened"  # it was closed, and is back
    ERASED = "erased"  # a privacy deletion
    # About the installation; no record has them.
    APPLIED = "applied"  # another workflow version is in force
    CONFIGURED = "configured"  # connections, bindings or channels changed
    CONNECTED = "connected"  # a connection belongs to another account from now on
    MODE = "mode"  # a connection is only observed, or live, from now on
    PEOPLE = "people"  # who may do what changed


class Cause(StrEnum):
    """What made it happen."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    OUTSIDE = "outside"  # a person or a robot in the CRM
    TIMER = "timer"
    IMPORT = "import"  # it was there when Leadstate first looked
    STARTED = "started"  # a record of another workflow started it
    REPORTED = "reported"  # the CRM's own history, or a file, tells of it


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One row.

    Attributes:
        record_id: "" for a row about the installation itself.
        happened_at: When it happened: by the source's clock what was done elsewhere,
            when it was decided what Leadstate does; None when unknown.
        learnt_at: When Leadstate learnt of it, and judged it.
        qualified_at: Since when the record qualified for the move, by what was learnt
            late; None where that is no other time.
        transition: The transition taken or refused; None when none applies.
        from_stage: Stage before; None for the first row.
        to_stage: Stage after, or the stage that was asked for.
        source: Connection or door the signal came through.
        source_event: The signal's own key, so that one event leaves one row.
        answer: ``accept``, ``flag`` or ``revert`` for a move made in the CRM.
        note: One sentence for a person.
        receipt: The why, as JSON-ready data (see `leadstate.engine.receipts`).
    """

    record_id: str
    kind: HistoryKind
    cause: Cause
    actor: str
    happened_at: datetime | None
    learnt_at: datetime
    from_stage: str | None
    to_stage: str | None
    transition: str | None = None
    reason: str | None = None
    note: str = ""
    answer: str | None = None
    source: str = ""
    source_event: str = ""
    pass_number: int = 1
    workflow_version: str = ""
    receipt: Mapping[str, object] = field(default_factory=dict)
    qualified_at: datetime | None = None
    id: int | None = None
