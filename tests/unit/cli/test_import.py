"""`leadstate import`: what a person reads, and what a program gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ROWS = "id,to,when\na,mql,2025-01-01T00:00:00Z\n"
COLUMNS = "record_id=id,to_stage=to,at=when"


def test_a_file_is_imported_by_columns(office: Any) -> None:
    """The numbers say what is new; a second time nothing is."""
    file = office.folder / "moves.csv"
    file.write_text(ROWS, encoding="utf-8")
    words = ("import", str(file), "--columns", COLUMNS)
    rehearsed = office.ask(*words, "--dry-run")
    done = office.ask(*words)
    again = office.ask(*words, "--json")

    assert "would be imported; nothing was changed" in rehearsed.out
    assert "1 rows of 1 records imported\n  1 moves and 0 values are new" in done.out
    assert (0, 1) == (again.data["counts"]["moves"], again.data["counts"]["known"])
    assert 0 == done.code


def test_a_bad_file_is_refused_by_line_and_column(office: Any) -> None:
    """Nothing is imported, and the answer says how to go on."""
    file = office.folder / "moves.csv"
    file.write_text(f"{ROWS}b,galaxy,2025-01-01\n", encoding="utf-8")
    mapping = office.folder / "map.yaml"
    text = "import: old\ncolumns: {record_id: id, to_stage: to, at: when}\n"
    mapping.write_text(f"{text}timezone: UTC\n", encoding="utf-8")
    words = ("import", str(file), "--mapping", str(mapping))
    refused = office.ask(*words)
    kept = office.ask(*words, "--keep-good")

    assert (1, 1) == (refused.code, kept.code)
    assert f"{file}:3:2 to: the workflow has no stage 'galaxy'" in refused.out
    assert "1 of 2 rows are bad; nothing was imported" in refused.out
    assert f"1 bad rows are in {file}.rejected.csv" in kept.out


def test_columns_must_be_said_once_and_rightly(
    office: Any, ask: Callable[..., Any]
) -> None:
    """Neither nothing nor two ways."""
    file = office.folder / "moves.csv"
    file.write_text(ROWS, encoding="utf-8")
    nothing = ask("import", str(file))
    broken = office.ask("import", str(file), "--columns", "record_id")

    assert "with --mapping FILE, or with --columns" in nothing.error
    assert "write record_id=COLUMN" in broken.error


def test_ids_may_be_those_of_a_connection(office: Any) -> None:
    """What is no record yet is a bad row."""
    file = office.folder / "moves.csv"
    file.write_text(ROWS, encoding="utf-8")
    mapping = office.folder / "map.yaml"
    text = "import: old\nconnection: crm\ncolumns: {record_id: id, to_stage: to, "
    mapping.write_text(f"{text}at: when}}\n", encoding="utf-8")
    said = office.ask("import", str(file), "--mapping", str(mapping))

    assert "there is no record of contacts 'a' of crm" in said.out
