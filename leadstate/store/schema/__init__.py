"""The tables, as SQLAlchemy Core knows them; migrations build the same, step by step.

Rules that the database itself keeps: one open visit a record, one open dead letter a
door and ref, one pending approval a record and transition, unique dedupe keys and
tokens, append-only history (by the database's triggers).  References to a record are
checked at the commit, so that the order in which one transaction writes its rows does
not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store.columns import constant
from leadstate.store.schema.going_live import batch, batch_item, connection_mode
from leadstate.store.schema.parts import metadata
from leadstate.store.schema.past import (
    chain_head,
    checkpoint,
    detail,
    forgotten,
    history,
    past_change,
    subject_key,
    visit,
)
from leadstate.store.schema.records import (
    conflict,
    event,
    field_change,
    further_identity,
    identity,
    link,
    record,
    workflow_version,
)
from leadstate.store.schema.traffic import (
    budget,
    credential,
    cursor,
    dead_letter,
    inbox,
    outbox,
    secret,
    write_ledger,
)
from leadstate.store.schema.waiting import approval, assignment, clock, timer

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause

__all__ = [
    "approval",
    "assignment",
    "batch",
    "batch_item",
    "budget",
    "chain_head",
    "checkpoint",
    "clock",
    "conflict",
    "connection_mode",
    "credential",
    "cursor",
    "dead_letter",
    "detail",
    "event",
    "field_change",
    "forgotten",
    "further_identity",
    "history",
    "identity",
    "inbox",
    "is_open",
    "is_pending",
    "link",
    "metadata",
    "outbox",
    "past_change",
    "record",
    "secret",
    "subject_key",
    "timer",
    "visit",
    "workflow_version",
    "write_ledger",
]


# Written with literals, not parameters: only then does a partial index serve them.
def is_pending(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that an inbox row or an approval still waits."""
    return table.c.state == constant("pending")


def is_open(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that an outbox row still has to go out."""
    return table.c.state.in_([constant("pending"), constant("claimed")])
