"""What a part of the benchmark found out: a table for people, JSON for programs."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import version
from os import cpu_count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Aim", "Section", "as_json", "as_text", "machine"]

_SHOWN = ("transitions", "python-statemachine", "SQLAlchemy", "fastapi", "uvicorn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What was hoped for, and whether this run got there."""

    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table with its aims.

    Attributes:
        rows: One tuple a line; the first entry names it.
        notes: Sentences below the table.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    aims: Sequence[Aim] = ()
    notes: Sequence[str] = ()


def machine() -> dict[str, str]:
    """Return where this was measured."""
    found = {name: version(name) for name in _SHOWN}
    return {
        "system": f"{platform.system()} {platform.machine()}, {cpu_count()} CPUs",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **found,
    }


def as_json(sections: Iterable[Section]) -> str:
    """Return everything for programs."""
    found = {"machine": machine(), "sections": [asdict(one) for one in sections]}
    return json.dumps(found, indent=2, ensure_ascii=False)


def as_text(section: Section) -> str:
    """Return one section for people."""
    return "\n".join(_lines(section))


def _lines(section: Section) -> Iterator[str]:
    yield f"\n{section.title}"
    table = [section.columns, *section.rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    for row in table:
        first, rest = row[0].ljust(widths[0]), zip(row[1:], widths[1:], strict=True)
        yield f"  {first}  {'  '.join(cell.rjust(width) for cell, width in rest)}"
    for note in section.notes:
        yield f"  {note}"
    for aim in section.aims:
        yield f"  [{'met' if aim.met else 'MISSED'}] {aim.wanted}: {aim.measured}"
