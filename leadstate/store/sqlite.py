"""Everything that only SQLite needs: the engines, the triggers, the upsert, the words.

A second database would get a file like this one and nothing else.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from time import sleep
from typing import TYPE_CHECKING

from sqlalchemy import URL, Text, create_engine, event, exists, func, literal, select
from sqlalchemy.dialects.sqlite import insert

from leadstate.errors import ConfigurationError, LeadstateError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import (
        ColumnElement,
        Connection,
        Engine,
        Table,
        TableValuedAlias,
    )
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = [
    "TRIGGERS",
    "among",
    "explained",
    "insert",
    "lasts",
    "listed",
    "next_id",
    "reading",
    "wipe",
    "writing",
]

_BUSY_MILLISECONDS = 5_000
_LOOK_MILLISECONDS = 2
_READERS_KEPT = 8
_WAL_TRIES = 250
_WAL_PAUSE_SECONDS = 0.02
_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

TRIGGERS = {
    "history_refuses_update": """
        CREATE TRIGGER history_refuses_update BEFORE UPDATE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be changed');
        END""",
    "history_refuses_delete": """
        CREATE TRIGGER history_refuses_delete BEFORE DELETE ON history
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be deleted');
        END""",
    # INSERT OR REPLACE deletes without firing the delete trigger.
    "history_refuses_replace": """
        CREATE TRIGGER history_refuses_replace BEFORE INSERT ON history
        WHEN EXISTS (SELECT 1 FROM history WHERE id = NEW.id OR seq = NEW.seq
            OR (lane = NEW.lane AND place = NEW.place))
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: a row cannot be replaced');
        END""",
    "detail_refuses_update": """
        CREATE TRIGGER detail_refuses_update BEFORE UPDATE ON detail
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be changed');
        END""",
    "detail_refuses_replace": """
        CREATE TRIGGER detail_refuses_replace BEFORE INSERT ON detail
        WHEN EXISTS (SELECT 1 FROM detail WHERE history_id = NEW.history_id)
        BEGIN SELECT RAISE(ABORT,
            'history is append-only: its details cannot be replaced');
        END""",
    "checkpoint_refuses_update": """
        CREATE TRIGGER checkpoint_refuses_update BEFORE UPDATE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be changed');
        END""",
    "checkpoint_refuses_delete": """
        CREATE TRIGGER checkpoint_refuses_delete BEFORE DELETE ON checkpoint
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be deleted');
        END""",
    "checkpoint_refuses_replace": """
        CREATE TRIGGER checkpoint_refuses_replace BEFORE INSERT ON checkpoint
        WHEN EXISTS (SELECT 1 FROM checkpoint WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT,
            'a checkpoint cannot be replaced');
        END""",
}
"""The triggers that keep history append-only, by name."""

_UNAVAILABLE = {
    "SQLITE_BUSY": "is held by another process for more than 5 seconds.  "
    "Trying again is safe; if it stays, look for a copy tool or shell that holds it.",
    "SQLITE_LOCKED": "is locked.  Trying again is safe.",
    "SQLITE_FULL": "has no room left: its disk is full.  "
    "Free some space; work goes on by itself.",
    "SQLITE_READONLY": "is read-only.  "
    "Give this user write permission on the file and its folder.",
    "SQLITE_IOERR": "could not be read or written: its disk failed.  "
    "Look at the system's log; work goes on by itself when the disk answers.",
    "SQLITE_CANTOPEN": "cannot be opened.  "
    "Look at the path, its permissions and the number of open files.",
}
_BROKEN = {
    "SQLITE_NOTADB": "is not a database.  "
    "Point the store's URL at another file, or restore a backup.",
    "SQLITE_CORRUPT": "is damaged.  Stop Leadstate and restore a backup.",
}


def writing(path: Path) -> Engine:
    """Return the engine of the one connection that writes."""
    engine = _engine(path, kept=1, patience=_LOOK_MILLISECONDS)
    try:
        _switch_to_wal(engine)
    except BaseException:
        engine.dispose()
        raise

    event.listen(engine, "begin", _take_the_write_lock)
    return engine


def _take_the_write_lock(connection: Connection) -> None:
    # SQLite itself would nap for up to 100 ms between two looks, and starve beside
    # another process that writes all the time; so it looks for 2 ms, again and again.
    driver = connection.connection.driver_connection
    for _ in range(_BUSY_MILLISECONDS // _LOOK_MILLISECONDS):
        with suppress(sqlite3.OperationalError):
            driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            return
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # says in words what is wrong


def reading(path: Path) -> Engine:
    """Return the engine of the connections that only read, each from one snapshot."""
    engine = _engine(path, kept=_READERS_KEPT, patience=_BUSY_MILLISECONDS)

    @event.listens_for(engine, "connect")
    def _refuse_writes(connection: DBAPIConnection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _take_a_snapshot(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _engine(path: Path, *, kept: int, patience: int) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "check_same_thread": False},
        pool_size=kept,
        max_overflow=-1,
        json_serializer=_COMPACT.encode,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        for pragma in (
            "secure_delete = ON",  # what was forgotten leaves no bytes behind
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # so that REPLACE fires delete triggers
            f"busy_timeout = {patience}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "handle_error")
    def _say_it_in_words(context: ExceptionContext) -> None:
        found = explained(context.original_exception, path)
        if found is not None:
            raise found from context.original_exception

    return engine


def _switch_to_wal(engine: Engine) -> None:
    engine.connect().close()  # what cannot be opened at all is told at once
    # SQLite does not wait for other processes here, busy_timeout or not.
    for _ in range(_WAL_TRIES - 1):
        with suppress(StoreUnavailable):
            return _set_wal(engine)
        sleep(_WAL_PAUSE_SECONDS)
    return _set_wal(engine)


def _set_wal(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")


def explained(error: BaseException, path: Path) -> LeadstateError | None:
    """Return what a person or the caller can do about it; None for a bug of ours."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for start, advice in _UNAVAILABLE.items():
        if name.startswith(start):
            return StoreUnavailable(f"The database {path} {advice}")
    for start, advice in _BROKEN.items():
        if name.startswith(start):
            return ConfigurationError(f"The database {path} {advice}")
    return None


