"""A compiled guard: a fast yes or no, and an examination that can explain itself.

Pure: the same facts give the same answer, and both ways of asking agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import FieldRef
from leadstate.domain.receipt import Finding
from leadstate.guards.compiler import compile_check, compiled_score
from leadstate.guards.findings import compile_explanation
from leadstate.guards.trees import subjects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.facts import Facts
    from leadstate.guards.scores import CompiledScore

__all__ = ["Guard", "GuardExamination", "compile_guard"]


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
        check: The function itself, for loops that look up the values on their own.
        explain: Values and facts to the data of all findings; evaluates every test.
        has_scores: True when it asks for one.
    """

    __slots__ = (
        "check",
        "condition",
        "counts_events",
        "explain",
        "fields",
        "has_scores",
        "scores",
    )

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
        self.has_scores = bool(used)
        self.check = compile_check(condition, scores)
        self.explain = compile_explanation(condition, scores)

    def allows(self, facts: Facts) -> bool:
        """Return whether the facts meet the condition."""
        return self.check(facts.values, facts)

    def examine(self, facts: Facts) -> GuardExamination:
        """Return the verdict with what is needed to explain it later."""
        return GuardExamination(self, facts)


class GuardExamination:
    """The verdict of a guard, with its own copy of every value the guard looked at.

    It is explained from the copy when somebody asks, and once, so that a record that
    changes later does not change the explanation.
    """

    __slots__ = ("_data", "_facts", "_guard", "_seen", "met")

    def __init__(self, guard: Guard, facts: Facts) -> None:
        values, seen = facts.values, {}
        for name in guard.fields:
            seen[name] = values.get(name)
        self.met = guard.check(values, facts)
        self._guard = guard
        self._facts = facts
        self._seen = seen
        self._data: dict[str, object] | None = None

    def data(self) -> dict[str, object]:
        """Return the explanation as data, made once; it is not to be changed."""
        if self._data is None:
            guard, facts = self._guard, self._facts
            if guard.has_scores:  # they look at the values, too
                facts = facts.holding(self._seen)
            self._data = guard.explain(self._seen, facts)
        return self._data

    def finding(self) -> Finding:
        """Return the explanation: every test of the guard, met or not."""
        return Finding.of_data(self.data())
