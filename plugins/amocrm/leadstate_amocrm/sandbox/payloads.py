"""Read what clients send to amoCRM: a wrong type is a 400 problem.

The reading itself is the kit's.  Bulk writes are arrays; a lone object is an item of
one, as the documentation's single PATCH has it.
"""

from __future__ import annotations

from leadstate.testing.sandbox.payloads import JsonReader

from .problems import ApiProblem, invalid, refused

__all__ = [
    "MOST_ITEMS",
    "READ",
    "items_of",
]

MOST_ITEMS = 250


def _unreadable(reason: str) -> ApiProblem:
    return invalid(f"The request cannot be read: {reason}")


def _missing(key: str) -> ApiProblem:
    return invalid(f"{key} is missing")


READ = JsonReader(refuse=_unreadable, missing=_missing)


def items_of(raw: bytes, most: int = MOST_ITEMS) -> list[dict[str, object]]:
    """Return the items of a bulk write, or refuse too many with 422."""
    body = READ.json(raw) if raw else []
    given = READ.items(body, at="body")
    if len(given) > most:
        message = f"Limit {most}"
        raise refused(422, message)
    if not given:
        message = "the request has no items"
        raise invalid(message)
    return [READ.mapping(one, at=str(index)) for index, one in enumerate(given)]
