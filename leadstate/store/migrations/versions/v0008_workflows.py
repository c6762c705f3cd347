"""Several workflows in one database: what belongs to one says so.

Until now an installation had one workflow, and all that it kept belongs to that one.
Positions in a CRM's changes belong to a kind of object from now on.

Frozen: it spells everything out, so that later changes of the schema do not move it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_THE_ONE = """
    coalesce(
        (SELECT name FROM workflow_version WHERE active
         ORDER BY applied_at DESC, version LIMIT 1),
        (SELECT workflow FROM record ORDER BY created_at DESC LIMIT 1),
        ''
    )
    """
_ITS_OBJECT = """
    (SELECT object FROM link WHERE link.connection = cursor.connection
     GROUP BY object ORDER BY count(*) DESC LIMIT 1)
    """
_INSTALLATION = "(connection = '' AND name = 'wipe') OR connection = 'leadstate'"


def upgrade() -> None:
    """Give everything to the one workflow, and make room for more."""
    [[workflow]] = op.get_bind().execute(sa.text(f"SELECT {_THE_ONE}"))
    _records(workflow)
    _links(workflow)
    _identities(workflow)
    _past(workflow)
    _inbox(workflow)
    _going_out(workflow)
    _dead_letters(workflow)
    _cursors(workflow)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _workflow(name: str = "workflow") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _refers_to_record(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["record_id"],
        ["record.id"],
        name=f"fk_{table}_record_id",
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


def _fill(table: str, workflow: str) -> None:
    """Copy a table into its new form, as its workflow's, and take its place."""
    columns = [one["name"] for one in sa.inspect(op.get_bind()).get_columns(table)]
    kept = ", ".join(f'"{one}"' for one in columns)
    op.get_bind().execute(
        sa.text(
            f"INSERT INTO {table}_anew (workflow, {kept}) "  # noqa: S608 - no input
            f"SELECT :workflow, {kept} FROM {table}"
        ),
        {"workflow": workflow},
    )
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)


def _give(table: str, workflow: str) -> None:
    """Let a table's rows be the workflow's."""
    statement = sa.text(f"UPDATE {table} SET workflow = :workflow")  # noqa: S608
    op.get_bind().execute(statement, {"workflow": workflow})


def _records(workflow: str) -> None:
    _give("record", workflow)
    op.drop_index("ix_record_stage", "record")
    op.create_index("ix_record_stage", "record", ["workflow", "status", "stage", "id"])
    op.drop_index("ix_record_owner", "record")
    columns = "owner", "status", "workflow", "stage"
    _partial("ix_record_owner", "record", *columns, where="owner IS NOT NULL")


def _links(workflow: str) -> None:
    op.create_table(
        "link_anew",
        _text("workflow"),
        _text("connection"),
        _text("object"),
        _text("external_id"),
        _text("record_id", null=True),
        _text("remote_stage", null=True),
        sa.Column("remote_properties", sa.JSON(), nullable=False),
        _moment("remote_updated_at", null=True),
        _moment("seen_at"),
        _text("status"),
        _text("reason"),
        _text("merged_into", null=True),
        _whole("reverts"),
        _moment("reverted_at", null=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
        _key("link", "workflow", "connection", "object", "external_id"),
        _refers_to_record("link"),
        sqlite_with_rowid=False,
    )
    _fill("link", workflow)
    op.create_index("ix_link_external_id", "link", ["external_id"])
    op.create_index("ix_link_record_id", "link", ["record_id"])
    _partial("ix_link_merged", "link", "record_id", where="status = 'merged'")


def _identities(workflow: str) -> None:
    op.create_table(
        "identity_anew",
        _text("workflow"),
        _text("field"),
        _text("value"),
        _text("record_id"),
        _key("identity", "workflow", "field", "value", "record_id"),
        _refers_to_record("identity"),
        sqlite_with_rowid=False,
    )
    _fill("identity", workflow)
    op.create_index("ix_identity_record_id", "identity", ["record_id"])


def _past(workflow: str) -> None:
    op.create_table(
        "past_change_anew",
        _text("workflow"),
        _text("source"),
        _text("record_id"),
        _text("external_id"),
        _text("key"),
        _moment("at", null=True),
        sa.Column("body", sa.JSON(), nullable=False),
        _key("past_change", "workflow", "source", "record_id", "external_id", "key"),
    )
    _fill("past_change", workflow)


def _inbox(workflow: str) -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "inbox_anew",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        _text("workflow"),
        _text("key"),
        _text("connection"),
        _text("kind"),
        _text("object"),
        _text("external_id"),
        _text("record_id", null=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        _moment("happened_at", null=True),
        _moment("received_at"),
        _moment("due_at"),
        _whole("attempts"),
        _text("state"),
        _moment("settled_at", null=True),
        _key("inbox", "id"),
        sa.UniqueConstraint("workflow", "key", name="uq_inbox_workflow"),
        sqlite_autoincrement=True,
    )
    _fill("inbox", workflow)
    for name, line in (("timer", "kind = 'timer'"), ("news", "kind <> 'timer'")):
        where = f"state = 'pending' AND {line}"
        columns = "workflow", "due_at", "id"
        _partial(f"ix_inbox_due_{name}", "inbox", *columns, where=where)
    _partial(
        "ix_inbox_settled_at", "inbox", "settled_at", where="settled_at IS NOT NULL"
    )


def _going_out(workflow: str) -> None:
    for table in ("outbox", "write_ledger"):
        op.add_column(table, _workflow())
        _give(table, workflow)
    op.drop_index("ix_outbox_open_due", "outbox")
    _partial(
        "ix_outbox_open_due",
        "outbox",
        "workflow",
        "connection",
        "due_at",
        "id",
        where="state IN ('pending', 'claimed')",
    )


def _dead_letters(workflow: str) -> None:
    op.add_column("dead_letter", _workflow())
    _give("dead_letter", workflow)
    op.drop_index("uq_dead_letter_open", "dead_letter")
    _partial(
        "uq_dead_letter_open",
        "dead_letter",
        "workflow",
        "door",
        "ref",
        where="replayed_at IS NULL",
        unique=True,
    )


def _cursors(workflow: str) -> None:
    """Part what is the installation's from what is a workflow's.

    A position in the changes of a connection that showed no object yet says nothing of
    which kind it was: it is dropped, and the changes are read from their beginning.
    """
    op.create_table(
        "cursor_anew",
        _text("workflow"),
        _text("connection"),
        _text("name"),
        _text("value"),
        _moment("updated_at"),
        _key("cursor", "workflow", "connection", "name"),
    )
    shared = "name IN ('changes', 'compared') AND connection <> ''"
    known = f"{shared} AND {_ITS_OBJECT} IS NOT NULL"
    kept = "value, updated_at"
    bind, its = op.get_bind(), {"workflow": workflow}
    for workflow_, name, where in (
        ("''", f"name || ':' || {_ITS_OBJECT}", known),
        (":workflow", f"'aboard:' || {_ITS_OBJECT}", f"{known} AND name = 'changes'"),
        ("''", "name", _INSTALLATION),
        (":workflow", "name", f"NOT ({shared}) AND NOT ({_INSTALLATION})"),
    ):
        statement = sa.text(
            f"INSERT INTO cursor_anew SELECT {workflow_}, connection, {name}, {kept} "  # noqa: S608
            f"FROM cursor WHERE {where}"
        )
        bind.execute(statement, its if ":workflow" in workflow_ else {})
    op.drop_table("cursor")
    op.rename_table("cursor_anew", "cursor")
