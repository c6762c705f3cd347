"""See what a test may want to know: records whole, requests, health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.api.calls import Answer, Call
from leadstate_hubspot.sandbox.api.shapes import show_version
from leadstate_hubspot.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.problems import invalid, not_found

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.portal import Portal
    from leadstate_hubspot.sandbox.crm.records import Record
    from leadstate_hubspot.sandbox.site import Site

MOST = 10_000


def health(site: Site, call: Call) -> Answer:
    """Say that the sandbox is up and what it holds."""
    del call
    counts = {name: len(shelf.records) for name, shelf in site.portal.shelves.items()}
    body = {
        "status": "ok",
        "crm": "hubspot",
        "auth": site.config.auth.value,
        "seed": site.config.seed,
        "now": iso(site.clock.now()),
        "records": counts,
    }
    return Answer(200, body)


def state(site: Site, call: Call) -> Answer:
    """Page through every record of a type, archived ones included."""
    kind, limit = call.kind("object"), call.limit(100, MOST)
    last = whole_number(call.first("after", "0"))
    if last is None:
        message = "after must be the id of a record"
        raise invalid(message)
    records = site.portal.shelf(kind).records.values()
    following = sorted((r for r in records if r.id > last), key=lambda r: r.id)
    page, history = following[:limit], call.flag("history")
    body: dict[str, object] = {
        "results": [whole(site.portal, record, history=history) for record in page],
        "total": len(records),
    }
    if len(following) > limit:
        body["after"] = str(page[-1].id)
    return Answer(200, body)


def state_of_one(site: Site, call: Call) -> Answer:
    """Show one record with its history; a merged-away id is not found."""
    kind = call.kind("object")
    number = whole_number(call.params["id"])
    record = site.portal.shelf(kind).records.get(-1 if number is None else number)
    if record is None:
        message = f"there is no record {call.params['id'][:50]} among {kind.plural}"
        raise not_found(message)
    return Answer(200, whole(site.portal, record, history=True))


def log(site: Site, call: Call) -> Answer:
    """List the requests the API received after `since`."""
    since = whole_number(call.first("since", "0")) or 0
    entries = site.log.since(since, call.limit(MOST, MOST))
    shown = [entry.body() for entry in entries]
    return Answer(200, {"entries": shown, "last_seq": site.log.seq})


def log_summary(site: Site, call: Call) -> Answer:
    """Count the requests."""
    del call
    return Answer(200, site.log.summary())


def clear_log(site: Site, call: Call) -> Answer:
    """Forget the requests."""
    del call
    site.log.clear()
    return Answer(204)


def whole(portal: Portal, record: Record, *, history: bool) -> dict[str, object]:
    """Return everything known of a record."""
    links = portal.associations.all_of(record.kind.plural, record.id)
    shown: dict[str, object] = {
        "id": str(record.id),
        "object": record.kind.plural,
        "properties": dict(record.values),
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived_at is not None,
        "associations": {
            target: [str(to) for to in sorted(found)] for target, found in links.items()
        },
    }
    if history:
        shown["history"] = {
            name: [show_version(version) for version in reversed(versions)]
            for name, versions in record.history.items()
        }
    return shown
