"""What the store asks of a database: two kinds of transactions, and its upkeep.

`leadstate.store.sqlite` is the one that there is.  Everything else that the store does
is SQL, written with SQLAlchemy and `leadstate.store.portable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

    from leadstate.store.verifying.raw import Raw

__all__ = ["Database"]


class Database(Protocol):
    """An open database whose schema is this version's."""

    @property
    def path(self) -> Path:
        """The file that it is in."""

    def writing(
        self, patience_seconds: float | None = None
    ) -> AbstractContextManager[Connection]:
        """Open the one write transaction that there is at a time.

        Threads get it in the order in which they came.  It is rolled back unless it
        was committed, and what was committed survives a loss of power.

        Args:
            patience_seconds: How long it may wait in all, for other threads and other
                processes; None waits as long as work in the background can.

        Raises:
            StoreUnavailable: It was not to be had for a while; trying again is safe.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction on one snapshot, which waits for nobody."""

    def only_worker(self) -> AbstractContextManager[None]:
        """Be the one process that works on it, until the end or the process's death.

        Raises:
            UsageError: Another process is.
        """

    def raw(self, connection: Connection) -> Raw:
        """Return what lies in the tables, with no type between, for proofs."""

    def damage(self, connection: Connection) -> Iterator[str]:
        """Yield what the database itself finds broken, one sentence a fault."""

    def copy_to(self, target: Path, on_progress: Callable[[int, int], None]) -> None:
        """Copy it as it is at this moment, while others use it, into a file.

        Args:
            on_progress: Is told how many pages are left, and of how many.

        Raises:
            StoreUnavailable: The disk is full, or something else stands in the way.
        """

    def wipe(self) -> bool:
        """Overwrite the bytes of what was deleted; False when it has to wait."""

    def close(self) -> None:
        """Close every connection."""
