"""Move companies, contacts, deals and leads into an empty portal.

Everything follows from the portal's own random source, so a seed names a portal.
Records are put on their shelves directly: nothing listens yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm import catalog
from leadstate_hubspot.sandbox.crm.associations import LEAD_TO_CONTACT, find_type
from leadstate_hubspot.sandbox.crm.object_types import (
    COMPANIES,
    CONTACTS,
    DEALS,
    LEADS,
    ObjectType,
)
from leadstate_hubspot.sandbox.crm.owners import OWNERS
from leadstate_hubspot.sandbox.crm.pipelines import DEFAULT_DEALS, DEFAULT_LEADS
from leadstate_hubspot.sandbox.crm.records import Author, Record

from . import names

if TYPE_CHECKING:
    from random import Random

    from leadstate_hubspot.sandbox.crm.portal import Portal

DAY_MS = 86_400_000
PAST_DAYS = 90
_FORM = Author("FORM", "contact-form", None, "Website form")
_IMPORT = Author("IMPORT", "741230", None, "Trade fair 2026")
_PEOPLE = [Author("CRM_UI", f"userId:{o.user_id}", o.user_id) for o in OWNERS[:4]]
# How far along people are: mostly at the beginning.
_PATH = tuple(option.value for option in catalog.LIFECYCLE[:8])
_WEIGHTS = (34, 44, 8, 4, 4, 2, 2, 2)
_LATE = frozenset(("opportunity", "customer", catalog.LOST_STAGE))
_DEAL_STAGES = {
    "opportunity": "presentationscheduled",
    "customer": "closedwon",
    catalog.LOST_STAGE: "closedlost",
}


@dataclass(frozen=True, slots=True)
class _Mover:
    """Moves records in, with the portal's chance and the moment it opened."""

    portal: Portal
    chance: Random
    opened: int

    def new(self, kind: ObjectType, created: int) -> Record:
        return Record(kind, self.portal.shelf(kind).next_id(), created, created)

    def settle(self, record: Record) -> Record:
        for versions in record.history.values():
            record.updated_at = max(record.updated_at, versions[-1].at)
        self.portal.shelf(record.kind).put(record)
        return record

    def moment(self, after: int) -> int:
        return self.chance.randrange(after, max(self.opened, after + 1))


