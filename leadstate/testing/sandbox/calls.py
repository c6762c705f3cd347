"""What an endpoint of a sandbox is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, before anything in it is believed."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def first(self, name: str, otherwise: str = "") -> str:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), otherwise)

    def listed(self, name: str) -> list[str]:
        """Return a list parameter: commas (documentation) or repetition (clients)."""
        given = [value for key, value in self.query if key == name]
        names = (part.strip() for value in given for part in value.split(","))
        return list(dict.fromkeys(part for part in names if part))

    def flag(self, name: str) -> bool:
        """Return a boolean parameter, false when absent."""
        return self.first(name).lower() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body (None for no content, bytes as they are), headers."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
