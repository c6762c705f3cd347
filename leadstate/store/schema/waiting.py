"""The tables about time and people: clocks, timers, approvals, assignments."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from leadstate.domain.clock import TimerKind
from leadstate.store.rows import ApprovalState
from leadstate.store.schema.parts import (
    json_column,
    length_column,
    metadata,
    moment_column,
    partial_index,
    record_column,
    serial_column,
    text_column,
    whole_column,
    word_column,
)

__all__ = ["approval", "assignment", "clock", "timer"]

timer = Table(
    "timer",
    metadata,
    serial_column(),
    record_column(),
    word_column("kind", TimerKind),
    text_column("sla"),
    text_column("mark"),
    whole_column("stage_version"),
    moment_column("due_at"),
    moment_column("fired_at", null=True),
    UniqueConstraint("record_id", "kind", "sla", "mark"),
    # It holds whole rows: a sweep reads a few pages of the index, and no other page.
    Index(
        "ix_timer_due",
        "fired_at",
        "due_at",
        "id",
        "record_id",
        "kind",
        "sla",
        "mark",
        "stage_version",
    ),
    # An id never comes back: the inbox tells by it whether one fired already.
    sqlite_autoincrement=True,
)

clock = Table(
    "clock",
    metadata,
    serial_column(),
    record_column(),
    text_column("sla"),
    text_column("stage"),
    whole_column("stage_version"),
    whole_column("pass_number"),
    text_column("team", null=True),
    text_column("owner", null=True),
    moment_column("entered_at", null=True),
    moment_column("started_at", null=True),
    length_column("carried"),
    json_column("pauses"),
    moment_column("due_at", null=True),
    length_column("used", null=True),
    json_column("fired"),
    moment_column("breached_at", null=True),
    text_column("escalated_to", null=True),
    moment_column("ended_at", null=True),
    moment_column("counts_from", null=True),
    Column("version", Text, nullable=False, server_default=text("''")),
    length_column("within", null=True),
    length_column("grace", null=True),
    moment_column("grace_from", null=True),
    Column("measured", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("record_id", "stage_version", "sla"),
    partial_index("ix_clock_open", "record_id", "id", where="ended_at IS NULL"),
    partial_index("ix_clock_open_due", "due_at", "id", where="ended_at IS NULL"),
)

approval = Table(
    "approval",
    metadata,
    serial_column(),
    record_column(),
    whole_column("stage_version"),
    text_column("transition"),
    text_column("asked_by"),
    moment_column("asked_at"),
    text_column("reason", null=True),
    text_column("note"),
    text_column("source"),
    word_column("state", ApprovalState),
    text_column("decided_by", null=True),
    moment_column("decided_at", null=True),
    text_column("decided_note"),
    Index("ix_approval_record_id", "record_id", "id"),
    partial_index(
        "uq_approval_pending",
        "record_id",
        "transition",
        where="state = 'pending'",
        unique=True,
    ),
    partial_index("ix_approval_pending", "id", where="state = 'pending'"),
    sqlite_autoincrement=True,
)

assignment = Table(
    "assignment",
    metadata,
    serial_column(),
    record_column(),
    text_column("person"),
    text_column("team", null=True),
    moment_column("at"),
    text_column("history_id", null=True),
    Index("ix_assignment_person", "person", "id"),
    Index("ix_assignment_record_id", "record_id"),
    sqlite_autoincrement=True,
)
