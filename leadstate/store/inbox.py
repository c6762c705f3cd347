"""The inbox: everything that came in, once, until it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import InboxRow, InboxState
from leadstate.store.schema import inbox, is_pending
from leadstate.store.sqlite import among, insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.store.rows import InboxItem

__all__ = ["Inbox"]

_ADD = insert(inbox).on_conflict_do_nothing(index_elements=["key"])


class Inbox(Repository):
    """What came in; the key makes a second delivery a no-op."""

    __slots__ = ()

    def add(self, items: Sequence[InboxItem]) -> int:
        """Keep the items; return how many were not there yet."""
        fresh = {"attempts": 0, "state": InboxState.PENDING, "settled_at": None}
        return self._many(_ADD, ({**columns_of(item), **fresh} for item in items))

    def due(self, now: datetime, limit: int = 100) -> list[InboxRow]:
        """Return pending items that are due, oldest first."""
        query = (
            select(inbox)
            .where(is_pending(inbox), inbox.c.due_at <= now)
            .order_by(inbox.c.due_at, inbox.c.id)
            .limit(limit)
        )
        return self._rows(InboxRow, query)

    def next_due(self) -> datetime | None:
        """Return when the next pending item is due, or None when nothing waits."""
        return self._connection.scalar(
            select(inbox.c.due_at)
            .where(is_pending(inbox))
            .order_by(inbox.c.due_at)
            .limit(1)
        )

    def get(self, id: int) -> InboxRow | None:  # noqa: A002
        """Return one item, or None."""
        return self._row(InboxRow, select(inbox).where(inbox.c.id == id))

    def by_key(self, key: str) -> InboxRow | None:
        """Return the item of a dedupe key, or None."""
        return self._row(InboxRow, select(inbox).where(inbox.c.key == key))

    def settle(self, ids: Sequence[int], state: InboxState, now: datetime) -> int:
        """End pending items as done, echo or dead; return how many were pending."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), is_pending(inbox))
            .values(state=state, settled_at=now)
        )

    def postpone(self, ids: Sequence[int], due_at: datetime) -> int:
        """Look at pending items again later; counts one attempt each."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), is_pending(inbox))
            .values(due_at=due_at, attempts=inbox.c.attempts + 1)
        )

    def reopen(self, ids: Sequence[int], due_at: datetime) -> int:
        """Let dead items have another go; return how many were dead."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), inbox.c.state == InboxState.DEAD)
            .values(
                state=InboxState.PENDING, due_at=due_at, attempts=0, settled_at=None
            )
        )

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state."""
        return self._pairs(select(inbox.c.state, func.count()).group_by(inbox.c.state))

    def purge(self, before: datetime, limit: int = 10_000) -> int:
        """Forget done items and echoes settled before ``before``, with their keys.

        At most ``limit`` at once, so that receivers do not wait for long.
        """
        old = (
            select(inbox.c.id)
            .where(inbox.c.state.in_([InboxState.DONE, InboxState.ECHO]))
            .where(inbox.c.settled_at < before)
            .limit(limit)
        )
        return self._count(delete(inbox).where(inbox.c.id.in_(old)))
