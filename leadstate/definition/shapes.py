"""What a table of keys is made of: keys, shapes, and pieces of JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NAME",
    "Fragment",
    "Key",
    "Shape",
    "either",
    "list_of",
    "map_of",
    "ref",
    "words",
]

Fragment: TypeAlias = "Mapping[str, object]"
"""A piece of JSON Schema."""

NAME: Final = "^[a-z][a-z0-9_]{0,63}$"
"""The names that people choose."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its name, what may stand behind it, what it means."""

    name: str
    value: Fragment
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of mapping, with all keys it may have."""

    name: str
    about: str
    keys: tuple[Key, ...]
    rest: Fragment | None = None
    """What stands behind all other keys, where those are names of the file's own."""
    rest_about: tuple[str, str] = ("a field", "The field's value.")
    """What the other keys are, and what stands behind them, for the reference."""
    single: bool = False
    """Whether exactly one of the keys stands in a mapping."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys, in the order in which people write them."""
        return tuple(key.name for key in self.keys)

    @property
    def ref(self) -> Fragment:
        """The reference to this shape in a schema."""
        return {"$ref": f"#/$defs/{self.name}"}


def ref(name: str) -> Fragment:
    """Return the reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def words(*possible: str) -> Fragment:
    """Return a closed set of words."""
    return {"enum": list(possible)}


def list_of(items: Fragment) -> Fragment:
    """Return a list."""
    return {"type": "array", "items": items}


def either(*fragments: Fragment) -> Fragment:
    """Return what may be any of these."""
    return {"anyOf": list(fragments)}


def map_of(values: Fragment, names: str = NAME) -> Fragment:
    """Return a mapping whose keys follow a pattern."""
    return {
        "type": "object",
        "propertyNames": {"pattern": names},
        "additionalProperties": values,
    }
