"""Recognise the shape of a condition: who is asked what, before any name has a meaning.

Recursive descent over the tokens, with a bound on the depth and on the number of
tests, so that hostile text ends in a sentence and never in a `RecursionError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.condition import Operator
from leadstate.guards.mistakes import GuardError
from leadstate.guards.tokens import RESERVED, Kind, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DEEPEST",
    "MOST",
    "Asked",
    "Bare",
    "Group",
    "GroupKind",
    "Negation",
    "Node",
    "parse",
]

DEEPEST = 50
"""Levels of nesting in one condition, named criteria counted in full."""

MOST = 500
"""Tests and groups in one condition, named criteria counted in full."""


class GroupKind(StrEnum):
    """How the parts of a group count."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True)
class Bare:
    """A name that stands alone: a criterion, or a boolean field."""

    name: Token


@dataclass(frozen=True, slots=True)
class Asked:
    """A name, what is asked of it, and the constants as written.

    For ``within`` the constants are the number and the unit.
    """

    name: Token
    operator: Operator
    operands: tuple[Token, ...]
    sign: Token


@dataclass(frozen=True, slots=True)
class Negation:
    """``not`` before something."""

    part: Node


@dataclass(frozen=True, slots=True)
class Group:
    """Several parts; ``needed`` is the number of ``at least``, ``start`` its token."""

    kind: GroupKind
    parts: tuple[Node, ...]
    start: Token
    needed: int = 0


Node: TypeAlias = Bare | Asked | Negation | Group

_COMPARISONS = {
    "=": Operator.EQ,
    "==": Operator.EQ,
    "!=": Operator.NE,
    "<>": Operator.NE,
    "<": Operator.LT,
    "<=": Operator.LE,
    ">": Operator.GT,
    ">=": Operator.GE,
}
_NOTHING = frozenset({"null", "none", "nil", "empty", "blank", "missing", "set"})
_LISTED = {GroupKind.ALL, GroupKind.ANY, GroupKind.NONE}


def parse(text: str) -> Node:
    """Return the shape of ``text``.

    Raises:
        GuardError: With the one mistake at which reading had to stop.
    """
    return _Parser(tokenize(text)).whole()


