"""JSON Schema for editors, generated from the tables that the readers obey.

leadstate workflow schema people > workflows/people.schema.json
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from . import keys
from .keys import Shape

if TYPE_CHECKING:
    from .keys import Fragment

__all__ = ["SCHEMAS", "schema_of", "schema_text"]

SCHEMAS: Final = {
    "lifecycle.schema.json": keys.WORKFLOW,
    "binding.schema.json": keys.BINDING,
    "scenarios.schema.json": keys.SCENARIOS,
    "people.schema.json": keys.PEOPLE,
    "import.schema.json": keys.IMPORT,
}
"""File name -> the shape of the whole file."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: Final[dict[str, Fragment]] = {
    "name": {"type": "string", "pattern": keys.NAME},
    "duration": {
        "type": "string",
        "pattern": keys.DURATION,
        "examples": ["8h", "90 minutes", "30 days", "2 weeks"],
    },
    "hours": {
        "type": "string",
        "pattern": r"^\d{1,2}:\d{2} *- *\d{1,2}:\d{2}$",
        "examples": ["09:00-12:30"],
    },
    "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "percent": {"type": "string", "pattern": "^[1-9][0-9]?%$"},
    "condition": {
        "description": "A text in the criteria language, or a group of conditions.",
        "anyOf": [{"type": "string", "minLength": 1}, keys.GROUP.ref],
    },
}


def schema_of(shape: Shape) -> dict[str, object]:
    """Return the schema of a whole file; only what it uses is defined in it."""
    schema: dict[str, object] = {"$schema": _DIALECT, **_object(shape)}
    return {**schema, "$defs": _definitions(schema)}


def schema_text(shape: Shape) -> str:
    """Return the schema as it is committed."""
    return json.dumps(schema_of(shape), indent=2, ensure_ascii=False) + "\n"


def _object(shape: Shape) -> dict[str, object]:
    required = [key.name for key in shape.keys if key.required]
    return {
        "description": shape.about,
        "type": "object",
        "properties": {
            key.name: {"description": key.about, **key.value} for key in shape.keys
        },
        **({"required": required} if required else {}),
        **({"minProperties": 1, "maxProperties": 1} if shape.single else {}),
        "additionalProperties": shape.rest or False,
    }


def _definitions(schema: dict[str, object]) -> dict[str, object]:
    """Return every definition that the schema refers to, directly or not."""
    shapes = {one.name: one for one in vars(keys).values() if isinstance(one, Shape)}
    found: dict[str, object] = {}
    waiting = _references(schema)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _object(shapes[name]) if name in shapes else _SCALARS[name]
            waiting += _references(found[name])
    return dict(sorted(found.items()))


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else []
        return own + [name for value in part.values() for name in _references(value)]
    if isinstance(part, list):
        return [name for value in part for name in _references(value)]
    return []
