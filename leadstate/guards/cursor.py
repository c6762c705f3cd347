"""Move over the tokens of a condition, within bounds of depth and number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.guards.tokens import RESERVED, Token, TokenKind

if TYPE_CHECKING:
    from leadstate.guards.mistakes import GuardError

__all__ = ["DEEPEST", "MOST", "Cursor"]

DEEPEST = 25
"""Levels of nesting in one condition, named criteria counted in full."""

MOST = 500
"""Tests and groups in one condition, named criteria counted in full."""


class Cursor:
    """A place in the tokens; what is read moves it on."""

    __slots__ = ("_at", "_depth", "_nodes", "_tokens")

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._nodes = 0

    @property
    def here(self) -> Token:
        """The token that was not read yet."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The token after it; the end stays the end."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Read one token, whatever it is."""
        token = self.here
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def at_sign(self, text: str) -> bool:
        """Return whether this sign comes next."""
        return self.here.kind is TokenKind.SIGN and self.here.text == text

    def at_name(self) -> bool:
        """Return whether a word comes next that may name a field or a criterion."""
        return self.here.kind is TokenKind.WORD and self.here.key not in RESERVED

    def took(self, key: str) -> bool:
        """Read the keyword if it comes next, and say whether it did."""
        found = self.here.key == key
        if found:
            self.next()
        return found

    def took_sign(self, text: str) -> bool:
        """Read the sign if it comes next, and say whether it did."""
        found = self.at_sign(text)
        if found:
            self.next()
        return found

    def must(self, key: str) -> None:
        """Read the keyword, or refuse the text."""
        if not self.took(key):
            raise self.expected(f"'{key}'")

    def must_sign(self, text: str) -> None:
        """Read the sign, or refuse the text."""
        if not self.took_sign(text):
            raise self.expected(f"'{text}'")

    def constant(self) -> Token:
        """Read a constant: a quoted text, a value, or a word that is no keyword."""
        if self.here.kind in (TokenKind.TEXT, TokenKind.VALUE) or self.at_name():
            return self.next()
        raise self.expected("a value")

    def expected(self, what: str, hint: str = "") -> GuardError:
        """Return the error that something else should stand here."""
        found = f"expected {what}, found {self.here.shown}"
        return self.here.mistake("LS203", found, hint)

    def count(self) -> None:
        """Count one test or group, or refuse the text for their number."""
        self._nodes += 1
        if self._nodes > MOST:
            what = f"the condition asks more than {MOST} things"
            raise self.here.mistake("LS205", what, "Split it into fields or scores")

    def open(self) -> None:
        """Read ``(``, or refuse the text for its depth."""
        self._depth += 1
        if self._depth > DEEPEST:
            what = f"the condition is nested more than {DEEPEST} levels deep"
            raise self.here.mistake("LS206", what, "Name its parts as criteria")
        self.must_sign("(")

    def close(self) -> None:
        """Read ``)``."""
        self.must_sign(")")
        self._depth -= 1
