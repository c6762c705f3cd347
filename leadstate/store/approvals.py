"""The approvals: moves that wait for somebody else's agreement, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import Approval, ApprovalState
from leadstate.store.schema import approval, is_pending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.store.rows import ApprovalItem

__all__ = ["Approvals"]

_ADD = insert(approval).on_conflict_do_nothing(
    index_elements=["record_id", "transition"],
    index_where=is_pending(approval),
)
_UNDECIDED = {
    "state": ApprovalState.PENDING,
    "decided_by": None,
    "decided_at": None,
    "decided_note": "",
}


class Approvals(Repository):
    """At most one pending approval a record and transition."""

    __slots__ = ()

    def ask(self, items: Sequence[ApprovalItem]) -> list[int]:
        """Keep the requests; return their ids, in order.

        A request that is pending already stays as it is; its id is returned.
        """
        self._many(_ADD, ({**columns_of(item), **_UNDECIDED} for item in items))
        pending = {
            (one.record_id, one.transition): one.id
            for ones in self.open_of([item.record_id for item in items]).values()
            for one in ones
        }
        return [pending[item.record_id, item.transition] for item in items]

    def get(self, id: int) -> Approval | None:  # noqa: A002
        """Return one approval, or None."""
        query = select(approval).where(*self._own(approval), approval.c.id == id)
        return self._row(Approval, query)

    def open_of(self, record_ids: Sequence[str]) -> dict[str, list[Approval]]:
        """Return the pending approvals of each record that has any, oldest first."""
        query = (
            select(approval)
            .where(among(approval.c.record_id, record_ids), is_pending(approval))
            .order_by(approval.c.id)
        )
        found: dict[str, list[Approval]] = {}
        for one in self._rows(Approval, query):
            found.setdefault(one.record_id, []).append(one)
        return found

    def listing(
        self, *, pending_only: bool = True, limit: int = 100, after: int = 0
    ) -> list[Approval]:
        """Return a page of approvals, oldest first, those after ``after``."""
        query = select(approval).where(*self._own(approval), approval.c.id > after)
        if pending_only:
            query = query.where(is_pending(approval))
        return self._rows(Approval, query.order_by(approval.c.id).limit(limit))

    def count_pending(self) -> int:
        """Return how many moves wait for somebody's agreement."""
        query = select(func.count()).select_from(approval)
        query = query.where(*self._own(approval), is_pending(approval))
        return self._connection.scalar(query) or 0

    def settle(
        self,
        id: int,  # noqa: A002
        state: ApprovalState,
        by: str,
        at: datetime,
        note: str = "",
    ) -> bool:
        """Keep the answer to a pending approval; say whether it was pending."""
        answer = {"decided_by": by, "decided_at": at, "decided_note": note}
        touched = self._count(
            update(approval)
            .where(approval.c.id == id, is_pending(approval))
            .values(state=state, **answer)
        )
        return touched == 1

    def void(self, record_ids: Sequence[str], at: datetime) -> int:
        """End what is pending, because the records moved; return how many there were.

        Keep an approval that was granted with `settle` before the move that it grants.
        """
        return self._count(
            update(approval)
            .where(among(approval.c.record_id, record_ids), is_pending(approval))
            .values(state=ApprovalState.VOID, decided_at=at)
        )
