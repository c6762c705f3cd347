"""The tables about records: where each stands, its values, its objects in the CRMs."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, text

from leadstate.store.rows import LinkStatus, RecordStatus
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
    "conflict",
    "event",
    "field_change",
    "further_identity",
    "identity",
    "link",
    "record",
    "workflow_version",
]


workflow_version = Table(
    "workflow_version",
    metadata,
    text_column("version", key=True),
    text_column("name"),
    text_column("title"),
    text_column("source"),
    moment_column("applied_at"),
    Column("active", Boolean, nullable=False),
    partial_index(
        "uq_workflow_version_active",
        "name",
        unique=True,
        where="active",
    ),
)

record = Table(
    "record",
    metadata,
    text_column("id", key=True),
    text_column("workflow"),
    text_column("stage"),
    whole_column("version"),
    whole_column("pass_number"),
    whole_column("stage_version"),
    moment_column("entered_at", null=True),
    text_column("workflow_version"),
    json_column("data"),
    json_column("folded"),
    moment_column("created_at"),
    moment_column("care_since", null=True),
    word_column("status", RecordStatus),
    text_column("flag", null=True),
    moment_column("flagged_at", null=True),
    text_column("came_from", null=True),
    text_column("entered_via", null=True),
    Column("breach_moves", Integer, nullable=False, server_default=text("0")),
    text_column("owner", null=True),
    Index("ix_record_stage", "workflow", "status", "stage", "id"),
    partial_index(
        "ix_record_owner",
        "owner",
        "status",
        "workflow",
        "stage",
        where="owner IS NOT NULL",
    ),
    partial_index(
        "ix_record_flagged",
        "id",
        where="flag IS NOT NULL",
    ),
)

link = Table(
    "link",
    metadata,
    text_column("workflow", key=True),
    text_column("connection", key=True),
    text_column("object", key=True),
    text_column("external_id", key=True),
    record_column(null=True),
    text_column("remote_stage", null=True),
    json_column("remote_properties"),
    moment_column("remote_updated_at", null=True),
    moment_column("seen_at"),
    word_column("status", LinkStatus),
    text_column("reason"),
    text_column("merged_into", null=True),
    whole_column("reverts"),
    moment_column("reverted_at", null=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    moment_column("live_since", null=True),
    Index("ix_link_record_id", "record_id"),
    Index("ix_link_external_id", "external_id"),
    partial_index(
        "ix_link_merged",
        "record_id",
        where="status = 'merged'",
    ),
    sqlite_with_rowid=False,
)

# Which records have an identifying value; erased with the person.
identity = Table(
    "identity",
    metadata,
    text_column("workflow", key=True),
    text_column("field", key=True),
    text_column("value", key=True),
    record_column(key=True),
    Index("ix_identity_record_id", "record_id"),
    sqlite_with_rowid=False,
)

# A person's further addresses and numbers, as one object shows them.
further_identity = Table(
    "further_identity",
    metadata,
    text_column("workflow", key=True),
    text_column("connection", key=True),
    text_column("object", key=True),
    text_column("external_id", key=True),
    text_column("field", key=True),
    text_column("value", key=True),
    Index("ix_further_identity_value", "workflow", "field", "value"),
    sqlite_with_rowid=False,
)

event = Table(
    "event",
    metadata,
    record_column(key=True),
    text_column("name", key=True),
    moment_column("at", key=True),
    text_column("source"),
    moment_column("learnt_at"),
    sqlite_with_rowid=False,
)

field_change = Table(
    "field_change",
    metadata,
    serial_column(),
    record_column(),
    text_column("field"),
    json_column("old", null=True),
    json_column("new", null=True),
    Column("sealed", LargeBinary, nullable=True),
    moment_column("changed_at", null=True),
    moment_column("learnt_at"),
    text_column("source"),
    Index("ix_field_change_record_id", "record_id", "id"),
)

conflict = Table(
    "conflict",
    metadata,
    serial_column(),
    record_column(),
    text_column("what"),
    text_column("connection"),
    text_column("kept_from"),
    text_column("rule"),
    json_column("kept", null=True),
    json_column("dropped", null=True),
    Column("sealed", LargeBinary, nullable=True),
    moment_column("kept_at", null=True),
    moment_column("dropped_at", null=True),
    moment_column("at"),
    moment_column("taken_at", null=True),
    Index("ix_conflict_record_id", "record_id", "id"),
    sqlite_autoincrement=True,
)
