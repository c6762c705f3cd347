"""Write Markdown that shows what code says."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DOUBLE = re.compile(r"``([^`]+)``")


def cell(text: object) -> str:
    """Return text that may stand in a table: on one line, no bar of its own."""
    plain = " ".join(str(text).split())
    return _DOUBLE.sub(r"`\1`", plain).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table."""
    print(f"| {' | '.join(head)} |")
    print(f"|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(cell(one) for one in row)} |")
    print()


def fenced(text: str, language: str = "text") -> None:
    """Print a block of code."""
    print(f"```{language}", text.rstrip(), "```", "", sep="\n")


def summary(thing: object) -> str:
    """Return the first paragraph of a docstring on one line."""
    text = inspect.getdoc(thing) or ""
    return cell(text.split("\n\n", maxsplit=1)[0])


def attributes(thing: object) -> dict[str, str]:
    """Return what the Attributes part of a docstring says, by name."""
    found: dict[str, str] = {}
    name = ""
    part = (inspect.getdoc(thing) or "").partition("Attributes:\n")[2]
    for line in part.split("\n"):
        start = re.match(r"    (\w+): (.*)", line)
        if start:
            name = start[1]
            found[name] = start[2]
        elif name and line.startswith("        "):
            found[name] += f" {line.strip()}"
        elif line.strip():
            break
    return {key: cell(value) for key, value in found.items()}
