"""Hold a figure against what it was before: differences with intervals.  Pure.

* The difference of two shares has Newcombe's interval ("Interval estimation for the
  difference between independent proportions", Statistics in Medicine 17, 1998, method
  10): Wilson's intervals of both, their distances squared and added.
* The difference of two medians is bounded in the same way ("square and add": Zou and
  Donner, "Construction of confidence limits about effect measures", Statistics in
  Medicine 27, 2008) from the order-statistic intervals of both medians.
* Where many figures are looked at together, each interval is made so wide that all of
  them together hold with the stated confidence (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from leadstate.service.reports.figures import (
    CONFIDENCE,
    Interval,
    median_places,
    percentile,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Difference",
    "median_difference",
    "share_difference",
    "together",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """Now less before, with its interval.

    Attributes:
        value: In the figures' own unit: a share from -1 to 1, or microseconds.
        low: Where the interval begins.
        high: Where it ends.
    """

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no room for "as before"."""
        return self.low > 0 or self.high < 0

    @property
    def weight(self) -> float:
        """How many half-widths of its interval the difference is away from nothing."""
        bound = self.value - self.low if self.value > 0 else self.high - self.value
        if not bound:
            return float("inf") if self.value else 0.0
        return abs(self.value) / bound


def together(tests: int, confidence: float = CONFIDENCE) -> float:
    """Return how sure each of so many intervals must be for all to hold together."""
    return 1 - (1 - confidence) / max(tests, 1)


def share_difference(
    now: tuple[int, int], before: tuple[int, int], confidence: float = CONFIDENCE
) -> Difference:
    """Return how much a share has changed, from hits and number of both.

    Raises:
        ValueError: One of them is no share.
    """
    first, second = now[0] / max(now[1], 1), before[0] / max(before[1], 1)
    return _squared_and_added(
        first, wilson(*now, confidence), second, wilson(*before, confidence)
    )


def median_difference(
    now: Sequence[int], before: Sequence[int], confidence: float = CONFIDENCE
) -> Difference | None:
    """Return how much a median has changed, from ordered values of both.

    None when one of them has too few values for an interval.
    """
    bounds = _median_bounds(now, confidence), _median_bounds(before, confidence)
    if bounds[0] is None or bounds[1] is None:
        return None
    return _squared_and_added(
        percentile(now, 0.5), bounds[0], percentile(before, 0.5), bounds[1]
    )


def _median_bounds(ordered: Sequence[int], confidence: float) -> Interval | None:
    places = median_places(len(ordered), confidence)
    if places is None:
        return None
    return Interval(ordered[places[0]], ordered[places[1]])


def _squared_and_added(
    first: float, its: Interval, second: float, others: Interval
) -> Difference:
    value = first - second
    down = sqrt((first - its.low) ** 2 + (others.high - second) ** 2)
    up = sqrt((its.high - first) ** 2 + (second - others.low) ** 2)
    return Difference(value, value - down, value + up)
