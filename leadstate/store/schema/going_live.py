"""The tables about what is observed, what is live, and batches that change many."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from leadstate.domain.mode import ConnectionMode
from leadstate.store.rows import BatchOutcome
from leadstate.store.schema.parts import (
    metadata,
    moment_column,
    partial_index,
    serial_column,
    text_column,
    whole_column,
    word_column,
)

__all__ = ["batch", "batch_item", "connection_mode"]

connection_mode = Table(
    "connection_mode",
    metadata,
    text_column("workflow", key=True),
    text_column("connection", key=True),
    word_column("mode", ConnectionMode),
    moment_column("since"),
    text_column("actor"),
)

batch = Table(
    "batch",
    metadata,
    serial_column(),
    text_column("workflow"),
    text_column("kind"),
    text_column("subject"),
    text_column("actor"),
    moment_column("began_at"),
    text_column("position"),
    whole_column("done"),
    text_column("owner", null=True),
    moment_column("leased_until", null=True),
    moment_column("ended_at", null=True),
    text_column("outcome"),
    partial_index(
        "uq_batch_open",
        "workflow",
        "subject",
        where="ended_at IS NULL",
        unique=True,
    ),
    sqlite_autoincrement=True,
)

batch_item = Table(
    "batch_item",
    metadata,
    Column("batch_id", BigInteger, ForeignKey("batch.id"), primary_key=True),
    text_column("record_id", key=True),
    word_column("outcome", BatchOutcome),
    text_column("why"),
    moment_column("at"),
    Index("ix_batch_item_record_id", "record_id"),
)
