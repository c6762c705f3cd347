"""Custom fields: what amoCRM knows of a field and its options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Value = dict[str, object]
"""One value as it is read: `value`, and `enum_id`, `enum_code` where there are some."""

CHOICES = frozenset(("select", "multiselect", "radiobutton", "category"))
DATES = frozenset(("date", "date_time", "birthday"))
WITH_ENUMS = CHOICES | {"multitext", "smart_address"}
TYPES = (
    "text",
    "numeric",
    "checkbox",
    "select",
    "multiselect",
    "date",
    "url",
    "textarea",
    "radiobutton",
    "streetaddress",
    "smart_address",
    "birthday",
    "legal_entity",
    "date_time",
    "price",
    "category",
    "items",
    "tracking_data",
    "linked_entity",
    "chained_list",
    "monetary",
    "file",
    "payer",
    "supplier",
    "multitext",
)
# The number of a type in events and webhooks of older APIs.
NUMBERS = {name: number for number, name in enumerate(TYPES, start=1)} | {
    "multitext": 8,
    "url": 7,
}


@dataclass(frozen=True, slots=True)
class Enum:
    """One option of a field."""

    id: int
    value: str
    sort: int
    code: str | None = None


@dataclass(slots=True, kw_only=True)
class Field:
    """A custom field of leads, contacts or companies."""

    id: int
    entity: str
    name: str
    type: str
    code: str | None
    sort: int
    enums: tuple[Enum, ...] = ()
    is_api_only: bool = False
    is_predefined: bool = False
    group_id: str | None = None
    required_statuses: list[dict[str, int]] = field(default_factory=list)
    hidden_statuses: list[dict[str, int]] = field(default_factory=list)
    remind: str | None = None
    currency: str | None = None
    tracking_callback: str | None = None

    @property
    def property(self) -> str:
        """What the control API and the log call the field."""
        return f"cf.{self.code or self.id}"

    def enum(self, *, enum_id: object = None, code: object = None) -> Enum | None:
        """Return the option with this id or this code."""
        if enum_id is not None:
            return next((e for e in self.enums if e.id == enum_id), None)
        wanted = str(code).upper()
        return next((e for e in self.enums if (e.code or "").upper() == wanted), None)

    def enum_named(self, value: str) -> Enum | None:
        """Return the option with this text."""
        return next((e for e in self.enums if e.value == value), None)


def shown(values: Iterable[Value]) -> object:
    """Return a field's values short: alone, as a list, or None for none."""
    listed = [one.get("value") for one in values]
    if len(listed) > 1:
        return listed
    return listed[0] if listed else None
