"""Locks of the operating system: one worker a database, one writer a file.

The operating system lets go of a lock when its process dies, however it dies; so
holding it proves that no other worker lives, and its leases need not run out first.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
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
    path = database.with_name(f"{database.name}-worker")
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
        yield


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
