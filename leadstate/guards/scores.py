"""Compute a score from a record: explicit rules, and events that decay by half-life.

>>> from datetime import UTC, date, datetime
>>> from leadstate.domain.lifecycle import EventRule, Score
>>> from leadstate.domain.record import Happening
>>> from leadstate.guards.facts import Facts
>>> interest = Score(
...     name="interest", label="Interest", half_life=timedelta(days=14),
...     events=(EventRule(event="demo", points=40),),
... )
>>> demo = Happening("demo", datetime(2026, 1, 1, tzinfo=UTC))
>>> now = datetime(2026, 1, 15, tzinfo=UTC)
>>> compile_score(interest).value(Facts({}, (demo,), now, now.date()))
20.0
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.condition import FieldRef
from leadstate.guards.compiler import compile_check
from leadstate.guards.trees import subjects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.lifecycle import EventRule, Score
    from leadstate.guards.facts import Facts

__all__ = ["HALF_UP", "SCALE", "CompiledScore", "compile_score", "rounded"]

_Part: TypeAlias = tuple[str, float, float | None, int]
"""What the points are for, how many, of how many, and how many events gave them."""

SCALE = 1_000_000.0
HALF_UP = 0.501
"""Just over a half: decay by whole half-lives lands on ties exactly, and databases add
up in another order; moving the tie keeps both on the same side of it."""

_NO_TIME = timedelta()


def rounded(points: float) -> float:
    """Return ``points`` to 6 places, by the rule that SQL can follow to the bit."""
    return math.floor(points * SCALE + HALF_UP) / SCALE


def compile_score(score: Score) -> CompiledScore:
    """Return the score ready to be computed.

    Raises:
        GuardError: A rule refers to a score; scores do not build on scores.
    """
    return CompiledScore(score)


class CompiledScore:
    """A score ready to be computed; equal only to itself.

    Attributes:
        score: The score as declared.
        fields: The fields that its rules look at.
    """

    __slots__ = ("_events", "_rules", "fields", "score")

    def __init__(self, score: Score) -> None:
        self.score = score
        self._rules = [
            (rule, rounded(rule.points), compile_check(rule.condition, {}))
            for rule in score.rules
        ]
        self._events = {rule.event: rule for rule in score.events}
        self.fields = frozenset(
            subject.name
            for rule in score.rules
            for subject in subjects(rule.condition)
            if isinstance(subject, FieldRef)
        )

    @property
    def events(self) -> bool:
        """True when happenings count for this score."""
        return bool(self._events)

    def value(self, facts: Facts) -> float:
        """Return the score at ``facts.now``, to 6 places."""
        total = 0.0
        for _, points, check in self._rules:
            if check(facts.values, facts):
                total += points
        if self._events:
            for points, _ in self._earned(facts).values():
                total += points
        return self._capped(total)

    def explain(self, facts: Facts) -> list[dict[str, object]]:
        """Return the parts of the score as data; their points sum to its value.

        Each has ``text``, ``points``, ``of`` and ``count``, as in `Contribution`.
        """
        parts = [*self._rule_parts(facts), *self._event_parts(facts)]
        total = sum(points for _, points, _, _ in parts)
        value = self._capped(total)
        if value < rounded(total):
            parts.append(("at most", rounded(value - total), self.score.at_most, 0))
        return [
            {"text": text, "points": points, "of": of, "count": count}
            for text, points, of, count in parts
        ]

    def _capped(self, total: float) -> float:
        cap = self.score.at_most
        return rounded(total if cap is None or total < cap else cap)

    def _rule_parts(self, facts: Facts) -> Iterator[_Part]:
        for rule, points, check in self._rules:
            earned = points if check(facts.values, facts) else 0.0
            yield rule.text, earned, rule.points, 0

    def _event_parts(self, facts: Facts) -> Iterator[_Part]:
        if self._events:
            for event, (points, count) in self._earned(facts).items():
                yield event, points, self._events[event].at_most, count

    def _earned(self, facts: Facts) -> dict[str, tuple[float, int]]:
        """Return points and count by event; what lies after ``now`` counts nothing."""
        sums = dict.fromkeys(self._events, 0.0)
        counts = dict.fromkeys(self._events, 0)
        for event, at in facts.happenings:
            if event in sums and at <= facts.now:
                sums[event] += self._decayed(self._events[event], at, facts.now)
                counts[event] += 1
        return {
            event: (_up_to(rule.at_most, sums[event]), counts[event])
            for event, rule in self._events.items()
        }

    def _decayed(self, rule: EventRule, at: datetime, now: datetime) -> float:
        half_life = self.score.half_life
        if half_life is None or half_life <= _NO_TIME:
            return rule.points
        return float(rule.points * 0.5 ** ((now - at) / half_life))


def _up_to(cap: float | None, points: float) -> float:
    return rounded(points if cap is None or points < cap else cap)