def populate(portal: Portal, contacts: int) -> None:
    """Fill the portal with this many contacts and what belongs to them."""
    mover = _Mover(portal, portal.random, portal.clock.started_at_ms - 1000)
    companies = [_company(mover, number) for number in range(-(-contacts // 3))]
    oldest = mover.opened - PAST_DAYS * DAY_MS
    created = sorted(mover.moment(oldest) for _ in range(contacts))
    for number, at in enumerate(created):
        employed = mover.chance.random() < 0.9  # noqa: PLR2004
        company = mover.chance.choice(companies) if employed else None
        contact = _contact(mover, number, at, company)
        _sales_records(mover, contact, company)


def _company(mover: _Mover, number: int) -> Record:
    chance = mover.chance
    record = mover.new(COMPANIES, mover.opened - (PAST_DAYS + 30) * DAY_MS)
    stem, end = chance.choice(names.COMPANY_STEMS), chance.choice(names.COMPANY_ENDS)
    domain = f"{stem.lower().replace(' ', '-')}-{number}.example"
    values = {"name": f"{stem} {end}", "domain": domain}
    if chance.random() < 0.85:  # noqa: PLR2004
        values["numberofemployees"] = str(int(10 ** chance.uniform(0.3, 4.2)))
    if chance.random() < 0.9:  # noqa: PLR2004
        values["industry"] = chance.choice(catalog.INDUSTRIES)
        values["country"] = chance.choice(names.COUNTRIES)
    if chance.random() < 0.5:  # noqa: PLR2004
        values["annualrevenue"] = str(chance.randrange(50_000, 90_000_000))
    for name, value in values.items():
        record.write(name, value, record.created_at, _IMPORT)
    return mover.settle(record)


def _contact(mover: _Mover, number: int, at: int, company: Record | None) -> Record:
    chance, record = mover.chance, mover.new(CONTACTS, at)
    source = _FORM if chance.random() < 0.7 else _IMPORT  # noqa: PLR2004
    for name, value in _identity(chance, number, company).items():
        record.write(name, value, at, source)
    stage = chance.choices(_PATH, _WEIGHTS)[0]
    _walk_to(mover, record, stage, source)
    _qualify(mover, record, _PATH.index(stage))
    if company is not None:
        to = (COMPANIES.plural, company.id)
        mover.portal.associations.link_default(CONTACTS.plural, record.id, to)
    return mover.settle(record)


def _identity(chance: Random, number: int, company: Record | None) -> dict[str, str]:
    first, first_ascii = chance.choice(names.FIRST_NAMES)
    last, last_ascii = chance.choice(names.LAST_NAMES)
    domain = company.values["domain"] if company is not None else "mail.example"
    values = {
        "email": f"{first_ascii}.{last_ascii}{number}@{domain}",
        "firstname": first,
        "lastname": last,
        "hs_analytics_source": chance.choice(catalog.SOURCES),
    }
    if number % 37 == 5:  # noqa: PLR2004 - a few hostile ones, spread evenly
        hostile = names.HOSTILE[number // 37 % len(names.HOSTILE)]
        values["firstname"], values["lastname"] = hostile
    if chance.random() < 0.7:  # noqa: PLR2004
        values["jobtitle"] = chance.choice(names.TITLES)
    if chance.random() < 0.6:  # noqa: PLR2004
        values["phone"] = f"+49 30 {chance.randrange(10**6, 10**7)}"
    if company is not None:
        values["company"] = company.values["name"]
    return values


def _walk_to(mover: _Mover, record: Record, stage: str, source: Author) -> None:
    """Give the contact the history of having come to its stage step by step."""
    chance, at = mover.chance, record.created_at
    last = _PATH.index(stage)
    first = min(last, chance.choice((0, 1, 1)))
    steps = [s for s in _PATH[first : last + 1] if s == stage or s not in _LATE]
    for step in steps:
        author = source if step == steps[0] else chance.choice(_PEOPLE)
        record.write("lifecyclestage", step, at, author)
        at = mover.moment(at + 1)


def _qualify(mover: _Mover, record: Record, position: int) -> None:
    """Write what is known of a contact; the further along, the more."""
    chance, at = mover.chance, record.history["lifecyclestage"][-1].at
    author = chance.choice(_PEOPLE)
    known = 0.15 + 0.12 * position
    for name, value in _answers(mover, record.created_at).items():
        if chance.random() < known:
            record.write(name, value, at, author)
    if position > 0:
        record.write("hs_lead_status", chance.choice(_STATUSES), at, author)
    if position > 1:
        owner = chance.choice(OWNERS[1:3])
        record.write("hubspot_owner_id", str(owner.id), at, author)
    if record.values["lifecyclestage"] == catalog.LOST_STAGE:
        reason = chance.choice(catalog.REJECTION_REASONS)
        record.write("rejection_reason", reason, at, author)
        record.write("rejection_note", chance.choice(names.LOST_NOTES), at, author)


def _answers(mover: _Mover, created: int) -> dict[str, str]:
    chance = mover.chance
    due = mover.opened + chance.randrange(-30, 180) * DAY_MS
    return {
        "job_role": chance.choice(catalog.ROLES),
        "budget": chance.choice(("0", "500", "2500.50", "12000", "80000", "-1")),
        "need": chance.choice(names.NEEDS),
        "decision_date": iso(due)[:10],
        "technical_fit": chance.choice(("true", "true", "false")),
        "lead_tags": ";".join(chance.sample(catalog.TAGS, chance.randrange(1, 3))),
        "last_demo_request_at": iso(mover.moment(created)),
        "last_pricing_page_view_at": iso(mover.moment(created)),
        "last_webinar_at": iso(mover.moment(created)),
        "last_ebook_download_at": iso(mover.moment(created)),
        "qualified_by_qc": chance.choice(("true", "false")),
    }


def _sales_records(mover: _Mover, contact: Record, company: Record | None) -> None:
    stage = contact.values["lifecyclestage"]
    if stage in _DEAL_STAGES:
        _deal(mover, contact, company, _DEAL_STAGES[stage])
    if stage == "marketingqualifiedlead" and mover.chance.random() < 0.5:  # noqa: PLR2004
        _lead(mover, contact)


def _deal(mover: _Mover, contact: Record, company: Record | None, stage: str) -> None:
    record = mover.new(DEALS, contact.updated_at)
    author = mover.chance.choice(_PEOPLE)
    values = {
        "dealname": f"Deal with {contact.values['email']}",
        "amount": str(mover.chance.randrange(1000, 90_000)),
        "pipeline": DEFAULT_DEALS,
        "dealstage": stage,
    }
    for name, value in values.items():
        record.write(name, value, record.created_at, author)
    mover.settle(record)
    book = mover.portal.associations
    book.link_default(DEALS.plural, record.id, (CONTACTS.plural, contact.id))
    if company is not None:
        book.link_default(DEALS.plural, record.id, (COMPANIES.plural, company.id))


def _lead(mover: _Mover, contact: Record) -> None:
    record = mover.new(LEADS, contact.updated_at)
    values = {
        "hs_lead_name": f"Lead {contact.values['email']}",
        "hs_pipeline": DEFAULT_LEADS,
        "hs_pipeline_stage": "new-stage-id",
    }
    for name, value in values.items():
        record.write(name, value, record.created_at, mover.chance.choice(_PEOPLE))
    mover.settle(record)
    link = find_type(LEADS.plural, CONTACTS.plural, LEAD_TO_CONTACT)
    if link is not None:
        mover.portal.associations.link(link, record.id, contact.id)


_STATUSES = tuple(option.value for option in catalog.LEAD_STATUS[:3])
