"""A count on each link, so that whoever saves it sees that somebody else did.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add it; links that are there were saved once, as far as anybody knows."""
    version = sa.Column(
        "version", sa.Integer(), nullable=False, server_default=sa.text("1")
    )
    op.add_column("link", version)
