"""Moves that were made later than they would have been, because data came late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from leadstate.domain.history import HistoryKind
from leadstate.store.reports.narrowing import during, its_visit, micros
from leadstate.store.reports.paths import Countable
from leadstate.store.schema import history, visit

if TYPE_CHECKING:
    from datetime import timedelta

    from leadstate.store.reports.selection import Selection

__all__ = ["LateMoves"]

_MICROSECONDS = 1_000_000


class LateMoves(Countable):
    """Moves with a second time, of when the record qualified."""

    __slots__ = ()

    def number(self, its: Selection, *, least: timedelta) -> int:
        """Return how many moves in the selection's time were so late at least.

        What is asked of a stay is asked of the one that was entered.
        """
        delay = micros(history.c.happened_at) - micros(history.c.qualified_at)
        query = (
            select(func.count())
            .select_from(history.join(visit, visit.c.entered_by == history.c.id))
            .where(history.c.qualified_at.is_not(None))
            .where(history.c.kind == HistoryKind.MOVED)
            .where(delay >= int(least.total_seconds()) * _MICROSECONDS)
            .where(during(visit.c.entered_at, its), its_visit(its))
            .where(*self._counting(visit.c.record_id))
        )
        return int(self._connection.scalar(query) or 0)
