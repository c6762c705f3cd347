"""Compile conditions to Python functions: one function a condition, whatever it asks.

A call costs more than a test, so that a function a test would cost three times as much.
The source of a function consists of the fixed words of `leadstate.guards.comparisons`
and of names that are made up here (``k1``, ``k2``): what a workflow says, its names and
constants, is handed over as data and never stands in the source, and there are no
built-in functions to call.  So nothing that anybody writes can become code.

    size >= 50 and 'spam' not in tags
    def check(values, facts):
        return (((v := values.get(k1)).__class__ in k2 and v >= k3)
                and ((v := values.get(k4)).__class__ is k5 and k6 not in v))
"""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, TypeVar, cast

from leadstate.domain.condition import AllOf, AnyOf, AtLeast, FieldRef, Named, Test
from leadstate.guards.leaves import (
    classes_of,
    comparison,
    field_expression,
    score_expression,
)
from leadstate.guards.mistakes import GuardError, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.comparisons import Check
    from leadstate.guards.facts import Points

__all__ = [
    "FunctionSource",
    "compile_check",
    "compiled_score",
]

Scored = TypeVar("Scored")


def compile_check(condition: Condition, scores: Mapping[str, Points]) -> Check:
    """Return the function that says whether facts meet ``condition``.

    Raises:
        GuardError: The tree names a score that is not among ``scores``.
    """
    source = FunctionSource(scores)
    text = f"def check(values, facts):\n    return {source.expression(condition)}"
    return cast("Check", source.function(text))


def compiled_score(name: str, scores: Mapping[str, Scored]) -> Scored:
    """Return the compiled score of that name.

    Raises:
        GuardError: There is none; the rule of a score is compiled without any.
    """
    if name in scores:
        return scores[name]
    what = f"the score '{name}' was not compiled before the condition that asks for it"
    raise GuardError([Mistake("LS211", 0, 0, what, "Rules of scores have no scores")])


class FunctionSource:
    """What the source of one function is made with: its expressions and its data."""

    __slots__ = ("_held", "_scores")

    def __init__(self, scores: Mapping[str, Points]) -> None:
        self._held: dict[str, object] = {"__builtins__": {}}
        self._scores = scores

    def hold(self, value: object) -> str:
        """Keep a value for the function, and return the name that stands for it."""
        name = f"k{len(self._held)}"
        # Equal texts are then mostly one object, and found without comparing.
        self._held[name] = intern(value) if value.__class__ is str else value
        return name

    def expression(self, condition: Condition) -> str:
        """Return ``condition`` as an expression over ``values`` and ``facts``.

        Raises:
            GuardError: It names a score that is not among those of the source.
        """
        match condition:
            case Test(FieldRef()):
                return f"({field_expression(condition, self.hold)})"
            case Test():
                score = compiled_score(condition.subject.name, self._scores)
                return f"({score_expression(condition, score, self.hold)})"
            case Named():
                return self.expression(condition.condition)
            case AllOf():
                return f"({' and '.join(self._conjuncts(condition)) or 'True'})"
            case AnyOf(parts):
                return f"({' or '.join(self._each(parts)) or 'False'})"
            case AtLeast(needed, parts):  # pragma: no branch
                counted = ", ".join(self._each(parts))
                return f"({self.hold(sum)}([{counted}]) >= {self.hold(needed)})"

    def _conjuncts(self, condition: Condition) -> Iterator[str]:
        """Yield what must all be met; a field that is asked again is not read again."""
        before: Condition | None = None
        for part in _conjuncts_of(condition):
            if isinstance(part, Test) and _same_value(before, part):
                yield f"({comparison(part, self.hold)})"
            else:
                yield self.expression(part)
            before = part

    def _each(self, parts: tuple[Condition, ...]) -> list[str]:
        return [self.expression(part) for part in parts]

    def function(self, text: str) -> FunctionType:
        """Return the function that ``text`` defines, with all that is held for it."""
        return FunctionType(_code(text), self._held)


def _conjuncts_of(condition: Condition) -> Iterator[Condition]:
    """Yield what must all be met for ``condition``, named criteria unwrapped."""
    match condition:
        case Named():
            yield from _conjuncts_of(condition.condition)
        case AllOf(parts):
            for part in parts:
                yield from _conjuncts_of(part)
        case _:
            yield condition


def _same_value(before: Condition | None, test: Test) -> bool:
    """Whether the test before, which was met, has looked at the very same value."""
    return (
        isinstance(before, Test)
        and isinstance(test.subject, FieldRef)
        and before.subject == test.subject
        and bool(before.operands and test.operands)
        and classes_of(before) == classes_of(test)
    )


@lru_cache(maxsize=1024)
def _code(text: str) -> CodeType:
    """Return the code of the one function in ``text``; nothing is run to get it.

    Kept, because tests of one kind have one text, whatever they ask about.
    """
    constants = compile(text, "<condition>", "exec").co_consts
    return next(one for one in constants if isinstance(one, CodeType))
