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
                AND moved.cause <> 'reported'
                AND moved.cause <> 'reported'
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
    "timer {} waits for record {}, which is {}": """
        SELECT timer.id, record.id, record.status FROM timer JOIN record
            ON record.id = timer.record_id
        WHERE record.status <> 'active'
        """,
    "timer {} is armed for stay {} of record {}, which is in stay {}": """
        SELECT timer.id, timer.stage_version, record.id, record.stage_version
        FROM timer JOIN record ON record.id = timer.record_id
        WHERE record.stage_version <> timer.stage_version
        """,
    "clock {} runs on for record {}, which is {}": """
        SELECT clock.id, record.id, record.status FROM clock JOIN record
            ON record.id = clock.record_id
        WHERE clock.ended_at IS NULL AND record.status <> 'active'
        """,
    "clock {} runs on for stay {} of record {}, which is in stay {}": """
        SELECT clock.id, clock.stage_version, record.id, record.stage_version
        FROM clock JOIN record ON record.id = clock.record_id
        WHERE clock.ended_at IS NULL AND record.stage_version <> clock.stage_version
        """,
    "approval {} is still asked for record {}, which is {}": """
        SELECT approval.id, record.id, record.status FROM approval JOIN record
            ON record.id = approval.record_id
        WHERE approval.state = 'pending' AND record.status <> 'active'
        """,
    "approval {} is still asked for stay {} of record {}, which is in stay {}": """
        SELECT approval.id, approval.stage_version, record.id, record.stage_version
        FROM approval JOIN record ON record.id = approval.record_id
        WHERE approval.state = 'pending'
            AND record.stage_version <> approval.stage_version
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
