"""Explain a condition: every test with what is required, observed, and how it came out.

Evaluates every test, where a guard stops at the first certain answer; the property
tests hold the two against each other.  Words that are the same for every record are
made once, because a receipt is written down for every move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Named,
    Operator,
    Test,
)
from leadstate.domain.receipt import Finding, FindingKind, Status
from leadstate.guards.closures import compile_check, compiled_score
from leadstate.guards.facts import Facts
from leadstate.guards.leaves import classes_of
from leadstate.guards.render import (
    observed,
    points_text,
    required,
    subject_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.comparisons import Get
    from leadstate.guards.scores import CompiledScore

__all__ = ["Explain", "compile_explanation"]

Explain: TypeAlias = Callable[[Facts], Finding]
"""A compiled condition that says how each of its tests came out."""


def compile_explanation(
    condition: Condition, scores: Mapping[str, CompiledScore]
) -> Explain:
    """Return what explains ``condition``: facts to the tree of findings."""
    match condition:
        case Test():
            if isinstance(condition.subject, FieldRef):
                return _field(condition, condition.subject)
            return _score(condition, scores)
        case Named():
            return _criterion(condition, scores)
        case AllOf() | AnyOf() | AtLeast():  # pragma: no branch
            return _group(condition, scores)


def _criterion(condition: Named, scores: Mapping[str, CompiledScore]) -> Explain:
    name, label = condition.criterion, condition.label
    label = f"not {label}" if condition.negated else label
    inner = compile_explanation(condition.condition, scores)

    def explain(facts: Facts) -> Finding:
        found = inner(facts)
        return Finding(
            kind=FindingKind.CRITERION,
            status=found.status,
            label=label,
            criterion=name,
            parts=(found,),
        )

    return explain


def _field(test: Test, subject: FieldRef) -> Explain:
    name, label, words = subject.name, subject.label or subject.name, required(test)
    of_nothing = _OF_NOTHING.get(test.operator, Status.MISSING)
    classes, check = classes_of(test), compile_check(test, {})

    def status(facts: Facts) -> Status:
        value = facts.values.get(name)
        if value is None:
            return of_nothing
        if type(value) not in classes:
            return Status.UNPARSABLE
        get: Get = facts.values.get  # type: ignore[assignment] # leaves look first
        return Status.MET if check(get, facts) else Status.UNMET

    def explain(facts: Facts) -> Finding:
        return Finding(
            kind=FindingKind.TEST,
            status=status(facts),
            label=label,
            required=words,
            observed=observed(facts.values.get(name)),
            field=name,
        )

    return explain


_OF_NOTHING = {Operator.KNOWN: Status.UNMET, Operator.UNKNOWN: Status.MET}


def _score(test: Test, scores: Mapping[str, CompiledScore]) -> Explain:
    score = compiled_score(test.subject.name, scores)
    label, words = score.score.label or score.score.name, required(test)
    name, check = subject_name(test.subject), compile_check(test, scores)

    def explain(facts: Facts) -> Finding:
        get: Get = facts.values.get  # type: ignore[assignment] # leaves look first
        return Finding(
            kind=FindingKind.TEST,
            status=Status.MET if check(get, facts) else Status.UNMET,
            label=label,
            required=words,
            observed=points_text(facts.score(score)),
            field=name,
            contributions=score.explain(facts),
        )

    return explain


def _group(
    condition: AllOf | AnyOf | AtLeast, scores: Mapping[str, CompiledScore]
) -> Explain:
    kind, needed, label = _kind_of(condition)
    shown = needed if kind is FindingKind.AT_LEAST else None
    inner = [compile_explanation(part, scores) for part in condition.parts]

    def explain(facts: Facts) -> Finding:
        parts = tuple([part(facts) for part in inner])
        met = sum([part.status is Status.MET for part in parts]) >= needed
        status = Status.MET if met else _why_not(parts)
        return Finding(kind=kind, status=status, label=label, needed=shown, parts=parts)

    return explain


def _kind_of(condition: AllOf | AnyOf | AtLeast) -> tuple[FindingKind, int, str]:
    """Return the kind, how many parts must be met, and the label."""
    size = len(condition.parts)
    match condition:
        case AllOf():
            return FindingKind.ALL, size, "all of"
        case AnyOf():
            return FindingKind.ANY, 1, "any of"
        case AtLeast(needed):  # pragma: no branch
            return FindingKind.AT_LEAST, needed, f"at least {needed} of {size}"


def _why_not(parts: tuple[Finding, ...]) -> Status:
    """Return MISSING when nothing speaks against the group but absent values."""
    statuses = {part.status for part in parts}
    if Status.UNMET in statuses or Status.MISSING not in statuses:
        return Status.UNMET
    return Status.MISSING
