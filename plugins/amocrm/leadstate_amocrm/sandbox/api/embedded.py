"""A lead with the contact and the company that are embedded in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import writing
from leadstate_amocrm.sandbox.crm.draft_items import read_draft
from leadstate_amocrm.sandbox.problems import Issue, unexpected, wrong_type

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.draft import Draft
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

    from .bulk import Row

MOST_FIELDS = 40
Drafts = dict[str, "Draft"]


def read_drafts(account: Account, item: Row) -> tuple[Drafts, list[Issue]]:
    """Read a lead and what is embedded in it."""
    embedded = item.get("_embedded")
    embedded = embedded if isinstance(embedded, dict) else {}
    plain = dict(item)
    plain["_embedded"] = {k: v for k, v in embedded.items() if k == "tags"}
    drafts = {"leads": read_draft(account, "leads", plain, None)}
    issues = list(drafts["leads"].issues)
    if len(drafts["leads"].fields) > MOST_FIELDS:
        issues.append(unexpected(f"custom_fields_values.{MOST_FIELDS}"))
    for kind in ("contacts", "companies"):
        given, at = embedded.get(kind) or [], f"_embedded.{kind}"
        if not isinstance(given, list) or not all(isinstance(o, dict) for o in given):
            issues.append(wrong_type(at, "array"))
        elif len(given) > 1:
            issues.append(unexpected(f"{at}.1"))
        elif given:
            drafts[kind] = read_draft(account, kind, given[0], None)
            issues += [one.under(f"{at}.0") for one in drafts[kind].issues]
    return drafts, issues


def put(
    site: Site, drafts: Drafts, author: int
) -> tuple[Record, Record | None, Record | None, bool]:
    """Create the records and link them; a known contact may take the place."""
    account = site.account
    contact = company = None
    merged = False
    if "contacts" in drafts:
        contact = _known(site, drafts["contacts"])
        merged = contact is not None
        if contact is None:
            contact = writing.create(account, "contacts", drafts["contacts"], author)
    if "companies" in drafts:
        company = writing.create(account, "companies", drafts["companies"], author)
    lead = writing.create(account, "leads", drafts["leads"], author)
    if contact is not None:
        account.links.link("leads", lead.id, "contacts", contact.id)
    if company is not None:
        account.links.link("leads", lead.id, "companies", company.id)
    if contact is not None and company is not None:
        account.links.link("contacts", contact.id, "companies", company.id)
    return lead, contact, company, merged


def _known(site: Site, draft: Draft) -> Record | None:
    """Find a contact with the same phone or e-mail, if duplicates are controlled."""
    if not site.policy.duplicate_control:
        return None
    wanted = {
        str(value.get("value")) for held in draft.fields.values() for value in held
    }
    for contact in site.account.shelves["contacts"].values():
        held = (v for values in contact.fields.values() for v in values)
        if any(str(v.get("value")) in wanted for v in held):
            return contact
    return None
