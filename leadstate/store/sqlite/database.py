"""A database of SQLite: a file with a log beside it, one writer, many readers."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError
from leadstate.store.fair_lock import FairLock
from leadstate.store.migrate import HEAD, revision_of, to_head
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

    from sqlalchemy import Connection, Engine

__all__ = ["SqliteDatabase"]


class SqliteDatabase:
    """A `leadstate.store.database.Database`; made or brought up when it is opened.

    One that is of this version is opened for reading alone: nobody waits for a lock
    before the first write, and the file may be read-only.
    """

    def __init__(self, path: Path) -> None:
        _make_file(path)
        self._path = path
        self._turns = FairLock()
        self._opened: Engine | None = None
        self._opening = Lock()
        self._reader = engine.reading(path)
        try:
            if not self._is_current():
                to_head(self._writer, str(path))
        except BaseException:
            self.close()
            raise

    def _is_current(self) -> bool:
        """Whether the schema is this version's; a new file has none."""
        if self._path.stat().st_size == 0:
            return False
        with self.reading() as connection:
            return revision_of(connection) == HEAD

    @property
    def _writer(self) -> Engine:
        """The engine of the one connection that writes; opened at the first write."""
        with self._opening:
            if self._opened is None:
                self._opened = engine.writing(self._path)
            return self._opened

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @contextmanager
    def writing(self, patience_seconds: float | None = None) -> Iterator[Connection]:
        """Open the write transaction."""
        end = None if patience_seconds is None else monotonic() + patience_seconds
        with self._turns.within(patience_seconds), self._writer.connect() as opened:
            connection = opened.execution_options(**{engine.UNTIL: end})
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
        with self._opening:
            if self._opened is not None:
                self._opened.dispose()


def _make_file(path: Path) -> None:
    if path.exists():
        return  # it may be there to be read alone
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds personal data: nobody but its owner reads it.
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        message = f"The database {path} cannot be made: {error.strerror}."
        raise ConfigurationError(message) from error
