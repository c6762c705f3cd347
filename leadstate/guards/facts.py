"""What a guard is held against: the values and happenings of one record at one moment.

Nothing here reads a clock; the moment is an argument.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.values import Value

__all__ = ["Facts", "Points", "folded", "local_day"]


class Points(Protocol):
    """A score, as far as a test on it has to know: it says how many points it is."""

    def value(self, facts: Facts, /) -> float:
        """Return the points at ``facts.now``."""
        ...


@lru_cache(maxsize=1024)
def local_day(now: datetime, zone: ZoneInfo) -> date:
    """Return which day it is in ``zone``; it decides what "today" is for dates."""
    return now.astimezone(zone).date()


class Facts:
    """One record at one moment; every score is computed at most once.

    Attributes:
        values: Typed values by field name; a missing field is absent or None.
        happenings: Behaviour, in any order.
        now: The moment (aware UTC).
        today: The day that ``now`` is in the lifecycle's timezone.
    """

    __slots__ = ("_points", "happenings", "now", "today", "values")

    def __init__(
        self,
        values: Mapping[str, Value],
        happenings: tuple[Happening, ...],
        now: datetime,
        today: date,
    ) -> None:
        self.values = values
        self.happenings = happenings
        self.now = now
        self.today = today
        self._points: dict[Points, float] | None = None

    @classmethod
    def of(cls, record: Record, now: datetime, zone: ZoneInfo) -> Facts:
        """Return the facts of ``record`` at ``now``."""
        return cls(record.values, record.happenings, now, local_day(now, zone))

    def holding(self, values: Mapping[str, Value]) -> Facts:
        """Return the same facts with a copy of their values, and the points so far."""
        facts = Facts(values, self.happenings, self.now, self.today)
        facts._points = dict(self._points) if self._points else None
        return facts

    def score(self, score: Points) -> float:
        """Return the score's value, computed when it is first asked for."""
        if self._points is None:
            self._points = {}
        found = self._points.get(score)
        if found is None:
            found = self._points[score] = score.value(self)
        return found


def folded(values: Mapping[str, Value], fields: Mapping[str, Field]) -> dict[str, str]:
    """Return the case-folded copies of text values that a store keeps for SQL.

    Databases fold case in their own ways (SQLite only in ASCII), so the folding is
    done here, by the same rule as in a guard.
    """
    return {
        name: value.casefold()
        for name, value in values.items()
        if isinstance(value, str)
        and name in fields
        and fields[name].type is FieldType.TEXT
    }
