"""What a property is: its type, its options, and who may write it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .records import Record


class Kind(StrEnum):
    """The six types of HubSpot's property API."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    ENUMERATION = "enumeration"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value of an enumeration."""

    value: str
    label: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One property of one object type.

    Attributes:
        owners_only: Whether the values are ids of owners, which have no options.
        reckoned: For calculated properties, how the value follows from the record.
    """

    name: str
    label: str
    kind: Kind = Kind.STRING
    field_type: str = "text"
    group: str = "information"
    options: tuple[Option, ...] = ()
    unique: bool = False
    hidden: bool = False
    read_only: bool = False
    custom: bool = False
    archived: bool = False
    description: str = ""
    owners_only: bool = False
    reckoned: Callable[[Record], str | None] | None = field(default=None, compare=False)

    @property
    def multiple(self) -> bool:
        """Whether a value is several options joined by semicolons."""
        return self.field_type == "checkbox"

    @property
    def calculated(self) -> bool:
        """Whether HubSpot works the value out."""
        return self.reckoned is not None
