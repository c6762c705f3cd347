"""The first schema.

Frozen: it spells everything out, so that later changes of `schema.py` do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TRIGGERS = {
    "history_refuses_update": """
        CREATE TRIGGER history_refuses_update BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be changed');
        END""",
    "history_refuses_delete": """
        CREATE TRIGGER history_refuses_delete BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be deleted');
        END""",
    # INSERT OR REPLACE deletes without firing the delete trigger.
    "history_refuses_replace": """
        CREATE TRIGGER history_refuses_replace BEFORE INSERT ON history
        WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id OR seq = NEW.seq)
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be replaced');
        END""",
    "receipt_refuses_update": """
        CREATE TRIGGER receipt_refuses_update BEFORE UPDATE ON receipt
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a receipt cannot be changed');
        END""",
    "receipt_refuses_replace": """
        CREATE TRIGGER receipt_refuses_replace BEFORE INSERT ON receipt
        WHEN EXISTS (SELECT 1 FROM receipt WHERE history_id = NEW.history_id)
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a receipt cannot be replaced');
        END""",
}


def upgrade() -> None:
    """Make every table, index and trigger."""
    _configuration()
    _records()
    _behaviour()
    _history()
    _inbox()
    _outbox()
    _dead_letters()
    for statement in _TRIGGERS.values():
        op.execute(statement)


def _serial(name: str = "id") -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _refers(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name],
        [target],
        name=f"fk_{table}_{name}",
        deferrable=True,
        initially="DEFERRED",
    )


def _partial(
    name: str, table: str, *names: str, where: str, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        list(names),
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _configuration() -> None:
    op.create_table(
        "workflow_version",
        _text("version"),
        _text("name"),
        _text("title"),
        _text("source"),
        _moment("applied_at"),
        _flag("active"),
        _key("workflow_version", "version"),
    )
    _partial(
        "uq_workflow_version_active",
        "workflow_version",
        "name",
        where="active",
        unique=True,
    )
    op.create_table(
        "cursor",
        _text("connection"),
        _text("name"),
        _text("value"),
        _moment("updated_at"),
        _key("cursor", "connection", "name"),
    )
    op.create_table(
        "budget",
        _text("key"),
        _moment("tat"),
        _key("budget", "key"),
    )
    op.create_table(
        "credential",
        _text("connection"),
        _text("name"),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        _moment("updated_at", null=True),
        _key("credential", "connection", "name"),
    )


def _records() -> None:
    op.create_table(
        "record",
        _text("id"),
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
        _text("status"),
        _text("flag", null=True),
        _moment("flagged_at", null=True),
        _key("record", "id"),
    )
    _partial("ix_record_flagged", "record", "id", where="flag IS NOT NULL")
    op.create_index("ix_record_stage", "record", ["status", "stage", "id"])
    op.create_table(
        "link",
        _text("connection"),
        _text("object"),
        _text("external_id"),
        _text("record_id", null=True),
        _text("remote_stage", null=True),
        _json("remote_properties"),
        _moment("remote_updated_at", null=True),
        _moment("seen_at"),
        _text("status"),
        _text("reason"),
        _text("merged_into", null=True),
        _whole("reverts"),
        _moment("reverted_at", null=True),
        _key("link", "connection", "object", "external_id"),
        _refers("link", "record_id", "record.id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_link_external_id", "link", ["external_id"])
    op.create_index("ix_link_record_id", "link", ["record_id"])


def _behaviour() -> None:
    op.create_table(
        "event",
        _text("record_id"),
        _text("name"),
        _moment("at"),
        _text("source"),
        _moment("learnt_at"),
        _key("event", "record_id", "name", "at"),
        _refers("event", "record_id", "record.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "field_change",
        _serial(),
        _text("record_id"),
        _text("field"),
        _json("old", null=True),
        _json("new", null=True),
        _moment("changed_at", null=True),
        _moment("learnt_at"),
        _text("source"),
        _key("field_change", "id"),
        _refers("field_change", "record_id", "record.id"),
    )
    op.create_index("ix_field_change_record_id", "field_change", ["record_id", "id"])


def _history() -> None:
    op.create_table(
        "history",
        _serial("seq"),
        _text("id"),
        _text("record_id"),
        _text("kind"),
        _text("cause"),
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
        _key("history", "seq"),
        sa.UniqueConstraint("id", name="uq_history_id"),
        _refers("history", "record_id", "record.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_record_id", "history", ["record_id", "seq"])
    op.create_table(
        "receipt",
        _text("history_id"),
        _json("body"),
        _key("receipt", "history_id"),
        _refers("receipt", "history_id", "history.id"),
    )
    op.create_table(
        "visit",
        _serial(),
        _text("record_id"),
        _text("stage"),
        _whole("pass_number"),
        _moment("entered_at", null=True),
        _moment("left_at", null=True),
        _text("entered_by"),
        _text("left_by", null=True),
        _key("visit", "id"),
        _refers("visit", "record_id", "record.id"),
    )
    op.create_index("ix_visit_record_id", "visit", ["record_id", "id"])
    _partial(
        "uq_visit_open", "visit", "record_id", where="left_by IS NULL", unique=True
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        _serial(),
        _text("key"),
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
        _text("state"),
        _moment("settled_at", null=True),
        _key("inbox", "id"),
        sa.UniqueConstraint("key", name="uq_inbox_key"),
        sqlite_autoincrement=True,
    )
    _partial("ix_inbox_due", "inbox", "due_at", "id", where="state = 'pending'")
    _partial(
        "ix_inbox_settled_at", "inbox", "settled_at", where="settled_at IS NOT NULL"
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        _serial(),
        _text("token"),
        _text("record_id"),
        _text("connection"),
        _text("object"),
        _text("external_id"),
        _text("kind"),
        _json("payload"),
        _text("history_id", null=True),
        _moment("created_at"),
        _moment("due_at"),
        _whole("attempts"),
        _text("state"),
        _text("claim_token", null=True),
        _moment("claimed_until", null=True),
        _flag("sent"),
        _flag("sent_earlier"),
        _text("outcome"),
        _moment("settled_at", null=True),
        _key("outbox", "id"),
        sa.UniqueConstraint("token", name="uq_outbox_token"),
        _refers("outbox", "record_id", "record.id"),
        sqlite_autoincrement=True,
    )
    _partial(
        "ix_outbox_open_due",
        "outbox",
        "connection",
        "due_at",
        "id",
        where="state IN ('pending', 'claimed')",
    )
    _partial(
        "ix_outbox_open_record",
        "outbox",
        "record_id",
        "connection",
        "id",
        where="state IN ('pending', 'claimed')",
    )
    op.create_table(
        "write_ledger",
        _serial(),
        _text("connection"),
        _text("object"),
        _text("external_id"),
        _text("property"),
        _text("value"),
        _text("token"),
        _moment("written_at"),
        _key("write_ledger", "id"),
    )
    op.create_index(
        "ix_write_ledger_object",
        "write_ledger",
        ["connection", "object", "external_id"],
    )
    op.create_index("ix_write_ledger_written_at", "write_ledger", ["written_at"])


def _dead_letters() -> None:
    op.create_table(
        "dead_letter",
        _serial(),
        _text("door"),
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
        _key("dead_letter", "id"),
        sqlite_autoincrement=True,
    )
    _partial(
        "uq_dead_letter_open",
        "dead_letter",
        "door",
        "ref",
        where="replayed_at IS NULL",
        unique=True,
    )
