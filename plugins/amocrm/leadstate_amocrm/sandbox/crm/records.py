"""Leads, contacts and companies, with what each was and who wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .fields import Field, Value, shown

KINDS = ("leads", "contacts", "companies")
SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company"}


@dataclass(frozen=True, slots=True)
class Version:
    """What a property became, when and by whom."""

    value: object
    at: int
    author: int


@dataclass(slots=True, kw_only=True)
class Record:
    """One lead, contact or company.  Moments are epoch seconds."""

    kind: str
    id: int
    responsible: int
    created_at: int
    updated_at: int
    created_by: int
    updated_by: int
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    price: float = 0
    pipeline_id: int = 0
    status_id: int = 0
    loss_reason_id: int | None = None
    source_id: int | None = None
    closed_at: int | None = None
    group_id: int = 0
    is_deleted: bool = False
    is_price_modified_by_robot: bool = False
    is_unsorted: bool = False
    fields: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    tags: list[int] = field(default_factory=list)
    history: dict[str, list[Version]] = field(default_factory=dict)

    @property
    def singular(self) -> str:
        """What events call the kind."""
        return SINGULAR[self.kind]


NATIVE = {
    "leads": (
        "name",
        "price",
        "pipeline_id",
        "status_id",
        "loss_reason_id",
        "closed_at",
        "responsible_user_id",
    ),
    "contacts": ("name", "first_name", "last_name", "responsible_user_id"),
    "companies": ("name", "responsible_user_id"),
}
_ATTRIBUTES = {"responsible_user_id": "responsible"}


def attribute(name: str) -> str:
    """Return what a record calls a member of the API."""
    return _ATTRIBUTES.get(name, name)


def native(record: Record) -> dict[str, object]:
    """Return the members that are no custom fields."""
    return {name: getattr(record, attribute(name)) for name in NATIVE[record.kind]}


def properties(
    record: Record, fields: dict[int, Field], tag_names: dict[int, str]
) -> dict[str, object]:
    """Return everything a record holds under the names of the control API."""
    values = native(record)
    values["tags"] = sorted(tag_names[tag] for tag in record.tags)
    for field_id, given in record.fields.items():
        values[fields[field_id].property] = shown(given)
    return values
