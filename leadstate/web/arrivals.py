"""Store deliveries that arrive together in one transaction: one sync for all of them.

While one group is written the next one gathers; so a worker that holds the database
delays all that wait once, and not one after the other.  Nobody is answered before
the commit.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool

from leadstate.service.inbox import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store import InboxItem, Store

__all__ = ["Arrivals"]


class Arrivals:
    """Puts items into the inbox, group by group; lives on one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Sequence[InboxItem], asyncio.Future[int]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[InboxItem]) -> int:
        """Keep the items; return how many were not there yet.  Then they are durable.

        Raises:
            StoreUnavailable: They could not be stored.
        """
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, told))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_groups())
        return await told

    async def _write_groups(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                await self._write(group)
            except Exception:  # noqa: BLE001 - one bad delivery must not cost the others
                for delivery in group:
                    await self._write_alone(delivery)
        self._writing = None

    async def _write(
        self, group: Sequence[tuple[Sequence[InboxItem], asyncio.Future[int]]]
    ) -> None:
        deliveries = [items for items, _ in group]
        counts = await run_in_threadpool(keep, self._store, deliveries)
        for (_, told), new in zip(group, counts, strict=True):
            if not told.done():  # else its caller hung up
                told.set_result(new)

    async def _write_alone(
        self, delivery: tuple[Sequence[InboxItem], asyncio.Future[int]]
    ) -> None:
        try:
            await self._write([delivery])
        except Exception as error:  # noqa: BLE001 - the caller answers for it
            if not delivery[1].done():
                delivery[1].set_exception(error)
