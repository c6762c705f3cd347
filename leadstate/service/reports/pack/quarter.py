"""A quarter of a year, as a range of days.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from leadstate.errors import UsageError

__all__ = ["Quarter"]

_WRITTEN = re.compile(r"([0-9]{4})-?[Qq]([1-4])")


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter; ``number`` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Quarter:
        """Return the quarter that is written like ``2026Q3``.

        Raises:
            UsageError: It is written otherwise.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not 2 <= int(found[1]) <= 9998:  # noqa: PLR2004 - date's own
            raise UsageError(f"{text!r} is no quarter; write it like 2026Q3")
        return cls(int(found[1]), int(found[2]))

    @property
    def since(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def until(self) -> date:
        """The first day of the next."""
        return self.next.since

    @property
    def next(self) -> Quarter:
        """The quarter after."""
        last = self.number == 4  # noqa: PLR2004 - of a year
        return (
            Quarter(self.year + 1, 1) if last else Quarter(self.year, self.number + 1)
        )

    @property
    def before(self) -> Quarter:
        """The quarter before."""
        first = self.number == 1
        return (
            Quarter(self.year - 1, 4) if first else Quarter(self.year, self.number - 1)
        )

    @property
    def year_before(self) -> Quarter:
        """The same quarter of the year before."""
        return Quarter(self.year - 1, self.number)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
