"""The offsets of a time zone from UTC, as the stretches in which they stand still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DAY", "Stretch", "stretches"]

DAY: Final = 24 * 60 * 60
"""Seconds."""


class Stretch(NamedTuple):
    """A time without a change of the clocks, in seconds since its UTC year began."""

    begins: int
    ends: int
    offset: int
    """What the clocks there are ahead of UTC, in seconds."""


_SECOND: Final = timedelta(seconds=1)
_STEP: Final = 2 * DAY
"""Two changes within it that undo each other would not be seen.

No zone has them: the shortest time between two changes in tzdata is seven days less an
hour (Brazil in 2000, Gaza), which a test holds against the data.
"""


@lru_cache(maxsize=1024)
def stretches(zone: str, year: int) -> tuple[Stretch, ...]:
    """Return the stretches of a UTC year, in order and without a gap."""
    clock = _Clock(zone, year)
    length = (datetime(year + 1, 1, 1, tzinfo=UTC) - clock.begins) // _SECOND
    looks = [*range(0, length - 1, _STEP), length - 1]
    shown = [(second, clock.offset(second)) for second in looks]
    changes = [
        change
        for (early, before), (late, after) in pairwise(shown)
        if before != after
        for change in clock.changes(early, late)
    ]
    return tuple(
        Stretch(begins, ends, clock.offset(begins))
        for begins, ends in pairwise([0, *changes, length])
    )


class _Clock:
    """What the clocks of a zone show, asked in seconds since a UTC year began."""

    def __init__(self, zone: str, year: int) -> None:
        self.begins = datetime(year, 1, 1, tzinfo=UTC)
        self._zone = ZoneInfo(zone)

    def offset(self, second: int) -> int:
        """Return what they are ahead of UTC."""
        moment = self.begins + timedelta(0, second)
        return (moment.astimezone(self._zone).utcoffset() or timedelta()) // _SECOND

    def changes(self, early: int, late: int) -> Iterator[int]:
        """Yield each second after ``early``, up to ``late``, with a new offset."""
        if self.offset(early) == self.offset(late):
            return
        if late - early == 1:
            yield late
            return
        middle = (early + late) // 2
        yield from self.changes(early, middle)
        yield from self.changes(middle, late)
