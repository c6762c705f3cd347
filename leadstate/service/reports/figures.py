"""The statistics of all reports.  Pure: numbers in, numbers out.

* A percentile interpolates linearly between the two nearest values (Hyndman and Fan,
  "Sample Quantiles in Statistical Packages", 1996, type 7; what numpy and spreadsheets'
  PERCENTILE.INC do): of n values in order, number (n - 1) x share, counted from 0.
* The interval of a share is Wilson's (1927): never below 0 or above 1, and honest for
  few records.  Here 95 % unless said.
* The interval of a median comes from order statistics (binomial), so it assumes nothing
  about how the values are spread, and needs no random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, takewhile
from math import ceil, comb, floor, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CONFIDENCE",
    "Interval",
    "Share",
    "Spread",
    "at_place",
    "median_places",
    "percentile",
    "percentile_place",
    "share",
    "spread",
    "wilson",
]

CONFIDENCE: Final = 0.95
"""How sure the intervals are: 95 of 100 of such intervals hold the true value."""

_EXACT: Final = 200
"""Up to so many values the interval of a median is exact; beyond, by the normal law."""

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval that holds the true share with the stated confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many.

    Attributes:
        share: ``hits / of`` from 0 to 1; None when there are none to share.
        interval: Wilson's, at `CONFIDENCE`; None when there are none to share.
    """

    hits: int
    of: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, over many.

    Attributes:
        n: How many; all others are None when there are none.
        p90: Nine of ten took no longer; between two values interpolated linearly.
        median_low: Where the interval of the median begins, None with too few values.
        median_high: Where it ends.
    """

    n: int
    median: timedelta | None = None
    mean: timedelta | None = None
    p90: timedelta | None = None
    max: timedelta | None = None
    median_low: timedelta | None = None
    median_high: timedelta | None = None


def percentile_place(n: int, part: float) -> tuple[int, int, float]:
    """Return which of ``n`` ordered values (from 0) a percentile lies between.

    The third number says how far it is from the one to the other.

    Raises:
        ValueError: There are no values, or ``part`` is not from 0 to 1.
    """
    if n < 1 or not 0 <= part <= 1:
        raise ValueError(f"there is no {part} part of {n} values")
    place = (n - 1) * part
    below = floor(place)
    return below, ceil(place), place - below


def at_place(low: float, high: float, way: float) -> float:
    """Return the value that lies so far on the way from ``low`` to ``high``."""
    return low + (high - low) * way


def percentile(ordered: Sequence[float], part: float) -> float:
    """Return a percentile of ordered values, by linear interpolation.

    Raises:
        ValueError: There are no values, or ``part`` is not from 0 to 1.
    """
    below, above, way = percentile_place(len(ordered), part)
    return at_place(ordered[below], ordered[above], way)


def wilson(hits: int, of: int, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's interval of a share.

    Raises:
        ValueError: There is nothing to share, or more hits than there are.
    """
    if of < 1 or not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is no share")
    z = _z(confidence)
    part = hits / of
    scale = 1 + z * z / of
    middle = (part + z * z / (2 * of)) / scale
    half = z * sqrt(part * (1 - part) / of + z * z / (4 * of * of)) / scale
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if hits == of else min(1.0, middle + half))


def share(hits: int, of: int) -> Share:
    """Return a share with its interval; of none it is None, not 0."""
    if of == 0:
        return Share(hits=hits, of=of, share=None, interval=None)
    return Share(hits=hits, of=of, share=hits / of, interval=wilson(hits, of))


def median_places(n: int, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """Return which of ``n`` ordered values (from 0) bound the median's interval.

    None with too few values: at 95 % there have to be six.
    """
    rest = (1 - confidence) / 2
    if n > _EXACT:
        below = floor((n - _z(confidence) * sqrt(n)) / 2) - 1
        return below, n - 1 - below
    chances = accumulate(comb(n, hits) / 2**n for hits in range(n))
    below = sum(1 for _ in takewhile(lambda chance: chance <= rest, chances)) - 1
    return (below, n - 1 - below) if below >= 0 else None


def spread(ordered: Sequence[int]) -> Spread:
    """Return how long something took, from ordered microseconds."""
    n = len(ordered)
    if not n:
        return Spread(n=0)
    bounds = median_places(n)
    return Spread(
        n=n,
        median=_length(percentile(ordered, 0.5)),
        mean=_length(sum(ordered) / n),
        p90=_length(percentile(ordered, 0.9)),
        max=_length(ordered[-1]),
        median_low=_length(ordered[bounds[0]]) if bounds else None,
        median_high=_length(ordered[bounds[1]]) if bounds else None,
    )


def _length(micros: float) -> timedelta:
    return round(micros) * _MICROSECOND


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
