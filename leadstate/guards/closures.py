"""Compile a condition tree to one closure that stops at the first certain answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from leadstate.domain.condition import AllOf, AnyOf, AtLeast, FieldRef, Named, Test
from leadstate.guards.leaves import compile_field_test, compile_score_test
from leadstate.guards.mistakes import GuardError, Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.comparisons import Check, Get
    from leadstate.guards.facts import Facts, Points

__all__ = ["compile_check", "compiled_score"]

Scored = TypeVar("Scored")


def compile_check(condition: Condition, scores: Mapping[str, Points]) -> Check:
    """Return the closure of ``condition``.

    Raises:
        GuardError: The tree names a score that is not among ``scores``.
    """
    match condition:
        case Test():
            if isinstance(condition.subject, FieldRef):
                return compile_field_test(condition)
            score = compiled_score(condition.subject.name, scores)
            return compile_score_test(condition, score)
        case Named():
            return compile_check(condition.condition, scores)
        case AllOf():
            return _every([compile_check(part, scores) for part in _all(condition)])
        case AnyOf(parts):
            return _some([compile_check(part, scores) for part in parts])
        case AtLeast(needed, parts):  # pragma: no branch
            return _count(needed, [compile_check(part, scores) for part in parts])


def compiled_score(name: str, scores: Mapping[str, Scored]) -> Scored:
    """Return the compiled score of that name.

    Raises:
        GuardError: There is none; the rule of a score is compiled without any.
    """
    if name in scores:
        return scores[name]
    what = f"the score '{name}' was not compiled before the condition that asks for it"
    raise GuardError([Mistake("LS211", 0, 0, what, "Rules of scores have no scores")])


def _all(condition: Condition) -> list[Condition]:
    """Return what must all be met, named criteria unwrapped: fewer calls a record."""
    match condition:
        case Named():
            return _all(condition.condition)
        case AllOf(parts):
            return [each for part in parts for each in _all(part)]
        case _:
            return [condition]


def _every(parts: list[Check]) -> Check:
    match parts:
        case [only]:
            return only
        case [first, second]:
            return lambda get, facts: first(get, facts) and second(get, facts)
        case [first, second, third]:
            return lambda get, facts: (
                first(get, facts) and second(get, facts) and third(get, facts)
            )
        case [first, second, third, fourth]:
            return lambda get, facts: (
                first(get, facts)
                and second(get, facts)
                and third(get, facts)
                and fourth(get, facts)
            )
        case _:
            return _all_of(parts)


def _all_of(parts: list[Check]) -> Check:
    def every(get: Get, facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the tests
            if not part(get, facts):
                return False
        return True

    return every


def _some(parts: list[Check]) -> Check:
    match parts:
        case [only]:
            return only
        case [first, second]:
            return lambda get, facts: first(get, facts) or second(get, facts)
        case [first, second, third]:
            return lambda get, facts: (
                first(get, facts) or second(get, facts) or third(get, facts)
            )
        case [first, second, third, fourth]:
            return lambda get, facts: (
                first(get, facts)
                or second(get, facts)
                or third(get, facts)
                or fourth(get, facts)
            )
        case _:
            return _any_of(parts)


def _any_of(parts: list[Check]) -> Check:
    def some(get: Get, facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the tests
            if part(get, facts):
                return True
        return False

    return some


def _count(needed: int, parts: list[Check]) -> Check:
    if needed <= 0:
        return _all_of([])

    def count(get: Get, facts: Facts) -> bool:
        left = needed
        for part in parts:
            if part(get, facts):
                left -= 1
                if not left:
                    return True
        return False

    return count
