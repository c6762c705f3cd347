"""Cut the text of a condition into words, values, quoted texts and signs.

One pass, linear in the length of the text, no meaning yet.

    >>> [token.text for token in tokenize("company_size >= 50")]
    ['company_size', '>=', '50', '']
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate.guards.mistakes import GuardError, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "RESERVED", "Token", "TokenKind", "tokenize"]

LONGEST = 20_000
"""Characters in the text of one condition."""

RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "has", "does", "contains", "starts", "ends"}
    | {"within", "before", "after"}
)
"""Words that cannot name a field or a criterion; a constant needs quotes to be one."""

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ )
    | (?P<word>  [^\W\d] [\w.@-]* )
    | (?P<value> [+-]?[0-9] [\w.:+@-]* )
    | (?P<text>  '(?:[^']|'')*+' | "(?:[^"]|"")*+" )
    | (?P<sign>  <= | >= | == | != | <> | [=<>()\[\],] )
    """,
    re.VERBOSE,
)
_SHOWN = 40
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ARITHMETIC = "Conditions do not calculate; put the result into a field or a score"
_INSTEAD = (
    dict.fromkeys("&", "Write 'and'")
    | dict.fromkeys("|", "Write 'or'")
    | dict.fromkeys("!", "Write 'not'")
    | dict.fromkeys("+-*/%^", _ARITHMETIC)
    | dict.fromkeys("“”„\u2018\u2019«»`", "Use straight quotes: 'text'")
    | dict.fromkeys("{}", "Lists are written [a, b]")
)


class TokenKind(StrEnum):
    """What a token is, by its looks alone."""

    WORD = "word"
    VALUE = "value"  # starts with a digit: a number, a date, an option like 1-10
    TEXT = "text"  # quoted
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text; ``text`` of a quoted one is without its quotes."""

    kind: TokenKind
    text: str
    offset: int
    length: int

    @property
    def key(self) -> str:
        """The keyword this could be: folded for a word, "" for everything else."""
        return self.text.casefold() if self.kind is TokenKind.WORD else ""

    @property
    def shown(self) -> str:
        """How to name this token in a message."""
        if self.kind is TokenKind.END:
            return "the end"
        cut = len(self.text) > _SHOWN
        return f"'{self.text[:_SHOWN]}…'" if cut else f"'{self.text}'"

    def mistake(self, code: str, what: str, hint: str = "") -> GuardError:
        """Return an error that points at this token."""
        return GuardError([Mistake(code, self.offset, self.length, what, hint)])


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text``, the last one of kind END.

    Raises:
        GuardError: The text is too long, or has something that is no token.
    """
    if len(text) > LONGEST:
        what = f"the condition has {len(text):,} characters, {LONGEST:,} are allowed"
        hint = "Split it into named criteria"
        raise GuardError([Mistake("LS204", 0, len(text), what, hint)])
    if found := _UNSTORABLE.search(text):
        what = f"the character {found[0]!a} cannot be stored"
        raise GuardError([Mistake("LS201", found.start(), 1, what, "Remove it")])
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        if found.lastgroup != "space":
            yield _token(TokenKind(str(found.lastgroup)), found[0], at)
        at = found.end()
    yield Token(TokenKind.END, "", at, 0)


def _token(kind: TokenKind, raw: str, offset: int) -> Token:
    text = raw
    if kind is TokenKind.TEXT:
        quote = raw[0]
        text = raw[1:-1].replace(quote * 2, quote)
    return Token(kind, text, offset, len(raw))


def _unreadable(text: str, at: int) -> GuardError:
    character = text[at]
    if character in "'\"":
        what = "the quote that starts here is never closed"
        hint = f"Close it with {character}; inside the text write it twice"
        return GuardError([Mistake("LS202", at, len(text) - at, what, hint)])
    what = f"{character!r} means nothing in a condition"
    hint = _INSTEAD.get(character, "Put text that is not a plain word into quotes")
    return GuardError([Mistake("LS201", at, 1, what, hint)])
