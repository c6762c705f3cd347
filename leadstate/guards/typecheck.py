"""Typecheck the text of a condition: its names get a meaning, its constants a type.

Every mistake of meaning in one text is found in one go; a mistake of form stops the
reading where it stands.

    >>> from leadstate.domain.lifecycle import Field
    >>> from leadstate.domain.values import FieldType
    >>> size = Field(name="size", type=FieldType.INTEGER, label="Size")
    >>> read_condition("size >= 50", Scope(fields={"size": size})).operands
    (50,)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    FieldRef,
    Named,
    Operator,
    ScoreRef,
    Test,
)
from leadstate.domain.values import FieldType
from leadstate.guards.constants import did_you_mean
from leadstate.guards.mistakes import GuardError, Mistake
from leadstate.guards.operators import Fields, field_test, score_test
from leadstate.guards.parser import parse
from leadstate.guards.syntax import Bare, Group, GroupKind, Negation, Predicate
from leadstate.guards.trees import bounded, negate, subjects

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadstate.domain.lifecycle import Criterion, Field
    from leadstate.guards.syntax import Node
    from leadstate.guards.tokens import Token

__all__ = ["NameScope", "read_condition", "references"]

_SCORE = "score."
_PLACE = AllOf(())  # stands where a part had a mistake, so that the others are read


@dataclass(frozen=True, slots=True, kw_only=True)
class NameScope:
    """The names that a condition may use.

    Attributes:
        fields: The declared fields, by name.
        scores: The names of the declared scores.
        criteria: The criteria that are already read, by name.
        unresolved: Criteria that exist and are not read yet; naming one is a cycle,
            because criteria are read after those that they refer to.
        timezone: IANA name; decides where a day starts for date-times.
        in_score: True for the rule of a score, which may not refer to scores.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    scores: Collection[str] = ()
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    unresolved: Collection[str] = ()
    timezone: str = "UTC"
    in_score: bool = False


def read_condition(text: str, scope: NameScope) -> Condition:
    """Return the tree that ``text`` means in ``scope``.

    Raises:
        GuardError: With every mistake of meaning, or the one mistake of form.
    """
    checker = _Checker(scope)
    tree = checker.condition(parse(text))
    if checker.mistakes:
        raise GuardError(sorted(checker.mistakes, key=lambda found: found.offset))
    try:
        return bounded(tree)
    except GuardError as error:
        (found,) = error.mistakes
        whole = Mistake(found.code, 0, len(text), found.what, found.hint)
        raise GuardError([whole]) from None


def references(text: str) -> frozenset[str]:
    """Return the names that stand alone in ``text``; some may be criteria.

    A text that cannot be read has none: `read_condition` will say why.
    """
    try:
        waiting = [parse(text)]
    except GuardError:
        return frozenset()
    found: set[str] = set()
    while waiting:
        match waiting.pop():
            case Bare(name):
                found.add(name.text)
            case Negation(part):
                waiting.append(part)
            case Group(_, parts):
                waiting.extend(parts)
            case Predicate():  # pragma: no branch
                pass
    return frozenset(found)


class _Checker:
    """One text being checked; ``mistakes`` fills up on the way."""

    __slots__ = ("mistakes", "scope")

    def __init__(self, scope: NameScope) -> None:
        self.scope = scope
        self.mistakes: list[Mistake] = []

    def condition(self, node: Node) -> Condition:
        try:
            match node:
                case Negation(part):
                    return negate(self.condition(part))
                case Group():
                    return self._group(node)
                case Bare(name):
                    return self._bare(name)
                case Predicate():  # pragma: no branch
                    return self._predicate(node)
        except GuardError as error:
            self.mistakes += error.mistakes
            return _PLACE

    def _group(self, node: Group) -> Condition:
        parts = tuple(self.condition(part) for part in node.parts)
        if node.kind is GroupKind.ALL:
            return AllOf(parts)
        if node.kind is GroupKind.ANY:
            return AnyOf(parts)
        if node.kind is GroupKind.NONE:
            return AllOf(tuple(negate(part) for part in parts))
        if not 1 <= node.needed <= len(parts):
            what = f"'at least {node.needed}' of {len(parts)} parts makes no sense"
            hint = f"Ask for 1 to {len(parts)} of them" if parts else "List some parts"
            raise node.start.mistake("LS226", what, hint)
        return AtLeast(node.needed, parts)

    def _bare(self, name: Token) -> Condition:
        if criterion := self.scope.criteria.get(name.text):
            return self._criterion(name, criterion)
        if name.text in self.scope.unresolved:
            raise self._cycle(name)
        if _is_score(name):
            self._known_score(name)
            hint = f"Compare it: {name.text} >= 40"
            raise name.mistake("LS213", f"'{name.text}' asks nothing by itself", hint)
        found = self._field(name, {*self.scope.fields, *self.scope.criteria})
        if found.type is not FieldType.BOOLEAN:
            what = f"'{name.text}' is {found.type} and asks nothing by itself"
            raise name.mistake("LS213", what, f"Write '{name.text} is known'")
        subject = FieldRef(found.name, found.type, found.label)
        return Test(subject, Operator.EQ, (True,))

    def _criterion(self, name: Token, criterion: Criterion) -> Named:
        if self.scope.in_score:
            for subject in subjects(criterion.condition):
                if isinstance(subject, ScoreRef):
                    raise _score_in_score(name, f"'{name.text}' refers to a score")
        return Named(criterion.name, criterion.label, criterion.condition)

    def _cycle(self, name: Token) -> GuardError:
        what = f"the criterion '{name.text}' would end up referring to itself"
        hint = "Break the circle"
        declared = self.scope.fields.get(name.text)
        if declared is not None and declared.type is FieldType.BOOLEAN:
            hint = f"If you mean the field, write '{name.text} is true'"
        return name.mistake("LS212", what, hint)

    def _predicate(self, node: Predicate) -> Condition:
        if _is_score(node.name):
            self._known_score(node.name)
            return score_test(node)
        found = self._field(node.name, self.scope.fields)
        return field_test(node, found, Fields(self.scope.fields, self.scope.timezone))

    def _field(self, name: Token, offered: Collection[str]) -> Field:
        found = self.scope.fields.get(name.text)
        if found is not None:
            return found
        if name.text in self.scope.criteria or name.text in self.scope.unresolved:
            what = f"'{name.text}' is a criterion, and a criterion is only met or not"
            hint = f"Write '{name.text}' or 'not {name.text}'"
            raise name.mistake("LS210", what, hint)
        what = f"unknown field '{name.text}'"
        raise name.mistake("LS210", what, did_you_mean(name.text, offered))

    def _known_score(self, name: Token) -> None:
        if self.scope.in_score:
            raise _score_in_score(name, f"'{name.text}' is a score")
        score = name.text[len(_SCORE) :]
        if score not in self.scope.scores:
            what = f"unknown score '{score}'"
            raise name.mistake("LS211", what, did_you_mean(score, self.scope.scores))


def _is_score(name: Token) -> bool:
    return name.key.startswith(_SCORE)


def _score_in_score(name: Token, why: str) -> GuardError:
    what = f"{why}, and a score may not build on scores"
    return name.mistake("LS214", what, "Use fields, and criteria that use only fields")
