"""The events of the account.  Their filters need no extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.config import EventOrder
from leadstate_amocrm.sandbox.crm.journal import TYPES, Event
from leadstate_amocrm.sandbox.crm.records import SINGULAR
from leadstate_amocrm.sandbox.problems import invalid, not_found

from .calls import Call, Reply
from .pages import listed, whole
from .query import span, texts, under, wholes, within
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.site import Site

    from .bulk import Row

MOST = 100
MOST_NAMED = 10
_PLURAL = {singular: plural for plural, singular in SINGULAR.items()} | {
    "task": "tasks"
}
_DAY = 86_400


def list_events(site: Site, call: Call) -> Reply:
    """Page through events, newest first unless the policy says otherwise."""
    rows = _kept(site)
    given = call.tree().get("filter")
    types, entities = texts(under(given, "type")), texts(under(given, "entity"))
    ids, authors = _few(given, "entity_id"), _few(given, "created_by")
    if ids is not None and (entities is None or len(entities) != 1):
        message = "filter[entity_id] needs exactly one filter[entity]"
        raise invalid(message)
    bounds = span(under(given, "created_at"))
    rows = [e for e in rows if types is None or _of_types(e, types)]
    rows = [e for e in rows if entities is None or e.entity_type in entities]
    rows = [e for e in rows if ids is None or e.entity_id in ids]
    rows = [e for e in rows if authors is None or e.created_by in authors]
    rows = [e for e in rows if within(e.created_at, bounds)]
    for side in ("value_before", "value_after"):
        rows = _through(rows, under(given, side), side)
    if site.policy.events_order is EventOrder.NEWEST:
        rows.reverse()
    return listed(site, call, "events", rows, lambda e: _show(site, call, e), most=MOST)


def read_event(site: Site, call: Call) -> Reply:
    """Show one event."""
    wanted = call.params["id"]
    found = next((e for e in site.journal.events if e.id == wanted), None)
    if found is None:
        message = "Event not found"
        raise not_found(message)
    return Reply(200, _show(site, call, found))


def list_types(site: Site, call: Call) -> Reply:
    """List the types of events."""
    del site
    rows: list[Row] = [
        {"key": name, "type": number, "lang": name.replace("_", " ").capitalize()}
        for number, name in enumerate(TYPES, start=1)
    ]
    return whole(call, "events_types", rows)


def _kept(site: Site) -> list[Event]:
    days = site.policy.event_retention_days
    oldest = site.account.now() - days * _DAY if days else 0
    site.journal.in_order()
    return [e for e in site.journal.events if e.created_at >= oldest]


def _few(given: object, name: str) -> set[int] | None:
    found = wholes(under(given, name))
    if found is not None and len(found) > MOST_NAMED:
        message = f"filter[{name}] takes at most {MOST_NAMED}"
        raise invalid(message)
    return found


def _of_types(event: Event, types: list[str]) -> bool:
    if event.type in types:
        return True
    return f"custom_field_{event.field_id}_value_changed" in types


def _through(rows: list[Event], given: object, side: str) -> list[Event]:
    """Keep the moves from or to the stages named."""
    stages = under(given, "leads_statuses")
    if not isinstance(stages, dict):
        return rows
    wanted = {
        (str(under(s, "pipeline_id")), str(under(s, "status_id")))
        for s in stages.values()
    }
    return [event for event in rows if _stage(event, side) in wanted]


def _stage(event: Event, side: str) -> tuple[str, str]:
    values = event.before if side == "value_before" else event.after
    status = under(values[0], "lead_status") if values else None
    return (str(under(status, "pipeline_id")), str(under(status, "id")))


def _show(site: Site, call: Call, event: Event) -> Row:
    where = f"{_PLURAL[event.entity_type]}/{event.entity_id}"
    entity = {"id": event.entity_id, "_links": link_to(call, where)}
    return {
        "id": event.id,
        "type": event.type,
        "entity_id": event.entity_id,
        "entity_type": event.entity_type,
        "created_by": event.created_by,
        "created_at": event.created_at,
        "value_after": event.after,
        "value_before": event.before,
        "account_id": site.config.account_id,
        "_links": link_to(call, f"events/{event.id}"),
        "_embedded": {"entity": entity},
    }
