"""Recognise the shape of a condition: recursive descent over its tokens.

The cursor bounds the depth and the number of tests, so that hostile text ends in a
sentence and never in a `RecursionError`.

    >>> parse("not need is known").part.operator
    <Operator.KNOWN: 'is known'>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.guards.cursor import Cursor
from leadstate.guards.predicates import predicate, tag_predicate
from leadstate.guards.syntax import Group, GroupKind, Negation
from leadstate.guards.tokens import TokenKind, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.guards.syntax import Node

__all__ = ["parse"]

_LISTED = frozenset({"all", "any", "none"})
_DIGITS = 9


def parse(text: str) -> Node:
    """Return the shape of ``text``.

    Raises:
        GuardError: With the one mistake at which reading had to stop.
    """
    cursor = Cursor(tokenize(text))
    node = _any(cursor)
    if cursor.here.kind is TokenKind.END:
        return node
    unquoted = cursor.here.kind in (TokenKind.WORD, TokenKind.VALUE)
    hint = "Text of several words needs quotes: 'two words'" if unquoted else ""
    raise cursor.expected("'and', 'or' or the end", hint)


def _any(cursor: Cursor) -> Node:
    return _chain(cursor, "or", GroupKind.ANY, _all)


def _all(cursor: Cursor) -> Node:
    return _chain(cursor, "and", GroupKind.ALL, _negation)


def _chain(
    cursor: Cursor, key: str, kind: GroupKind, part: Callable[[Cursor], Node]
) -> Node:
    start = cursor.here
    parts = [part(cursor)]
    while cursor.took(key):
        parts.append(part(cursor))
    return parts[0] if len(parts) == 1 else Group(kind, tuple(parts), start)


def _negation(cursor: Cursor) -> Node:
    odd = False
    while cursor.took("not"):
        odd = not odd
    node = _one(cursor)
    return Negation(node) if odd else node


def _one(cursor: Cursor) -> Node:
    cursor.count()
    here, following = cursor.here, cursor.following
    if cursor.at_sign("("):
        cursor.open()
        node = _any(cursor)
        cursor.close()
        return node
    if here.kind in (TokenKind.TEXT, TokenKind.VALUE):
        return tag_predicate(cursor)
    if not cursor.at_name():
        raise cursor.expected("a field, a criterion or '('")
    if here.key in _LISTED and following.key == "of":
        return _listed(cursor)
    if here.key == "at" and following.key == "least":
        return _at_least(cursor)
    return predicate(cursor)


def _listed(cursor: Cursor) -> Node:
    start = cursor.next()
    cursor.must("of")
    return Group(GroupKind(start.key), _parts(cursor), start)


def _at_least(cursor: Cursor) -> Node:
    start = cursor.next()
    cursor.must("least")
    number = cursor.here.text
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        raise cursor.expected("a whole number")
    cursor.next()
    cursor.must("of")
    return Group(GroupKind.AT_LEAST, _parts(cursor), start, int(number))


def _parts(cursor: Cursor) -> tuple[Node, ...]:
    cursor.open()
    parts = [] if cursor.at_sign(")") else [_any(cursor)]
    while cursor.took_sign(","):
        parts.append(_any(cursor))
    cursor.close()
    return tuple(parts)
