"""Records with the history of every property, and the shelf each type stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .object_types import ObjectType


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change, in the words of HubSpot's history."""

    source: str
    source_id: str | None = None
    user_id: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One value a property had, from this moment on."""

    value: str
    at: int
    author: Author


@dataclass(slots=True, eq=False)
class Record:
    """One record.  `values` never holds the empty text: cleared is absent."""

    kind: ObjectType
    id: int
    created_at: int
    updated_at: int
    values: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: int | None = None

    def write(self, name: str, value: str, at: int, author: Author) -> None:
        """Set or, with the empty text, clear a property and keep its history."""
        if value:
            self.values[name] = value
        else:
            self.values.pop(name, None)
        self.history.setdefault(name, []).append(Version(value, at, author))

    def value_at(self, name: str, moment: int) -> str | None:
        """Return what the property held at a moment; the search index shows that."""
        for version in reversed(self.history.get(name, ())):
            if version.at <= moment:
                return version.value or None
        return None


class Shelf:
    """Every record of one type, with an index on its unique properties."""

    def __init__(self, kind: ObjectType, first_id: int) -> None:
        """Start empty; ids rise from `first_id`, so they sort by creation."""
        self.kind = kind
        self._next_id = first_id
        self.records: dict[int, Record] = {}
        self.unique: dict[str, dict[str, int]] = {}
        # Merged-away ids vanish without being archived; this only serves the switch.
        self.merged_into: dict[int, int] = {}

    def next_id(self) -> int:
        """Return the next id; gaps, as in a real portal."""
        self._next_id += 1 + self._next_id * 7919 % 13
        return self._next_id

    def put(self, record: Record) -> None:
        """Keep a record and index its unique values."""
        self.records[record.id] = record
        for name in self.unique:
            self.claim(record, name, record.values.get(name))
        self.claim_additional_emails(record)

    def remove(self, record: Record) -> None:
        """Forget a record wholly, as after a merge or a privacy deletion."""
        self.records.pop(record.id, None)
        self.release(record)

    def release(self, record: Record) -> None:
        """Free the record's unique values, as archiving does."""
        extra = record.values.get("hs_additional_emails", "").split(";")
        for name, index in self.unique.items():
            for value in (record.values.get(name, ""), *extra):
                if index.get(value.lower()) == record.id:
                    del index[value.lower()]

    def claim(self, record: Record, name: str, value: str | None) -> None:
        """Move the record's place in the index of a unique property."""
        index = self.unique.get(name)
        if index is None or not value:
            return
        index[value.lower()] = record.id

    def claim_additional_emails(self, record: Record) -> None:
        """Additional e-mails find the contact too."""
        if "email" not in self.unique:
            return
        for email in record.values.get("hs_additional_emails", "").split(";"):
            self.claim(record, "email", email)

    def find(self, name: str, value: str) -> Record | None:
        """Return the record holding this value of a unique property."""
        record_id = self.unique.get(name, {}).get(value.strip().lower())
        return None if record_id is None else self.records.get(record_id)

    def living(self, *, archived: bool = False) -> Iterator[Record]:
        """Yield the records that are (or are not) archived, oldest first."""
        for record in self.records.values():
            if (record.archived_at is not None) is archived:
                yield record
