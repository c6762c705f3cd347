"""The tables, as SQLAlchemy Core knows them; migrations build the same, step by step.

Rules that the database itself keeps: one open visit a record, one open dead letter a
door and ref, unique dedupe keys and tokens, append-only history (`sqlite.TRIGGERS`).
References to a record are checked at the commit, so that the order in which one
transaction writes its rows does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
    text,
)

from leadstate.domain.history import Cause, HistoryKind
from leadstate.store.columns import Instant, Word
from leadstate.store.rows import (
    Door,
    InboxState,
    LinkStatus,
    OutboxKind,
    OutboxState,
    RecordStatus,
)

if TYPE_CHECKING:
    from datetime import datetime
    from enum import StrEnum

    from sqlalchemy import ColumnElement, FromClause

__all__ = [
    "budget",
    "conflict",
    "credential",
    "cursor",
    "dead_letter",
    "event",
    "field_change",
    "history",
    "identity",
    "inbox",
    "is_open",
    "is_pending",
    "link",
    "metadata",
    "outbox",
    "receipt",
    "record",
    "visit",
    "workflow_version",
    "write_ledger",
]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=key)


def _whole(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _moment(name: str, *, null: bool = False, key: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=null, primary_key=key)


def _word(name: str, words: type[StrEnum]) -> Column[StrEnum]:
    return Column(name, Word(words), nullable=False)


def _json(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, JSON(none_as_null=True), nullable=null)


def _serial(name: str = "id") -> Column[int]:
    # SQLite counts by itself only in a column declared as exactly INTEGER.
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, primary_key=True, autoincrement=True)


def _record_id(*, null: bool = False, key: bool = False) -> Column[str]:
    reference = ForeignKey("record.id", deferrable=True, initially="DEFERRED")
    return Column("record_id", Text, reference, nullable=null, primary_key=key)


workflow_version = Table(
    "workflow_version",
    metadata,
    _text("version", key=True),
    _text("name"),
    _text("title"),
    _text("source"),
    _moment("applied_at"),
    Column("active", Boolean, nullable=False),
    Index(
        "uq_workflow_version_active",
        "name",
        unique=True,
        sqlite_where=text("active"),
        postgresql_where=text("active"),
    ),
)

record = Table(
    "record",
    metadata,
    _text("id", key=True),
    _text("workflow"),
    _text("stage"),
    _whole("version"),
    _whole("pass_number"),
    _whole("stage_version"),
    _moment("entered_at", null=True),
    _text("workflow_version"),
    _json("data"),
    _json("folded"),
    _moment("created_at"),
    _word("status", RecordStatus),
    _text("flag", null=True),
    _moment("flagged_at", null=True),
    Index("ix_record_stage", "status", "stage", "id"),
    Index(
        "ix_record_flagged",
        "id",
        sqlite_where=text("flag IS NOT NULL"),
        postgresql_where=text("flag IS NOT NULL"),
    ),
)

link = Table(
    "link",
    metadata,
    _text("connection", key=True),
    _text("object", key=True),
    _text("external_id", key=True),
    _record_id(null=True),
    _text("remote_stage", null=True),
    _json("remote_properties"),
    _moment("remote_updated_at", null=True),
    _moment("seen_at"),
    _word("status", LinkStatus),
    _text("reason"),
    _text("merged_into", null=True),
    _whole("reverts"),
    _moment("reverted_at", null=True),
    Index("ix_link_record_id", "record_id"),
    Index("ix_link_external_id", "external_id"),
    sqlite_with_rowid=False,
)

history = Table(
    "history",
    metadata,
    _serial("seq"),
    Column("id", Text, nullable=False, unique=True),
    _record_id(),
    _word("kind", HistoryKind),
    _word("cause", Cause),
    _text("actor"),
    _moment("happened_at", null=True),
    _moment("learnt_at"),
    _text("transition", null=True),
    _text("from_stage", null=True),
    _text("to_stage", null=True),
    _text("reason", null=True),
    _text("note"),
    _text("answer", null=True),
    _text("source"),
    _text("source_event"),
    _whole("pass_number"),
    _text("workflow_version"),
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
    _json("body"),
)

visit = Table(
    "visit",
    metadata,
    _serial(),
    _record_id(),
    _text("stage"),
    _whole("pass_number"),
    _moment("entered_at", null=True),
    _moment("left_at", null=True),
    _text("entered_by"),
    _text("left_by", null=True),
    Index("ix_visit_record_id", "record_id", "id"),
    Index(
        "uq_visit_open",
        "record_id",
        unique=True,
        sqlite_where=text("left_by IS NULL"),
        postgresql_where=text("left_by IS NULL"),
    ),
)

inbox = Table(
    "inbox",
    metadata,
    _serial(),
    Column("key", Text, nullable=False, unique=True),
    _text("connection"),
    _text("kind"),
    _text("object"),
    _text("external_id"),
    _text("record_id", null=True),
    _json("payload"),
    _moment("happened_at", null=True),
    _moment("received_at"),
    _moment("due_at"),
    _whole("attempts"),
    _word("state", InboxState),
    _moment("settled_at", null=True),
    Index(
        "ix_inbox_due",
        "due_at",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_inbox_settled_at",
        "settled_at",
        sqlite_where=text("settled_at IS NOT NULL"),
        postgresql_where=text("settled_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

_OPEN = text("state IN ('pending', 'claimed')")

outbox = Table(
    "outbox",
    metadata,
    _serial(),
    Column("token", Text, nullable=False, unique=True),
    _record_id(),
    _text("connection"),
    _text("object"),
    _text("external_id"),
    _word("kind", OutboxKind),
    _json("payload"),
    _text("history_id", null=True),
    _moment("created_at"),
    _moment("due_at"),
    _whole("attempts"),
    _word("state", OutboxState),
    _text("claim_token", null=True),
    _moment("claimed_until", null=True),
    Column("sent", Boolean, nullable=False),
    # What `sent` was before the claim, to fall back on when an attempt surely failed.
    Column("sent_earlier", Boolean, nullable=False),
    _text("outcome"),
    _moment("settled_at", null=True),
    Index(
        "ix_outbox_open_record",
        "record_id",
        "connection",
        "id",
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(
        "ix_outbox_open_due",
        "connection",
        "due_at",
        "id",
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    sqlite_autoincrement=True,
)

write_ledger = Table(
    "write_ledger",
    metadata,
    _serial(),
    _text("connection"),
    _text("object"),
    _text("external_id"),
    _text("property"),
    _text("value"),
    _text("token"),
    _moment("written_at"),
    Index("ix_write_ledger_object", "connection", "object", "external_id"),
    Index("ix_write_ledger_written_at", "written_at"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    _serial(),
    _word("door", Door),
    _text("ref"),
    _text("connection"),
    _text("object"),
    _text("external_id"),
    _text("record_id", null=True),
    _text("reason"),
    _text("detail"),
    _json("payload"),
    _moment("first_at"),
    _moment("last_at"),
    _whole("times"),
    _moment("replayed_at", null=True),
    Index(
        "uq_dead_letter_open",
        "door",
        "ref",
        unique=True,
        sqlite_where=text("replayed_at IS NULL"),
        postgresql_where=text("replayed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

budget = Table(
    "budget",
    metadata,
    _text("key", key=True),
    Column("tat", BigInteger, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    _text("connection", key=True),
    _text("name", key=True),
    Column("nonce", LargeBinary, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    _moment("updated_at", null=True),
)

event = Table(
    "event",
    metadata,
    _record_id(key=True),
    _text("name", key=True),
    _moment("at", key=True),
    _text("source"),
    _moment("learnt_at"),
    sqlite_with_rowid=False,
)

field_change = Table(
    "field_change",
    metadata,
    _serial(),
    _record_id(),
    _text("field"),
    _json("old", null=True),
    _json("new", null=True),
    _moment("changed_at", null=True),
    _moment("learnt_at"),
    _text("source"),
    Index("ix_field_change_record_id", "record_id", "id"),
)

# Which records have an identifying value; erased with the person.
identity = Table(
    "identity",
    metadata,
    _text("field", key=True),
    _text("value", key=True),
    _record_id(key=True),
    Index("ix_identity_record_id", "record_id"),
    sqlite_with_rowid=False,
)

conflict = Table(
    "conflict",
    metadata,
    _serial(),
    _record_id(),
    _text("what"),
    _text("connection"),
    _text("kept_from"),
    _text("rule"),
    _json("kept", null=True),
    _json("dropped", null=True),
    _moment("kept_at", null=True),
    _moment("dropped_at", null=True),
    _moment("at"),
    _moment("taken_at", null=True),
    Index("ix_conflict_record_id", "record_id", "id"),
    sqlite_autoincrement=True,
)

cursor = Table(
    "cursor",
    metadata,
    _text("connection", key=True),
    _text("name", key=True),
    _text("value"),
    _moment("updated_at"),
)


# Written with literals, not parameters: only then does a partial index serve them.
def is_pending(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that an inbox row still waits."""
    return table.c.state == literal_column("'pending'")


def is_open(table: FromClause) -> ColumnElement[bool]:
    """Return the condition that an outbox row still has to go out."""
    return table.c.state.in_([literal_column("'pending'"), literal_column("'claimed'")])
