"""Read what was spent: a CSV file at the door, typed rows behind it, mistakes by row.

A file is taken whole or not at all: money that is half read is worse than none.  Rows
are counted as a spreadsheet counts them, the head being row 1.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from leadstate.errors import ConfigurationError
from leadstate.service.reports.spend_rows import (
    COLUMNS,
    CURRENCY,
    Spend,
    SpendForm,
    SpendRows,
    no_currency,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COLUMNS", "LARGEST", "MOST_MISTAKES", "Spend", "SpendForm", "read_spend"]

LARGEST: Final = 16 * 1024 * 1024
"""Bytes that a spend file may have."""

MOST_MISTAKES: Final = 100
"""Mistakes that are told at once."""

_UNCLEAN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def read_spend(path: Path, form: SpendForm | None = None) -> tuple[Spend, ...]:
    """Return the rows of a spend file.

    Raises:
        ConfigurationError: The file cannot be read, or has mistakes; all are listed,
            each with its row.
    """
    form = form or SpendForm()
    if form.currency is not None and not CURRENCY.fullmatch(form.currency):
        raise ConfigurationError(no_currency(form.currency))
    reading = SpendRows(str(path), form)
    rows = _rows_of(_text_of(path, form), str(path))
    found = reading.take(rows)
    if reading.mistakes:
        told = reading.mistakes[:MOST_MISTAKES]
        more = len(reading.mistakes) - len(told)
        rest = [f"... and {more} more"] if more else []
        raise ConfigurationError("\n".join([*told, *rest]))
    return found


def _text_of(path: Path, form: SpendForm) -> str:
    try:
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{path}: the file cannot be read: {why}") from error
    if len(source) > LARGEST:
        limit = LARGEST // 1024**2
        raise ConfigurationError(
            f"{path}: the file is larger than {limit} MiB; sum it up by month"
        )
    return _decoded(source, path, form)


def _decoded(source: bytes, path: Path, form: SpendForm) -> str:
    advice = "Save it as UTF-8, or say how it is written: --encoding cp1252"
    if source[:2] in _WIDE and not form.encoding.lower().startswith("utf-16"):
        raise ConfigurationError(
            f"{path}: the file is UTF-16. Save it as UTF-8, or say so: "
            "--encoding utf-16"
        )
    try:
        text = source.decode(form.encoding)
    except UnicodeDecodeError as error:
        row = source[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path}: row {row}: a byte here is not {form.encoding}. {advice}"
        ) from error
    except LookupError as error:
        raise ConfigurationError(
            f"there is no encoding {form.encoding!r}; usual ones are utf-8, cp1252, "
            "cp1251, utf-16"
        ) from error
    unclean = _UNCLEAN.search(text)
    if unclean:
        row = text[: unclean.start()].count("\n") + 1
        raise ConfigurationError(
            f"{path}: row {row}: the control character U+{ord(unclean[0]):04X} stands "
            "here; the file is damaged, or no CSV at all"
        )
    return text.removeprefix("\ufeff")


def _rows_of(text: str, name: str) -> list[list[str]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend([cell.strip() for cell in row] for row in reader)
    except csv.Error as error:
        raise ConfigurationError(
            f"{name}: row {len(rows) + 1}: a quoted text is not closed, or goes on "
            f"behind its quotes ({error}); is this half a file?"
        ) from error
    return rows