def among(
    column: ColumnElement[str] | ColumnElement[int], values: Iterable[str | int]
) -> ColumnElement[bool]:
    """Return ``column IN values`` as one parameter: one plan for any number."""
    return column.in_(select(listed(values).c.value))


def listed(values: Iterable[str | int]) -> TableValuedAlias:
    """Return the values as a table with the column ``value``, as one parameter."""
    wanted = literal(_COMPACT.encode(list(values)), Text)
    return func.json_each(wanted).table_valued("value")


def lasts(pauses: ColumnElement[object]) -> ColumnElement[bool]:
    """Return the condition that one of a clock's stored pauses has no end."""
    one = func.json_each(pauses).table_valued("value")
    return exists().where(func.json_extract(one.c.value, "$[1]").is_(None))


def next_id(connection: Connection, table: Table) -> int:
    """Return the id that the table would give next, under the write lock."""
    last = connection.exec_driver_sql(
        f"SELECT max(coalesce((SELECT max(id) FROM {table.name}), 0), coalesce("  # noqa: S608
        f"(SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'), 0))"
    )
    return int(last.scalar_one()) + 1


def wipe(engine: Engine) -> bool:
    """Leave no byte of what was deleted in the file and its log; False: not now.

    ``secure_delete`` overwrites what is deleted, but not the stale copies that SQLite
    leaves in a page when it moves rows to another one (SQLite 3.40.1: 142 of 30,000
    deleted values were found in the file; after VACUUM none).  So the file is written
    anew, and the log, which may hold the pages as they were, is cut to nothing.
    """
    borrowed = engine.raw_connection()
    driver: sqlite3.Connection = borrowed.driver_connection  # type: ignore[assignment]
    try:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        if _has_samples(driver):
            driver.execute("DELETE FROM sqlite_stat4")
        driver.execute("VACUUM")
        [(busy, *_)] = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError:
        return False
    else:
        return not busy
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_LOOK_MILLISECONDS}")
        borrowed.close()


def _has_samples(driver: sqlite3.Connection) -> bool:
    """Whether somebody's ANALYZE left samples of values; Leadstate runs none."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'"
    return driver.execute(query).fetchone() is not None
