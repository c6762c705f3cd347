"""The engines: one connection that writes, some that read, and errors in words."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import URL, create_engine, event

from leadstate.errors import ConfigurationError, LeadstateError, StoreUnavailable
from leadstate.store.sqlite import dialect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = [
    "BUSY_MILLISECONDS",
    "LOOK_MILLISECONDS",
    "UNTIL",
    "explained",
    "glimpse",
    "reading",
    "writing",
]

BUSY_MILLISECONDS = 5_000
"""How long another process may hold the database."""

LOOK_MILLISECONDS = 2
"""How long one look at a lock takes, before the next one."""

UNTIL = "leadstate_until"
"""The option of a connection that says how long it may wait, by the steady clock."""

_READERS_KEPT = 8
_WAL_TRIES = 250
_WAL_PAUSE_SECONDS = 0.02
_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

dialect.learn()

_UNAVAILABLE = {
    "SQLITE_BUSY": "is held by another process.  "
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
    engine = _engine(path, kept=1, patience=LOOK_MILLISECONDS)
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
    until = connection.get_execution_options().get(UNTIL)
    if until is None:
        until = monotonic() + BUSY_MILLISECONDS / 1000
    while monotonic() < until:
        with suppress(sqlite3.OperationalError):
            driver.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            return
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # says in words what is wrong


def reading(path: Path) -> Engine:
    """Return the engine of the connections that only read, each from one snapshot."""
    engine = _engine(path, kept=_READERS_KEPT, patience=BUSY_MILLISECONDS)

    @event.listens_for(engine, "connect")
    def _refuse_writes(connection: DBAPIConnection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _take_a_snapshot(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def glimpse(path: Path) -> Iterator[Connection]:
    """Read a database as it is, whatever its schema; nothing in it is changed."""
    found = reading(path)
    try:
        with found.connect() as connection:
            connection.begin()
            yield connection
    finally:
        found.dispose()


def _engine(path: Path, *, kept: int, patience: int) -> Engine:
    engine = create_engine(
        _address(path),
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


def _address(path: Path) -> URL:
    """Return how a file is opened.

    SQLite keeps an index of its log beside the file, for reading too.  Where it can
    make none, because the folder is read-only, and there is none and no log, nobody has
    the file open to change it: then it is read as one that never changes.
    """
    log, index = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
    used = index.exists() or (log.exists() and log.stat().st_size > 0)
    if used or not path.exists() or os.access(path.parent, os.W_OK):
        return URL.create("sqlite", database=str(path))
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    address = f"file:{quote(str(path.resolve()))}"
    return URL.create("sqlite", database=address, query=query)


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
