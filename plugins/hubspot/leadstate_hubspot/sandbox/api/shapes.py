"""Write records the way HubSpot's objects API does: every value a text.

A requested property that is undefined is left out; one that is defined but empty is
null ("Objects" guide).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm.associations import types_between
from leadstate_hubspot.sandbox.crm.portal import Portal, object_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadstate_hubspot.sandbox.crm.records import Record, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a caller asked to see of each record."""

    properties: Sequence[str] = ()
    history: Sequence[str] = ()
    associations: Sequence[str] = ()


def show(portal: Portal, record: Record, view: View) -> dict[str, object]:
    """Return a record as the objects API shows it."""
    shown: dict[str, object] = {
        "id": str(record.id),
        "properties": shown_properties(portal, record, view),
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        shown["archivedAt"] = iso(record.archived_at)
    if view.history:
        shown["propertiesWithHistory"] = _histories(portal, record, view.history)
    if view.associations:
        shown["associations"] = _associations(portal, record, view.associations)
    return shown


def shown_properties(
    portal: Portal, record: Record, view: View
) -> dict[str, str | None]:
    """Return the values asked for, or the default ones, and always the stamps."""
    kind = record.kind
    if view.properties or view.history:
        stamps = (kind.created, kind.modified, "hs_object_id")
        names = dict.fromkeys((*stamps, *view.properties, *view.history))
    else:
        names = dict.fromkeys(kind.shown)
    values: dict[str, str | None] = {}
    for name in names:
        definition = portal.definition(kind, name)
        if definition is not None:
            values[name] = portal.value(record, definition)
    return values


def written(portal: Portal, record: Record, names: Iterable[str]) -> dict[str, object]:
    """Return a record after a write: the default properties and those written."""
    return show(portal, record, View(properties=(*record.kind.shown, *names)))


def _histories(
    portal: Portal, record: Record, names: Sequence[str]
) -> dict[str, list[dict[str, object]]]:
    cap = portal.policy.history_cap
    histories: dict[str, list[dict[str, object]]] = {}
    for name in names:
        if portal.definition(record.kind, name) is not None:
            newest_first = record.history.get(name, [])[::-1]
            kept = newest_first[:cap] if cap else newest_first
            histories[name] = [show_version(version) for version in kept]
    return histories


def show_version(version: Version) -> dict[str, object]:
    """Return one entry of a property's history."""
    shown: dict[str, object] = {
        "value": version.value,
        "timestamp": iso(version.at),
        "sourceType": version.author.source,
    }
    if version.author.source_id is not None:
        shown["sourceId"] = version.author.source_id
    if version.author.label is not None:
        shown["sourceLabel"] = version.author.label
    if version.author.user_id is not None:
        shown["updatedByUserId"] = version.author.user_id
    return shown


def _associations(
    portal: Portal, record: Record, targets: Sequence[str]
) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name in targets:
        target = object_type(name)
        if target is None:
            continue
        links = portal.associations.of(record.kind.plural, record.id, target.plural)
        named = f"{record.kind.singular}_to_{target.singular}"
        known = {
            t.type_id: named if t.label is None else f"{named}_{t.label.lower()}"
            for t in types_between(record.kind.plural, target.plural)
        }
        results = [
            {"id": str(to), "type": known.get(type_id, named)}
            for to, type_ids in links.items()
            for type_id in sorted(type_ids)
        ]
        if results:
            shown[target.plural] = {"results": results}
    return shown


def batch_body(
    started_at: int,
    now: int,
    results: Sequence[object],
    errors: Sequence[dict[str, object]] = (),
) -> dict[str, object]:
    """Return the envelope of a batch's answer."""
    body: dict[str, object] = {
        "status": "COMPLETE",
        "results": list(results),
        "startedAt": iso(started_at),
        "completedAt": iso(now),
    }
    if errors:
        body["numErrors"] = len(errors)
        body["errors"] = list(errors)
    return body


def page_body(
    results: Sequence[object], after: str | None, link: str = ""
) -> dict[str, object]:
    """Return the envelope of a page; paging is left out on the last one."""
    body: dict[str, object] = {"results": list(results)}
    if after is not None:
        body["paging"] = {"next": {"after": after, "link": f"{link}?after={after}"}}
    return body
