"""Durable truth: records, history, inbox and outbox in one database.

    store = open_store("sqlite:///leadstate.db")
    with store.begin() as work:
        new = work.inbox.add(items)
        work.commit()

The store decides nothing and reads no clock: every moment is an argument.
"""

from leadstate.store.extracts import Portion
from leadstate.store.rows import (
    TIMER,
    Approval,
    ApprovalItem,
    ApprovalState,
    Assignment,
    ClockCount,
    Conflict,
    ConflictItem,
    DeadLetter,
    DeadLetterItem,
    Door,
    EventRow,
    FieldChange,
    FirstVisit,
    InboxItem,
    InboxRow,
    InboxState,
    LedgerEntry,
    LinkRow,
    LinkStatus,
    NewRecord,
    OutboxItem,
    OutboxKind,
    OutboxRow,
    OutboxState,
    RecordChange,
    RecordRow,
    RecordStatus,
    Settlement,
    Visit,
    VisitEnd,
    VisitTurn,
    WorkflowRow,
)
from leadstate.store.store import Store, View, Work, open_store

__all__ = [
    "TIMER",
    "Approval",
    "ApprovalItem",
    "ApprovalState",
    "Assignment",
    "ClockCount",
    "Conflict",
    "ConflictItem",
    "DeadLetter",
    "DeadLetterItem",
    "Door",
    "EventRow",
    "FieldChange",
    "FirstVisit",
    "InboxItem",
    "InboxRow",
    "InboxState",
    "LedgerEntry",
    "LinkRow",
    "LinkStatus",
    "NewRecord",
    "OutboxItem",
    "OutboxKind",
    "OutboxRow",
    "OutboxState",
    "Portion",
    "RecordChange",
    "RecordRow",
    "RecordStatus",
    "Settlement",
    "Store",
    "View",
    "Visit",
    "VisitEnd",
    "VisitTurn",
    "Work",
    "WorkflowRow",
    "open_store",
]
