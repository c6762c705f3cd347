"""What a guard would say if missing values were there, at best.  Pure.

A gap is a field that a test looks at and that is missing or unreadable.  WhatIf it
means to put the best possible value there: whether anybody has such a value, nobody
knows.  Filling more never closes what filling less has opened.

    what_if = compile_what_if(guard.condition, guard.scores)
    what_if.gaps(facts)                         # {"budget": Status.MISSING}
    what_if.opens(facts, {"budget"})            # True: the budget alone is in the way
    what_if.ways(facts)                         # ({"budget"},): the shortest ways out
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Named,
    Operator,
    ScoreRef,
    Test,
)
from leadstate.domain.receipt import Status
from leadstate.guards.compiler import compile_check, compiled_score
from leadstate.guards.facts import Facts
from leadstate.guards.leaves import classes_of
from leadstate.guards.scores import rounded
from leadstate.guards.trees import tests_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.scores import CompiledScore

__all__ = ["MOST_FILLED", "WhatIf", "compile_what_if"]

MOST_FILLED: Final = 4
"""Ways out that need more fields than this are not looked for."""

_Opens: TypeAlias = Callable[[Facts, "Collection[str]"], bool]
_RISING: Final = frozenset({Operator.GE, Operator.GT})


def compile_what_if(
    condition: Condition, scores: Mapping[str, CompiledScore]
) -> WhatIf:
    """Return what answers for ``condition``.

    Raises:
        GuardError: The condition asks for a score that is not among ``scores``.
    """
    looked_at = dict(_looked_at(condition, scores))
    return WhatIf(_compile(condition, scores), looked_at)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A condition that can be asked what it would say with some gaps filled.

    Made by `compile_what_if`.
    """

    _opens: _Opens
    _looked_at: Mapping[str, frozenset[type]]

    def gaps(self, facts: Facts) -> dict[str, Status]:
        """Return the fields that are missing or unreadable, in reading order.

        Fields that only weigh into a score that is asked for are among them.
        """
        get = facts.values.get
        return {
            name: Status.MISSING if get(name) is None else Status.UNPARSABLE
            for name, classes in self._looked_at.items()
            if get(name).__class__ not in classes
        }

    def opens(self, facts: Facts, filled: Collection[str] = ()) -> bool:
        """Return whether the condition could be met with these gaps filled.

        With none filled, that is what the guard itself says.
        """
        return self._opens(facts, filled)

    def ways(self, facts: Facts) -> tuple[frozenset[str], ...]:
        """Return the smallest sets of gaps that could open it, the shortest first.

        Empty when the condition is met, when known values stand in the way as well,
        and when more than `MOST_FILLED` fields would have to be filled.
        """
        gaps = tuple(self.gaps(facts))
        if self._opens(facts, ()) or not self._opens(facts, gaps):
            return ()
        found: list[frozenset[str]] = []
        for size in range(1, min(len(gaps), MOST_FILLED) + 1):
            for some in combinations(gaps, size):
                chosen = frozenset(some)
                if any(way <= chosen for way in found):
                    continue
                if self._opens(facts, chosen):
                    found.append(chosen)
        return tuple(found)


def _looked_at(
    condition: Condition, scores: Mapping[str, CompiledScore]
) -> Iterator[tuple[str, frozenset[type]]]:
    """Yield each field whose value could open a test, with the classes it may have."""
    for test in tests_in(condition):
        if isinstance(test.subject, ScoreRef):
            for rule in _raising(test, scores):
                yield from _looked_at(rule.condition, {})
        elif test.operator is not Operator.UNKNOWN:
            yield test.subject.name, classes_of(test)


@dataclass(frozen=True, slots=True)
class _Rule:
    points: float
    condition: Condition


def _raising(test: Test, scores: Mapping[str, CompiledScore]) -> Iterator[_Rule]:
    """Yield the rules that can lift a score over what is asked."""
    score = compiled_score(test.subject.name, scores).score
    if test.operator in _RISING:
        for rule in score.rules:
            if rule.points > 0:
                yield _Rule(rounded(rule.points), rule.condition)


def _compile(condition: Condition, scores: Mapping[str, CompiledScore]) -> _Opens:
    match condition:
        case Test(subject=FieldRef()):
            return _field(condition)
        case Test():
            return _score(condition, scores)
        case Named():
            return _compile(condition.condition, scores)
        case AllOf(parts):
            return _group(len(parts), [_compile(one, scores) for one in parts])
        case AnyOf(parts):
            return _group(1, [_compile(one, scores) for one in parts])
        case AtLeast(needed, parts):  # pragma: no branch
            return _group(needed, [_compile(one, scores) for one in parts])


def _group(needed: int, parts: list[_Opens]) -> _Opens:
    def opens(facts: Facts, filled: Collection[str]) -> bool:
        return sum([part(facts, filled) for part in parts]) >= needed

    return opens


def _field(test: Test) -> _Opens:
    name, classes, check = test.subject.name, classes_of(test), compile_check(test, {})
    fillable = test.operator is not Operator.UNKNOWN

    def opens(facts: Facts, filled: Collection[str]) -> bool:
        if check(facts.values, facts):
            return True
        return (
            fillable
            and name in filled
            and facts.values.get(name).__class__ not in classes
        )

    return opens


def _score(test: Test, scores: Mapping[str, CompiledScore]) -> _Opens:
    score, check = (
        compiled_score(test.subject.name, scores),
        compile_check(test, scores),
    )
    rules = [
        (rule.points, compile_check(rule.condition, {}), _compile(rule.condition, {}))
        for rule in _raising(test, scores)
    ]
    cap = score.score.at_most
    [asked] = test.operands
    strict = test.operator is Operator.GT

    def opens(facts: Facts, filled: Collection[str]) -> bool:
        if check(facts.values, facts):
            return True
        more = [
            points
            for points, met, could in rules
            if not met(facts.values, facts) and could(facts, filled)
        ]
        best = rounded(facts.score(score) + sum(more))
        best = best if cap is None else min(best, cap)
        if not more or not isinstance(asked, (int, float)):
            return False
        return best > asked if strict else best >= asked

    return opens
