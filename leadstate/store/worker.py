"""One worker a database: whoever holds it may take over what a dead one left.

The operating system lets go of the lock when its process dies, however it dies; so
holding it proves that no other worker lives, and its leases need not run out first.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["only_worker"]


@contextmanager
def only_worker(database: Path) -> Iterator[None]:
    """Be the one worker on this database.

    Raises:
        UsageError: Another process works on it.
    """
    path = database.with_name(f"{database.name}-worker")
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
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
