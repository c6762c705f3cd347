"""Write a table as CSV (RFC 4180, UTF-8) that no spreadsheet takes for formulas.

A text that a spreadsheet could run (``=1+1``, ``@SUM(A1)``) gets an apostrophe in
front, and so does one that begins with an apostrophe: taking one leading apostrophe
away from a text always gives back what it was.  Numbers stay numbers, those below zero
too.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import TYPE_CHECKING, cast

from leadstate.service.export.table import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from leadstate.service.export.table import Cell, ExportTable, OnProgress, Rows
    from leadstate.store import Portion, View

__all__ = ["write_csv"]

# OWASP ASVS 1.2.10 lists = + - @, tab and NUL (read 2026-11-22); line ends and the
# full-width forms are taken for these by some programs.
_RISKY = frozenset("=+-@\0\t\r\n\uff1d\uff0b\uff0d\uff20'")
_BOM = b"\xef\xbb\xbf"


def write_csv(  # noqa: PLR0913 - what is written, where, and how it is told
    table: ExportTable,
    view: View,
    portion: Portion,
    out: BinaryIO,
    *,
    on_progress: OnProgress,
    bom: bool = False,
) -> None:
    """Write a header and every row, lines ended by CR LF.

    Args:
        on_progress: Is told how many rows each page had.
        bom: Begin with a byte order mark, by which Excel knows UTF-8.
    """
    if bom:
        out.write(_BOM)
    _write(out, [[column.name for column in table.columns]])
    writers = [_WRITERS[column.kind] for column in table.columns]
    for page in table.pages(view, portion):
        _write(out, [_line(row, writers) for row in page])
        on_progress(len(page))


def _line(
    row: Sequence[Cell], writers: Sequence[Callable[[Cell], str]]
) -> Sequence[Cell]:
    return [
        None if cell is None else writer(cell)
        for cell, writer in zip(row, writers, strict=True)
    ]


def _write(out: BinaryIO, rows: Rows) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    out.write(text.getvalue().encode("utf-8", errors="replace"))


def _text(cell: Cell) -> str:
    text = str(cell)
    return f"'{text}" if text[:1] in _RISKY else text


def _moment(cell: Cell) -> str:
    """Return ISO 8601 in UTC, always with microseconds, so that text sorts as time."""
    naive = cast("datetime", cell).astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='microseconds')}Z"


def _truth(cell: Cell) -> str:
    return "true" if cell else "false"


_WRITERS: dict[ColumnKind, Callable[[Cell], str]] = {
    ColumnKind.TEXT: _text,
    ColumnKind.MOMENT: _moment,
    ColumnKind.WHOLE: str,
    ColumnKind.NUMBER: repr,
    ColumnKind.TRUTH: _truth,
}
