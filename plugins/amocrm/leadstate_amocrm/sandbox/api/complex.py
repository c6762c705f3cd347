"""Leads with their contact and company in one call.

With `metadata` and the unsorted stage, what comes in waits there for a decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.payloads import items_of

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .embedded import Drafts, put, read_drafts
from .entities import required
from .unsorted import keep

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.pipelines import Status
    from leadstate_amocrm.sandbox.problems import Issue
    from leadstate_amocrm.sandbox.site import Site

MOST = 50
CATEGORIES = ("forms", "sip")
Judged = tuple[Drafts, Row | None]


def create(site: Site, call: Call) -> Reply:
    """Create up to 50 leads, each with at most one contact and one company."""
    items = []
    for index, item in enumerate(items_of(call.raw, MOST)):
        judged, issues = _read(site, item)
        items.append(Item(request_id(item, index), judged, issues))

    def apply(item: Item[Judged]) -> Row:
        return _put(site, call, item.draft) | {"request_id": [item.request_id]}

    return Reply(200, apply_all(site, call, items, apply))


def _read(site: Site, item: Row) -> tuple[Judged, list[Issue]]:
    account, metadata = site.account, _metadata(item)
    stage = None if metadata is None else _unsorted(account, item)
    plain = {k: v for k, v in item.items() if stage is None or k not in _STAGE}
    drafts, issues = read_drafts(account, plain)
    if stage is None:
        issues += required(site, drafts["leads"], None)
        return (drafts, None), issues
    where = {"pipeline_id": stage.pipeline_id, "status_id": stage.id}
    drafts["leads"].native |= where
    return (drafts, metadata), issues


def _metadata(item: Row) -> Row | None:
    embedded = item.get("_embedded")
    found = embedded.get("metadata") if isinstance(embedded, dict) else None
    return found if isinstance(found, dict) else None


def _unsorted(account: Account, item: Row) -> Status | None:
    stages = (pipeline.unsorted() for pipeline in account.pipelines.values())
    wanted = item.get("status_id")
    return next((s for s in stages if s is not None and s.id == wanted), None)


def _put(site: Site, call: Call, judged: Judged) -> Row:
    drafts, metadata = judged
    if metadata is not None:
        category = str(metadata.get("category"))
        category = category if category in CATEGORIES else CATEGORIES[0]
        kept = keep(site, call, category, {"metadata": metadata}, drafts)
        return {
            "id": kept.lead_id,
            "contact_id": next(iter(kept.contact_ids), None),
            "company_id": next(iter(kept.company_ids), None),
            "merged": False,
        }
    lead, contact, company, merged = put(site, drafts, call.caller.id)
    return {
        "id": lead.id,
        "contact_id": None if contact is None else contact.id,
        "company_id": None if company is None else company.id,
        "merged": merged,
    }


_STAGE = frozenset(("status_id", "pipeline_id"))
