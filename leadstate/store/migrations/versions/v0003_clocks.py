"""Clocks, timers, approvals and assignments; where a record came from, and whose it is.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Widen `record`, part the inbox's line in two, and make four tables."""
    _record()
    _inbox()
    _timer()
    _clock()
    _approval()
    _assignment()


def _serial() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _micros(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _keys(table: str) -> tuple[sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint]:
    reference = sa.ForeignKeyConstraint(
        ["record_id"],
        ["record.id"],
        name=f"fk_{table}_record_id",
        deferrable=True,
        initially="DEFERRED",
    )
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}"), reference


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


def _record() -> None:
    for column in (
        _text("came_from", null=True),
        _text("entered_via", null=True),
        sa.Column(
            "breach_moves", sa.Integer(), nullable=False, server_default=sa.text("0")
        ),
        _text("owner", null=True),
    ):
        op.add_column("record", column)
    _partial(
        "ix_record_owner",
        "record",
        "owner",
        "status",
        "stage",
        where="owner IS NOT NULL",
    )


def _inbox() -> None:
    for name, compared in (("timer", "="), ("news", "<>")):
        _partial(
            f"ix_inbox_due_{name}",
            "inbox",
            "due_at",
            "id",
            where=f"state = 'pending' AND kind {compared} 'timer'",
        )
    op.drop_index("ix_inbox_due", "inbox")


def _timer() -> None:
    op.create_table(
        "timer",
        _serial(),
        _text("record_id"),
        _text("kind"),
        _text("sla"),
        _text("mark"),
        _whole("stage_version"),
        _micros("due_at"),
        *_keys("timer"),
        sa.UniqueConstraint(
            "record_id", "kind", "sla", "mark", name="uq_timer_record_id"
        ),
        sqlite_autoincrement=True,
    )
    covered = ["record_id", "kind", "sla", "mark", "stage_version"]
    op.create_index("ix_timer_due", "timer", ["due_at", "id", *covered])


def _clock() -> None:
    op.create_table(
        "clock",
        _serial(),
        _text("record_id"),
        _text("sla"),
        _text("stage"),
        _whole("stage_version"),
        _whole("pass_number"),
        _text("team", null=True),
        _text("owner", null=True),
        _micros("entered_at", null=True),
        _micros("started_at", null=True),
        _micros("carried"),
        sa.Column("pauses", sa.JSON(), nullable=False),
        _micros("due_at", null=True),
        _micros("used", null=True),
        sa.Column("fired", sa.JSON(), nullable=False),
        _micros("breached_at", null=True),
        _text("escalated_to", null=True),
        _micros("ended_at", null=True),
        *_keys("clock"),
        sa.UniqueConstraint(
            "record_id", "stage_version", "sla", name="uq_clock_record_id"
        ),
    )
    ongoing = "ended_at IS NULL"
    _partial("ix_clock_open", "clock", "record_id", "id", where=ongoing)
    _partial("ix_clock_open_due", "clock", "due_at", "id", where=ongoing)


def _approval() -> None:
    op.create_table(
        "approval",
        _serial(),
        _text("record_id"),
        _whole("stage_version"),
        _text("transition"),
        _text("asked_by"),
        _micros("asked_at"),
        _text("reason", null=True),
        _text("note"),
        _text("source"),
        _text("state"),
        _text("decided_by", null=True),
        _micros("decided_at", null=True),
        _text("decided_note"),
        *_keys("approval"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approval_record_id", "approval", ["record_id", "id"])
    pending = "state = 'pending'"
    _partial(
        "uq_approval_pending",
        "approval",
        "record_id",
        "transition",
        where=pending,
        unique=True,
    )
    _partial("ix_approval_pending", "approval", "id", where=pending)


def _assignment() -> None:
    op.create_table(
        "assignment",
        _serial(),
        _text("record_id"),
        _text("person"),
        _text("team", null=True),
        _micros("at"),
        _text("history_id", null=True),
        *_keys("assignment"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assignment_person", "assignment", ["person", "id"])
    op.create_index("ix_assignment_record_id", "assignment", ["record_id"])
