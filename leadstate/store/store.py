"""The store: durable truth, one transaction a commit.

    with store.begin() as work:
        work.records.update(changes)
        work.history.append(entries)
        work.commit()

Without `Work.commit` nothing happened.  Share one `Store` between the threads of a
process: its writers queue fairly, its readers never wait.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from leadstate.errors import ConfigurationError
from leadstate.store.budget import StoredBudget
from leadstate.store.credentials import StoredCredentials, cipher
from leadstate.store.erasure import WIPE
from leadstate.store.integrity import faults
from leadstate.store.sqlite.database import SqliteDatabase
from leadstate.store.work import View, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from leadstate.store.database import Database

__all__ = ["Store", "open_store", "path_of"]


class Store:
    """An open database; made by `open_store`.

    Attributes:
        workflow: Whose rows its transactions find and keep; "" for everything.
    """

    def __init__(
        self, database: Database, cipher: AESGCM | None, workflow: str = ""
    ) -> None:
        self._database = database
        self._cipher = cipher
        self.workflow = workflow

    def of(self, workflow: str) -> Store:
        """Return the same database, narrowed to what is one workflow's."""
        return Store(self._database, self._cipher, workflow)

    @property
    def whole(self) -> Store:
        """The same database with all that is in it."""
        return self.of("")

    @contextmanager
    def begin(self, *, patience_seconds: float | None = None) -> Iterator[Work]:
        """Open the write transaction; it is rolled back unless it was committed.

        Args:
            patience_seconds: How long it may wait for others in all; None waits as long
                as work in the background can.

        Raises:
            StoreUnavailable: It was not to be had in that time; nothing was written.
        """
        with self._database.writing(patience_seconds) as connection:
            yield Work(connection, self._database.raw(connection), self.workflow)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Open a read transaction; what is read stays as it is until it ends."""
        with self._database.reading() as connection:
            yield View(connection, self._database.raw(connection), self.workflow)

    @contextmanager
    def worker(self, now: datetime) -> Iterator[None]:
        """Be the one process that works on this database, and take over its leases.

        Raises:
            UsageError: Another process works on it.
        """
        with self._database.only_worker():
            with self.whole.begin() as work:
                work.outbox.take_over(now)
                work.commit()
            yield

    def budget(self, now: Callable[[], datetime]) -> StoredBudget:
        """Return the rate budget that every process on this database shares."""
        return StoredBudget(self.begin, now)

    def credentials(
        self, connection: str, now: Callable[[], datetime] | None = None
    ) -> StoredCredentials:
        """Return the tokens of one connection."""
        return StoredCredentials(self.begin, self.read, connection, self._cipher, now)

    def integrity(self) -> list[str]:
        """Return what does not hold together, one sentence a fault.

        It is the whole database that is looked at, whatever the store is narrowed to.
        """
        with self.whole.read() as view:
            damage = self._database.damage(view.connection)
            return [*damage, *faults(view.raw)]

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._database.path

    def copy_to(
        self, target: Path, on_progress: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Copy the database as it is at this moment, while others use it.

        Args:
            target: A file that is not there yet, or is overwritten.
            on_progress: Is told how many pages are left, and of how many.

        Raises:
            StoreUnavailable: The disk is full, or something else stands in the way.
        """
        self._database.copy_to(target, on_progress)

    def wipe(self) -> bool:
        """Overwrite the bytes of what was deleted, if that is asked for.

        Writers wait as long as the file is written anew.

        Returns:
            False when others use the database so that it has to be tried again.
        """
        with self.whole.read() as view:
            wanted = view.cursors.get("", WIPE)
        if not wanted:
            return True
        done = self._database.wipe()
        if done:
            self._wiped(wanted)
        return done

    def _wiped(self, wanted: str) -> None:
        with self.whole.begin() as work:
            if work.cursors.get("", WIPE) == wanted:  # else somebody else was forgotten
                work.cursors.delete("", WIPE)
                work.commit()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def open_store(url: str, *, key: bytes | None = None) -> Store:
    """Open the database, make or migrate it where needed.

    Args:
        url: ``sqlite:///leadstate.db`` or ``sqlite:////var/lib/leadstate/state.db``.
        key: 32 bytes that encrypt credentials; without it there are none.
    """
    opener = None if key is None else cipher(key)
    return Store(SqliteDatabase(path_of(url)), opener)


def path_of(url: str) -> Path:
    """Return the file that a store's URL names, or say how to write one."""
    example = "Write it like sqlite:///leadstate.db."
    try:
        parsed = make_url(url)
    except ArgumentError:
        message = f"The store's URL cannot be read.  {example}"
        raise ConfigurationError(message) from None
    if parsed.get_backend_name() != "sqlite":
        message = f"The store cannot use {parsed.drivername} yet.  {example}"
        raise ConfigurationError(message)
    if parsed.query or parsed.database in (None, "", ":memory:"):
        message = f"The store's URL {url} does not name a file.  {example}"
        raise ConfigurationError(message)
    return Path(str(parsed.database))
