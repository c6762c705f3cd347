"""Which records belong together, and under which association types.

Type ids are HubSpot's own, as its client lists them (association_type.py), and
lead -> primary contact 578, lead -> company 580 as live integrations use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class LinkType:
    """One directed association type and its mirror."""

    source: str
    target: str
    type_id: int
    mirror_id: int
    label: str | None = None


def _both_ways(*types: LinkType) -> tuple[LinkType, ...]:
    mirrored = tuple(
        LinkType(t.target, t.source, t.mirror_id, t.type_id, t.label) for t in types
    )
    return types + mirrored


# The first type of a pair is its default.
LINK_TYPES = _both_ways(
    LinkType("contacts", "companies", 279, 280),
    LinkType("contacts", "companies", 1, 2, "Primary"),
    LinkType("deals", "contacts", 3, 4),
    LinkType("deals", "companies", 341, 342),
    LinkType("deals", "companies", 5, 6, "Primary"),
    LinkType("contacts", "notes", 201, 202),
    LinkType("contacts", "tasks", 203, 204),
    LinkType("companies", "notes", 189, 190),
    LinkType("companies", "tasks", 191, 192),
    LinkType("deals", "notes", 213, 214),
    LinkType("deals", "tasks", 215, 216),
    LinkType("leads", "contacts", 578, 579, "Primary"),
    LinkType("leads", "companies", 580, 581, "Primary"),
)
LEAD_TO_CONTACT = 578
PRIMARY_COMPANY = 1


def types_between(source: str, target: str) -> list[LinkType]:
    """Return the association types of a pair of object types, default first."""
    return [t for t in LINK_TYPES if (t.source, t.target) == (source, target)]


def find_type(source: str, target: str, type_id: int) -> LinkType | None:
    """Return the type with this id if it fits the pair."""
    fitting = types_between(source, target)
    return next((t for t in fitting if t.type_id == type_id), None)


class Associations:
    """Every association, kept in both directions."""

    def __init__(self) -> None:
        """Start with none."""
        self._links: dict[tuple[str, int], dict[str, dict[int, set[int]]]] = {}

    def of(self, source: str, record_id: int, target: str) -> dict[int, set[int]]:
        """Return the associated ids with their association types."""
        return self._links.get((source, record_id), {}).get(target, {})

    def link(self, link: LinkType, source_id: int, target_id: int) -> None:
        """Associate two records, seen from both."""
        if link.type_id == PRIMARY_COMPANY:
            self._demote(source_id)
        self._types(link.source, source_id, link.target, target_id).add(link.type_id)
        mirror = self._types(link.target, target_id, link.source, source_id)
        mirror.add(link.mirror_id)

    def link_default(self, source: str, source_id: int, to: tuple[str, int]) -> bool:
        """Associate without a label; a contact's first company becomes primary."""
        target, target_id = to
        types = types_between(source, target)
        if not types:
            return False
        self.link(types[0], source_id, target_id)
        first = len(self.of(source, source_id, target)) == 1
        primary = find_type(source, target, PRIMARY_COMPANY)
        if primary is not None and first:
            self.link(primary, source_id, target_id)
        return True

    def unlink(
        self,
        source: str,
        source_id: int,
        to: tuple[str, int],
        types: Iterable[int] = (),
    ) -> bool:
        """Take away some association types, or with none named, the association."""
        target, target_id = to
        removed = set(types) or set(
            self.of(source, source_id, target).get(target_id, ())
        )
        for link in types_between(source, target):
            if link.type_id in removed:
                self._drop(source, source_id, to, link.type_id)
                self._drop(target, target_id, (source, source_id), link.mirror_id)
        return bool(removed)

    def forget(self, source: str, record_id: int) -> None:
        """Take away every association of a record."""
        for target, links in list(self._links.get((source, record_id), {}).items()):
            for target_id in list(links):
                self.unlink(source, record_id, (target, target_id))
        self._links.pop((source, record_id), None)

    def all_of(self, source: str, record_id: int) -> dict[str, dict[int, set[int]]]:
        """Return every association of a record by object type."""
        return self._links.get((source, record_id), {})

    def move(self, source: str, old_id: int, new_id: int) -> None:
        """Hand the associations of one record to another, as a merge does."""
        for target, links in list(self.all_of(source, old_id).items()):
            for target_id, type_ids in list(links.items()):
                for type_id in sorted(type_ids):
                    link = find_type(source, target, type_id)
                    taken = type_id == PRIMARY_COMPANY and self.primary_company(new_id)
                    if link is not None and not taken:
                        self.link(link, new_id, target_id)
        self.forget(source, old_id)

    def primary_company(self, contact_id: int) -> int | None:
        """Return the id of a contact's primary company."""
        companies = self.of("contacts", contact_id, "companies")
        primary = (c for c, types in companies.items() if PRIMARY_COMPANY in types)
        return next(primary, None)

    def _demote(self, contact_id: int) -> None:
        # A contact has one primary company; naming another replaces it.
        current = self.primary_company(contact_id)
        if current is not None:
            to = ("companies", current)
            self.unlink("contacts", contact_id, to, (PRIMARY_COMPANY,))

    def _types(self, source: str, source_id: int, target: str, to: int) -> set[int]:
        links = self._links.setdefault((source, source_id), {})
        return links.setdefault(target, {}).setdefault(to, set())

    def _drop(self, source: str, source_id: int, to: tuple[str, int], one: int) -> None:
        target, target_id = to
        links = self._links.get((source, source_id), {}).get(target, {})
        types = links.get(target_id, set())
        types.discard(one)
        if not types:
            links.pop(target_id, None)
