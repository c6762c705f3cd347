"""Incoming requests: add, list, accept, decline, link, count."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import endings, writing
from leadstate_amocrm.sandbox.crm.draft import Draft
from leadstate_amocrm.sandbox.crm.happenings import Happening, What
from leadstate_amocrm.sandbox.crm.unsorted import CATEGORIES, Unsorted
from leadstate_amocrm.sandbox.payloads import READ, items_of
from leadstate_amocrm.sandbox.problems import (
    Issue,
    missing,
    no_choice,
    not_found,
    rejected,
)

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .embedded import Drafts, put, read_drafts
from .pages import listed, order_of
from .query import texts, under, wholes
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.site import Site

_REQUIRED = {
    "forms": ("form_id", "form_name", "form_page", "form_sent_at"),
    "sip": ("phone", "called_at", "duration", "service_code"),
}


def list_unsorted(site: Site, call: Call) -> Reply:
    """Page through what nobody has decided on yet; filters need no extra."""
    given = call.tree().get("filter")
    uids, categories = texts(under(given, "uid")), texts(under(given, "category"))
    pipelines = wholes(under(given, "pipeline_id"))
    rows = [one for one in site.account.unsorted.values() if not one.outcome]
    rows = [u for u in rows if uids is None or u.uid in uids]
    rows = [u for u in rows if categories is None or u.category in categories]
    rows = [u for u in rows if pipelines is None or u.pipeline_id in pipelines]
    key, down = order_of(call, ("created_at", "updated_at"), "created_at")
    key = "created_at" if key == "updated_at" else key
    rows.sort(key=lambda u: (getattr(u, key), u.lead_id), reverse=down)
    return listed(site, call, "unsorted", rows, lambda u: _show(site, call, u))


def read_unsorted(site: Site, call: Call) -> Reply:
    """Show one."""
    return Reply(200, _show(site, call, _found(site, call)))


def add(site: Site, call: Call) -> Reply:
    """Take requests in: a form or a call, with what it knows of the people."""
    account, category, items = site.account, call.params["category"], []
    for index, item in enumerate(items_of(call.raw)):
        drafts, issues = _read(account, item)
        metadata = READ.mapping(item.get("metadata") or {}, at="metadata")
        needed = _REQUIRED[category]
        issues += [missing(f"metadata.{n}") for n in needed if n not in metadata]
        issues += [missing(n) for n in ("source_uid", "source_name") if not item.get(n)]
        items.append(Item(request_id(item, index), (item, drafts), issues))

    def apply(item: Item[tuple[Row, Drafts]]) -> Row:
        body, drafts = item.draft
        kept = keep(site, call, category, body, drafts)
        shown = _shown_short(site, call, kept)
        return shown | {"request_id": item.request_id}

    rows = apply_all(site, call, items, apply)
    return Reply(200, {"_total_items": len(rows), "_embedded": {"unsorted": rows}})


def accept(site: Site, call: Call) -> Reply:
    """Let the lead into a pipeline; its contact and company become visible."""
    account, kept, body = site.account, _open(site, call), call.body()
    status_id, pipeline_id = body.get("status_id"), kept.pipeline_id
    if status_id is None:
        status_id = account.pipelines[pipeline_id].first().id
    status_id = READ.whole(status_id, at="status_id")
    homes = [p for p in account.pipelines.values() if status_id in p.statuses]
    if account.status(pipeline_id, status_id) is None and homes:
        pipeline_id = homes[0].id
    status = account.status(pipeline_id, status_id)
    if status is None or status.type:
        raise rejected({"0": [no_choice("status_id")]})
    user = _user(site, call, body)
    lead = account.shelves["leads"][kept.lead_id]
    native: Row = {"pipeline_id": pipeline_id, "status_id": status_id}
    native["responsible_user_id"] = user
    writing.update(account, lead, Draft(native=native), user)
    for kind, ids in (("contacts", kept.contact_ids), ("companies", kept.company_ids)):
        for number in ids:
            account.shelves[kind][number].is_unsorted = False
    return _end(site, call, kept, "accept", user)


def decline(site: Site, call: Call) -> Reply:
    """Refuse the request: its lead goes to the recycle bin."""
    account, kept = site.account, _open(site, call)
    user = _user(site, call, call.body())
    endings.delete(account, account.shelves["leads"][kept.lead_id], user)
    return _end(site, call, kept, "decline", user)


def link(site: Site, call: Call) -> Reply:
    """Give what a chat brought to a lead that is there already."""
    kept, body = _open(site, call), call.body()
    if kept.category != "chats":
        raise rejected({"0": [no_choice("category")]})
    target = READ.mapping(body.get("link"), at="link")
    lead = site.account.get(
        "leads", READ.whole(target.get("entity_id"), at="entity_id")
    )
    if lead is None:
        raise rejected({"0": [no_choice("link.entity_id")]})
    kept.lead_id = lead.id
    return _end(site, call, kept, "link", call.caller.id)


def summary(site: Site, call: Call) -> Reply:
    """Count what came, by category and outcome."""
    del call
    every = list(site.account.unsorted.values())
    waits = [u.sorted_at - u.created_at for u in every if u.sorted_at is not None]
    categories = {
        name: {"total": sum(u.category == name for u in every)} for name in CATEGORIES
    }
    body = {
        "total": len(every),
        "accepted": sum(u.outcome == "accept" for u in every),
        "declined": sum(u.outcome == "decline" for u in every),
        "average_sort_time": sum(waits) // len(waits) if waits else 0,
        "categories": categories,
    }
    return Reply(200, body)


def _read(account: Account, item: Row) -> tuple[Drafts, list[Issue]]:
    """Read the lead, contact and company of a request, each in its list."""
    embedded = READ.mapping(item.get("_embedded") or {}, at="_embedded")
    leads = READ.items(embedded.get("leads"), at="leads") or [{}]
    lead = READ.mapping(leads[0], at="leads.0")
    tags = READ.mapping(lead.get("_embedded") or {}, at="_embedded").get("tags")
    others = {k: embedded.get(k) for k in ("contacts", "companies")}
    plain = lead | {"_embedded": others | ({"tags": tags} if tags else {})}
    drafts, issues = read_drafts(account, plain)
    where = item.get("pipeline_id")
    pipeline = account.main_pipeline()
    if where is not None:
        found = account.pipelines.get(READ.whole(where, at="pipeline_id"))
        pipeline = found or pipeline
        issues += [] if found else [no_choice("pipeline_id")]
    stage = pipeline.unsorted()
    if stage is None:
        issues.append(no_choice("pipeline_id"))
    else:
        native = drafts["leads"].native
        native |= {"pipeline_id": pipeline.id, "status_id": stage.id}
    return drafts, issues


def keep(site: Site, call: Call, category: str, item: Row, drafts: Drafts) -> Unsorted:
    """Keep a request, hiding its contact and company until it is accepted."""
    account, author = site.account, 0
    lead, contact, company, _ = put(site, drafts, author)
    for hidden in (contact, company):
        if hidden is not None:
            hidden.is_unsorted = True
    source = f"{category}:{lead.id}:{site.config.seed}"
    kept = Unsorted(
        uid=hashlib.sha256(source.encode()).hexdigest()[:58],
        category=category,
        source_uid=READ.optional_text(item, "source_uid"),
        source_name=READ.optional_text(item, "source_name"),
        pipeline_id=lead.pipeline_id,
        created_at=_created(site, item),
        metadata=READ.mapping(item.get("metadata") or {}, at="metadata"),
        lead_id=lead.id,
        contact_ids=[] if contact is None else [contact.id],
        company_ids=[] if company is None else [company.id],
    )
    account.unsorted[kept.uid] = kept
    _tell(account, kept, "add", call.caller.id)
    return kept


def _created(site: Site, item: Row) -> int:
    given = item.get("created_at")
    return site.account.now() if given is None else READ.whole(given, at="created_at")


def _found(site: Site, call: Call) -> Unsorted:
    found = site.account.unsorted.get(call.params["uid"])
    if found is None:
        message = "Unsorted not found"
        raise not_found(message)
    return found


def _open(site: Site, call: Call) -> Unsorted:
    found = _found(site, call)
    if found.outcome:
        message = "Unsorted not found"
        raise not_found(message)
    return found


def _user(site: Site, call: Call, body: Row) -> int:
    given = body.get("user_id")
    user = call.caller.id if given is None else READ.whole(given, at="user_id")
    if user not in site.account.users:
        raise rejected({"0": [no_choice("user_id")]})
    return user


def _end(site: Site, call: Call, kept: Unsorted, outcome: str, user: int) -> Reply:
    kept.outcome, kept.sorted_at = outcome, site.account.now()
    _tell(site.account, kept, "delete", user)
    shown: Row = {
        "uid": kept.uid,
        "pipeline_id": kept.pipeline_id,
        "category": kept.category,
        "created_at": kept.created_at,
    }
    return Reply(200, shown | {"_embedded": _embedded(call, kept)})


def _tell(account: Account, kept: Unsorted, action: str, author: int) -> None:
    extra = {"unsorted": kept, "action": action}
    at = account.now()
    account.tell(Happening(what=What.UNSORTED, at=at, author=author, extra=extra))


def _embedded(call: Call, kept: Unsorted) -> Row:
    ids = {
        "leads": [kept.lead_id],
        "contacts": kept.contact_ids,
        "companies": kept.company_ids,
    }
    return {
        kind: [{"id": n, "_links": link_to(call, f"{kind}/{n}")} for n in numbers]
        for kind, numbers in ids.items()
    }


def _shown_short(site: Site, call: Call, kept: Unsorted) -> Row:
    return {
        "uid": kept.uid,
        "account_id": site.config.account_id,
        "_links": link_to(call, f"leads/unsorted/{kept.uid}"),
        "_embedded": _embedded(call, kept),
    }


def _show(site: Site, call: Call, kept: Unsorted) -> Row:
    return {
        "uid": kept.uid,
        "source_uid": kept.source_uid,
        "source_name": kept.source_name,
        "category": kept.category,
        "pipeline_id": kept.pipeline_id,
        "created_at": kept.created_at,
        "metadata": kept.metadata,
    } | _shown_short(site, call, kept)
