"""A database of SQLite: a file with a log beside it, one writer, many readers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError
from leadstate.store.fair_lock import FairLock
from leadstate.store.migrate import to_head
from leadstate.store.sqlite import engine
from leadstate.store.sqlite.backup import copy_live
from leadstate.store.sqlite.damage import damage
from leadstate.store.sqlite.locks import only_worker
from leadstate.store.sqlite.raw import SqliteRaw
from leadstate.store.sqlite.wiping import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

__all__ = ["SqliteDatabase"]


class SqliteDatabase:
    """A `leadstate.store.database.Database`; made or brought up when it is opened."""

    def __init__(self, path: Path) -> None:
        _make_file(path)
        self._path = path
        self._turns = FairLock()
        self._writer = engine.writing(path)
        try:
            to_head(self._writer, str(path))
        except BaseException:
            self._writer.dispose()
            raise
        self._reader = engine.reading(path)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the write transaction."""
        with self._turns, self._writer.connect() as connection:
            connection.begin()
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read transaction."""
        with self._reader.connect() as connection:
            connection.begin()
            yield connection

    def only_worker(self) -> AbstractContextManager[None]:
        """Be the one process that works on it."""
        return only_worker(self._path)

    def raw(self, connection: Connection) -> SqliteRaw:
        """Return what lies in the tables."""
        return SqliteRaw(connection)

    def damage(self, connection: Connection) -> Iterator[str]:
        """Yield what SQLite finds broken."""
        return damage(connection)

    def copy_to(self, target: Path, on_progress: Callable[[int, int], None]) -> None:
        """Copy it as it is at this moment."""
        copy_live(self._path, target, on_progress)

    def wipe(self) -> bool:
        """Overwrite what was deleted; writers wait as long as the file is made anew."""
        with self._turns:
            return wipe(self._writer)

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log back."""
        self._reader.dispose()
        self._writer.dispose()


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds personal data: nobody but its owner reads it.
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        message = f"The database {path} cannot be made: {error.strerror}."
        raise ConfigurationError(message) from error
