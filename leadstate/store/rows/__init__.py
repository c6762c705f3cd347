"""What the store takes and gives: one frozen row class a table, and its words.

An *item* or *new* row is what a caller hands in; a *row* is what comes back.  Every
moment is an aware UTC datetime; None means that nobody knows.  Nothing here knows SQL.
Timers and clocks are the domain's own (`leadstate.domain.clock`).
"""

from leadstate.store.rows.clocks import (
    ClockCount,
)
from leadstate.store.rows.forgetting import (
    Forgetting,
    Forgotten,
    Place,
)
from leadstate.store.rows.going_live import (
    BatchItem,
    BatchOutcome,
    BatchRow,
    ModeRow,
)
from leadstate.store.rows.past import (
    PastRow,
)
from leadstate.store.rows.people import (
    Approval,
    ApprovalItem,
    ApprovalState,
    Assignment,
)
from leadstate.store.rows.records import (
    Conflict,
    ConflictItem,
    EventRow,
    FieldChange,
    LinkRow,
    LinkStatus,
    NewRecord,
    RecordChange,
    RecordRow,
    RecordStatus,
    WorkflowRow,
)
from leadstate.store.rows.traffic import (
    TIMER,
    DeadLetter,
    DeadLetterItem,
    Door,
    InboxItem,
    InboxRow,
    InboxState,
    LedgerEntry,
    OutboxItem,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Settlement,
)
from leadstate.store.rows.visits import (
    FirstVisit,
    Visit,
    VisitEnd,
    VisitTurn,
)

__all__ = [
    "TIMER",
    "Approval",
    "ApprovalItem",
    "ApprovalState",
    "Assignment",
    "BatchItem",
    "BatchOutcome",
    "BatchRow",
    "ClockCount",
    "Conflict",
    "ConflictItem",
    "DeadLetter",
    "DeadLetterItem",
    "Door",
    "EventRow",
    "FieldChange",
    "FirstVisit",
    "Forgetting",
    "Forgotten",
    "InboxItem",
    "InboxRow",
    "InboxState",
    "LedgerEntry",
    "LinkRow",
    "LinkStatus",
    "ModeRow",
    "NewRecord",
    "OutboxItem",
    "OutboxKind",
    "OutboxRow",
    "OutboxState",
    "PastRow",
    "Place",
    "RecordChange",
    "RecordRow",
    "RecordStatus",
    "Settlement",
    "Visit",
    "VisitEnd",
    "VisitTurn",
    "WorkflowRow",
]
