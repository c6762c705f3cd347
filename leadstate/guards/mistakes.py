"""What can be wrong with a condition, each kind with a code and one sentence.

A mistake knows where it stands in its own text; whoever read the text out of a file
turns the offset into a line and a column.

    >>> GuardError([Mistake("LS202", 7, 5, "the quote is never closed")])
    GuardError('LS202 at 8: the quote is never closed')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MISTAKES", "GuardError", "Mistake"]

MISTAKES: dict[str, str] = {
    "LS201": "The text has a character that the criteria language does not know.",
    "LS202": "A quoted text is never closed.",
    "LS203": "The words do not form a condition.",
    "LS204": "The text of one condition is too long.",
    "LS205": "The condition asks too many things, named criteria counted in full.",
    "LS206": "The condition is nested too deeply.",
    "LS210": "The condition names a field or criterion that is not in the workflow.",
    "LS211": "The condition names a score that is not in the workflow.",
    "LS212": "A criterion refers to itself, directly or through other criteria.",
    "LS213": "A field that is not a boolean stands alone and asks nothing.",
    "LS214": "The rule of a score refers to a score.",
    "LS220": "A constant cannot be read as the type of its field.",
    "LS221": "A constant is not one of the declared options of its field.",
    "LS222": "The test does not fit the type of its field.",
    "LS223": "A constant is not a day or a moment of the calendar.",
    "LS224": "A span of time has an unknown unit or an unusable length.",
    "LS225": "A text is held against an empty text, which no field can hold.",
    "LS226": "A group asks for more parts than it has, or for none.",
    "LS227": "A field is held against another field.",
}
"""Code -> what it means, in one sentence; the reference pages are made from this."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend in the text of a condition.

    Attributes:
        code: A key of `MISTAKES`.
        offset: Where it starts, counted in characters from 0.
        length: How many characters it covers.
        what: What is wrong, in a sentence without a full stop.
        hint: How to go on, or "".
    """

    code: str
    offset: int
    length: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the mistake in one line."""
        line = f"{self.code} at {self.offset + 1}: {self.what}"
        return f"{line}. {self.hint}" if self.hint else line


class GuardError(ConfigurationError):
    """A condition has mistakes; every one that could be found at once is listed."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
