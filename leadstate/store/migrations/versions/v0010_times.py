"""A second time of moves in the chain; what clocks count from, and by which SLA.

Rows that are there have format 1 of the chain, which knows no second time; rows that
are written from now on have format 2.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; of clocks that are there nobody knows more than before."""
    op.add_column(
        "history",
        sa.Column("format", sa.Integer(), nullable=False, server_default=sa.text("1")),
    )
    op.add_column("history", _open("qualified_at"))
    known = sa.text("qualified_at IS NOT NULL")
    op.create_index(
        "ix_history_qualified",
        "history",
        ["id"],
        sqlite_where=known,
        postgresql_where=known,
    )
    op.add_column("clock", _open("counts_from"))
    op.add_column(
        "clock",
        sa.Column("version", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    op.add_column("clock", _open("within"))
    op.add_column("clock", _open("grace"))
    op.add_column("clock", _open("grace_from"))
    op.add_column(
        "clock",
        sa.Column("measured", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def _open(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=True)
