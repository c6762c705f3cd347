"""Does the database hold together?  One sentence a fault, none when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from leadstate.store.sqlite import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["faults"]

_SHOWN = 20
_RULES = {
    "active record {} has {} open visits instead of one": """
        SELECT record.id, count(visit.id) FROM record LEFT JOIN visit
            ON visit.record_id = record.id AND visit.left_by IS NULL
        WHERE record.status = 'active' GROUP BY record.id HAVING count(visit.id) <> 1
        """,
    "record {} is in stage {}, but its open visit is in {}": """
        SELECT record.id, record.stage, visit.stage FROM record JOIN visit
            ON visit.record_id = record.id AND visit.left_by IS NULL
        WHERE record.stage <> visit.stage
        """,
    "record {} is in stage {}, but its history ends in {}": """
        SELECT record.id, record.stage, history.to_stage FROM record JOIN history
            ON history.seq = (
                SELECT max(seq) FROM history AS moved
                WHERE moved.record_id = record.id
                AND moved.kind IN ('entered', 'moved', 'reopened')
            )
        WHERE record.stage IS NOT history.to_stage
        """,
    "visit {} of record {} has no history row {}": """
        SELECT visit.id, visit.record_id, visit.entered_by FROM visit
        WHERE NOT EXISTS (SELECT 1 FROM history WHERE history.id = visit.entered_by)
        """,
    "outbox row {} is claimed by nobody": """
        SELECT id FROM outbox
        WHERE state = 'claimed' AND (claim_token IS NULL OR claimed_until IS NULL)
        """,
    "table {} has a row {} that refers to a missing {}": """
        SELECT "table", rowid, parent FROM pragma_foreign_key_check
        """,
}


def faults(connection: Connection) -> Iterator[str]:
    """Yield every fault; the first 20 of each kind."""
    for (word,) in connection.exec_driver_sql("PRAGMA quick_check"):
        if word != "ok":
            yield f"the file is damaged: {word}"
    there = set(
        connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        )
    )
    yield from (f"trigger {name} is missing" for name in TRIGGERS if name not in there)
    for sentence, query in _RULES.items():
        for row in connection.execute(text(query)).fetchmany(_SHOWN):
            yield sentence.format(*row)
