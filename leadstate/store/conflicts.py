"""The journal of conflicts: what was believed, what was not, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from leadstate.store.repository import Repository
from leadstate.store.rows import Conflict
from leadstate.store.schema import conflict
from leadstate.store.sealing import Pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.store.rows import ConflictItem

__all__ = ["Conflicts"]


class Conflicts(Repository):
    """One row a conflict; a person may take the other value later."""

    __slots__ = ()

    def add(self, rows: Sequence[ConflictItem]) -> None:
        """Keep conflicts."""
        self._journal().add(rows)

    def list(
        self, record_id: str | None = None, *, limit: int | None = None
    ) -> list[Conflict]:
        """Return conflicts, newest first."""
        query = select(conflict).where(*self._own(conflict))
        query = query.order_by(conflict.c.id.desc()).limit(limit)
        if record_id is not None:
            query = query.where(conflict.c.record_id == record_id)
        return [Conflict(**row) for row in self._journal().read(query)]

    def get(self, id: int) -> Conflict | None:  # noqa: A002
        """Return one conflict, or None."""
        query = select(conflict).where(*self._own(conflict), conflict.c.id == id)
        found = self._journal().read(query)
        return next((Conflict(**row) for row in found), None)

    def take(self, id: int, now: datetime) -> bool:  # noqa: A002
        """Note that a person took the other value; say whether that was news."""
        untaken = conflict.c.id == id, conflict.c.taken_at.is_(None)
        return self._count(update(conflict).where(*untaken).values(taken_at=now)) == 1

    def count(self) -> int:
        """Return how many there are."""
        query = select(func.count()).select_from(conflict).where(*self._own(conflict))
        return self._connection.scalar(query) or 0

    def _journal(self) -> Pairs:
        return Pairs(self._connection, conflict, ("kept", "dropped"))
