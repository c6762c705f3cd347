"""Read a CSV file row by row, and say of every row that cannot be read where and why.

Never more than one row is in memory; nothing is guessed about encoding or delimiter.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from leadstate.domain.file_mapping import FileMapping

__all__ = ["MOST_COLUMNS", "BadRow", "MoveRow", "MoveTable", "opened_table"]

MOST_COLUMNS: Final = 1_000
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_SURROGATES: Final = ("\udc80", "\udcff")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One row that cannot be imported.

    Attributes:
        row: The number of the line on which it begins, from 1.
        column: The number of the cell, from 1; 0 when it is about the whole row.
        name: The column's name.
        text: What is wrong, why, and how to go on.
        cells: The row as it stands.
    """

    row: int
    column: int
    name: str
    text: str
    cells: tuple[str, ...] = ()

    def at(self, file: str) -> str:
        """Return it as one line that begins with the place."""
        place = f"{file}:{self.row}:{self.column or 1}"
        named = f"{self.name}: " if self.name else ""
        return f"{place} {named}{self.text}"


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One row: the number of the line on which it begins, and its cells by column."""

    number: int
    cells: Mapping[str, str]
    raw: tuple[str, ...]


class MoveTable:
    """An open file; `header` was checked against the mapping."""

    def __init__(self, name: str, lines: Iterator[str], mapping: FileMapping) -> None:
        self.name = name
        self._lines = _Lines(lines)
        self._reader = csv.reader(self._lines, delimiter=mapping.delimiter, strict=True)
        self._mapping = mapping
        self.header = self._read_header()
        self._places = {name: self.header.index(name) for name in mapping.columns}

    def place(self, column: str | None) -> int:
        """Return the number of a column, from 1; 0 when there is none."""
        return self._places[column] + 1 if column in self._places else 0

    def rows(self) -> Iterator[MoveRow | BadRow]:
        """Yield every row behind the header; empty lines are left out."""
        while True:
            begun = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(row=begun, column=0, name="", text=_broken(error))
                continue
            if cells:
                yield self._row(begun, cells)

    def _row(self, number: int, cells: Sequence[str]) -> MoveRow | BadRow:
        raw = tuple(cells)
        if len(cells) != len(self.header):
            return BadRow(
                row=number, column=0, name="", text=self._uneven(cells), cells=raw
            )
        for place, cell in enumerate(cells):
            if not cell.isprintable() and (fault := self._fault(cell)):
                return BadRow(
                    row=number,
                    column=place + 1,
                    name=self.header[place],
                    text=fault,
                    cells=raw,
                )
        found = {name: cells[place].strip() for name, place in self._places.items()}
        return MoveRow(number, found, raw)

    def _uneven(self, cells: Sequence[str]) -> str:
        text = f"the row has {len(cells)} cells and the header {len(self.header)}"
        if len(cells) < len(self.header) and self._lines.cut:
            return (
                f"{text}, and the file ends without a line end: it was cut off. Get "
                "the whole file"
            )
        return f"{text}. Is a cell with the delimiter in it not in quotes?"

    def _fault(self, cell: str) -> str:
        """Return what is wrong with the characters of a cell, or ""."""
        if "\x00" in cell:
            return "a NUL byte stands here. The file is damaged, or it is not text"
        low, high = _SURROGATES
        wrong = next((one for one in cell if low <= one <= high), None)
        if wrong is None:
            return ""
        return (
            f"byte 0x{ord(wrong) - 0xDC00:02X} is not {self._mapping.encoding}. Save "
            "the file as CSV UTF-8, or declare its 'encoding' in the mapping"
        )

    def _read_header(self) -> list[str]:
        try:
            header = [name.strip() for name in next(self._reader)]
        except StopIteration:
            raise ConfigurationError(f"{self.name}:1:1 the file is empty") from None
        except csv.Error as error:
            raise ConfigurationError(f"{self.name}:1:1 {_broken(error)}") from None
        if len(header) > MOST_COLUMNS:
            raise ConfigurationError(
                f"{self.name}:1:{MOST_COLUMNS + 1} the header has {len(header)} "
                f"columns, and {MOST_COLUMNS} is the most. Is the delimiter "
                f"{self._mapping.delimiter!r} right? Keep the columns that the mapping "
                "names"
            )
        self._check_header(header)
        return header

    def _check_header(self, header: Sequence[str]) -> None:
        faults = [
            f"{self.name}:1:{place} {fault}"
            for place, name in enumerate(header, 1)
            if not name.isprintable() and (fault := self._fault(name))
        ]
        for name in self._mapping.columns:
            if name not in header:
                known = ", ".join(header[:12]) + (", ..." if len(header) > 12 else "")  # noqa: PLR2004 - as many as a person reads
                faults.append(
                    f"{self.name}:1:1 there is no column {name!r}; the header has: "
                    f"{known}. Correct the mapping, or its delimiter"
                )
            elif header.count(name) > 1:
                second = header.index(name, header.index(name) + 1) + 1
                faults.append(
                    f"{self.name}:1:{second} there are two columns {name!r}; rename one"
                )
        if faults:
            raise ConfigurationError("\n".join(faults))


class _Lines:
    """The file's lines; knows whether the last one had an end."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.cut = not line.endswith(("\n", "\r"))
        return line


@contextmanager
def opened_table(path: Path, mapping: FileMapping) -> Iterator[MoveTable]:
    """Open a file and read its header.

    Raises:
        ConfigurationError: It cannot be read, or its header does not fit the mapping.
    """
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    try:
        with path.open("rb") as file:
            first = file.read(2)
        if encoding == "utf-8-sig" and first in _UTF16_MARKS:
            raise ConfigurationError(
                f"{path}:1:1 the file is UTF-16, not UTF-8. Declare 'encoding: utf-16' "
                "in the mapping, or save the file as CSV UTF-8"
            )
        # What cannot be decoded is kept as surrogates, and found cell by cell.
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
            yield MoveTable(str(path), iter(text), mapping)
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}. Check the path and the "
            "permissions"
        ) from error
    except UnicodeError as error:
        raise ConfigurationError(
            f"{path} is not {mapping.encoding}: {error}. Declare its 'encoding' in the "
            "mapping, or save the file as CSV UTF-8"
        ) from error


def _broken(error: csv.Error) -> str:
    """Return the parser's complaint with what to do about it."""
    said = str(error)
    if "end of data" in said:
        said = 'a quote is opened and never closed: the file was cut off, or a " is'
        return f"{said} not doubled. Get the whole file, or correct the row"
    if "field larger" in said:
        return f"{said}; is a quote opened above and never closed?"
    return f"{said}. Put the cell in quotes, and double every quote in it"
