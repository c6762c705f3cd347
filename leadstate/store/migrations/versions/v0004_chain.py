"""A chained history with sealed details; checkpoints, keys of subjects, secrets.

What was kept until now is chained in the order in which it was kept: from the upgrade
on nobody can change it unseen; what happened to it before, no chain can tell.

Frozen: it spells everything out, so that later changes of the schema do not move it;
the chain and the seals have a format that never changes (format 1).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from leadstate.store.chain import GENESIS, LANES, digest, lane_of, linked
from leadstate.store.sealing import Seals
from leadstate.store.sqlite.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

revision = "0004"
down_revision = "0003"

_PAGE = 1_000
_OLD_TRIGGERS = (
    "history_refuses_update",
    "history_refuses_delete",
    "history_refuses_replace",
    "receipt_refuses_update",
    "receipt_refuses_replace",
)
_ROWS = """
    SELECT history.*, receipt.body AS receipt FROM history
    LEFT JOIN receipt ON receipt.history_id = history.id
    WHERE seq > :after ORDER BY seq LIMIT :page
    """


def upgrade() -> None:
    """Rebuild the history row by row, and widen what rests on it."""
    for name in _OLD_TRIGGERS:
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
    _make_tables()
    _chain()
    op.drop_table("receipt")
    op.drop_table("history")
    op.rename_table("history_chained", "history")
    op.create_index("ix_history_record_id", "history", ["record_id", "seq"])
    _widen()
    for statement in TRIGGERS.values():
        op.execute(statement)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _micros(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _bytes(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _serial(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False)


def _refers(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name],
        [target],
        name=f"fk_{table}_{name}",
        deferrable=True,
        initially="DEFERRED",
    )


def _key(table: str, name: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(name, name=f"pk_{table}")


def _make_tables() -> None:
    op.create_table(
        "history_chained",
        _serial("seq"),
        _text("id"),
        _text("record_id", null=True),
        _text("kind"),
        _text("cause"),
        _text("actor"),
        _micros("happened_at", null=True),
        _micros("learnt_at"),
        _text("transition", null=True),
        _text("from_stage", null=True),
        _text("to_stage", null=True),
        _text("reason", null=True),
        _text("answer", null=True),
        _text("source"),
        _text("source_event"),
        _whole("pass_number"),
        _text("workflow_version"),
        _whole("lane"),
        _whole("place"),
        _text("detail", null=True),
        _text("hash"),
        _key("history", "seq"),
        sa.UniqueConstraint("id", name="uq_history_id"),
        sa.UniqueConstraint("lane", "place", name="uq_history_lane"),
        _refers("history", "record_id", "record.id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "detail",
        _text("history_id"),
        _bytes("body"),
        _key("detail", "history_id"),
        # Renamed with the table.
        _refers("detail", "history_id", "history_chained.id"),
    )
    op.create_table(
        "subject_key",
        _text("record_id"),
        _bytes("key"),
        _key("subject_key", "record_id"),
        _refers("subject_key", "record_id", "record.id"),
    )
    op.create_table(
        "chain_head",
        sa.Column("lane", sa.Integer(), nullable=False, autoincrement=False),
        _whole("place"),
        _text("hash"),
        _key("chain_head", "lane"),
    )
    op.create_table(
        "checkpoint",
        _serial("id"),
        _micros("made_at"),
        _text("body"),
        _text("signature"),
        _text("key"),
        _key("checkpoint", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "forgotten",
        _text("digest"),
        _text("record_id"),
        _micros("at"),
        _key("forgotten", "digest"),
    )
    op.create_index("ix_forgotten_record_id", "forgotten", ["record_id"])
    op.create_table("secret", _text("name"), _bytes("value"), _key("secret", "name"))


def _chain() -> None:
    """Copy what is there into the chain, page by page."""
    connection = op.get_bind()
    heads = dict.fromkeys(range(LANES), (0, GENESIS))
    after = 0
    while rows := [
        dict(row)
        for row in connection.execute(
            sa.text(_ROWS), {"after": after, "page": _PAGE}
        ).mappings()
    ]:
        _copy(connection, rows, heads)
        after = rows[-1]["seq"]
    used = [
        {"lane": lane, "place": place, "hash": last}
        for lane, (place, last) in heads.items()
        if place
    ]
    if used:
        connection.execute(
            sa.text("INSERT INTO chain_head VALUES (:lane, :place, :hash)"), used
        )


def _copy(
    connection: sa.Connection,
    rows: Sequence[Mapping[str, object]],
    heads: dict[int, tuple[int, str]],
) -> None:
    told = [(row, _told(row)) for row in rows]
    closed = [
        (str(row["record_id"]), str(row["id"]), document)
        for row, document in told
        if document
    ]
    bodies = iter(Seals(connection).seal(closed))
    new: list[dict[str, object]] = []
    details: list[dict[str, object]] = []
    for row, document in told:
        body = next(bodies) if document else None
        chained = _chained(row, None if body is None else digest(body), heads)
        new.append(chained)
        if body is not None:
            details.append({"history_id": row["id"], "body": body})
    connection.execute(sa.insert(_bare("history_chained", new[0])), new)
    if details:
        connection.execute(sa.insert(_bare("detail", details[0])), details)


def _bare(name: str, row: Mapping[str, object]) -> sa.TableClause:
    return sa.table(name, *(sa.column(one) for one in row))


def _told(row: Mapping[str, object]) -> dict[str, object]:
    document: dict[str, object] = {}
    if row["note"]:
        document["note"] = row["note"]
    if row["receipt"]:
        document["receipt"] = json.loads(str(row["receipt"]))
    return document


def _chained(
    row: Mapping[str, object], detail: str | None, heads: dict[int, tuple[int, str]]
) -> dict[str, object]:
    lane = lane_of(str(row["record_id"]))
    place, before = heads[lane]
    first = {"seq": row["seq"], "lane": lane, "place": place + 1, "id": row["id"]}
    skipped = {"seq", "id", "note", "receipt"}
    rest = {name: value for name, value in row.items() if name not in skipped}
    chained: dict[str, object] = {**first, **rest, "detail": detail}
    chained["hash"] = linked(before, list(chained.values()), form=1)
    heads[lane] = place + 1, str(chained["hash"])
    return chained


def _widen() -> None:
    op.add_column("visit", _text("owner", null=True))
    version = sa.Column(
        "workflow_version", sa.Text(), nullable=False, server_default=sa.text("''")
    )
    op.add_column("visit", version)
    op.add_column(
        "visit",
        sa.Column("reported", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE visit SET workflow_version = coalesce((SELECT workflow_version "
        "FROM history WHERE history.id = visit.entered_by), '')"
    )
    for table in ("field_change", "conflict"):
        op.add_column(table, _bytes("sealed", null=True))
