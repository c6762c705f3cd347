"""Copies of the database: made while it is used, examined, and put in its place.

A copy is one file, readable by its owner only, whole or not there: it is made under
another name, written to the disk, and renamed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from leadstate.errors import ConfigurationError, StoreUnavailable, UsageError
from leadstate.store.migrate import HEAD, KNOWN, revision_of
from leadstate.store.nonsense import NONSENSE, why
from leadstate.store.schema import history, record
from leadstate.store.sqlite.damage import file_damage
from leadstate.store.sqlite.engine import explained, glimpse
from leadstate.store.sqlite.locks import is_held
from leadstate.store.sqlite.raw import SqliteRaw
from leadstate.store.verifying import verify
from leadstate.store.verifying.raw import UnreadableDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

__all__ = [
    "DatabaseReport",
    "copy_live",
    "copy_still",
    "examine",
    "fold",
    "in_words",
    "moved_aside",
    "partial",
    "take_place",
]

_PAGES = 512
_CHAINED = "0004"
_COMPANIONS = ("-wal", "-shm", "-journal")


@contextmanager
def partial(target: Path) -> Iterator[Path]:
    """Yield the name under which a file is made; what is not renamed is removed.

    What a killed process left under it is overwritten by the next.

    Raises:
        UsageError: Another process makes the same file.
    """
    path = target.with_name(f"{target.name}.part")
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}"
        ) from error
    try:
        _begin(number, path)
        yield path
    except BaseException:
        _remove(path)
        raise
    finally:
        os.close(number)
    _remove(path)


def _begin(number: int, path: Path) -> None:
    if is_held(number):
        raise UsageError(f"another process writes {path} already")
    os.truncate(number, 0)
    os.fchmod(number, 0o600)


def _remove(path: Path) -> None:
    for end in ("", *_COMPANIONS):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


def copy_live(
    source: Path,
    target: Path,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Copy a database that others use, as it is at this moment.

    It is read from one snapshot, page by page: nobody waits for it, and what is written
    meanwhile does not make it begin again.

    Args:
        on_progress: Is told how many pages are left, and of how many.

    Raises:
        StoreUnavailable: The disk is full, or something else stands in the way.
    """
    with (
        _in_words(target),
        closing(_opened(source)) as read,
        closing(_opened(target)) as write,
    ):
        read.execute("PRAGMA query_only = ON")
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()
        read.backup(
            write,
            pages=_PAGES,
            progress=lambda _, left, total: on_progress(left, total),
        )
        write.execute("PRAGMA journal_mode = DELETE")
    _to_disk(target)


def copy_still(source: Path, target: Path) -> None:
    """Copy a database that nobody uses, with the log beside it if there is one.

    Raises:
        StoreUnavailable: The disk is full, or something else stands in the way.
        ConfigurationError: It is no database, or damaged.
    """
    with _in_words(target):
        shutil.copyfile(source, target)
        log = source.with_name(f"{source.name}-wal")
        if log.exists():
            shutil.copyfile(log, target.with_name(f"{target.name}-wal"))
    with _in_words(source), closing(_opened(target)) as copied:
        copied.execute("PRAGMA journal_mode = DELETE")
        copied.execute("SELECT count(*) FROM sqlite_master").fetchone()
    _to_disk(target)


class DatabaseReport:
    """What looking at a database found.

    Attributes:
        schema: Its schema's version.
        records: How many records it has.
        rows: How many rows of history.
        faults: What is wrong, one sentence each; empty when all is well.
    """

    def __init__(
        self, *, schema: str, records: int, rows: int, faults: tuple[str, ...]
    ) -> None:
        self.schema, self.records, self.rows = schema, records, rows
        self.faults = faults


def examine(path: Path, *, keys: Collection[str] = ()) -> DatabaseReport:
    """Look whether a database is whole, of a known schema, and its history proven.

    Args:
        keys: Public keys that checkpoints may be signed with; the database's own is
            not asked.

    Raises:
        ConfigurationError: It is no database of Leadstate, or of a newer one.
    """
    with glimpse(path) as database:
        schema = _schema(database, path)
        faults = [*file_damage(database)]
        rows = _count(database, history)
        if schema >= _CHAINED and not faults:
            proof = verify(SqliteRaw(database), keys=keys)
            faults += [one.text for one in proof.faults]
        return DatabaseReport(
            schema=schema,
            records=_count(database, record),
            rows=rows,
            faults=tuple(faults),
        )


def _schema(database: Connection, path: Path) -> str:
    schema = revision_of(database)
    if schema is None:
        raise ConfigurationError(f"{path} is no database of Leadstate.")
    if schema not in KNOWN:
        raise ConfigurationError(
            f"{path} was made by a newer Leadstate: its schema is {schema}, this "
            f"version knows up to {HEAD}.  Upgrade Leadstate first."
        )
    return schema


def _count(database: Connection, table: Table) -> int:
    return database.scalar(select(func.count()).select_from(table)) or 0


# -- in the place of another -----------------------------------------------------------


def fold(path: Path) -> bool:
    """Bring a database into one file; False when it is not readable.

    Raises:
        UsageError: Somebody has it open.
    """
    try:
        with closing(_opened(path)) as database:
            (mode,) = database.execute("PRAGMA journal_mode = DELETE").fetchone()
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise UsageError(
                f"another process has {path} open; stop every leadstate command first"
            ) from error
        return False
    except sqlite3.DatabaseError:
        return False
    return bool(mode == "delete")


def moved_aside(path: Path) -> Path:
    """Give a database a second name, under which it stays; return that.

    The first name is still there, so that a crash leaves no gap.  What belongs to the
    database and has no place beside another one goes with it.
    """
    aside = _free_name(path)
    try:
        os.link(path, aside)
    except OSError:  # a file system without second names
        shutil.copy2(path, aside)
    for end in _COMPANIONS:
        companion = path.with_name(f"{path.name}{end}")
        if companion.exists():
            companion.rename(aside.with_name(f"{aside.name}{end}"))
    return aside


def _free_name(path: Path) -> Path:
    found, number = path.with_name(f"{path.name}.before-restore"), 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}.before-restore-{number}")
    return found


def take_place(new: Path, target: Path) -> None:
    """Put a file in the place of another at once, durably."""
    _to_disk(new)
    new.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    with suppress(sqlite3.DatabaseError):
        database.execute("PRAGMA busy_timeout = 5000")
    return database


@contextmanager
def in_words(file: Path) -> Iterator[None]:
    """Say of a file that it is damaged, whatever it is that cannot be read in it."""
    try:
        yield
    except (*NONSENSE, UnreadableDatabase, sqlite3.Error) as error:
        raise ConfigurationError(
            f"the backup {file} is damaged, and nothing was changed: {why(error)}"
        ) from error


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say what a person can do about a full disk, a damaged file, a missing folder."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        found = explained(error, path)
        if found is None:
            raise
        raise found from error
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
