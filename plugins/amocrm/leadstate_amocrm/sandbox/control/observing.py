"""See what a test may want to know: records whole, requests, health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_amocrm.sandbox.api.calls import Answer, Call
from leadstate_amocrm.sandbox.crm.records import KINDS, properties
from leadstate_amocrm.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.problems import invalid, not_found

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

MOST = 10_000


def health(site: Site, call: Call) -> Answer:
    """Say that the sandbox is up and what it holds."""
    del call
    counts = {name: len(shelf) for name, shelf in site.account.shelves.items()}
    body = {
        "status": "ok",
        "crm": "amocrm",
        "account_id": site.config.account_id,
        "seed": site.config.seed,
        "now": iso(site.clock.now()),
        "records": counts,
    }
    return Answer(200, body)


def kind_of(name: str) -> str:
    """Return a kind of record, or refuse."""
    if name not in KINDS:
        message = f"object {name[:50]!r} is unknown. Known: {', '.join(KINDS)}"
        raise invalid(message)
    return name


def state(site: Site, call: Call) -> Answer:
    """Page through every record of a kind, deleted ones included."""
    kind, limit = kind_of(call.params["object"]), _limit(call, 100)
    last = whole_number(call.first("after", "0"))
    if last is None:
        message = "after must be the id of a record"
        raise invalid(message)
    records = site.account.shelves[kind].values()
    following = sorted((r for r in records if r.id > last), key=lambda r: r.id)
    page, history = following[:limit], call.flag("history")
    body: dict[str, object] = {
        "results": [whole(site.account, record, history=history) for record in page],
        "total": len(records),
    }
    if len(following) > limit:
        body["after"] = str(page[-1].id)
    return Answer(200, body)


def state_of_one(site: Site, call: Call) -> Answer:
    """Show one record with its history; a merged-away id is not found."""
    kind = kind_of(call.params["object"])
    record = site.account.get(kind, call.number())
    if record is None:
        message = f"there is no record {call.params['id'][:50]} among {kind}"
        raise not_found(message)
    return Answer(200, whole(site.account, record, history=True))


def log(site: Site, call: Call) -> Answer:
    """List the requests the API received after `since`."""
    since = whole_number(call.first("since", "0")) or 0
    entries = site.log.since(since, _limit(call, MOST))
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


def whole(account: Account, record: Record, *, history: bool) -> dict[str, object]:
    """Return everything known of a record."""
    names = account.tag_names(record.kind)
    shown: dict[str, object] = {
        "id": str(record.id),
        "object": record.kind,
        "properties": properties(record, account.fields[record.kind], names),
        "createdAt": iso(record.created_at * 1000),
        "updatedAt": iso(record.updated_at * 1000),
        "createdBy": record.created_by,
        "updatedBy": record.updated_by,
        "archived": record.is_deleted,
        "associations": {
            kind: [str(to) for to in sorted(linked)]
            for kind in KINDS
            if (linked := account.links.of(record.kind, record.id, kind))
        },
        "notes": [
            {"id": str(note.id), "type": note.note_type, "params": note.params}
            for note in account.notes.values()
            if (note.kind, note.entity_id) == (record.kind, record.id)
        ],
    }
    if history:
        shown["history"] = {
            name: [
                {"value": v.value, "timestamp": iso(v.at * 1000), "author": v.author}
                for v in reversed(versions)
            ]
            for name, versions in record.history.items()
        }
    return shown


def _limit(call: Call, usual: int) -> int:
    limit = whole_number(call.first("limit", str(usual)))
    if limit is None or not 1 <= limit <= MOST:
        message = f"limit must be between 1 and {MOST}"
        raise invalid(message)
    return limit
