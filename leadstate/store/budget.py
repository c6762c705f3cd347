"""The rate budget: one row an account, exact over every process that shares it.

The generic cell rate algorithm: the row holds the theoretical arrival time of the next
call.  A call may be early by at most ``burst - 1`` intervals.

What was booked by a clock that ran ahead would stop every call until that time comes:
an arrival further away than a full burst and the longest queue is not believed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sqlalchemy import select

from leadstate.store.columns import to_micros
from leadstate.store.portable import insert
from leadstate.store.schema import budget

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from leadstate.store.work import Work

__all__ = ["StoredBudget"]

_SECOND = 1_000_000
_LONGEST_QUEUE = 60 * _SECOND
"""Adapters give up rather than wait longer, so that no true queue is longer."""


class StoredBudget:
    """A `leadstate.adapters.Budget` kept in the database."""

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[Work]],
        now: Callable[[], datetime],
    ) -> None:
        self._begin = begin
        self._now = now

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        """Book one call and return how many seconds to wait before making it."""
        if not (per_second > 0 and burst >= 1):
            message = (
                f"A budget needs a rate and a burst, not {per_second} and {burst}."
            )
            raise ValueError(message)
        # Rounded up: a rounded-down interval would let one call too many through.
        interval = math.ceil(_SECOND / per_second)
        with self._begin() as work:
            row = select(budget.c.tat).where(budget.c.key == key)
            now = to_micros(self._now())
            booked = work.connection.scalar(row) or 0
            arrival = _believed(booked, now, burst * interval)
            upsert = insert(budget).values(key=key, tat=arrival + interval)
            work.connection.execute(
                upsert.on_conflict_do_update(
                    index_elements=["key"], set_={"tat": upsert.excluded.tat}
                )
            )
            work.commit()
        return max(0, arrival - (burst - 1) * interval - now) / _SECOND


def _believed(booked: int, now: int, whole_burst: int) -> int:
    """Return the next arrival; after a clock that was ahead, as if a burst just went.

    All of it may have gone a moment ago: more calls at once would be too many.
    """
    if booked > now + whole_burst + _LONGEST_QUEUE:
        return now + whole_burst
    return max(booked, now)
