"""What a table is that can be exported: named, typed columns, and pages of rows.

Formats know tables, tables know no format.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from leadstate.store import Portion, View

    Cell = str | int | float | bool | datetime | None
    Rows = Sequence[Sequence[Cell]]
    OnProgress = Callable[[int], None]

__all__ = ["PAGE", "Column", "ColumnKind", "ExportTable"]

PAGE = 2_000
"""How many rows are in memory at a time."""


class ColumnKind(StrEnum):
    """What the cells of a column are; every cell may be empty."""

    TEXT = "text"
    MOMENT = "moment"  # aware, UTC
    WHOLE = "whole"  # 64 bits
    NUMBER = "number"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a length of time carries its unit in the name."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable:
    """One table.

    Attributes:
        name: As commands and files call it.
        pages: Yields its rows, some at a time; a row has a cell for every column.
    """

    name: str
    columns: tuple[Column, ...]
    pages: Callable[[View, Portion], Iterator[Rows]]
