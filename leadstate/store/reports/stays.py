"""How long stays in a stage took, and how long those take that go on.

The index `ix_visit_length` holds the stays of a stage in the order of their lengths, so
that nothing has to be sorted.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from leadstate.store.portable import Gathered
from leadstate.store.reports.narrowing import during, its_values, micros, of_visit
from leadstate.store.reports.paths import Countable
from leadstate.store.schema import record, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.reports.selection import Selection

__all__ = ["Stays"]

_LENGTH = micros(visit.c.left_at) - micros(visit.c.entered_at)


class Stays(Countable):
    """Stays, stage by stage."""

    __slots__ = ()

    def stages(self) -> list[str]:
        """Return every stage in which a record ever was, by name."""
        # SQLite would read all visits for a DISTINCT; this reads one a stage.
        mine = [*self._whose(visit.c.record_id)]
        least = select(func.min(visit.c.stage).label("name")).where(*mine)
        first = least.cte("s", recursive=True)
        later = least.where(visit.c.stage > first.c.name)
        every = first.union_all(
            select(later.scalar_subquery()).where(first.c.name.is_not(None))
        )
        found = select(every.c.name).where(every.c.name.is_not(None))
        return [str(one) for one in self._connection.scalars(found)]

    def earliest(self) -> datetime | None:
        """Return the first moment at which anything was entered."""
        found: datetime | None
        query = select(func.min(visit.c.entered_at))
        mine = self._whose(visit.c.record_id)
        found = self._connection.scalar(query.where(*mine))
        return found

    def lengths(self, its: Selection, stage: str) -> array[int]:
        """Return how long stays took that ended in the selection's time.

        In microseconds, the shortest first; those of unknown length are left out.
        """
        length = _LENGTH.label("length")
        told = _by_length(select(length), self._ended(its, stage)).subquery()
        return _array(self._connection.scalar(_listed(told.c.length)))

    def spans(self, its: Selection, stage: str) -> tuple[array[int], array[int]]:
        """Return when the same stays were entered, and when they were left.

        In microseconds, in the order of their lengths.
        """
        moments = select(
            micros(visit.c.entered_at).label("entered"),
            micros(visit.c.left_at).label("left"),
        )
        told = _by_length(moments, self._ended(its, stage)).subquery()
        found = self._connection.execute(_listed(told.c.entered, told.c.left)).one()
        return _array(found[0]), _array(found[1])

    def open_since(self, its: Selection, stage: str) -> array[int]:
        """Return when stays began that go on at the selection's moment, latest first.

        Those that nobody knows the beginning of are left out.
        """
        seen = and_(visit.c.entered_at <= its.as_of, *self._asked(its, stage))
        began = micros(visit.c.entered_at).label("began")
        query = (
            select(began)
            .where(visit.c.left_by.is_(None), seen)
            .union_all(select(began).where(visit.c.left_at > its.as_of, seen))
        )
        told = query.order_by("began").subquery()
        return _array(self._connection.scalar(_listed(told.c.began)))[::-1]

    def unknown(self, its: Selection, stage: str) -> tuple[int, int]:
        """Return how many stays there are of a length that nobody knows.

        First those that ended (no entry, no end, or an end before the entry), then
        those that go on.
        """
        asked = and_(*self._asked(its, stage))
        unmeasured = or_(_LENGTH.is_(None), _LENGTH < 0)
        ended = or_(visit.c.left_at.is_(None), during(visit.c.left_at, its))
        return (
            self._number(asked, unmeasured, ended, visit.c.left_by.is_not(None)),
            self._number(
                asked, visit.c.entered_at.is_(None), visit.c.left_by.is_(None)
            ),
        )

    def _number(self, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(visit).where(*conditions)
        return int(self._connection.scalar(query) or 0)

    def _ended(self, its: Selection, stage: str) -> ColumnElement[bool]:
        ended = during(visit.c.left_at, its)
        return and_(_LENGTH >= 0, ended, *self._asked(its, stage))

    def _asked(self, its: Selection, stage: str) -> Iterator[ColumnElement[bool]]:
        yield visit.c.stage == stage
        yield from of_visit(its)
        if its.values:
            yield visit.c.record_id.in_(select(record.c.id).where(its_values(its)))
        yield from self._counting(visit.c.record_id)


def _by_length(
    query: Select[*tuple[object, ...]], asked: ColumnElement[bool]
) -> Select[*tuple[object, ...]]:
    return query.where(asked).order_by(_LENGTH)


def _listed(*columns: ColumnElement[Any]) -> Select[*tuple[list[int], ...]]:
    return select(*(Gathered(one) for one in columns))


def _array(found: list[int] | None) -> array[int]:
    return array("q", found or [])
