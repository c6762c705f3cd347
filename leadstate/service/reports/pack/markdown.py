"""Markdown that nobody's name can break: one row a line, numbers alike.  Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leadstate.service.reports.comparing import Difference
    from leadstate.service.reports.figures import Share

__all__ = [
    "change",
    "days",
    "fenced",
    "interval",
    "meanings",
    "percent",
    "plain",
    "table",
]

_SPECIAL = re.compile(r"([\\`*_\[\]#|~>])")
_TICKS = re.compile("`+")
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_NOTHING = "-"


def plain(text: object) -> str:
    """Return a text that Markdown and HTML leave as it is, in one line."""
    line = "".join(one if one.isprintable() else "?" for one in str(text))
    return _SPECIAL.sub(r"\\\1", line).replace("&", "&amp;").replace("<", "&lt;")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; cells are Markdown already."""
    rows = list(rows)
    if not rows:
        yield "Nothing to show."
        yield ""
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def fenced(language: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as they are; the fence is longer than any in them."""
    kept = [
        "".join(one if one.isprintable() or one == "\t" else "?" for one in line)
        for line in lines
    ]
    longest = max(
        (len(one) for line in kept for one in _TICKS.findall(line)), default=2
    )
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from kept
    yield fence
    yield ""


def meanings(definitions: Iterable[str]) -> Iterator[str]:
    """Yield what the figures of a section mean."""
    yield "What the figures mean:"
    yield ""
    for one in definitions:
        yield f"- {plain(one)}"
    yield ""


def percent(found: Share | None) -> str:
    """Return a share."""
    return _NOTHING if found is None or found.share is None else f"{found.share:.1%}"


def interval(found: Share | None) -> str:
    """Return the interval of a share."""
    if found is None or found.interval is None:
        return _NOTHING
    return f"{found.interval.low:.1%} to {found.interval.high:.1%}"


def change(found: Difference | None) -> str:
    """Return a difference of shares in points, with its interval; bold when certain."""
    if found is None:
        return _NOTHING
    text = (
        f"{found.value * 100:+.1f} points ({found.low * 100:+.1f} to "
        f"{found.high * 100:+.1f})"
    )
    return f"**{text}**" if found.certain else text


def days(length: timedelta | None, *, business: bool = False) -> str:
    """Return a length of time; business time in hours."""
    if length is None:
        return _NOTHING
    if business or abs(length) < _DAY:
        return f"{length / _HOUR:.1f} h"
    return f"{length / _DAY:.1f} d"
