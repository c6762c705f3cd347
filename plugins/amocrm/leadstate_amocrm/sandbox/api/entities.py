"""Leads, contacts and companies: list, read, create, update."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import writing
from leadstate_amocrm.sandbox.crm.draft_items import read_draft
from leadstate_amocrm.sandbox.payloads import items_of
from leadstate_amocrm.sandbox.problems import Issue, no_choice, refused

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .filters import matching, mentions
from .pages import listed, order_of, written
from .shapes import link_to, show, show_deleted

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.draft import Draft
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

ORDERS = ("created_at", "updated_at", "id")


def list_records(site: Site, call: Call) -> Reply:
    """Page through records; filters count only if the account has bought them."""
    account, kind, wanted = site.account, call.params["kind"], call.with_()
    only_deleted = kind == "leads" and "only_deleted" in wanted
    key, down = order_of(call, ORDERS, "id")
    test = matching(account, call.tree().get("filter"))
    rows = [
        record
        for record in account.shelves[kind].values()
        if record.is_deleted is only_deleted and not record.is_unsorted
    ]
    rows = [r for r in rows if account.may(call.caller, "view", r)]
    if site.policy.is_api_filter_enabled:
        rows = [r for r in rows if test(r)]
    if query := call.first("query"):
        rows = [r for r in rows if mentions(query)(r)]
    since = _modified_since(site, call)
    if since is not None:
        rows = [r for r in rows if r.updated_at > since]
        if not rows:
            return Reply(304)
    rows.sort(key=lambda r: (getattr(r, key), r.id), reverse=down)
    if only_deleted:
        return listed(site, call, kind, rows, partial(show_deleted, call))
    return listed(site, call, kind, rows, lambda r: show(site, call, r, wanted))


def _modified_since(site: Site, call: Call) -> int | None:
    given = call.headers.get("if-modified-since", "")
    if not given or not site.policy.if_modified_since:
        return None
    try:
        return int(parsedate_to_datetime(given).timestamp())
    except (ValueError, OverflowError):
        return None


def read(site: Site, call: Call) -> Reply:
    """Show one record; an id that is not there is no content, not 404."""
    wanted, kind = call.with_(), call.params["kind"]
    record = site.account.get(kind, call.number())
    if record is None or not site.account.may(call.caller, "view", record):
        return Reply(204)
    if record.is_deleted and "only_deleted" not in wanted:
        return Reply(204)
    return Reply(200, show(site, call, record, wanted))


def create(site: Site, call: Call) -> Reply:
    """Create up to 250 records."""
    account, kind = site.account, call.params["kind"]
    if not call.caller.may_add(kind):
        raise refused(403, f"you may not add {kind}")
    items = []
    for index, item in enumerate(items_of(call.raw)):
        draft = read_draft(account, kind, item, None)
        issues = draft.issues + required(site, draft, None)
        items.append(Item(request_id(item, index), draft, issues))

    def apply(item: Item[Draft]) -> Row:
        record = writing.create(account, kind, item.draft, call.caller.id)
        links = link_to(call, f"{kind}/{record.id}")
        return {"id": record.id, "request_id": item.request_id, "_links": links}

    return written(call, kind, apply_all(site, call, items, apply))


def update_many(site: Site, call: Call) -> Reply:
    """Update up to 250 records; the answer tells ids and moments, no values."""
    given = items_of(call.raw)
    return written(call, call.params["kind"], _update(site, call, given))


def update_one(site: Site, call: Call) -> Reply:
    """Update the record that the path names."""
    item = call.body() | {"id": call.number()}
    return Reply(200, _update(site, call, [item])[0])


def _update(site: Site, call: Call, given: list[Row]) -> list[Row]:
    account, kind = site.account, call.params["kind"]
    items: list[Item[tuple[Record | None, Draft]]] = []
    for index, item in enumerate(given):
        number = item.get("id")
        record = account.get(kind, number) if isinstance(number, int) else None
        if record is not None and record.is_deleted:
            record = None
        draft = read_draft(account, kind, item, record)
        missing = [no_choice("id")] if record is None else []
        if record is not None and not account.may(call.caller, "edit", record):
            raise refused(403, f"you may not edit {kind} {record.id}")
        issues = missing + draft.issues + required(site, draft, record)
        items.append(Item(request_id(item, index), (record, draft), issues))

    def apply(item: Item[tuple[Record | None, Draft]]) -> Row:
        record, draft = item.draft
        if record is None:
            return {}
        writing.update(account, record, draft, call.caller.id)
        named = {} if kind == "leads" else {"name": record.name}
        stamp: Row = {"id": record.id, **named, "updated_at": record.updated_at}
        return stamp | {"_links": link_to(call, f"{kind}/{record.id}")}

    return apply_all(site, call, items, apply)


def required(site: Site, draft: Draft, record: Record | None) -> list[Issue]:
    """Return the required fields that are lacking, if the policy minds them."""
    if not site.policy.enforce_required_statuses:
        return []
    return writing.lacking(site.account, draft, record)
