"""Explain a condition: every test with what is required, observed, and how it came out.

It is made as JSON-ready data, which is how it is kept; people and programs read that as
a tree of `Finding` (`Finding.of_data`).  Every test is evaluated, where a guard stops
at the first certain answer; the property tests hold the two against each other.

One function a condition, as in `leadstate.guards.compiler`.  For each node it copies a
dict whose words were made before: copying is three times as quick as writing.

    def explain(values, facts):
        v = values.get(k1)
        if v is None:
            d0 = k2()                      # the copy that says that it is missing
        elif v.__class__ in k3:
            d0 = k4() if v >= k5 else k6()
            d0["observed"] = k7(v)
        else: ...
        d1 = k8()                          # the criterion, or the group, around it
        d1["status"] = d0["status"]
        d1["parts"] = [d0]
        return d1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Named,
    Operator,
    Test,
)
from leadstate.domain.receipt import FindingKind, Status
from leadstate.domain.values import Value
from leadstate.guards.compiler import FunctionSource, compile_check, compiled_score
from leadstate.guards.facts import Facts
from leadstate.guards.leaves import classes_of, comparison, fitting
from leadstate.guards.render import SHOWN, observed, points_text, required, subject_name

if TYPE_CHECKING:
    from leadstate.domain.condition import Condition
    from leadstate.guards.scores import CompiledScore

__all__ = ["Explain", "compile_explanation"]

_Data: TypeAlias = dict[str, object]
Explain: TypeAlias = Callable[[Mapping[str, Value], Facts], _Data]
"""A compiled condition that says, as data, how each of its tests came out."""

# Plain text: JSON has no enumerations.
_MET, _UNMET = Status.MET.value, Status.UNMET.value
_MISSING, _UNPARSABLE = Status.MISSING.value, Status.UNPARSABLE.value
_OF_NOTHING = {Operator.KNOWN: _UNMET, Operator.UNKNOWN: _MET}


def compile_explanation(
    condition: Condition, scores: Mapping[str, CompiledScore]
) -> Explain:
    """Return what explains ``condition``: values and facts to the data of findings.

    Raises:
        GuardError: The tree names a score that is not among ``scores``.
    """
    writer = _Writer(scores)
    data = writer.node(condition)
    lines = ["def explain(values, facts):", *writer.lines, f"return {data}"]
    text = "\n    ".join(lines)
    return cast("Explain", writer.source.function(text))


class _Writer:
    """Writes the lines of one explanation, node by node."""

    __slots__ = ("_nodes", "_scores", "lines", "source")

    def __init__(self, scores: Mapping[str, CompiledScore]) -> None:
        self.source = FunctionSource(scores)
        self.lines: list[str] = []
        self._scores = scores
        self._nodes = 0

    def node(self, condition: Condition) -> str:
        """Write what explains ``condition``; return the name of its data."""
        match condition:
            case Test(FieldRef(name, _, label)):
                return self._field(condition, name, label or name)
            case Test():
                return self._score(condition)
            case Named():
                return self._criterion(condition)
            case AllOf() | AnyOf() | AtLeast():  # pragma: no branch
                return self._group(condition)

    def _field(self, test: Test, name: str, label: str) -> str:
        hold, data = self.source.hold, self._name()
        words = _words(test, label)
        # With room for what is observed: a dict that grows is made twice.
        seen = words | {"observed": None}
        nothing = _copying(words, _OF_NOTHING.get(test.operator, _MISSING))
        met, unmet = _copying(seen, _MET), _copying(seen, _UNMET)
        classes, holds = classes_of(test), comparison(test, hold)
        shown = SHOWN[next(iter(classes))] if len(classes) == 1 else observed
        self.lines += [
            f"v = values.get({hold(name)})",
            "if v is None:",
            f"    {data} = {hold(nothing)}()",
            f"elif v.__class__ {fitting(classes, hold)}:",
            f"    {data} = {hold(met)}() if {holds} else {hold(unmet)}()",
            f'    {data}["observed"] = {hold(shown)}(v)',
            "else:",
            f"    {data} = {hold(_copying(seen, _UNPARSABLE))}()",
            f'    {data}["observed"] = {hold(observed)}(v)',
        ]
        return data

    def _score(self, test: Test) -> str:
        data, explain = self._name(), _score_explanation(test, self._scores)
        self.lines.append(f"{data} = {self.source.hold(explain)}(values, facts)")
        return data

    def _criterion(self, named: Named) -> str:
        part, data = self.node(named.condition), self._name()
        label = f"not {named.label}" if named.negated else named.label
        words = _node(FindingKind.CRITERION, label) | {"criterion": named.criterion}
        self.lines += [
            f"{data} = {self.source.hold(words.copy)}()",
            f'{data}["status"] = {part}["status"]',
            f'{data}["parts"] = [{part}]',
        ]
        return data

    def _group(self, group: AllOf | AnyOf | AtLeast) -> str:
        parts, data = [self.node(part) for part in group.parts], self._name()
        hold, (needed, words) = self.source.hold, _group_words(group)
        met = hold(_MET)
        count = " + ".join(f'({part}["status"] == {met})' for part in parts) or "0"
        listed = f"[{', '.join(parts)}]"
        status = f"{met} if {count} >= {hold(needed)} else {hold(_why_not)}({listed})"
        self.lines += [
            f"{data} = {hold(words.copy)}()",
            f'{data}["status"] = {status}',
        ]
        if parts:
            self.lines.append(f'{data}["parts"] = {listed}')
        return data

    def _name(self) -> str:
        self._nodes += 1
        return f"d{self._nodes}"


def _copying(words: _Data, status: str) -> Callable[[], _Data]:
    return (words | {"status": status}).copy


def _node(kind: FindingKind, label: str) -> _Data:
    return {"kind": kind.value, "status": None, "label": label}


def _words(test: Test, label: str) -> _Data:
    return _node(FindingKind.TEST, label) | {
        "field": subject_name(test.subject),
        "required": required(test),
    }


def _group_words(group: AllOf | AnyOf | AtLeast) -> tuple[int, _Data]:
    """Return how many parts must be met, and the words of the group."""
    size = len(group.parts)
    match group:
        case AllOf():
            return size, _node(FindingKind.ALL, "all of")
        case AnyOf():
            return 1, _node(FindingKind.ANY, "any of")
        case AtLeast(needed):  # pragma: no branch
            words = _node(FindingKind.AT_LEAST, f"at least {needed} of {size}")
            return needed, words | {"needed": needed}


def _score_explanation(test: Test, scores: Mapping[str, CompiledScore]) -> Explain:
    score = compiled_score(test.subject.name, scores)
    words = _words(test, score.score.label or score.score.name)
    check = compile_check(test, scores)

    def explain(values: Mapping[str, Value], facts: Facts) -> _Data:
        found = words.copy()
        found["status"] = _MET if check(values, facts) else _UNMET
        found["observed"] = points_text(facts.score(score))
        if parts := score.explain(facts):
            found["contributions"] = parts
        return found

    return explain


def _why_not(parts: list[_Data]) -> str:
    """Return MISSING when nothing speaks against the group but absent values."""
    statuses = {part["status"] for part in parts}
    if _UNMET in statuses or _MISSING not in statuses:
        return _UNMET
    return _MISSING
