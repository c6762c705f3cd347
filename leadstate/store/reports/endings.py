"""How visits ended: where to, along what, with which reason, after how long."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, func, literal, select

from leadstate.domain.stays import BEGINNING
from leadstate.store.columns import constant, to_micros
from leadstate.store.portable import among
from leadstate.store.reports.narrowing import during, its_visit, micros
from leadstate.store.reports.paths import Countable
from leadstate.store.schema import history, visit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.reports.selection import Selection

__all__ = ["Ending", "Endings", "Windows", "window_of"]

_ENTERING = tuple(sorted(one.value for one in BEGINNING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """So many visits that ended alike.

    Attributes:
        window: In which window they ended, the latest being 0.
        stage: The stage that was left.
        transition: The transition taken; None for a move along none.
        to_stage: The stage that was entered; None when the record ended.
        owner: Who owned the record when the visit began.
    """

    window: int
    stage: str
    transition: str | None
    to_stage: str | None
    reason: str | None
    owner: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Times of equal length, one behind the other; number 0 is the latest.

    Attributes:
        until: Where the latest ends (aware UTC).
    """

    until: datetime
    length: timedelta
    number: int

    @property
    def since(self) -> datetime:
        """Where the earliest begins."""
        return self.until - self.length * self.number


class Endings(Countable):
    """Counts over visits that have ended, by when they ended.

    Records that were merged into others are left out, as in every report on stays.
    """

    __slots__ = ()

    def counts(self, its: Selection, windows: Windows | None = None) -> list[Ending]:
        """Return how the visits ended, those alike together.

        A selection without windows has one, number 0.
        """
        window = _window(windows)
        alike = (
            visit.c.stage,
            history.c.transition,
            history.c.to_stage,
            history.c.reason,
            visit.c.owner,
        )
        query = (
            _ended(select(window.label("window"), *alike, func.count().label("count")))
            .where(self._wanted(its), during(visit.c.left_at, its))
            .group_by("window", *alike)
        )
        return self._rows(Ending, query)

    def unknown(self, its: Selection) -> int:
        """Return how many visits ended at a time that nobody knows."""
        query = select(func.count()).where(
            self._wanted(its), visit.c.left_by.is_not(None), visit.c.left_at.is_(None)
        )
        return int(self._connection.scalar(query) or 0)

    def lengths(
        self, its: Selection, windows: Windows | None = None
    ) -> Mapping[tuple[str, int], list[int]]:
        """Return how long visits took, in ordered microseconds, by stage and window.

        Those whose beginning nobody knows are left out.
        """
        window = _window(windows)
        length = micros(visit.c.left_at) - micros(visit.c.entered_at)
        query = (
            select(visit.c.stage, window, length)
            .where(self._wanted(its), during(visit.c.left_at, its))
            .where(visit.c.entered_at.is_not(None))
            .order_by(visit.c.stage, length)
        )
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for stage, number, took in self._connection.execute(query):
            found[stage, number].append(took)
        return found

    def _wanted(self, its: Selection) -> ColumnElement[bool]:
        """Return what is asked of a visit; of a merged lead one record counts."""
        return and_(its_visit(its), *self._counting(visit.c.record_id))


def _ended(query: Select[*tuple[object, ...]]) -> Select[*tuple[object, ...]]:
    # A reported stay may end with the row by which Leadstate first saw the record.
    moved = (history.c.id == visit.c.left_by) & among(history.c.kind, _ENTERING)
    return query.select_from(visit.outerjoin(history, moved)).where(
        visit.c.left_by.is_not(None)
    )


def _window(windows: Windows | None) -> ColumnElement[int]:
    if windows is None:
        return constant(0)
    return window_of(visit.c.left_at, windows)


def window_of(column: ColumnElement[datetime], windows: Windows) -> ColumnElement[int]:
    """Return in which window a moment lies, the latest being 0."""
    last = to_micros(windows.until) - 1
    length = windows.length // timedelta(microseconds=1)
    return (literal(last, BigInteger) - micros(column)) // length
