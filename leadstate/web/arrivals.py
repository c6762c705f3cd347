"""Store deliveries that arrive together in one transaction: one sync for all of them.

While one group is written the next one gathers; so a worker that holds the database
delays all that wait once, and not one after the other.  Nobody is answered before
the commit.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool

from leadstate.errors import StoreUnavailable
from leadstate.service.inbox import keep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store import InboxItem, Store

__all__ = ["Arrivals"]


_PATIENCE_SECONDS = 1.5
"""amoCRM waits for two; who comes while others wait has less, and is answered too."""

_LEAST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What came together; ``by`` is when it has to be answered, by the loop's clock."""

    items: Sequence[InboxItem]
    by: float
    told: asyncio.Future[int]

    def answer(self, told: int | Exception) -> None:
        """Tell the caller, unless they hung up."""
        if self.told.done():
            return
        if isinstance(told, Exception):
            self.told.set_exception(told)
        else:
            self.told.set_result(told)


class Arrivals:
    """Puts items into the inbox, group by group; lives on one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Delivery] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, items: Sequence[InboxItem]) -> int:
        """Keep the items; return how many were not there yet.  Then they are durable.

        Raises:
            StoreUnavailable: They could not be stored in the time that a CRM waits.
        """
        loop = asyncio.get_running_loop()
        by = loop.time() + _PATIENCE_SECONDS
        delivery = _Delivery(items, by, loop.create_future())
        self._waiting.append(delivery)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_groups())
        return await delivery.told

    async def _write_groups(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                await self._write(group)
            except StoreUnavailable as error:
                # One by one they would wait once more, each of them.
                for delivery in group:
                    delivery.answer(error)
            except Exception:  # noqa: BLE001 - one bad delivery must not cost the others
                for delivery in group:
                    await self._write_alone(delivery)
        self._writing = None

    async def _write(self, group: Sequence[_Delivery]) -> None:
        """Store a group; wait no longer than the one that came first can."""
        left = min(one.by for one in group) - asyncio.get_running_loop().time()
        deliveries = [one.items for one in group]
        counts = await run_in_threadpool(
            keep, self._store, deliveries, max(left, _LEAST_SECONDS)
        )
        for one, new in zip(group, counts, strict=True):
            one.answer(new)

    async def _write_alone(self, delivery: _Delivery) -> None:
        try:
            await self._write([delivery])
        except Exception as error:  # noqa: BLE001 - the caller answers for it
            delivery.answer(error)
