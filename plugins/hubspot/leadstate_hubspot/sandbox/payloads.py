"""Read what clients send to HubSpot: a wrong type is a 400 in HubSpot's shape.

The reading itself is the kit's; what is HubSpot's own is the refusal and how a write's
properties are understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import Reader, whole_number, write_json

from .problems import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .problems import ApiProblem

__all__ = [
    "READ",
    "as_flag",
    "as_list",
    "as_number",
    "as_object",
    "as_properties",
    "as_text",
    "as_texts",
    "as_whole",
    "optional_text",
    "read_form_or_json",
    "read_json",
    "read_object",
    "required_text",
    "whole_number",
    "write_json",
]


def _unreadable(reason: str) -> ApiProblem:
    return invalid(f"Invalid input JSON: {reason}")


READ = Reader(_unreadable)
read_json = READ.json
read_object = READ.body
read_form_or_json = READ.form_or_json
as_object = READ.mapping
as_list = READ.items
as_text = READ.text
as_whole = READ.whole
as_flag = READ.flag
as_number = READ.number
optional_text = READ.optional_text


def as_texts(value: object, *, at: str) -> list[str]:
    """Return an array of texts; a single text counts as one."""
    return list(READ.texts(value, at=at))


def as_properties(value: object) -> dict[str, str]:
    """Return a write's properties as texts; null clears, as the empty text does.

    The 2026-09 specification makes values nullable without saying what null means in
    a write (read 2026-11-22); clearing is the reading that loses no intent.
    """
    given = as_object({} if value is None else value, at="properties")
    return {
        name: "" if item is None else as_text(item, at=f"properties.{name}")
        for name, item in given.items()
    }


def required_text(body: Mapping[str, object], key: str) -> str:
    """Return a text member that must be there."""
    if body.get(key) is None:
        message = f"Some required fields were not set: [{key}]"
        raise invalid(message)
    return as_text(body[key], at=key)
