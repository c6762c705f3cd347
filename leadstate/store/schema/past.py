"""The tables about what happened: the history with its details, and the visits."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from leadstate.domain.history import Cause, HistoryKind
from leadstate.store.schema.parts import (
    json_column,
    metadata,
    moment_column,
    partial_index,
    record_column,
    serial_column,
    text_column,
    whole_column,
    word_column,
)

__all__ = [
    "chain_head",
    "checkpoint",
    "detail",
    "forgotten",
    "history",
    "past_change",
    "subject_key",
    "visit",
]


history = Table(
    "history",
    metadata,
    serial_column("seq"),
    Column("id", Text, nullable=False, unique=True),
    record_column(null=True),
    word_column("kind", HistoryKind),
    word_column("cause", Cause),
    text_column("actor"),
    moment_column("happened_at", null=True),
    moment_column("learnt_at"),
    text_column("transition", null=True),
    text_column("from_stage", null=True),
    text_column("to_stage", null=True),
    text_column("reason", null=True),
    text_column("answer", null=True),
    text_column("source"),
    text_column("source_event"),
    whole_column("pass_number"),
    text_column("workflow_version"),
    whole_column("lane"),
    whole_column("place"),
    text_column("detail", null=True),
    text_column("hash"),
    Column("format", Integer, nullable=False, server_default=text("1")),
    moment_column("qualified_at", null=True),
    UniqueConstraint("lane", "place"),
    Index("ix_history_record_id", "record_id", "seq"),
    # Moves that late data led to are few.
    partial_index("ix_history_qualified", "id", where="qualified_at IS NOT NULL"),
    sqlite_autoincrement=True,
)

# The note and the receipt of a row, sealed; the row holds its digest.
detail = Table(
    "detail",
    metadata,
    Column(
        "history_id",
        Text,
        ForeignKey("history.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    Column("body", LargeBinary, nullable=False),
)

# The key that opens a record's past; deleted when the person is forgotten.
subject_key = Table(
    "subject_key",
    metadata,
    record_column(key=True),
    Column("key", LargeBinary, nullable=False),
)

# Where each lane of the chain ends; missing rows at the end show against it.
chain_head = Table(
    "chain_head",
    metadata,
    Column("lane", Integer, primary_key=True, autoincrement=False),
    whole_column("place"),
    text_column("hash"),
)

# The heads of all lanes at one moment, signed.
checkpoint = Table(
    "checkpoint",
    metadata,
    serial_column(),
    moment_column("made_at"),
    text_column("body"),
    text_column("signature"),
    text_column("key"),
    sqlite_autoincrement=True,
)

# Who was forgotten, by a keyed digest that names nobody: they do not come back.
forgotten = Table(
    "forgotten",
    metadata,
    text_column("digest", key=True),
    text_column("record_id"),
    moment_column("at"),
    Index("ix_forgotten_record_id", "record_id"),
)

# What a CRM's history or a file tells, until it is made part of the history.
past_change = Table(
    "past_change",
    metadata,
    text_column("workflow", key=True),
    text_column("source", key=True),
    text_column("record_id", key=True),  # "" for an object that has no record
    text_column("external_id", key=True),
    text_column("key", key=True),
    moment_column("at", null=True),
    json_column("body"),
)

visit = Table(
    "visit",
    metadata,
    serial_column(),
    record_column(),
    text_column("stage"),
    whole_column("pass_number"),
    moment_column("entered_at", null=True),
    moment_column("left_at", null=True),
    text_column("entered_by"),
    text_column("left_by", null=True),
    text_column("owner", null=True),
    Column("workflow_version", Text, nullable=False, server_default=text("''")),
    Column("reported", Boolean, nullable=False, server_default=false()),
    Index("ix_visit_record_id", "record_id", "id"),
    # The reports read these two instead of the table.
    Index(
        "ix_visit_trip",
        "record_id",
        "pass_number",
        "id",
        "stage",
        "entered_at",
        "left_at",
    ),
    Index(
        "ix_visit_length",
        "stage",
        text("(left_at - entered_at)"),
        "left_at",
        "entered_at",
    ),
    partial_index(
        "ix_visit_standing",
        "stage",
        "entered_at",
        where="left_by IS NULL",
    ),
    partial_index(
        "uq_visit_open",
        "record_id",
        unique=True,
        where="left_by IS NULL",
    ),
)
