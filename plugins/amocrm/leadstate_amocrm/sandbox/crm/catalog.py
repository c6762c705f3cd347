"""The seeded account: every fixed id that a workflow, a test or a demo may name.

Pipelines begin with 71, loss reasons with 72, custom fields with 73, users with 74.
142 and 143 are amoCRM's own, the same in every pipeline.
"""

from __future__ import annotations

from .fields import Enum, Field
from .pipelines import LOST, WON, Pipeline, Status

# -- pipelines -------------------------------------------------------------------------

SALES = 7100001
UNSORTED = 7100100
NEW = 7100101
MQL = 7100102
SAL = 7100103
SQL = 7100104
BACKLOG = 7100105
NURTURE = 7100106

INBOUND = 7100002
INBOUND_UNSORTED = 7100200
INBOUND_NEW = 7100201
INBOUND_ATTEMPTING = 7100202
INBOUND_CONNECTED = 7100203

_STAGES: dict[int, tuple[tuple[int, str], ...]] = {
    SALES: (
        (NEW, "New lead"),
        (MQL, "Marketing qualified"),
        (SAL, "Sales accepted"),
        (SQL, "Qualified"),
        (BACKLOG, "Backlog"),
        (NURTURE, "Nurture"),
    ),
    INBOUND: (
        (INBOUND_NEW, "New request"),
        (INBOUND_ATTEMPTING, "Attempting"),
        (INBOUND_CONNECTED, "Connected"),
    ),
}
_COLORS = ("#99ccff", "#ffff99", "#ffcc66", "#ffcccc", "#e6e8ea", "#deff81")


def system_statuses(pipeline_id: int, unsorted_id: int) -> list[Status]:
    """Return the three statuses every pipeline has."""
    return [
        Status(unsorted_id, "Unsorted", 10, pipeline_id, "#c1c1c1", 1, editable=False),
        Status(WON, "Won", 10000, pipeline_id, "#ccff66", 0, editable=False),
        Status(LOST, "Lost", 11000, pipeline_id, "#d5d8db", 0, editable=False),
    ]


def _pipeline(pipeline_id: int, name: str, sort: int, unsorted_id: int) -> Pipeline:
    statuses = system_statuses(pipeline_id, unsorted_id)
    for number, (status_id, label) in enumerate(_STAGES[pipeline_id]):
        color = _COLORS[number % len(_COLORS)]
        sorted_at = 20 + 10 * number
        statuses.append(Status(status_id, label, sorted_at, pipeline_id, color, 0))
    return Pipeline(pipeline_id, name, sort, sort == 1, {s.id: s for s in statuses})


def pipelines() -> list[Pipeline]:
    """Return fresh copies of the seeded pipelines."""
    return [
        _pipeline(SALES, "Sales", 1, UNSORTED),
        _pipeline(INBOUND, "Inbound requests", 2, INBOUND_UNSORTED),
    ]


# -- loss reasons ----------------------------------------------------------------------

LOSS_REASONS = {
    "competitor": (7200001, "Chose a competitor"),
    "price": (7200002, "Price"),
    "no_decision": (7200003, "No decision"),
    "other": (7200004, "Other"),
    "not_ideal": (7200005, "Not our ideal customer"),
    "no_budget": (7200006, "No budget"),
    "no_answer": (7200007, "No answer"),
    "timing": (7200008, "Bad timing"),
    "technical": (7200009, "Technical reasons"),
    "legal": (7200010, "Legal reasons"),
    # Free ones that no workflow knows.
    "duplicate": (7200011, "Duplicate"),
    "spam": (7200012, "Spam"),
}
"""What our workflows call a reason -> the id and the name in the account."""

# -- custom fields ---------------------------------------------------------------------

JOB_ROLES = ("owner", "director", "manager", "specialist")
SOURCES = ("organic", "paid", "email", "social", "referral", "direct", "offline")
REASONS = tuple(LOSS_REASONS)[:10]
INDUSTRIES = ("software", "machinery", "retail", "health", "logistics", "finance")
TAGS = ("spam", "existing_client", "partner", "vip")
PHONES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAILS = ("WORK", "PRIV", "OTHER")


def _enums(field_id: int, values: tuple[str, ...]) -> tuple[Enum, ...]:
    first = field_id * 100 + 1
    return tuple(
        Enum(first + number, value, 10 * (number + 1), value.upper())
        for number, value in enumerate(values)
    )


_PREDEFINED = frozenset(("PHONE", "EMAIL", "POSITION", "WEB"))


def _field(
    entity: str,
    field_id: int,
    code: str,
    kind: str,
    options: tuple[str, ...] = (),
) -> Field:
    return Field(
        id=field_id,
        entity=entity,
        name=code.replace("_", " ").capitalize(),
        type=kind,
        code=code,
        sort=500 + field_id % 100,
        enums=_enums(field_id, options),
        currency="EUR" if kind == "monetary" else None,
        is_predefined=code in _PREDEFINED,
    )


def fields() -> list[Field]:
    """Return fresh copies of the seeded custom fields."""
    return [
        _field("leads", 7300101, "BUDGET", "monetary"),
        _field("leads", 7300102, "NEED", "text"),
        _field("leads", 7300103, "DECISION_DATE", "date"),
        _field("leads", 7300104, "TECHNICAL_FIT", "checkbox"),
        _field("leads", 7300105, "JOB_ROLE", "select", JOB_ROLES),
        _field("leads", 7300106, "SOURCE", "select", SOURCES),
        _field("leads", 7300107, "LAST_DEMO_REQUEST_AT", "date_time"),
        _field("leads", 7300108, "LAST_PRICING_PAGE_VIEW_AT", "date_time"),
        _field("leads", 7300109, "LAST_WEBINAR_AT", "date_time"),
        _field("leads", 7300110, "LAST_EBOOK_DOWNLOAD_AT", "date_time"),
        _field("leads", 7300111, "LEADSTATE_TOKEN", "text"),
        _field("leads", 7300112, "REJECTION_REASON", "select", REASONS),
        _field("leads", 7300113, "REJECTION_NOTE", "textarea"),
        _field("leads", 7300114, "TEMPERATURE", "select", ("hot", "warm", "cold")),
        _field("leads", 7300115, "PRODUCTS", "multiselect", ("crm", "erp", "support")),
        _field("contacts", 7300201, "PHONE", "multitext", PHONES),
        _field("contacts", 7300202, "EMAIL", "multitext", EMAILS),
        _field("contacts", 7300203, "POSITION", "text"),
        _field("companies", 7300301, "PHONE", "multitext", PHONES),
        _field("companies", 7300302, "EMAIL", "multitext", EMAILS),
        _field("companies", 7300303, "WEB", "url"),
        _field("companies", 7300304, "COMPANY_SIZE", "numeric"),
        _field("companies", 7300305, "INDUSTRY", "select", INDUSTRIES),
        _field("companies", 7300306, "COUNTRY", "text"),
    ]


# -- users -----------------------------------------------------------------------------

ADMIN = 7400001
SALES_USER = 7400002
MARKETING_USER = 7400003
QUALITY_USER = 7400004
FORMER_USER = 7400005
FREE_USER = 7400006
ROBOT = 0
"""What amoCRM names as the author when nobody in particular wrote."""
