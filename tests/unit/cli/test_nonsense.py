"""What somebody wrote into the database: an auditor tells it, and never stumbles."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadstate.store.chain import COVERED
from leadstate.store.schema import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Office

NONSENSE = {
    "an unknown word": "'no such word'",
    "nothing": "NULL",
    "bytes": "x'ff00'",
    "no UTF-8": "CAST(x'ff41' AS TEXT)",
    "out of range": "9223372036854775807",
    "no whole number": "1.5",
}
_PLACES = {"seq", "lane", "place"}
_TABLES = ("detail", "chain_head", "checkpoint", "subject_key", "secret", "visit")


class Forger:
    """Who has the file, and takes away whatever would refuse a change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = path.read_bytes()

    def write(self, table: str, column: str, value: str) -> bool:
        """Change one row of the database as it was; say whether that is a change."""
        for end in ("-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{end}").unlink(missing_ok=True)
        self._path.write_bytes(self._before)
        with closing(sqlite3.connect(self._path)) as db, db:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in db.execute(triggers).fetchall():
                db.execute(f"DROP TRIGGER {name}")
            db.execute("PRAGMA writable_schema = ON")
            db.execute(
                "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') "
                "WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        behind = "" if table in {"secret", "checkpoint"} else " OFFSET 1"
        row = f"(SELECT rowid FROM {table} ORDER BY rowid LIMIT 1{behind})"
        with closing(sqlite3.connect(self._path)) as db, db:
            there = f"SELECT {column} IS {value} FROM {table} WHERE rowid = {row}"
            if db.execute(there).fetchone() == (1,):
                return False  # that is what it is
            try:
                db.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = {row}")
            except sqlite3.Error:  # a key of numbers takes numbers alone
                return False
        return True


@pytest.fixture(name="forger")
def _forger(office: Office) -> Forger:
    office.ask("audit", "checkpoint")
    return Forger(office.folder / "leadstate.db")


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_a_row_is_told_with_the_row(
    office: Office, forger: Forger, value: str
) -> None:
    """Whatever the column; the export for auditors takes it along as it lies."""
    target = str(office.folder / "out.jsonl")
    for column in {*COVERED, "hash"} - _PLACES:
        if not forger.write("history", column, value):
            continue
        said = office.ask("audit", "verify")
        told = said.code, "row 2" in said.out, "NOT PROVEN" in said.out
        exported = office.ask("audit", "export", "-o", target).code

        assert told == (1, True, True), column
        assert exported == 0, column


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_other_tables_ends_no_proof(
    office: Office, forger: Forger, value: str
) -> None:
    """Where the lanes end, what is sealed, what signs, and what is derived."""
    target = str(office.folder / "out.jsonl")
    for name in _TABLES:
        for column in metadata.tables[name].columns:
            if forger.write(name, column.name, value):
                assert office.ask("audit", "verify").code in (0, 1), column
                assert office.ask("audit", "export", "-o", target).code == 0, column


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_an_export_of_the_history_tells_what_lies_there_or_names_the_row(
    office: Office, forger: Forger, value: str
) -> None:
    """An unknown word comes along; what is no moment ends in words."""
    target = office.folder / "out.csv"
    for column in {*COVERED, "hash"} - _PLACES:
        if not forger.write("history", column, value):
            continue
        said = office.ask("export", "history", "-o", str(target))

        assert said.code == 0 or "row 2 of the table history" in said.error, column
    assert forger.write("history", "cause", "'no such word'")
    assert office.ask("export", "history", "-o", str(target)).code == 0
    assert ",no such word," in target.read_text(encoding="utf-8")
