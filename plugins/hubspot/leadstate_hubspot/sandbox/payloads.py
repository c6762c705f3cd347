"""Read what clients send to HubSpot: a wrong type is a 400 in HubSpot's shape.

The reading itself is the kit's; what is HubSpot's own is the refusal and how a write's
properties are understood.
"""

from __future__ import annotations

from leadstate.testing.sandbox.payloads import JsonReader

from .problems import ApiProblem, invalid

__all__ = [
    "READ",
    "as_properties",
]


def _unreadable(reason: str) -> ApiProblem:
    return invalid(f"Invalid input JSON: {reason}")


def _missing(key: str) -> ApiProblem:
    return invalid(f"Some required fields were not set: [{key}]")


READ = JsonReader(refuse=_unreadable, missing=_missing)


def as_properties(value: object) -> dict[str, str]:
    """Return a write's properties as texts; null clears, as the empty text does.

    The 2026-09 specification makes values nullable without saying what null means in
    a write (read 2026-11-22); clearing is the reading that loses no intent.
    """
    given = READ.mapping({} if value is None else value, at="properties")
    return {
        name: "" if item is None else READ.text(item, at=f"properties.{name}")
        for name, item in given.items()
    }
