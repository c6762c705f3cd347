"""A timer that fired stays until it is judged, and says when it fired.

Those that had fired and waited in the inbox were taken away; they are put back.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_INDEXED = (
    "fired_at",
    "due_at",
    "id",
    "record_id",
    "kind",
    "sla",
    "mark",
    "stage_version",
)
_WAITING = sa.text(
    "SELECT record_id, payload, happened_at, received_at FROM inbox"
    " WHERE kind = 'timer' AND state = 'pending' AND record_id IS NOT NULL"
    " AND happened_at IS NOT NULL ORDER BY happened_at, id"
)
_PUT_BACK = sa.text(
    "INSERT INTO timer"
    " (record_id, kind, sla, mark, stage_version, due_at, fired_at)"
    " VALUES"
    " (:record_id, :kind, :sla, :mark, :stage_version, :due_at, :fired_at)"
    " ON CONFLICT (record_id, kind, sla, mark) DO NOTHING"
)


def upgrade() -> None:
    """Add the column, index what has not fired, and put back what waits."""
    op.add_column("timer", sa.Column("fired_at", sa.BigInteger(), nullable=True))
    op.drop_index("ix_timer_due", "timer")
    op.create_index("ix_timer_due", "timer", list(_INDEXED))
    for record_id, payload, due_at, fired_at in op.get_bind().execute(_WAITING).all():
        timer = json.loads(payload) if isinstance(payload, str) else payload
        if not isinstance(timer, dict) or "kind" not in timer:
            continue  # a dead letter will say that nobody can read it
        row = {"record_id": record_id, "due_at": due_at, "fired_at": fired_at}
        row |= {name: timer.get(name) or "" for name in ("kind", "sla", "mark")}
        row["stage_version"] = timer.get("stage_version") or 0
        op.get_bind().execute(_PUT_BACK, row)
