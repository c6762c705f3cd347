"""What SQLite itself finds broken: the file, the triggers, references to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store.sqlite.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["damage", "file_damage"]

_SHOWN = 20


def damage(connection: Connection) -> Iterator[str]:
    """Yield every fault of the file, its triggers and references."""
    yield from file_damage(connection)
    run = connection.exec_driver_sql
    there = {
        name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    }
    yield from (f"trigger {name} is missing" for name in TRIGGERS if name not in there)
    for table, row, parent, _ in run("PRAGMA foreign_key_check").fetchmany(_SHOWN):
        yield f"table {table} has a row {row} that refers to a missing {parent}"


def file_damage(connection: Connection) -> Iterator[str]:
    """Yield what is wrong with the file itself."""
    for (word,) in connection.exec_driver_sql("PRAGMA quick_check"):
        if word != "ok":
            yield f"the file is damaged: {word}"
