"""Explain a condition: every test with what is required, observed, and how it came out.

Evaluates every test, where a guard stops at the first certain answer; the property
tests hold the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from leadstate.guards.leaves import classes_of
from leadstate.guards.wording import observed, required, subject_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.condition import Condition
    from leadstate.guards.comparing import Get
    from leadstate.guards.facts import Facts
    from leadstate.guards.scores import CompiledScore

__all__ = ["explain"]


def explain(
    condition: Condition, facts: Facts, scores: Mapping[str, CompiledScore]
) -> Finding:
    """Return the explanation tree of ``condition`` for ``facts``."""
    match condition:
        case Test():
            if isinstance(condition.subject, FieldRef):
                return _field(condition, facts)
            return _score(condition, facts, scores)
        case Named(name, label, inner, negated):
            found = explain(inner, facts, scores)
            return Finding(
                kind=FindingKind.CRITERION,
                status=found.status,
                label=f"not {label}" if negated else label,
                criterion=name,
                parts=(found,),
            )
        case AllOf() | AnyOf() | AtLeast():  # pragma: no branch
            found_parts = tuple(
                explain(part, facts, scores) for part in condition.parts
            )
            return _group(condition, found_parts)


def _field(test: Test, facts: Facts) -> Finding:
    label = test.subject.label if isinstance(test.subject, FieldRef) else ""
    return Finding(
        kind=FindingKind.TEST,
        status=_status(test, facts),
        label=label or test.subject.name,
        required=required(test),
        observed=observed(facts.values.get(test.subject.name)),
        field=subject_name(test.subject),
    )


def _status(test: Test, facts: Facts) -> Status:
    value = facts.values.get(test.subject.name)
    if value is None:
        return _OF_NOTHING.get(test.operator, Status.MISSING)
    if type(value) not in classes_of(test):
        return Status.UNPARSABLE
    get: Get = facts.values.get  # type: ignore[assignment] # leaves look first
    return Status.MET if compile_check(test, {})(get, facts) else Status.UNMET


_OF_NOTHING = {Operator.KNOWN: Status.UNMET, Operator.UNKNOWN: Status.MET}


def _score(test: Test, facts: Facts, scores: Mapping[str, CompiledScore]) -> Finding:
    score = compiled_score(test.subject.name, scores)
    get: Get = facts.values.get  # type: ignore[assignment] # leaves look first
    met = compile_check(test, scores)(get, facts)
    return Finding(
        kind=FindingKind.TEST,
        status=Status.MET if met else Status.UNMET,
        label=score.score.label or score.score.name,
        required=required(test),
        observed=observed(facts.score(score)),
        field=subject_name(test.subject),
        contributions=score.explain(facts),
    )


def _group(condition: AllOf | AnyOf | AtLeast, parts: tuple[Finding, ...]) -> Finding:
    count = sum(part.met for part in parts)
    match condition:
        case AllOf():
            kind, label, needed = FindingKind.ALL, "all of", len(parts)
        case AnyOf():
            kind, label, needed = FindingKind.ANY, "any of", 1
        case AtLeast():  # pragma: no branch
            needed = condition.needed
            kind, label = FindingKind.AT_LEAST, f"at least {needed} of {len(parts)}"
    return Finding(
        kind=kind,
        status=Status.MET if count >= needed else _why_not(parts),
        label=label,
        needed=needed if kind is FindingKind.AT_LEAST else None,
        parts=parts,
    )


def _why_not(parts: tuple[Finding, ...]) -> Status:
    """Return MISSING when nothing speaks against the group but absent values."""
    statuses = {part.status for part in parts}
    if Status.UNMET in statuses or Status.MISSING not in statuses:
        return Status.UNMET
    return Status.MISSING
