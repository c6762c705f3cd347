"""What is proven is what lies there: rows as the driver gives them, no type between.

What an attacker may have put there is read too: bytes where text belongs, text that is
no UTF-8, numbers that are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Executable

__all__ = ["Raw", "Row", "UnreadableDatabase"]

Row: TypeAlias = tuple[Any, ...]


class UnreadableDatabase(Exception):
    """The database cannot be read further, and says why."""


class Raw(Protocol):
    """The tables inside the transaction that is open."""

    def rows(self, statement: Executable, **values: object) -> list[Row]:
        """Return all rows of a query; texts that are no UTF-8 as what equals nothing.

        Raises:
            Unreadable: The database is damaged.
        """

    def pages(
        self, statement: Executable, *, place: int, size: int
    ) -> Iterator[list[Row]]:
        """Yield the rows of a query of those behind ``after``, in their order.

        Args:
            place: Which column ``after`` is held against.
            size: How many rows a page has.

        Raises:
            Unreadable: The database is damaged.
        """
