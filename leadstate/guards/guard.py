"""A compiled guard: a fast yes or no, and an examination that can explain itself.

Pure: the same facts give the same answer, and both ways of asking agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import FieldRef
from leadstate.guards.closures import compile_check, compiled_score
from leadstate.guards.facts import Facts
from leadstate.guards.findings import compile_explanation
from leadstate.guards.trees import subjects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.condition import Condition
    from leadstate.domain.receipt import Finding
    from leadstate.domain.values import Value
    from leadstate.guards.comparisons import Get
    from leadstate.guards.scores import CompiledScore

__all__ = ["Examined", "Guard", "compile_guard"]


def compile_guard(condition: Condition, scores: Mapping[str, CompiledScore]) -> Guard:
    """Return the guard that ``condition`` asks for.

    Raises:
        GuardError: The condition asks for a score that is not among ``scores``.
    """
    return Guard(condition, scores)


class Guard:
    """A condition ready to be held against facts.

    Attributes:
        condition: The tree it was compiled from.
        fields: The fields it looks at, those of its scores included.
        scores: The scores it may use, by name.
        counts_events: True when happenings matter to it.
        check: The closure itself, for loops that look up ``values.get`` on their own.
        explain: Facts to the tree of findings; evaluates every test.
    """

    __slots__ = ("check", "condition", "counts_events", "explain", "fields", "scores")

    def __init__(
        self, condition: Condition, scores: Mapping[str, CompiledScore]
    ) -> None:
        asked = subjects(condition)
        used = [
            compiled_score(subject.name, scores)
            for subject in asked
            if not isinstance(subject, FieldRef)
        ]
        own = {subject.name for subject in asked if isinstance(subject, FieldRef)}
        self.condition = condition
        self.scores = scores
        self.fields = tuple(sorted(own.union(*(score.fields for score in used))))
        self.counts_events = any(score.events for score in used)
        self.check = compile_check(condition, scores)
        self.explain = compile_explanation(condition, scores)

    def allows(self, facts: Facts) -> bool:
        """Return whether the facts meet the condition."""
        get: Get = facts.values.get  # type: ignore[assignment] # leaves look first
        return self.check(get, facts)

    def examine(self, facts: Facts) -> Examined:
        """Return the verdict with what is needed to explain it later."""
        return Examined(self, facts)


class Examined:
    """The verdict of a guard, with its own copy of everything the guard looked at.

    The findings are made from the copy when somebody asks, so that a record that
    changes later does not change the explanation.
    """

    __slots__ = ("_facts", "_guard", "_seen", "met")

    def __init__(self, guard: Guard, facts: Facts) -> None:
        self.met = guard.allows(facts)
        self._guard = guard
        self._seen: tuple[Value, ...] = tuple(map(facts.values.get, guard.fields))
        happenings = facts.happenings if guard.counts_events else ()
        self._facts = (happenings, facts.now, facts.today)

    def finding(self) -> Finding:
        """Return the explanation: every test of the guard, met or not."""
        seen = dict(zip(self._guard.fields, self._seen, strict=True))
        facts = Facts(seen, *self._facts)
        return self._guard.explain(facts)
