"""A routing table: rows of method, path pattern and what answers there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Target = TypeVar("Target")


@dataclass(frozen=True, slots=True)
class Found(Generic[Target]):
    """What answers a request, and the parts of the path its pattern took."""

    target: Target
    params: Mapping[str, str]


class Routes(Generic[Target]):
    """Rows such as `("GET", "/leads/{id}", read)`; the first that fits answers.

    Rows with fixed words stand before rows with a parameter in the same place.
    """

    def __init__(self, rows: Iterable[tuple[str, str, Target]]) -> None:
        """Compile the patterns; a parameter takes one part of a path."""
        self._rows = [
            (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), target)
            for method, path, target in rows
        ]

    def find(self, method: str, path: str) -> Found[Target] | tuple[str, ...]:
        """Return what answers, or the methods allowed instead: none, no such path."""
        allowed: set[str] = set()
        for row_method, pattern, target in self._rows:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if row_method == method:
                parts = found.groupdict().items()
                return Found(target, {name: unquote(part) for name, part in parts})
            allowed.add(row_method)
        return tuple(sorted(allowed))
