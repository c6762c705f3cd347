"""The check of the whole database finds what does not hold together."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from leadstate.store import ApprovalItem

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store
    from tests.unit.store.conftest import Make


@pytest.fixture
def sound(with_records: Store, make: type[Make]) -> Store:
    """A store in which a timer, a clock and an approval wait, one a record."""
    asked = ApprovalItem(
        record_id="r3",
        stage_version=0,
        transition="lose",
        asked_by="ann",
        asked_at=make.noon,
    )
    with with_records.begin() as work:
        work.timers.replace({"r1": [make.timer("r1")]})
        work.clocks.save([make.clock("r2")])
        work.approvals.ask([asked])
        work.commit()
    return with_records


def test_a_sound_database_has_no_fault(sound: Store) -> None:
    """Nothing to say."""
    assert sound.integrity() == []


def test_what_is_over_may_be_of_an_older_stay(sound: Store, make: type[Make]) -> None:
    """Clocks that ended and approvals that were answered stay as they were."""
    with sound.begin() as work:
        work.timers.replace({"r1": []})
        work.clocks.close_all(["r2"], make.noon)
        work.approvals.void(["r3"], make.noon)
        work.connection.exec_driver_sql("UPDATE record SET stage_version = 9")
        work.commit()

    assert [] == sound.integrity()


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
            """INSERT INTO visit SELECT 9, 'r9', stage, 1, 1, 1, entered_by, 'x',
               NULL, '', 0 FROM visit WHERE record_id = 'r1'""",
            "table visit has a row 9 that refers to a missing record",
        ),
        (
            """INSERT INTO outbox SELECT 5, 't', 'r1', 'hub', 'c', '1', 'stage', '{}',
               NULL, 1, 1, 1, 'claimed', NULL, NULL, 0, 0, '', NULL, 'b2b'""",
            "outbox row 5 is claimed by nobody",
        ),
        (
            "UPDATE record SET status = 'closed' WHERE id = 'r1'",
            "timer 1 waits for record r1, which is closed",
        ),
        (
            "UPDATE record SET stage_version = 1 WHERE id = 'r1'",
            "timer 1 is armed for stay 0 of record r1, which is in stay 1",
        ),
        (
            "UPDATE record SET status = 'erased' WHERE id = 'r2'",
            "clock 1 runs on for record r2, which is erased",
        ),
        (
            "UPDATE record SET stage_version = 3 WHERE id = 'r2'",
            "clock 1 runs on for stay 0 of record r2, which is in stay 3",
        ),
        (
            "UPDATE record SET status = 'closed' WHERE id = 'r3'",
            "approval 1 is still asked for record r3, which is closed",
        ),
        (
            "UPDATE record SET stage_version = 1 WHERE id = 'r3'",
            "approval 1 is still asked for stay 0 of record r3, which is in stay 1",
        ),
        (
            "DROP TRIGGER history_refuses_delete",
            "trigger history_refuses_delete is missing",
        ),
    ],
)
def test_a_fault_is_named(sound: Store, path: Path, statement: str, said: str) -> None:
    """In one sentence, with the row."""
    other = sqlite3.connect(path)
    other.execute(statement)
    other.commit()
    other.close()

    assert said in sound.integrity()


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
