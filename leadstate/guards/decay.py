"""When a score that decays passes a number of points, to the microsecond.

All events of a score decay by one half-life, so that between two events its course is a
constant and one exponential.  That says where to look; what counts is the score itself,
which is asked on both sides of the moment found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

from leadstate.domain.condition import Operator
from leadstate.guards.compiler import compile_check
from leadstate.guards.facts import Facts
from leadstate.guards.scores import HALF_UP, SCALE, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from leadstate.domain.condition import Test
    from leadstate.guards.scores import CompiledScore

__all__ = ["MICROSECOND", "DecayingScore", "Level", "decaying", "levels_of"]

MICROSECOND = timedelta(microseconds=1)

_REACHED = Operator.GE, Operator.LT, Operator.EQ, Operator.NE
_PASSED = Operator.GT, Operator.LE, Operator.EQ, Operator.NE
_STEP = 1_024  # microseconds beside a guess that does not know of rounding


class Level(NamedTuple):
    """A number of points that is ``reached`` (``>=``) or, if not, passed (``>``)."""

    points: float
    reached: bool

    def met(self, value: float) -> bool:
        """Return whether a score of ``value`` is there."""
        return value >= self.points if self.reached else value > self.points

    @property
    def exact(self) -> float:
        """Where a score that was not rounded yet is, as it becomes this level."""
        below = HALF_UP if self.reached else HALF_UP - 1
        return self.points - below / SCALE


def levels_of(test: Test) -> Iterator[Level]:
    """Yield what decides a test on a score: one level, or both for equality."""
    points = cast("float", test.operands[0])  # scores are held against numbers
    if test.operator in _REACHED:
        yield Level(points, reached=True)
    if test.operator in _PASSED:
        yield Level(points, reached=False)


class DecayingScore:
    """A score that decays, with the levels that guards ask about."""

    __slots__ = ("_half_life", "_levels", "_rules", "_score")

    def __init__(
        self, score: CompiledScore, half_life: timedelta, levels: Iterable[Level]
    ) -> None:
        self._score = score
        self._half_life = half_life
        self._levels = tuple(sorted(set(levels)))
        self._rules = [
            (rounded(rule.points), compile_check(rule.condition, {}))
            for rule in score.score.rules
        ]

    def crossings(self, facts: Facts, last: int) -> Iterator[datetime]:
        """Yield when the score passes a level, in no order.

        Args:
            facts: The record at the start.
            last: Up to so many microseconds later; in this time no event may begin
                to count and no rule may change.
        """
        sums = self._sums(facts)
        if not sums:
            return
        half_life = self._half_life / MICROSECOND
        course = _Course(self._score, facts, half_life, self._fixed(facts), sums)
        before = facts.score(self._score)
        for since, until in pairwise([0, *course.bends(last), last]):
            after = course.about(until)
            for level in self._levels:
                if level.met(before) is not level.met(after):
                    found = _passing(course, level, since, until)
                    yield facts.now + found * MICROSECOND
            before = after

    def _sums(self, facts: Facts) -> tuple[tuple[float, float | None], ...]:
        """Return points and cap of each event that counts by now, before the cap."""
        rules = self._score.score.events
        sums, points = {}, {}
        for rule in rules:
            sums[rule.event], points[rule.event] = 0.0, rule.points
        for event, at in facts.happenings:
            if event in sums and at <= facts.now:
                faded = 0.5 ** ((facts.now - at) / self._half_life)
                sums[event] += points[event] * faded
        return tuple(
            (sums[rule.event], rule.at_most) for rule in rules if sums[rule.event]
        )

    def _fixed(self, facts: Facts) -> float:
        return sum(
            points for points, check in self._rules if check(facts.values, facts)
        )


def decaying(score: CompiledScore, levels: Iterable[Level]) -> DecayingScore | None:
    """Return the score with its levels; None when it does not decay."""
    half_life = score.score.half_life
    if half_life is None or half_life <= timedelta() or not score.events:
        return None
    return DecayingScore(score, half_life, levels)


@dataclass(frozen=True, slots=True)
class _Course:
    """How a score goes on from ``facts.now``; times are microseconds from there.

    Attributes:
        fixed: The points of its rules.
        sums: Points and cap of each event, before the cap.
    """

    score: CompiledScore
    facts: Facts
    half_life: float
    fixed: float
    sums: tuple[tuple[float, float | None], ...]

    def value(self, at: int) -> float:
        """Return the score ``at`` microseconds later, exactly as a guard sees it."""
        facts = self.facts
        moment = facts.now + at * MICROSECOND
        return self.score.value(
            Facts(facts.values, facts.happenings, moment, facts.today)
        )

    def about(self, at: int) -> float:
        """Return the same without looking at every happening, but for float noise."""
        faded, total = 0.5 ** (at / self.half_life), self.fixed
        for points, cap in self.sums:
            earned = points * faded
            total += rounded(earned if cap is None else min(earned, cap))
        cap = self.score.score.at_most
        return rounded(total if cap is None else min(total, cap))

    def bends(self, last: int) -> list[int]:
        """Return when the points of an event leave their cap, within ``last``."""
        ratios = [points / cap for points, cap in self.sums if cap]
        found = {
            int(self.half_life * math.log2(ratio)) for ratio in ratios if ratio > 1
        }
        return sorted(at for at in found if 0 < at < last)

    def near(self, wanted: float, since: int, until: int) -> int:
        """Return about when the score is ``wanted``, where no event leaves its cap."""
        middle = (since + until) // 2
        faded = 0.5 ** (middle / self.half_life)
        rest, sinking = wanted - self.fixed, 0.0
        for points, cap in self.sums:
            if cap and points * faded / cap > 1:
                rest -= cap
            else:
                sinking += points
        ratio = sinking / rest if rest else 0.0
        if ratio <= 0 or math.isinf(ratio):
            return middle
        return int(self.half_life * math.log2(ratio))


def _passing(course: _Course, level: Level, since: int, until: int) -> int:
    """Return when the level is passed: by the formula, then about it, then exactly."""
    after = level.met(course.about(until))
    close = _least(
        lambda at: level.met(course.about(at)) is after,
        near=course.near(level.exact, since, until),
        step=_STEP,
        low=since,
        high=until,
    )
    return _least(
        lambda at: level.met(course.value(at)) is after,
        near=close,
        step=1,
        low=since,
        high=until,
    )


def _least(
    holds: Callable[[int], bool], *, near: int, step: int, low: int, high: int
) -> int:
    """Return the least number that ``holds``, which ``low`` does not and ``high`` does.

    Looks beside the guess in steps that grow, and halves when it has gone too far.
    """
    probe = min(max(near, low + 1), high - 1)
    while high - low > 1:
        if holds(probe):
            high, probe = probe, probe - step
        else:
            low, probe = probe, probe + step
        step *= 8
        if not low < probe < high:
            probe = (low + high) // 2
    return high
