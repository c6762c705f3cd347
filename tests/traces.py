"""Find what is left of a value in files: as text, and in every disguise it may wear."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["disguises", "traces"]


def disguises(value: str) -> set[bytes]:
    """Return the forms in which a value may lie in a file."""
    texts = {value, value.lower(), value.upper(), value.casefold(), value.title()}
    texts |= {json.dumps(one)[1:-1] for one in set(texts)}
    texts |= {quote(one) for one in set(texts)} | {quote_plus(one) for one in texts}
    found = {one.encode() for one in texts}
    found |= {one.encode(code) for one in texts for code in ("utf-16-le", "utf-16-be")}
    return found | {part for one in texts for part in _base64(one.encode())}


def _base64(plain: bytes) -> Iterator[bytes]:
    """Yield base64 as it looks in the middle of something, at each of its offsets."""
    for skipped in range(3):
        closed = base64.b64encode(b"\0" * skipped + plain)
        inner = closed[4 if skipped else 0 : -4]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def traces(values: Iterable[str], files: Iterable[Path]) -> dict[str, list[str]]:
    """Return the values of which something is left, with the files it is left in."""
    contents = {one.name: one.read_bytes() for one in files if one.is_file()}
    found: dict[str, list[str]] = {}
    for value in values:
        forms = disguises(value)
        where = [
            name
            for name, content in contents.items()
            if any(form in content for form in forms)
        ]
        if where:
            found[value] = sorted(where)
    return found
