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
from leadstate.store import sqlite
from leadstate.store.approvals import Approvals
from leadstate.store.assignments import Assignments
from leadstate.store.behaviour import Events, FieldChanges
from leadstate.store.budget import StoredBudget
from leadstate.store.checkpoints import Checkpoints
from leadstate.store.clocks import Clocks
from leadstate.store.conflicts import Conflicts
from leadstate.store.credentials import StoredCredentials, cipher
from leadstate.store.dead_letters import DeadLetters
from leadstate.store.erasure import WIPE, Erasure
from leadstate.store.extracts import Extracts
from leadstate.store.forgotten import ForgottenPeople
from leadstate.store.history import Histories
from leadstate.store.identities import Identities
from leadstate.store.inbox import Inbox
from leadstate.store.integrity import faults
from leadstate.store.ledger import Ledger
from leadstate.store.links import Links
from leadstate.store.migrate import to_head
from leadstate.store.outbox import Outbox
from leadstate.store.past import PastChanges
from leadstate.store.records import Records
from leadstate.store.timers import Timers
from leadstate.store.turns import Turns
from leadstate.store.visits import Visits
from leadstate.store.worker import only_worker
from leadstate.store.workflows import Cursors, Workflows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from sqlalchemy import Connection, Engine

__all__ = ["Store", "View", "Work", "open_store", "path_of"]


class View:
    """Every repository over one snapshot; writing through it is refused."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.records = Records(connection)
        self.links = Links(connection)
        self.extracts = Extracts(connection)
        self.history = Histories(connection)
        self.visits = Visits(connection)
        self.inbox = Inbox(connection)
        self.outbox = Outbox(connection)
        self.ledger = Ledger(connection)
        self.dead_letters = DeadLetters(connection)
        self.events = Events(connection)
        self.field_changes = FieldChanges(connection)
        self.past_changes = PastChanges(connection)
        self.erasure = Erasure(connection)
        self.forgotten = ForgottenPeople(connection)
        self.identities = Identities(connection)
        self.conflicts = Conflicts(connection)
        self.cursors = Cursors(connection)
        self.workflows = Workflows(connection)
        self.timers = Timers(connection)
        self.clocks = Clocks(connection)
        self.approvals = Approvals(connection)
        self.assignments = Assignments(connection)
        self.checkpoints = Checkpoints(connection)


class Work(View):
    """Every repository inside one write transaction."""

    def commit(self) -> None:
        """Make everything that was written durable, at once; the work is over."""
        self.connection.commit()
        self.connection.close()


class Store:
    """An open database; made by `open_store`."""

    def __init__(
        self, path: Path, writer: Engine, reader: Engine, cipher: AESGCM | None
    ) -> None:
        self._path = path
        self._writer = writer
        self._reader = reader
        self._cipher = cipher
        self._turns = Turns()

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Open the write transaction; it is rolled back unless it was committed."""
        with self._turns, self._writer.connect() as connection:
            connection.begin()
            yield Work(connection)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Open a read transaction; what is read stays as it is until it ends."""
        with self._reader.connect() as connection:
            connection.begin()
            yield View(connection)

    @contextmanager
    def worker(self, now: datetime) -> Iterator[None]:
        """Be the one process that works on this database, and take over its leases.

        Raises:
            UsageError: Another process works on it.
        """
        with only_worker(self._path):
            with self.begin() as work:
                work.outbox.take_over(now)
                work.commit()
            yield

    def budget(self, now: Callable[[], datetime]) -> StoredBudget:
        """Return the rate budget that every process on this database shares."""
        return StoredBudget(self, now)

    def credentials(
        self, connection: str, now: Callable[[], datetime] | None = None
    ) -> StoredCredentials:
        """Return the tokens of one connection."""
        return StoredCredentials(self, connection, self._cipher, now)

    def integrity(self) -> list[str]:
        """Return what does not hold together, one sentence a fault."""
        with self.read() as view:
            return list(faults(view.connection))

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._path

    def wipe(self) -> bool:
        """Overwrite the bytes of what was deleted, if that is asked for.

        Writers wait as long as the file is written anew.

        Returns:
            False when others use the database so that it has to be tried again.
        """
        with self.read() as view:
            wanted = view.cursors.get("", WIPE)
        if not wanted:
            return True
        with self._turns:
            done = sqlite.wipe(self._writer)
        if done:
            self._wiped(wanted)
        return done

    def _wiped(self, wanted: str) -> None:
        with self.begin() as work:
            if work.cursors.get("", WIPE) == wanted:  # else somebody else was forgotten
                work.cursors.delete("", WIPE)
                work.commit()

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log back."""
        self._reader.dispose()
        self._writer.dispose()


def open_store(url: str, *, key: bytes | None = None) -> Store:
    """Open the database, make or migrate it where needed.

    Args:
        url: ``sqlite:///leadstate.db`` or ``sqlite:////var/lib/leadstate/state.db``.
        key: 32 bytes that encrypt credentials; without it there are none.
    """
    opener = None if key is None else cipher(key)
    path = path_of(url)
    _make_file(path)
    writer = sqlite.writing(path)
    try:
        to_head(writer, str(path))
    except BaseException:
        writer.dispose()
        raise
    return Store(path, writer, sqlite.reading(path), opener)


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


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds personal data: nobody but its owner reads it.
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        message = f"The database {path} cannot be made: {error.strerror}."
        raise ConfigurationError(message) from error
