r"""Where a character of a scalar's value stands in the file.

A condition is parsed as a value, without quotes, escapes, folds and indentation; its
mistakes have to point into the file.  Characters that are not white space are counted
on both sides, so that folding lines changes nothing.

    >>> from .nodes import TextNode
    >>> node = TextNode("it's  so", Mark(3, 5), raw="'it''s  so'", style="'")
    >>> place_in(node, 6)
    Mark(line=3, column=13)
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from .problems import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .nodes import TextNode

__all__ = ["place_in"]

_BLANK_ESCAPES: Final = frozenset("nrtvf NLP_\t")
_DOUBLE: Final = re.compile(
    r"\\\n\s*|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|\S", re.DOTALL
)
_SINGLE: Final = re.compile(r"''|\S")
_PLAIN: Final = re.compile(r"\S")


def place_in(node: TextNode, offset: int) -> Mark:
    """Return the place of the value's character at ``offset``."""
    wanted = len("".join(node.value[:offset].split()))
    starts = list(_solid(node))
    if wanted < len(starts):
        return _place(node, starts[wanted])
    return _place(node, starts[-1] + 1) if starts else node.mark


def _solid(node: TextNode) -> Iterator[int]:
    """Yield where in the raw text each character that is not white space starts."""
    match node.style:
        case '"':
            yield from _escaped(node.raw)
        case "'":
            yield from (m.start() for m in _SINGLE.finditer(node.raw, 1, _last(node)))
        case "|" | ">":
            header = node.raw.find("\n") + 1
            yield from (match.start() for match in _PLAIN.finditer(node.raw, header))
        case _:
            yield from (match.start() for match in _PLAIN.finditer(node.raw))


def _last(node: TextNode) -> int:
    return len(node.raw) - 1


def _escaped(raw: str) -> Iterator[int]:
    for match in _DOUBLE.finditer(raw, 1, len(raw) - 1):
        if not _blank(match[0]):
            yield match.start()


def _blank(piece: str) -> bool:
    """Whether a piece of a quoted text stands for white space, or for nothing."""
    if not piece.startswith("\\"):
        return False
    sign, digits = piece[1], piece[2:]
    if sign == "\n":
        return True
    if not digits:
        return sign in _BLANK_ESCAPES
    code = int(digits, 16)
    return code <= sys.maxunicode and chr(code).isspace()


def _place(node: TextNode, index: int) -> Mark:
    before = node.raw[:index]
    lines = before.count("\n")
    if not lines:
        return Mark(node.mark.line, node.mark.column + index)
    return Mark(node.mark.line + lines, len(before) - before.rfind("\n"))
