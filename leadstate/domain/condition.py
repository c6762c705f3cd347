"""The condition tree: what a guard, a criterion or a score rule asks of a record.

Only shapes live here.  `leadstate.guards` parses text into this tree, checks its
types and compiles it to a function, an explanation or SQL.

A tree never holds a negation: ``not`` is pushed to the leaves while parsing, so that
"unknown counts as not met" can never turn into "met" by being negated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from leadstate.domain.values import FieldType

__all__ = [
    "AllOf",
    "AnyOf",
    "AtLeast",
    "Condition",
    "FieldRef",
    "Literal",
    "Named",
    "Operator",
    "ScoreRef",
    "Subject",
    "Test",
]

Literal: TypeAlias = str | int | float | bool | date | datetime | timedelta
"""A constant in a condition, already of the subject's type."""


class Operator(StrEnum):
    """What a test asks of its subject; the value is how it reads in a workflow file."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"
    NOT_IN = "not in"
    KNOWN = "is known"
    UNKNOWN = "is unknown"
    HAS = "has"  # tags: 'spam' in tags
    HAS_NOT = "has not"
    CONTAINS = "contains"
    NOT_CONTAINS = "does not contain"
    STARTS_WITH = "starts with"
    NOT_STARTS_WITH = "does not start with"
    ENDS_WITH = "ends with"
    NOT_ENDS_WITH = "does not end with"
    WITHIN_NEXT = "within next"
    NOT_WITHIN_NEXT = "not within next"
    WITHIN_LAST = "within last"
    NOT_WITHIN_LAST = "not within last"


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of the record, by the name the workflow declares.

    Attributes:
        type: Its declared type, filled in when names are resolved, so that a tree can
            be compiled alone; None means "as the test's constants suggest".
        label: What people call it; "" reads as the name.
    """

    name: str
    type: FieldType | None = field(default=None, compare=False)
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ScoreRef:
    """A score of the workflow, written ``score.NAME``."""

    name: str


Subject: TypeAlias = FieldRef | ScoreRef


@dataclass(frozen=True, slots=True)
class Test:
    """One leaf: a subject, what is asked of it, and the constants it is held against.

    ``operands`` is empty for ``is known``, has one entry for comparisons and text
    tests, one `datetime.timedelta` for ``within``, and one or more for ``in``.
    """

    subject: Subject
    operator: Operator
    operands: tuple[Literal, ...] = ()

    __test__ = False  # not a pytest class


@dataclass(frozen=True, slots=True)
class Named:
    """A named criterion standing in a condition, with its tree.

    ``negated`` says that the file wrote ``not NAME``; ``condition`` is then already the
    negated tree, so that evaluating it needs no special case.
    """

    criterion: str
    label: str
    condition: Condition
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Met when every part is met; an empty one is met."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met when at least one part is met; an empty one is not."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Met when at least ``needed`` of the parts are met."""

    needed: int
    parts: tuple[Condition, ...]


Condition: TypeAlias = Test | Named | AllOf | AnyOf | AtLeast
