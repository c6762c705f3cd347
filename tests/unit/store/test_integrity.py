"""The check of the whole database finds what does not hold together."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store


def test_a_sound_database_has_no_fault(with_records: Store) -> None:
    """Nothing to say."""
    assert with_records.integrity() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "DELETE FROM visit WHERE record_id = 'r1'",
            "active record r1 has 0 open visits instead of one",
        ),
        (
            "UPDATE visit SET stage = 'won' WHERE record_id = 'r2'",
            "record r2 is in stage lead, but its open visit is in won",
        ),
        (
            "UPDATE record SET stage = 'won' WHERE id = 'r3'",
            "record r3 is in stage won, but its history ends in lead",
        ),
        (
            "UPDATE visit SET entered_by = 'nothing' WHERE record_id = 'r1'",
            "visit 1 of record r1 has no history row nothing",
        ),
        (
            """INSERT INTO visit SELECT 9, 'r9', stage, 1, 1, 1, entered_by, 'x'
               FROM visit WHERE record_id = 'r1'""",
            "table visit has a row 9 that refers to a missing record",
        ),
        (
            """INSERT INTO outbox SELECT 5, 't', 'r1', 'hub', 'c', '1', 'stage', '{}',
               NULL, 1, 1, 1, 'claimed', NULL, NULL, 0, 0, '', NULL""",
            "outbox row 5 is claimed by nobody",
        ),
        (
            "DROP TRIGGER history_refuses_delete",
            "trigger history_refuses_delete is missing",
        ),
    ],
)
def test_a_fault_is_named(
    with_records: Store, path: Path, statement: str, said: str
) -> None:
    """In one sentence, with the row."""
    other = sqlite3.connect(path)
    other.execute(statement)
    other.commit()
    other.close()

    assert said in with_records.integrity()


def test_what_sqlite_finds_is_passed_on(with_records: Store, path: Path) -> None:
    """A row that breaks its own table's rules, as a damaged page would leave it."""
    other = sqlite3.connect(path)
    other.execute("PRAGMA writable_schema = ON")
    other.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'flag TEXT', 'flag TEXT NOT NULL')"
        " WHERE name = 'record'"
    )
    other.commit()
    other.close()
    with_records.close()

    found = with_records.integrity()

    assert "the file is damaged: NULL value in record.flag" in found
