"""Differences with intervals: known values, and how often they hold the truth."""

from __future__ import annotations

import random

import pytest

from leadstate.service.reports.comparing import (
    Difference,
    median_difference,
    share_difference,
    together,
)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
    ids=["a", "b", "c", "d", "e", "f", "g", "h"],
)
def test_intervals_of_differences_are_those_of_the_paper(
    now: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table II, method 10."""
    found = share_difference(now, before)

    assert (low, high) == (round(found.low, 4), round(found.high, 4))
    assert now[0] / now[1] - before[0] / before[1] == pytest.approx(found.value)


def test_a_difference_turned_round_is_its_mirror() -> None:
    """What the one gained the other lost."""
    found, turned = (
        share_difference((30, 40), (50, 90)),
        share_difference((50, 90), (30, 40)),
    )

    assert (-turned.value, -turned.high, -turned.low) == pytest.approx(
        (found.value, found.low, found.high)
    )


def test_nothing_is_no_share() -> None:
    """A share of none is refused, and not called zero."""
    with pytest.raises(ValueError, match="0 of 0 is no share"):
        share_difference((0, 0), (1, 2))


def test_medians_differ_by_the_squared_and_added_distances() -> None:
    """Eleven values each: at 95 % the second and the tenth bound the median."""
    now, before = list(range(100, 111)), list(range(0, 22, 2))
    found = median_difference(now, before)

    assert found is not None
    # now 105 from 101 to 109, before 10 from 2 to 18
    assert (95, 95 - (4**2 + 8**2) ** 0.5, 95 + (4**2 + 8**2) ** 0.5) == pytest.approx(
        (found.value, found.low, found.high)
    )


def test_too_few_values_have_no_interval() -> None:
    """Five values say nothing for certain about a median, on either side."""
    five, many = list(range(5)), list(range(50))

    assert median_difference(five, many) is None
    assert median_difference(many, five) is None


@pytest.mark.parametrize(
    ("found", "certain", "weight"),
    [
        (Difference(0.2, 0.1, 0.3), True, 2.0),
        (Difference(-0.2, -0.3, -0.1), True, 2.0),
        (Difference(0.1, -0.1, 0.3), False, 0.5),
        (Difference(0.0, -0.1, 0.1), False, 0.0),
        (Difference(5.0, 5.0, 5.0), True, float("inf")),
        (Difference(0.0, 0.0, 0.0), False, 0.0),
    ],
    ids=["more", "less", "perhaps", "nothing", "exactly", "exactly nothing"],
)
def test_a_change_is_certain_when_its_interval_leaves_out_zero(
    found: Difference,
    certain: bool,  # noqa: FBT001
    weight: float,
) -> None:
    """Its weight says how far away nothing is, in half-widths towards it."""
    assert certain is found.certain
    assert weight == pytest.approx(found.weight)


def test_intervals_get_wider_the_more_are_looked_at_together() -> None:
    """Twenty at 95 % together are 99.75 % each; one is itself."""
    assert 0.95 == pytest.approx(together(1))
    assert 0.95 == pytest.approx(together(0))
    assert 0.9975 == pytest.approx(together(20))


def test_intervals_of_shares_hold_the_truth_as_often_as_they_say() -> None:
    """Of 2,000 pairs of samples at least 94 % hold the true difference."""
    chance = random.Random(7)
    held = 0
    for _ in range(2_000):
        now = sum(chance.random() < 0.3 for _ in range(40)), 40
        before = sum(chance.random() < 0.5 for _ in range(160)), 160
        found = share_difference(now, before)
        held += found.low <= -0.2 <= found.high

    assert held >= 0.94 * 2_000


def test_intervals_of_medians_hold_the_truth_as_often_as_they_say() -> None:
    """Times in stages are lopsided; 94 % and more hold the true difference."""
    chance = random.Random(8)
    truth = 1_000_000 * (0.6931471805599453 * (2.0 - 1.5))
    held = 0
    for _ in range(1_000):
        now = sorted(int(1e6 * chance.expovariate(1 / 2.0)) for _ in range(40))
        before = sorted(int(1e6 * chance.expovariate(1 / 1.5)) for _ in range(160))
        found = median_difference(now, before)
        assert found is not None
        held += found.low <= truth <= found.high

    assert held >= 0.94 * 1_000