class _Parser:
    __slots__ = ("_at", "_depth", "_nodes", "_tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._nodes = 0

    # -- moving over the tokens ----------------------------------------------

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._here
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _is_sign(self, text: str) -> bool:
        return self._here.kind is Kind.SIGN and self._here.text == text

    def _took(self, key: str) -> bool:
        """Step over the keyword ``key`` and say whether it was there."""
        if self._here.key != key:
            return False
        self._at += 1
        return True

    def _took_sign(self, text: str) -> bool:
        if not self._is_sign(text):
            return False
        self._at += 1
        return True

    def _expected(self, what: str, hint: str = "") -> GuardError:
        found = f"expected {what}, found {self._here.shown}"
        return self._here.mistake("LS203", found, hint)

    def _must(self, *keys: str) -> None:
        for key in keys:
            if not self._took(key):
                raise self._expected(f"'{key}'")

    def _must_sign(self, text: str) -> None:
        if not self._took_sign(text):
            raise self._expected(f"'{text}'")

    # -- and, or, not, groups ------------------------------------------------

    def whole(self) -> Node:
        node = self._any()
        if self._here.kind is not Kind.END:
            raise self._expected("'and', 'or' or the end", self._hint_at_end())
        return node

    def _hint_at_end(self) -> str:
        unquoted = self._here.kind in (Kind.WORD, Kind.VALUE)
        return "Text of several words needs quotes: 'two words'" if unquoted else ""

    def _any(self) -> Node:
        return self._chain("or", GroupKind.ANY, self._all)

    def _all(self) -> Node:
        return self._chain("and", GroupKind.ALL, self._negation)

    def _chain(self, key: str, kind: GroupKind, part: Callable[[], Node]) -> Node:
        start = self._here
        parts = [part()]
        while self._took(key):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(kind, tuple(parts), start)

    def _negation(self) -> Node:
        odd = False
        while self._took("not"):
            odd = not odd
        node = self._one()
        return Negation(node) if odd else node

    def _one(self) -> Node:
        self._count()
        token = self._here
        if self._is_sign("("):
            return self._inside()
        if token.kind in (Kind.TEXT, Kind.VALUE):
            return self._tag_in(self._next())
        if token.kind is not Kind.WORD or token.key in RESERVED:
            raise self._expected("a field, a criterion or '('")
        following = self._tokens[self._at + 1].key
        if token.key in _LISTED and following == "of":
            return self._listed(self._next(), GroupKind(token.key))
        if token.key == "at" and following == "least":
            return self._at_least(self._next())
        return self._about(self._next())

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MOST:
            what = f"the condition asks more than {MOST} things"
            raise self._here.mistake("LS205", what, "Split it into fields or scores")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            what = f"the condition is nested more than {DEEPEST} levels deep"
            raise self._here.mistake("LS206", what, "Name its parts as criteria")

    def _inside(self) -> Node:
        self._deeper()
        self._must_sign("(")
        node = self._any()
        self._must_sign(")")
        self._depth -= 1
        return node

    def _listed(self, start: Token, kind: GroupKind) -> Node:
        self._must("of")
        return Group(kind, self._parts(), start)

    def _at_least(self, start: Token) -> Node:
        self._must("least")
        number = self._here.text
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise self._expected("a whole number")
        self._at += 1
        self._must("of")
        return Group(GroupKind.AT_LEAST, self._parts(), start, int(number))

    def _parts(self) -> tuple[Node, ...]:
        self._deeper()
        self._must_sign("(")
        parts = [] if self._is_sign(")") else [self._any()]
        while self._took_sign(","):
            parts.append(self._any())
        self._must_sign(")")
        self._depth -= 1
        return tuple(parts)

    # -- one name and what is asked of it ------------------------------------

    def _about(self, name: Token) -> Node:
        sign = self._here
        if sign.kind is Kind.SIGN and sign.text in _COMPARISONS:
            self._at += 1
            return Asked(name, _COMPARISONS[sign.text], (self._constant(),), sign)
        if self._is_sign("("):
            hint = "Compare a field, or write 'in [a, b]' for a list"
            raise sign.mistake("LS203", f"'{name.text}' cannot be called", hint)
        if sign.key not in _TAILS:
            return Bare(name)
        self._at += 1
        return _TAILS[sign.key](self, name, sign)

    def _constant(self) -> Token:
        token = self._here
        quoted_or_number = token.kind in (Kind.TEXT, Kind.VALUE)
        if quoted_or_number or (token.kind is Kind.WORD and token.key not in RESERVED):
            return self._next()
        raise self._expected("a value")

    def _tag_in(self, tag: Token) -> Node:
        sign = self._here
        negated = self._took("not")
        if not self._took("in"):
            hint = "A condition starts with the name of a field: company_size >= 50"
            raise self._expected("'in' and a field of tags", hint)
        return self._tag_of(tag, sign, negated=negated)

    def _tag_of(self, tag: Token, sign: Token, *, negated: bool) -> Node:
        if self._here.kind is not Kind.WORD or self._here.key in RESERVED:
            raise self._expected("a field of tags or a list [a, b]")
        operator = Operator.HAS_NOT if negated else Operator.HAS
        return Asked(self._next(), operator, (tag,), sign)

    def _in(self, name: Token, sign: Token) -> Node:
        return self._membership(name, sign, Operator.IN)

    def _membership(self, name: Token, sign: Token, operator: Operator) -> Node:
        if not self._took_sign("["):
            return self._tag_of(name, sign, negated=operator is Operator.NOT_IN)
        constants = [self._constant()]
        while self._took_sign(","):
            constants.append(self._constant())
        self._must_sign("]")
        return Asked(name, operator, tuple(constants), sign)

    def _not(self, name: Token, sign: Token) -> Node:
        if self._took("in"):
            return self._membership(name, sign, Operator.NOT_IN)
        if self._took("within"):
            return self._span(name, sign, negated=True)
        hint = "Write 'does not contain', or put 'not' first"
        raise self._expected("'in' or 'within' after 'not'", hint)

    def _is(self, name: Token, sign: Token) -> Node:
        negated = self._took("not")
        token = self._here
        if token.key in ("known", "unknown"):
            self._at += 1
            known = (token.key == "known") is not negated
            operator = Operator.KNOWN if known else Operator.UNKNOWN
            return Asked(name, operator, (), sign)
        if token.key in _NOTHING:
            hint = f"Write '{name.text} is unknown' or '{name.text} is known'"
            raise self._expected("'known', 'unknown' or a value", hint)
        if token.key in ("in", "within", "before", "after"):
            return self._is_when(name, negated=negated)
        operator = Operator.NE if negated else Operator.EQ
        return Asked(name, operator, (self._constant(),), sign)

    def _is_when(self, name: Token, *, negated: bool) -> Node:
        sign = self._next()
        if sign.key == "in":
            operator = Operator.NOT_IN if negated else Operator.IN
            return self._membership(name, sign, operator)
        if sign.key == "within":
            return self._span(name, sign, negated=negated)
        node = _TAILS[sign.key](self, name, sign)
        return Negation(node) if negated else node

    def _does(self, name: Token, sign: Token) -> Node:
        self._must("not")
        for verb, with_, operator in _DENIED:
            if self._took(verb):
                self._must(*with_)
                return Asked(name, operator, (self._constant(),), sign)
        raise self._expected("'contain', 'start with' or 'end with'")

    def _contains(self, name: Token, sign: Token) -> Node:
        return Asked(name, Operator.CONTAINS, (self._constant(),), sign)

    def _starts(self, name: Token, sign: Token) -> Node:
        self._must("with")
        return Asked(name, Operator.STARTS_WITH, (self._constant(),), sign)

    def _ends(self, name: Token, sign: Token) -> Node:
        self._must("with")
        return Asked(name, Operator.ENDS_WITH, (self._constant(),), sign)

    def _has(self, name: Token, sign: Token) -> Node:
        operator = Operator.HAS_NOT if self._took("not") else Operator.HAS
        return Asked(name, operator, (self._constant(),), sign)

    def _before(self, name: Token, sign: Token) -> Node:
        return Asked(name, Operator.LT, (self._constant(),), sign)

    def _after(self, name: Token, sign: Token) -> Node:
        return Asked(name, Operator.GT, (self._constant(),), sign)

    def _within(self, name: Token, sign: Token) -> Node:
        return self._span(name, sign, negated=False)

    def _span(self, name: Token, sign: Token, *, negated: bool) -> Node:
        direction = self._next().key
        operator = _SPANS.get((direction, negated))
        if operator is None:
            self._at -= 1
            raise self._expected("'next' or 'last'", "As in: within next 90 days")
        if self._here.kind is not Kind.VALUE:
            raise self._expected("a number of days", "As in: within next 90 days")
        number = self._next()
        if self._here.kind is not Kind.WORD:
            raise self._expected("a unit", "Units: minutes, hours, days, weeks")
        return Asked(name, operator, (number, self._next()), sign)


_SPANS = {
    ("next", False): Operator.WITHIN_NEXT,
    ("next", True): Operator.NOT_WITHIN_NEXT,
    ("last", False): Operator.WITHIN_LAST,
    ("last", True): Operator.NOT_WITHIN_LAST,
}
_DENIED = (
    ("contain", (), Operator.NOT_CONTAINS),
    ("start", ("with",), Operator.NOT_STARTS_WITH),
    ("end", ("with",), Operator.NOT_ENDS_WITH),
    ("have", (), Operator.HAS_NOT),
)
_TAILS: dict[str, Callable[[_Parser, Token, Token], Node]] = {
    "in": _Parser._in,
    "not": _Parser._not,
    "is": _Parser._is,
    "does": _Parser._does,
    "contains": _Parser._contains,
    "starts": _Parser._starts,
    "ends": _Parser._ends,
    "has": _Parser._has,
    "before": _Parser._before,
    "after": _Parser._after,
    "within": _Parser._within,
}
