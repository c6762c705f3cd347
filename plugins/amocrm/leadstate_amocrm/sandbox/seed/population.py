"""Move leads, contacts and companies into an empty account, with a past.

Everything follows from the account's own random source, so a seed names an account.
The journal listens: what happened in the past is in the events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import catalog, writing
from leadstate_amocrm.sandbox.crm.draft_items import read_draft
from leadstate_amocrm.sandbox.crm.pipelines import LOST, WON

from . import names

if TYPE_CHECKING:
    from random import Random

    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.records import Record

DAY = 86_400
PAST_DAYS = 90
_PEOPLE = (
    catalog.ADMIN,
    catalog.SALES_USER,
    catalog.MARKETING_USER,
    catalog.QUALITY_USER,
)
# How far along leads are: mostly at the beginning.
_PATHS: tuple[tuple[int, ...], ...] = (
    (catalog.NEW,),
    (catalog.NEW, catalog.MQL),
    (catalog.NEW, catalog.MQL, catalog.SAL),
    (catalog.NEW, catalog.MQL, catalog.SAL, catalog.SQL),
    (catalog.NEW, catalog.MQL, catalog.SAL, catalog.BACKLOG),
    (catalog.NEW, catalog.MQL, catalog.NURTURE),
    (catalog.NEW, catalog.MQL, catalog.SAL, catalog.SQL, WON),
    (catalog.NEW, catalog.MQL, LOST),
)
_WEIGHTS = (60, 9, 7, 5, 4, 5, 5, 5)
_INBOUND = (catalog.INBOUND_NEW, catalog.INBOUND_ATTEMPTING, catalog.INBOUND_CONNECTED)
Item = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Mover:
    """Moves records in, with the account's chance and the moment it opened."""

    account: Account
    chance: Random
    opened: int

    def create(self, kind: str, item: Item, author: int, at: int) -> Record:
        draft = read_draft(self.account, kind, item, None)
        return writing.create(self.account, kind, draft, author, at=at)

    def update(self, record: Record, item: Item, author: int, at: int) -> None:
        draft = read_draft(self.account, record.kind, item, record)
        writing.update(self.account, record, draft, author, at=at)

    def moment(self, after: int) -> int:
        return self.chance.randrange(after, max(self.opened, after + 1))


def populate(account: Account, leads: int) -> None:
    """Fill the account with this many leads and what belongs to them."""
    mover = _Mover(account, account.random, account.opened_at - 1)
    oldest = mover.opened - PAST_DAYS * DAY
    for name in catalog.TAGS if leads else ():
        account.tag("leads", name)
    companies = [_company(mover, n, oldest) for n in range(-(-leads // 3))]
    for number, at in enumerate(sorted(mover.moment(oldest) for _ in range(leads))):
        employed = mover.chance.random() < 0.9  # noqa: PLR2004
        company = mover.chance.choice(companies) if employed else None
        contact = _contact(mover, number, at, company)
        _lead(mover, number, at, contact, company)


def _values(**given: object) -> list[Item]:
    return [
        {"field_code": code, "values": [{"value": value}]}
        for code, value in given.items()
        if value is not None
    ]


def _company(mover: _Mover, number: int, at: int) -> Record:
    chance = mover.chance
    stem, end = chance.choice(names.COMPANY_STEMS), chance.choice(names.COMPANY_ENDS)
    size = str(int(10 ** chance.uniform(0.3, 4.0)))
    fields = _values(
        WEB=f"https://{stem.lower()}-{number}.example",
        COMPANY_SIZE=size if chance.random() < 0.85 else None,  # noqa: PLR2004
        INDUSTRY=chance.choice(catalog.INDUSTRIES),
        COUNTRY=chance.choice(names.COUNTRIES),
    )
    item: Item = {"name": f"{stem} {end}", "custom_fields_values": fields}
    return mover.create("companies", item, catalog.ADMIN, at)


def _contact(mover: _Mover, number: int, at: int, company: Record | None) -> Record:
    chance = mover.chance
    first, first_ascii = chance.choice(names.FIRST_NAMES)
    last, last_ascii = chance.choice(names.LAST_NAMES)
    if number % 37 == 5:  # noqa: PLR2004 - a few hostile ones, spread evenly
        last = names.HOSTILE[number // 37 % len(names.HOSTILE)]
    fields = _values(
        EMAIL=f"{first_ascii}.{last_ascii}{number}@mail.example",
        PHONE=f"+49 30 {chance.randrange(10**6, 10**7)}",
        POSITION=chance.choice(names.POSITIONS),
    )
    item: Item = {"first_name": first, "last_name": last}
    item["custom_fields_values"] = fields
    if company is not None:
        item["_embedded"] = {"companies": [{"id": company.id}]}
    return mover.create("contacts", item, catalog.ROBOT, at)


def _lead(
    mover: _Mover, number: int, at: int, contact: Record, company: Record | None
) -> None:
    chance = mover.chance
    path = chance.choices(_PATHS, _WEIGHTS)[0]
    pipeline = catalog.SALES
    if number % 10 == 9:  # noqa: PLR2004 - every tenth came by the other way
        pipeline, path = catalog.INBOUND, _INBOUND[: chance.randrange(1, 4)]
    embedded: Item = {"contacts": [{"id": contact.id, "is_main": True}]}
    if company is not None:
        embedded["companies"] = [{"id": company.id}]
    if chance.random() < 0.3:  # noqa: PLR2004
        embedded["tags"] = [{"name": chance.choice(catalog.TAGS)}]
    item: Item = {
        "name": f"Request of {contact.name[:60]}",
        "pipeline_id": pipeline,
        "status_id": path[0],
        "responsible_user_id": chance.choice(_PEOPLE),
        "custom_fields_values": _known(mover, at, len(path)),
        "_embedded": embedded,
    }
    if chance.random() < 0.5:  # noqa: PLR2004
        item["price"] = chance.randrange(500, 90_000)
    lead = mover.create("leads", item, catalog.ROBOT, at)
    for status_id in path[1:]:
        at = mover.moment(at + 1)
        step: Item = {"pipeline_id": pipeline, "status_id": status_id}
        if status_id == LOST:
            reason = chance.choice(list(catalog.LOSS_REASONS.values()))
            step["loss_reason_id"] = reason[0]
        mover.update(lead, step, chance.choice(_PEOPLE), at)


def _known(mover: _Mover, at: int, steps: int) -> list[Item]:
    """Return what is known of a lead; the further along, the more."""
    chance = mover.chance
    days = mover.opened // DAY + chance.randrange(-30, 180)
    every: dict[str, object] = {
        "BUDGET": chance.choice(("500", "2500.5", "12000", "80000")),
        "NEED": chance.choice(names.NEEDS),
        "DECISION_DATE": days * DAY,
        "TECHNICAL_FIT": chance.choice((True, True, False)),
        "JOB_ROLE": chance.choice(catalog.JOB_ROLES),
        "SOURCE": chance.choice(catalog.SOURCES),
        "LAST_DEMO_REQUEST_AT": mover.moment(at),
        "LAST_PRICING_PAGE_VIEW_AT": mover.moment(at),
        "LAST_WEBINAR_AT": mover.moment(at),
        "LAST_EBOOK_DOWNLOAD_AT": mover.moment(at),
    }
    known = 0.15 + 0.15 * steps
    return _values(**{k: v for k, v in every.items() if chance.random() < known})
