"""Store deliveries that arrive together in one transaction: one sync of the disk for all.

Whoever gets the turn to write takes along what waits by then; so a worker that holds the
database for a moment delays a hundred deliveries once, and not one after the other.

    arrivals = Arrivals(store)
    new = arrivals.add(items)   # durable when it returns, from any number of threads
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from leadstate.service.points import passed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store import InboxItem, Store

__all__ = ["Arrivals"]


@dataclass(slots=True, eq=False)
class _Delivery:
    """One thread's items; ``new`` stays None until they are durable."""

    items: Sequence[InboxItem]
    new: int | None = None


class Arrivals:
    """Puts items into the inbox; share one between the threads of a receiver."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing = Lock()
        self._changing = Lock()
        self._waiting: list[_Delivery] = []

    def add(self, items: Sequence[InboxItem]) -> int:
        """Keep the items; return how many were not there yet.  Then they are durable.

        Raises:
            StoreUnavailable: They could not be stored.
        """
        mine = _Delivery(items)
        with self._changing:
            self._waiting.append(mine)
        with self._writing:
            try:
                if mine.new is None:
                    self._write(mine)
            finally:
                self._forget(mine)
        return mine.new or 0

    def _forget(self, mine: _Delivery) -> None:
        """Let nobody store later what is told now to be not stored."""
        with self._changing:
            if mine in self._waiting:
                self._waiting.remove(mine)

    def _write(self, mine: _Delivery) -> None:
        """Write everything that waits; after a failure each delivery tries alone."""
        taken: list[_Delivery] = []
        with self._store.begin() as work:
            with self._changing:
                if mine in self._waiting:
                    taken, self._waiting = self._waiting, []
            counts = [work.inbox.add(one.items) for one in taken or [mine]]
            passed("receive.before_commit")
            work.commit()
        passed("receive.after_commit")
        for one, new in zip(taken or [mine], counts, strict=True):
            one.new = new
