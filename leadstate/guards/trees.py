"""Build condition trees, turn them round, and look into them.

A tree never holds a negation: `negate` pushes ``not`` down to the tests, so that a
value that is missing stays "not met" whichever way it is asked.

    >>> from leadstate.domain.condition import FieldRef, Operator, Test
    >>> negate(Test(FieldRef("company_size"), Operator.GE, (50,))).operator
    <Operator.LT: '<'>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Named,
    Operator,
    Subject,
    Test,
)
from leadstate.guards.cursor import DEEPEST, MOST
from leadstate.guards.mistakes import GuardError, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "all_of",
    "any_of",
    "at_least",
    "bounded",
    "measured",
    "negate",
    "none_of",
    "subjects",
    "tests_in",
]

_PAIRS = (
    (Operator.EQ, Operator.NE),
    (Operator.LT, Operator.GE),
    (Operator.LE, Operator.GT),
    (Operator.IN, Operator.NOT_IN),
    (Operator.KNOWN, Operator.UNKNOWN),
    (Operator.HAS, Operator.HAS_NOT),
    (Operator.CONTAINS, Operator.NOT_CONTAINS),
    (Operator.STARTS_WITH, Operator.NOT_STARTS_WITH),
    (Operator.ENDS_WITH, Operator.NOT_ENDS_WITH),
    (Operator.WITHIN_NEXT, Operator.NOT_WITHIN_NEXT),
    (Operator.WITHIN_LAST, Operator.NOT_WITHIN_LAST),
)
_OPPOSITE = dict(_PAIRS) | {second: first for first, second in _PAIRS}


def all_of(parts: Iterable[Condition]) -> Condition:
    """Return the condition that asks for every part."""
    return bounded(AllOf(tuple(parts)))


def any_of(parts: Iterable[Condition]) -> Condition:
    """Return the condition that asks for one of the parts."""
    return bounded(AnyOf(tuple(parts)))


def none_of(parts: Iterable[Condition]) -> Condition:
    """Return the condition that asks for the opposite of every part."""
    return bounded(AllOf(tuple(negate(part) for part in parts)))


def at_least(needed: int, parts: Iterable[Condition]) -> Condition:
    """Return the condition that asks for ``needed`` of the parts.

    Raises:
        GuardError: The group has fewer parts, or nothing is asked.
    """
    tree = AtLeast(needed, tuple(parts))
    if not 1 <= needed <= len(tree.parts):
        what = f"'at least {needed}' of {len(tree.parts)} parts makes no sense"
        hint = f"Ask for 1 to {len(tree.parts)} of them" if tree.parts else "List some"
        raise GuardError([Mistake("LS226", 0, 0, what, hint)])
    return bounded(tree)


def negate(condition: Condition) -> Condition:
    """Return the condition that is met where this one is known not to be."""
    match condition:
        case Test(subject, operator, operands):
            return Test(subject, _OPPOSITE[operator], operands)
        case Named(name, label, inner, negated):
            return Named(name, label, negate(inner), not negated)
        case AllOf(parts):
            return AnyOf(tuple(negate(part) for part in parts))
        case AnyOf(parts):
            return AllOf(tuple(negate(part) for part in parts))
        case AtLeast(needed, parts):  # pragma: no branch
            turned = tuple(negate(part) for part in parts)
            return AtLeast(len(parts) - needed + 1, turned)


def tests_in(condition: Condition) -> Iterator[Test]:
    """Yield every test of the tree, named criteria opened, in reading order."""
    match condition:
        case Test():
            yield condition
        case Named():
            yield from tests_in(condition.condition)
        case AllOf() | AnyOf() | AtLeast():  # pragma: no branch
            for part in condition.parts:
                yield from tests_in(part)


def subjects(condition: Condition) -> frozenset[Subject]:
    """Return every field and score that the tree asks about."""
    return frozenset(test.subject for test in tests_in(condition))


def bounded(condition: Condition) -> Condition:
    """Return ``condition``, or refuse it for its size.

    Criteria that use criteria multiply; the bound on the opened tree is what keeps a
    short file from asking a billion things.
    """
    nodes, depth = measured(condition)
    if nodes > MOST:
        what = f"the condition asks {nodes:,} things, {MOST} are allowed"
        hint = "Named criteria count in full; split it into fields or scores"
        raise GuardError([Mistake("LS205", 0, 0, what, hint)])
    if depth > DEEPEST:
        what = f"the condition is nested {depth} levels deep, {DEEPEST} are allowed"
        hint = "Named criteria count in full; make it flatter"
        raise GuardError([Mistake("LS206", 0, 0, what, hint)])
    return condition


def measured(condition: Condition) -> tuple[int, int]:
    """Return how many tests and groups the opened tree has, and how deep it is."""
    match condition:
        case Test():
            return 1, 1
        case Named():
            parts: tuple[Condition, ...] = (condition.condition,)
        case AllOf() | AnyOf() | AtLeast():  # pragma: no branch
            parts = condition.parts
    sizes = [measured(part) for part in parts]
    deepest = max((depth for _, depth in sizes), default=0)
    return 1 + sum(nodes for nodes, _ in sizes), 1 + deepest
