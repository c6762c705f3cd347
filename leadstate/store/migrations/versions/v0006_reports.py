"""The indexes that reports read instead of the tables.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make them."""
    op.create_index(
        "ix_visit_trip",
        "visit",
        ["record_id", "pass_number", "id", "stage", "entered_at", "left_at"],
    )
    op.create_index(
        "ix_visit_length",
        "visit",
        ["stage", sa.text("(left_at - entered_at)"), "left_at", "entered_at"],
    )
    _partial("ix_visit_standing", "visit", ["stage", "entered_at"], "left_by IS NULL")
    _partial("ix_link_merged", "link", ["record_id"], "status = 'merged'")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
