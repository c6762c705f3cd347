"""What an endpoint of a sandbox is given, what it gives back, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import PlannedFault


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCall:
    """One request, before anything in it is believed.

    Attributes:
        fault: The trouble on request that this call meets.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    fault: PlannedFault | None = None

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
class Reply:
    """A status, a JSON body (None for no content, bytes as they are), headers."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class CallRefused(Exception):
    """Raised by an endpoint to refuse a call; a sandbox has one class of its own."""

    def answer(self) -> Reply:
        """Return the refusal in the shape of the CRM's error answers."""
        raise NotImplementedError


class CommonRefusals(Protocol):
    """The refusals that every CRM has; the `problems` module of a sandbox is one."""

    def invalid(self, message: str, /) -> CallRefused:
        """Return the refusal of input that cannot be right."""

    def not_found(self, message: str, /) -> CallRefused:
        """Return the refusal to show what is not there."""

    def refused(self, status: int, message: str, /) -> CallRefused:
        """Return the refusal with another status."""
