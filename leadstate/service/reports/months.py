"""Months of a time zone, as moments.  Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Months"]


class Months:
    """The months from one moment to another, both included.

    Attributes:
        names: ``2026-01`` and so on, in order.
        edges: When each of them but the first begins (UTC).
    """

    def __init__(self, first: datetime, last: datetime, timezone: str) -> None:
        zone = ZoneInfo(timezone)
        begin, end = first.astimezone(zone), last.astimezone(zone)
        count = (end.year - begin.year) * 12 + end.month - begin.month
        every = list(_months(begin.year, begin.month, max(count, 0) + 1))
        self.names = tuple(f"{year:04}-{month:02}" for year, month in every)
        self.edges = tuple(
            datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
            for year, month in every[1:]
        )


def _months(year: int, month: int, count: int) -> Iterator[tuple[int, int]]:
    for number in range(month - 1, month - 1 + count):
        yield year + number // 12, number % 12 + 1
