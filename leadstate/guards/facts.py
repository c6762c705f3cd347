"""What a guard is held against: the values and happenings of one record at one moment.

Nothing here reads a clock; the moment is an argument.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.values import Value
    from leadstate.guards.scores import CompiledScore

__all__ = ["Facts", "folded", "local_day"]


_NO_SCORES: Mapping[str, CompiledScore] = MappingProxyType({})


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
        scores: The lifecycle's scores, by name.
    """

    __slots__ = ("_computed", "happenings", "now", "scores", "today", "values")

    def __init__(
        self,
        values: Mapping[str, Value],
        happenings: tuple[Happening, ...],
        now: datetime,
        today: date,
        scores: Mapping[str, CompiledScore] = _NO_SCORES,
    ) -> None:
        self.values = values
        self.happenings = happenings
        self.now = now
        self.today = today
        self.scores = scores
        self._computed: dict[CompiledScore, float] = {}

    @classmethod
    def of(
        cls,
        record: Record,
        scores: Mapping[str, CompiledScore],
        now: datetime,
        zone: ZoneInfo,
    ) -> Facts:
        """Return the facts of ``record`` at ``now``."""
        today = local_day(now, zone)
        return cls(record.values, record.happenings, now, today, scores)

    def score(self, score: CompiledScore) -> float:
        """Return the score's value, computed when it is first asked for."""
        found = self._computed.get(score)
        if found is None:
            found = self._computed[score] = score.value(self)
        return found

    def every_score(self) -> dict[str, float]:
        """Return the value of every score of the lifecycle, by name."""
        return {name: self.score(score) for name, score in self.scores.items()}


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
