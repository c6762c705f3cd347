"""Locks of the operating system: one worker a database, one writer a file.

The operating system lets go of a lock when its process dies, however it dies; so
holding it proves that no other worker lives, and its leases need not run out first.

One file has many names: ``./x.db``, symbolic links, hard links, mounts.  So a worker
locks a file beside the resolved path, which also names who works, and on Linux the
database's own inode.  That lock is flock's, which there has nothing to do with the
POSIX locks that SQLite takes on the file; elsewhere the two can block each other.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError, UsageError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_held", "only_worker"]


@contextmanager
def only_worker(database: Path) -> Iterator[None]:
    """Be the one worker on this database.

    Raises:
        UsageError: Another process works on it.
        ConfigurationError: The operating system has no such locks.
    """
    known = database.resolve()
    path = known.with_name(f"{known.name}-worker")
    with path.open("a+", encoding="ascii") as file:
        if is_held(file.fileno()):
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            message = (
                f"another leadstate (process {holder}) works on {database}; stop it "
                "first, or give this one a database of its own"
            )
            raise UsageError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        with _only_on_inode(known):
            yield


# -- the file itself -------------------------------------------------------------------

_numbers: dict[tuple[int, int], int] = {}
"""Device and inode -> descriptor.  None is ever closed: whoever closes one descriptor
of a file loses all POSIX locks on it, and SQLite would lose its own."""
_worked_on: set[tuple[int, int]] = set()
_looking = Lock()


@contextmanager
def _only_on_inode(database: Path) -> Iterator[None]:
    """Be the one worker on what the file is, whatever it is called."""
    if sys.platform != "linux" or not database.exists():
        yield
        return
    with _looking:
        inode = _inode_of(database)
        if inode in _worked_on or is_held(_numbers[inode]):
            message = (
                f"another leadstate works on {database} under another name of the "
                "same file; stop it first, or give this one a database of its own"
            )
            raise UsageError(message)
        _worked_on.add(inode)
    try:
        yield
    finally:
        with _looking:
            fcntl.flock(_numbers[inode], fcntl.LOCK_UN)
            _worked_on.discard(inode)


def _inode_of(database: Path) -> tuple[int, int]:
    """Return what tells the file from others, and keep a descriptor of it."""
    found = database.stat()
    inode = found.st_dev, found.st_ino
    if inode not in _numbers:
        _numbers[inode] = os.open(database, os.O_RDONLY)
    return inode


def is_held(number: int) -> bool:
    """Take the lock on an open file; say whether another process has it.

    Args:
        number: The file's descriptor; the lock ends when it is closed.

    Raises:
        ConfigurationError: The operating system has no such locks.
    """
    if sys.platform == "win32":  # pragma: no cover - tried on Linux alone
        message = (
            "Leadstate cannot work on a database here: Windows has not the file locks "
            "that it needs.  Run it on Linux or macOS, or in WSL."
        )
        raise ConfigurationError(message)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
