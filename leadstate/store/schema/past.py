"""The tables about what happened: the history with its receipts, and the visits."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

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

__all__ = ["history", "receipt", "visit"]


history = Table(
    "history",
    metadata,
    serial_column("seq"),
    Column("id", Text, nullable=False, unique=True),
    record_column(),
    word_column("kind", HistoryKind),
    word_column("cause", Cause),
    text_column("actor"),
    moment_column("happened_at", null=True),
    moment_column("learnt_at"),
    text_column("transition", null=True),
    text_column("from_stage", null=True),
    text_column("to_stage", null=True),
    text_column("reason", null=True),
    text_column("note"),
    text_column("answer", null=True),
    text_column("source"),
    text_column("source_event"),
    whole_column("pass_number"),
    text_column("workflow_version"),
    Index("ix_history_record_id", "record_id", "seq"),
    sqlite_autoincrement=True,
)

receipt = Table(
    "receipt",
    metadata,
    Column(
        "history_id",
        Text,
        ForeignKey("history.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
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
    Index("ix_visit_record_id", "record_id", "id"),
    partial_index(
        "uq_visit_open",
        "record_id",
        unique=True,
        where="left_by IS NULL",
    ),
)
