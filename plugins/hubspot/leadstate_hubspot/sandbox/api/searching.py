"""Search: an index a few moments behind, five requests a second, 10,000 results.

Limits as in the search guide (2026-03-30): 200 a page, bodies up to 3,000 characters,
one sort, archived records never.  Reading by id is always current.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.crm.records import Record
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import invalid

from .calls import Call, Reply
from .filters import FilterReader, Predicate, Read, comparable, free_text
from .shapes import View, page_body, show, shown_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate_hubspot.sandbox.crm.definitions import Definition
    from leadstate_hubspot.sandbox.crm.object_types import ObjectType
    from leadstate_hubspot.sandbox.crm.portal import Portal
    from leadstate_hubspot.sandbox.site import Site

LONGEST_BODY = 3000
PAGE, MOST, USUAL = 200, 10_000, 10
Key = tuple[bool, float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search as it was asked for."""

    predicates: list[list[Predicate]]
    text: Predicate | None
    sort: tuple[Definition, bool] | None
    view: View
    limit: int
    after: int

    def finds(self, record: Record) -> bool:
        """Say whether a record is among the results."""
        if self.text is not None and not self.text(record):
            return False
        if not self.predicates:
            return True
        return any(all(test(record) for test in group) for group in self.predicates)


def search(site: Site, call: Call) -> Reply:
    """Answer a search from the index as it was `index_lag_seconds` ago."""
    portal, kind = site.portal, call.kind()
    moment = site.clock.now() - int(site.policy.index_lag_seconds * 1000)
    read = reader_at(portal, moment)
    asked = _read_search(portal, kind, call, read)
    found = [
        record
        for record in portal.shelf(kind).living()
        if _indexed(portal, record, moment) and asked.finds(record)
    ]
    _sort(found, asked, read)
    page = found[asked.after : asked.after + asked.limit]
    shown = [_show_at(portal, record, asked.view, moment) for record in page]
    end = asked.after + len(page)
    more = str(end) if end < len(found) else None
    return Reply(200, {"total": len(found)} | page_body(shown, more, call.path))


def reader_at(portal: Portal, moment: int) -> Read:
    """Return how values are read from the index of that moment."""

    def read(record: Record, definition: Definition) -> str | None:
        changed = record.updated_at > moment
        if changed and definition.name == record.kind.modified:
            return _modified_at(portal, record, moment)
        if changed and not definition.calculated:
            return record.value_at(definition.name, moment)
        return portal.value(record, definition)

    return read


def _indexed(portal: Portal, record: Record, moment: int) -> bool:
    """Say whether the index knows the record; without lag it knows all at once."""
    return not portal.policy.index_lag_seconds or record.created_at <= moment


def _modified_at(portal: Portal, record: Record, moment: int) -> str | None:
    definition = portal.definition(record.kind, record.kind.modified)
    times = [v.at for versions in record.history.values() for v in versions]
    earlier = max((at for at in times if at <= moment), default=record.created_at)
    then = Record(record.kind, record.id, record.created_at, earlier)
    return None if definition is None else portal.value(then, definition)


def _show_at(
    portal: Portal, record: Record, view: View, moment: int
) -> dict[str, object]:
    shown = show(portal, record, view)
    if record.updated_at > moment and portal.policy.index_lag_seconds:
        read = reader_at(portal, moment)
        then: dict[str, str | None] = {}
        for name in shown_properties(portal, record, view):
            definition = portal.definition(record.kind, name)
            then[name] = None if definition is None else read(record, definition)
        shown["properties"] = then
        shown["updatedAt"] = then.get(record.kind.modified) or shown["updatedAt"]
    return shown


def _read_search(portal: Portal, kind: ObjectType, call: Call, read: Read) -> Search:
    if len(call.raw) > LONGEST_BODY:
        message = f"The request body is longer than {LONGEST_BODY} characters"
        raise invalid(message)
    body = call.body()
    query = READ.optional_text(body, "query")
    limit, after = _page(body)
    return Search(
        predicates=FilterReader(portal, kind, read).groups(body.get("filterGroups")),
        text=free_text(portal, kind, query, read) if query else None,
        sort=_read_sort(portal, kind, body.get("sorts")),
        view=View(properties=READ.texts(body.get("properties"), at="properties")),
        limit=limit,
        after=after,
    )


def _page(body: dict[str, object]) -> tuple[int, int]:
    given = body.get("limit")
    limit = 0 if given is None else READ.whole(given, at="limit")
    limit = limit or USUAL
    if not 1 <= limit <= PAGE:
        message = f"limit must be between 1 and {PAGE}, not {limit}"
        raise invalid(message)
    cursor = READ.optional_text(body, "after") or "0"
    after = whole_number(cursor)
    if after is None:
        message = f"after is not a paging cursor: {cursor[:50]}"
        raise invalid(message)
    if after + limit > MOST:
        message = f"Paging past {MOST} results is not possible; narrow the filters"
        raise invalid(message)
    return limit, after


def _read_sort(
    portal: Portal, kind: ObjectType, given: object
) -> tuple[Definition, bool] | None:
    """Read the one sort, in the form of the specification or of the guide.

    The specification types `sorts` as texts, the guide shows objects; both work.
    """
    sorts = READ.items(given, at="sorts")
    if not sorts:
        return None
    if len(sorts) > 1:
        message = "A search has at most one sort"
        raise invalid(message)
    name, direction = _sort_parts(sorts[0])
    definition = portal.definition(kind, name)
    if definition is None:
        message = f"Cannot sort by {name[:100]}: the property does not exist"
        raise invalid(message)
    return definition, direction.upper().startswith("DESC")


def _sort_parts(given: object) -> tuple[str, str]:
    if isinstance(given, dict):
        direction = READ.text(given.get("direction") or "ASCENDING", at="direction")
        return READ.text(given.get("propertyName") or "", at="propertyName"), direction
    text = READ.text(given, at="sorts").strip()
    if text.startswith("-"):
        return text[1:], "DESCENDING"
    name, _, direction = text.replace(":", " ").partition(" ")
    return name, direction


def _sort(found: list[Record], asked: Search, read: Read) -> None:
    found.sort(key=lambda record: record.id)
    if asked.sort is not None:
        definition, descending = asked.sort
        found.sort(key=_key(definition, read), reverse=descending)


def _key(definition: Definition, read: Read) -> Callable[[Record], Key]:
    def key(record: Record) -> Key:
        value = read(record, definition)
        if value is None:
            return (False, 0.0, "")
        found = comparable(definition, value)
        return (True, 0.0, found) if isinstance(found, str) else (True, found, "")

    return key
