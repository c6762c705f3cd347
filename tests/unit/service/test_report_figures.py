"""The statistics of reports against known values and other libraries."""

from __future__ import annotations

from datetime import timedelta
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest

from leadstate.service.reports.figures import (
    Interval,
    Share,
    Spread,
    median_places,
    percentile,
    share,
    spread,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SECOND = timedelta(seconds=1)
MICROS = 1_000_000


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9, 0.99, 1])
@pytest.mark.parametrize(
    "values",
    [[5], [1, 2], [1, 2, 3, 4], [1, 1, 1, 9], list(range(0, 1000, 7))],
    ids=["one", "two", "four", "ties", "many"],
)
def test_a_percentile_is_that_of_numpy(values: list[float], part: float) -> None:
    """Linear interpolation, its default."""
    assert float(np.percentile(values, part * 100)) == pytest.approx(
        percentile(values, part)
    )


@pytest.mark.parametrize(
    ("values", "part"),
    [([], 0.5), ([1], 1.1), ([1], -0.1)],
    ids=["none", "over", "under"],
)
def test_there_is_no_percentile_of_nothing(values: list[float], part: float) -> None:
    """Nor one over 100 %."""
    with pytest.raises(ValueError, match="there is no"):
        percentile(values, part)


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
# Medicine 17 (1998), table I, method 3.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1),
    ],
    ids=["81/263", "15/148", "0/20", "1/29", "29/29"],
)
def test_the_interval_of_a_share_is_wilsons(
    hits: int, of: int, low: float, high: float
) -> None:
    """The published values, and never outside of 0 and 1."""
    found = wilson(hits, of)

    assert (low, high) == pytest.approx((found.low, found.high), abs=0.00006)


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (3, 2), (-1, 2)])
def test_there_is_no_interval_of_no_share(hits: int, of: int) -> None:
    """Nothing to share, or more hits than there are."""
    with pytest.raises(ValueError, match="is no share"):
        wilson(hits, of)


def test_a_share_of_none_is_unknown() -> None:
    """Not 0 %, and not 100 %."""
    assert Share(hits=0, of=0, share=None, interval=None) == share(0, 0)
    assert Interval(0.0, 1.0) != share(1, 1).interval
    assert 1.0 == share(1, 1).share


def ways(n: int, fewer: int) -> Iterator[int]:
    """Yield how many subsets of n have 0, 1, 2 ... members, up to ``fewer``."""
    number = 1
    for members in range(fewer):
        yield number
        number = number * (n - members) // (members + 1)


@pytest.mark.parametrize("n", [6, 10, 50, 199, 200, 201, 1000, 10_001])
def test_the_interval_of_a_median_holds_it_with_95_percent(n: int) -> None:
    """Between these two of n values lies the median, by the binomial law."""
    found = median_places(n)

    assert found is not None
    low, high = found
    assert low == n - 1 - high
    outside = sum(ways(n, low + 1))
    assert 2 * outside / 2**n <= 0.0501  # beyond 200 values by the normal law
    narrower = outside + comb(n, low + 1)
    assert 2 * narrower / 2**n > 0.05 or n > 200


@pytest.mark.parametrize("n", [1, 5])
def test_few_values_have_no_interval(n: int) -> None:
    """Five values cannot hold a median with 95 %."""
    assert median_places(n) is None


def test_a_spread_tells_lengths() -> None:
    """Microseconds in, lengths of time out; of none, nothing."""
    found = spread([one * MICROS for one in (1, 2, 3, 4, 5, 6, 7, 8, 9, 20)])

    assert Spread(n=0) == spread([])
    assert (10, 5.5 * SECOND, 6.5 * SECOND, 20 * SECOND) == (
        found.n,
        found.median,
        found.mean,
        found.max,
    )
    assert 10.1 * SECOND == found.p90
    assert (2 * SECOND, 9 * SECOND) == (found.median_low, found.median_high)
    assert spread([MICROS]).median_low is None
