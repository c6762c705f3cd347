"""One lead in two CRMs: identities that link objects, and the journal of conflicts.

Frozen: it spells everything out, so that later changes of `schema.py` do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables; identities are filled when the installation opens."""
    _identity()
    _conflict()


def _refers(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["record_id"],
        ["record.id"],
        name=f"fk_{table}_record_id",
        deferrable=True,
        initially="DEFERRED",
    )


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("field", "value", "record_id", name="pk_identity"),
        _refers("identity"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identity_record_id", "identity", ["record_id"])


def _conflict() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "conflict",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("kept_from", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=True),
        sa.Column("dropped", sa.JSON(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=True),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conflict"),
        _refers("conflict"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_conflict_record_id", "conflict", ["record_id", "id"])
