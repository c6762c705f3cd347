"""Read one predicate: what is asked of one name, everything between two ``and``.

One function for each word that may follow a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import Operator
from leadstate.guards.syntax import Bare, Negation, Predicate
from leadstate.guards.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.guards.cursor import Cursor
    from leadstate.guards.syntax import Node
    from leadstate.guards.tokens import Token

__all__ = ["predicate", "tag_predicate"]

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
_SPANS = {
    ("next", False): Operator.WITHIN_NEXT,
    ("next", True): Operator.NOT_WITHIN_NEXT,
    ("last", False): Operator.WITHIN_LAST,
    ("last", True): Operator.NOT_WITHIN_LAST,
}
_NOTHING = frozenset({"null", "none", "nil", "empty", "blank", "missing", "set"})
_EXAMPLE = "As in: within next 90 days"


def predicate(cursor: Cursor) -> Node:
    """Read a name and what is asked of it, or the name alone."""
    name = cursor.next()
    sign = cursor.here
    if sign.kind is TokenKind.SIGN and sign.text in _COMPARISONS:
        cursor.next()
        return Predicate(name, _COMPARISONS[sign.text], (cursor.constant(),), sign)
    if cursor.at_sign("("):
        hint = "Compare a field, or write 'in [a, b]' for a list"
        raise sign.mistake("LS203", f"'{name.text}' cannot be called", hint)
    if sign.key not in _TAILS:
        return Bare(name)
    cursor.next()
    return _TAILS[sign.key](cursor, name, sign)


def tag_predicate(cursor: Cursor) -> Node:
    """Read ``'spam' in tags``, the quoted text first."""
    tag = cursor.next()
    sign = cursor.here
    negated = cursor.took("not")
    if not cursor.took("in"):
        hint = "A condition starts with the name of a field: company_size >= 50"
        raise cursor.expected("'in' and a field of tags", hint)
    return _tag_of(cursor, tag, sign, negated=negated)


def _tag_of(cursor: Cursor, tag: Token, sign: Token, *, negated: bool) -> Node:
    if not cursor.at_name():
        raise cursor.expected("a field of tags or a list [a, b]")
    operator = Operator.HAS_NOT if negated else Operator.HAS
    return Predicate(cursor.next(), operator, (tag,), sign)


def _one(operator: Operator) -> Callable[[Cursor, Token, Token], Node]:
    def read(cursor: Cursor, name: Token, sign: Token) -> Node:
        return Predicate(name, operator, (cursor.constant(),), sign)

    return read


def _with(operator: Operator) -> Callable[[Cursor, Token, Token], Node]:
    def read(cursor: Cursor, name: Token, sign: Token) -> Node:
        cursor.must("with")
        return Predicate(name, operator, (cursor.constant(),), sign)

    return read


def _in(cursor: Cursor, name: Token, sign: Token) -> Node:
    return _list(cursor, name, sign, negated=False)


def _list(cursor: Cursor, name: Token, sign: Token, *, negated: bool) -> Node:
    if not cursor.took_sign("["):
        return _tag_of(cursor, name, sign, negated=negated)
    constants = [cursor.constant()]
    while cursor.took_sign(","):
        constants.append(cursor.constant())
    cursor.must_sign("]")
    operator = Operator.NOT_IN if negated else Operator.IN
    return Predicate(name, operator, tuple(constants), sign)


def _not(cursor: Cursor, name: Token, sign: Token) -> Node:
    if cursor.took("in"):
        return _list(cursor, name, sign, negated=True)
    if cursor.took("within"):
        return _span(cursor, name, sign, negated=True)
    hint = "Write 'does not contain', or put 'not' first"
    raise cursor.expected("'in' or 'within' after 'not'", hint)


def _is(cursor: Cursor, name: Token, sign: Token) -> Node:
    negated = cursor.took("not")
    key = cursor.here.key
    if key in ("known", "unknown"):
        cursor.next()
        known = (key == "known") is not negated
        operator = Operator.KNOWN if known else Operator.UNKNOWN
        return Predicate(name, operator, (), sign)
    if key in _NOTHING:
        hint = f"Write '{name.text} is unknown' or '{name.text} is known'"
        raise cursor.expected("'known', 'unknown' or a value", hint)
    if key in ("in", "within", "before", "after"):
        node = _TAILS[key](cursor, name, cursor.next())
        return Negation(node) if negated else node
    operator = Operator.NE if negated else Operator.EQ
    return Predicate(name, operator, (cursor.constant(),), sign)


def _does(cursor: Cursor, name: Token, sign: Token) -> Node:
    cursor.must("not")
    for verb, read in _DENIED.items():
        if cursor.took(verb):
            return read(cursor, name, sign)
    raise cursor.expected("'contain', 'start with', 'end with' or 'have'")


def _has(cursor: Cursor, name: Token, sign: Token) -> Node:
    operator = Operator.HAS_NOT if cursor.took("not") else Operator.HAS
    return Predicate(name, operator, (cursor.constant(),), sign)


def _within(cursor: Cursor, name: Token, sign: Token) -> Node:
    return _span(cursor, name, sign, negated=False)


def _span(cursor: Cursor, name: Token, sign: Token, *, negated: bool) -> Node:
    operator = _SPANS.get((cursor.here.key, negated))
    if operator is None:
        raise cursor.expected("'next' or 'last'", _EXAMPLE)
    cursor.next()
    if cursor.here.kind is not TokenKind.VALUE:
        raise cursor.expected("a number of days", _EXAMPLE)
    amount = cursor.next()
    if not cursor.at_name():
        raise cursor.expected("a unit", "Units: minutes, hours, days, weeks")
    return Predicate(name, operator, (amount, cursor.next()), sign)


_DENIED = {
    "contain": _one(Operator.NOT_CONTAINS),
    "start": _with(Operator.NOT_STARTS_WITH),
    "end": _with(Operator.NOT_ENDS_WITH),
    "have": _one(Operator.HAS_NOT),
}
_TAILS = {
    "in": _in,
    "not": _not,
    "is": _is,
    "does": _does,
    "has": _has,
    "contains": _one(Operator.CONTAINS),
    "starts": _with(Operator.STARTS_WITH),
    "ends": _with(Operator.ENDS_WITH),
    "before": _one(Operator.LT),
    "after": _one(Operator.GT),
    "within": _within,
}
