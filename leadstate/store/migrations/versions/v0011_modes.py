"""Connections that are only observed, records under care, batches; further identities.

What is there was acted on from the beginning: its connections are live.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# A position may be everybody's: then it is of each workflow that there is.
_LIVE = sa.text(
    "INSERT INTO connection_mode (workflow, connection, mode, since, actor)"
    " SELECT workflow, connection, 'live', min(at), 'leadstate' FROM ("
    "  SELECT workflow, connection, seen_at AS at FROM link"
    "  UNION ALL"
    "  SELECT workflow, connection, updated_at FROM cursor"
    "  WHERE workflow <> '' AND connection NOT IN ('', 'leadstate')"
    "  UNION ALL"
    "  SELECT w.name, c.connection, c.updated_at FROM cursor c"
    "  CROSS JOIN (SELECT DISTINCT name FROM workflow_version) w"
    "  WHERE c.workflow = '' AND c.connection NOT IN ('', 'leadstate')"
    " ) AS known GROUP BY workflow, connection"
)
_UNDER_CARE = sa.text(
    "UPDATE record SET care_since = created_at WHERE status <> 'imported'"
)
_ACTED_ON = sa.text("UPDATE link SET live_since = seen_at")


def upgrade() -> None:
    """Make the tables, and let everything that is there be live."""
    op.add_column("record", _moment("care_since", null=True))
    op.add_column("link", _moment("live_since", null=True))
    op.create_table(
        "connection_mode",
        _text("workflow"),
        _text("connection"),
        _text("mode"),
        _moment("since"),
        _text("actor"),
        sa.PrimaryKeyConstraint("workflow", "connection", name="pk_connection_mode"),
    )
    _batches()
    _further_identities()
    for statement in (_LIVE, _UNDER_CARE, _ACTED_ON):
        op.get_bind().execute(statement)


def _batches() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "batch",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        _text("workflow"),
        _text("kind"),
        _text("subject"),
        _text("actor"),
        _moment("began_at"),
        _text("position"),
        sa.Column("done", sa.Integer(), nullable=False),
        _text("owner", null=True),
        _moment("leased_until", null=True),
        _moment("ended_at", null=True),
        _text("outcome"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sqlite_autoincrement=True,
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_batch_open",
        "batch",
        ["workflow", "subject"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        _text("record_id"),
        _text("outcome"),
        _text("why"),
        _moment("at"),
        sa.PrimaryKeyConstraint("batch_id", "record_id", name="pk_batch_item"),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name="fk_batch_item_batch_id",
        ),
    )
    op.create_index("ix_batch_item_record_id", "batch_item", ["record_id"])


def _further_identities() -> None:
    place = "workflow", "connection", "object", "external_id"
    names = *place, "field", "value"
    op.create_table(
        "further_identity",
        *map(_text, names),
        sa.PrimaryKeyConstraint(*names, name="pk_further_identity"),
        sqlite_with_rowid=False,
    )
    found_by = ["workflow", "field", "value"]
    op.create_index("ix_further_identity_value", "further_identity", found_by)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)
