"""Business time of very many spans at once: what a report over a million stays needs.

`Hours.elapsed` looks up two years for each span.  Here some years are laid out as one
line of openings and closings, and each moment is found on it by one search.  Moments
are whole microseconds since 1970, as a store keeps them.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.hours.hours import Hours

__all__ = ["BusinessLine"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class BusinessLine:
    """The business time of a calendar between two moments.

    Args:
        first: No span begins before this moment (aware UTC).
        last: No span ends after it.
    """

    __slots__ = ("_edges", "_open", "_shift")

    def __init__(self, hours: Hours, first: datetime, last: datetime) -> None:
        # Behind n edges, business time is shift[n], plus the moment while it is open.
        self._edges: list[int] = []
        self._shift: list[int] = [0]
        self._open: list[int] = [0]
        done = 0
        for opens, length in hours.openings(first.year, last.year):
            at, takes = (opens - _EPOCH) // _MICROSECOND, length // _MICROSECOND
            self._edges += (at, at + takes)
            self._shift += (done - at, done + takes)
            self._open += (1, 0)
            done += takes

    def between(self, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        """Return the business microseconds of spans that begin before they end."""
        pairs = zip(self._done(starts), self._done(ends), strict=True)
        return [last - first for first, last in pairs]

    def _done(self, moments: Sequence[int]) -> list[int]:
        """Return the business time from the first opening until each moment."""
        edges, shift, is_open = self._edges, self._shift, self._open
        places = [bisect_right(edges, one) for one in moments]
        return [
            shift[place] + one if is_open[place] else shift[place]
            for one, place in zip(moments, places, strict=True)
        ]
