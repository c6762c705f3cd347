"""The tables about what comes in and goes out, and what that takes: rates, tokens."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from leadstate.store.rows import Door, InboxState, OutboxKind, OutboxState
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
    "budget",
    "credential",
    "cursor",
    "dead_letter",
    "inbox",
    "outbox",
    "secret",
    "write_ledger",
]

_OPEN = "state IN ('pending', 'claimed')"


inbox = Table(
    "inbox",
    metadata,
    serial_column(),
    text_column("workflow"),
    text_column("key"),
    text_column("connection"),
    text_column("kind"),
    text_column("object"),
    text_column("external_id"),
    text_column("record_id", null=True),
    json_column("payload"),
    moment_column("happened_at", null=True),
    moment_column("received_at"),
    moment_column("due_at"),
    whole_column("attempts"),
    word_column("state", InboxState),
    moment_column("settled_at", null=True),
    # Two lines to stand in: a hundred thousand timers keep no webhook waiting.
    partial_index(
        "ix_inbox_due_timer",
        "workflow",
        "due_at",
        "id",
        where="state = 'pending' AND kind = 'timer'",
    ),
    partial_index(
        "ix_inbox_due_news",
        "workflow",
        "due_at",
        "id",
        where="state = 'pending' AND kind <> 'timer'",
    ),
    partial_index(
        "ix_inbox_settled_at",
        "settled_at",
        where="settled_at IS NOT NULL",
    ),
    UniqueConstraint("workflow", "key"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    serial_column(),
    Column("token", Text, nullable=False, unique=True),
    Column("workflow", Text, nullable=False, server_default=text("''")),
    record_column(),
    text_column("connection"),
    text_column("object"),
    text_column("external_id"),
    word_column("kind", OutboxKind),
    json_column("payload"),
    text_column("history_id", null=True),
    moment_column("created_at"),
    moment_column("due_at"),
    whole_column("attempts"),
    word_column("state", OutboxState),
    text_column("claim_token", null=True),
    moment_column("claimed_until", null=True),
    Column("sent", Boolean, nullable=False),
    # What `sent` was before the claim, to fall back on when an attempt surely failed.
    Column("sent_earlier", Boolean, nullable=False),
    text_column("outcome"),
    moment_column("settled_at", null=True),
    partial_index(
        "ix_outbox_open_record",
        "record_id",
        "connection",
        "id",
        where=_OPEN,
    ),
    partial_index(
        "ix_outbox_open_due",
        "workflow",
        "connection",
        "due_at",
        "id",
        where=_OPEN,
    ),
    sqlite_autoincrement=True,
)

write_ledger = Table(
    "write_ledger",
    metadata,
    serial_column(),
    text_column("connection"),
    text_column("object"),
    text_column("external_id"),
    text_column("property"),
    text_column("value"),
    text_column("token"),
    moment_column("written_at"),
    Column("workflow", Text, nullable=False, server_default=text("''")),
    Index("ix_write_ledger_object", "connection", "object", "external_id"),
    Index("ix_write_ledger_written_at", "written_at"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    serial_column(),
    Column("workflow", Text, nullable=False, server_default=text("''")),
    word_column("door", Door),
    text_column("ref"),
    text_column("connection"),
    text_column("object"),
    text_column("external_id"),
    text_column("record_id", null=True),
    text_column("reason"),
    text_column("detail"),
    json_column("payload"),
    moment_column("first_at"),
    moment_column("last_at"),
    whole_column("times"),
    moment_column("replayed_at", null=True),
    partial_index(
        "uq_dead_letter_open",
        "workflow",
        "door",
        "ref",
        unique=True,
        where="replayed_at IS NULL",
    ),
    sqlite_autoincrement=True,
)

cursor = Table(
    "cursor",
    metadata,
    text_column("workflow", key=True),
    text_column("connection", key=True),
    text_column("name", key=True),
    text_column("value"),
    moment_column("updated_at"),
)

budget = Table(
    "budget",
    metadata,
    text_column("key", key=True),
    Column("tat", BigInteger, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    text_column("connection", key=True),
    text_column("name", key=True),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    moment_column("updated_at", null=True),
)

# What the installation itself must know and never tell, by name.
secret = Table(
    "secret",
    metadata,
    text_column("name", key=True),
    Column("value", LargeBinary, nullable=False),
)
