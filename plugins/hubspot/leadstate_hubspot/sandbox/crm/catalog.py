"""The properties of the seeded portal: HubSpot's own and the portal's custom ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .definitions import Definition, Kind, Option
from .pipelines import DEALS, LEADS, stage_options

if TYPE_CHECKING:
    from collections.abc import Iterable

ACCEPTED_STAGE = "174913201"
LOST_STAGE = "174913202"


def _options(*values: str) -> tuple[Option, ...]:
    return tuple(Option(v, v.replace("_", " ").capitalize()) for v in values)


LIFECYCLE = (
    Option("subscriber", "Subscriber"),
    Option("lead", "Lead"),
    Option("marketingqualifiedlead", "Marketing Qualified Lead"),
    # Custom stages have numeric internal values since 2022-09-30 (changelog
    # "upcoming-customized-lifecycle-stages"), wherever they stand in the order.
    Option(ACCEPTED_STAGE, "Sales accepted lead"),
    Option("salesqualifiedlead", "Sales Qualified Lead"),
    Option("opportunity", "Opportunity"),
    Option("customer", "Customer"),
    Option(LOST_STAGE, "Lost"),
    Option("evangelist", "Evangelist"),
    Option("other", "Other"),
)
LEAD_STATUS = _options(
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)
REJECTION_REASONS = (
    "not_ideal",
    "no_budget",
    "no_answer",
    "timing",
    "technical",
    "legal",
    "competitor",
    "price",
    "no_decision",
    "other",
)
ROLES = ("owner", "director", "manager", "specialist")
TAGS = ("spam", "existing_client", "partner", "vip")
INDUSTRIES = (
    "COMPUTER_SOFTWARE",
    "MACHINERY",
    "RETAIL",
    "HOSPITAL_HEALTH_CARE",
    "LOGISTICS_AND_SUPPLY_CHAIN",
    "FINANCIAL_SERVICES",
    "EDUCATION_MANAGEMENT",
)
SOURCES = (
    "ORGANIC_SEARCH",
    "PAID_SEARCH",
    "EMAIL_MARKETING",
    "SOCIAL_MEDIA",
    "REFERRALS",
    "DIRECT_TRAFFIC",
    "OFFLINE",
    "OTHER_CAMPAIGNS",
)


def text(name: str, label: str, *, unique: bool = False) -> Definition:
    """Return a plain text property of HubSpot's own."""
    return Definition(name=name, label=label, unique=unique)


def number(name: str, label: str) -> Definition:
    """Return a number of HubSpot's own."""
    return Definition(name=name, label=label, kind=Kind.NUMBER, field_type="number")


def moment(name: str, label: str) -> Definition:
    """Return a date with time."""
    return Definition(name=name, label=label, kind=Kind.DATETIME, field_type="date")


def fixed(name: str, label: str, kind: Kind = Kind.STRING) -> Definition:
    """Return a property only HubSpot writes."""
    field_type = {Kind.DATETIME: "date", Kind.NUMBER: "number"}.get(kind, "text")
    return Definition(
        name=name, label=label, kind=kind, field_type=field_type, read_only=True
    )


def choice(name: str, label: str, options: Iterable[Option]) -> Definition:
    """Return a choice among options."""
    return Definition(
        name=name,
        label=label,
        kind=Kind.ENUMERATION,
        field_type="radio",
        options=tuple(options),
    )


def _yes_no(name: str, label: str, kind: Kind) -> Definition:
    return Definition(
        name=name,
        label=label,
        kind=kind,
        field_type="booleancheckbox",
        options=(Option("true", "Yes"), Option("false", "No")),
        custom=True,
    )


def _custom(name: str, label: str, kind: Kind, field_type: str) -> Definition:
    return Definition(
        name=name, label=label, kind=kind, field_type=field_type, custom=True
    )


def _custom_choice(
    name: str, label: str, values: Iterable[str], field_type: str = "select"
) -> Definition:
    return Definition(
        name=name,
        label=label,
        kind=Kind.ENUMERATION,
        field_type=field_type,
        options=_options(*values),
        custom=True,
    )


OWNER = Definition(
    name="hubspot_owner_id",
    label="Owner",
    kind=Kind.ENUMERATION,
    field_type="select",
    owners_only=True,
)
_OBJECT_ID = fixed("hs_object_id", "Record ID", Kind.NUMBER)
_MERGED = fixed("hs_merged_object_ids", "Merged record IDs")
_LIFECYCLE = choice("lifecyclestage", "Lifecycle Stage", LIFECYCLE)
_STAMPS = (
    fixed("hs_createdate", "Create date", Kind.DATETIME),
    fixed("hs_lastmodifieddate", "Last modified", Kind.DATETIME),
    _OBJECT_ID,
    OWNER,
)

_CONTACTS = (
    text("email", "Email", unique=True),
    text("firstname", "First Name"),
    text("lastname", "Last Name"),
    text("jobtitle", "Job Title"),
    text("phone", "Phone Number"),
    text("mobilephone", "Mobile Phone Number"),
    text("hs_whatsapp_phone_number", "WhatsApp Phone Number"),
    text("company", "Company Name"),
    fixed("createdate", "Create Date", Kind.DATETIME),
    fixed("lastmodifieddate", "Last Modified Date", Kind.DATETIME),
    _OBJECT_ID,
    _LIFECYCLE,
    choice("hs_lead_status", "Lead Status", LEAD_STATUS),
    OWNER,
    fixed("hs_sa_first_engagement_date", "First Engagement Date", Kind.DATETIME),
    choice("hs_analytics_source", "Original Traffic Source", _options(*SOURCES)),
    fixed("hs_additional_emails", "Additional email addresses"),
    _MERGED,
    fixed("hs_calculated_merged_vids", "Merged vids with timestamps"),
    _custom_choice("job_role", "Job role", ROLES),
    _custom("budget", "Budget", Kind.NUMBER, "number"),
    _custom("need", "Need", Kind.STRING, "textarea"),
    _custom("decision_date", "Decision date", Kind.DATE, "date"),
    _yes_no("technical_fit", "Technical fit", Kind.ENUMERATION),
    _custom_choice("lead_tags", "Lead tags", TAGS, "checkbox"),
    _custom_choice("rejection_reason", "Rejection reason", REJECTION_REASONS),
    _custom("rejection_note", "Rejection note", Kind.STRING, "textarea"),
    _custom("last_demo_request_at", "Last demo request", Kind.DATETIME, "date"),
    _custom("last_pricing_page_view_at", "Last pricing view", Kind.DATETIME, "date"),
    _custom("last_webinar_at", "Last webinar", Kind.DATETIME, "date"),
    _custom("last_ebook_download_at", "Last e-book", Kind.DATETIME, "date"),
    _yes_no("qualified_by_qc", "Qualified by quality control", Kind.BOOL),
)
_COMPANIES = (
    text("name", "Company name"),
    text("domain", "Company Domain Name"),
    text("phone", "Phone Number"),
    number("numberofemployees", "Number of Employees"),
    choice("industry", "Industry", _options(*INDUSTRIES)),
    text("country", "Country/Region"),
    number("annualrevenue", "Annual Revenue"),
    _LIFECYCLE,
    fixed("createdate", "Create Date", Kind.DATETIME),
    fixed("hs_lastmodifieddate", "Last Modified Date", Kind.DATETIME),
    _OBJECT_ID,
    OWNER,
    _MERGED,
)
_DEALS = (
    text("dealname", "Deal Name"),
    number("amount", "Amount"),
    moment("closedate", "Close Date"),
    choice("pipeline", "Pipeline", (Option(DEALS.id, DEALS.label),)),
    choice("dealstage", "Deal Stage", stage_options(DEALS)),
    fixed("createdate", "Create Date", Kind.DATETIME),
    fixed("hs_lastmodifieddate", "Last Modified Date", Kind.DATETIME),
    _OBJECT_ID,
    OWNER,
    _MERGED,
)
_LEADS = (
    text("hs_lead_name", "Lead Name"),
    choice("hs_lead_type", "Lead Type", _options("NEW_BUSINESS", "RE_ATTEMPTING")),
    choice("hs_lead_label", "Lead Label", _options("HOT", "WARM", "COLD")),
    choice("hs_pipeline", "Pipeline", (Option(LEADS.id, LEADS.label),)),
    choice("hs_pipeline_stage", "Stage", stage_options(LEADS)),
    text("hs_lead_disqualification_reason", "Disqualification Reason"),
    *_STAMPS,
)
_TASKS = (
    moment("hs_timestamp", "Due date"),
    text("hs_task_subject", "Task Title"),
    text("hs_task_body", "Notes"),
    choice(
        "hs_task_status",
        "Task Status",
        _options("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
    ),
    choice("hs_task_priority", "Priority", _options("NONE", "LOW", "MEDIUM", "HIGH")),
    choice("hs_task_type", "Task Type", _options("TODO", "CALL", "EMAIL")),
    *_STAMPS,
)
_NOTES = (
    moment("hs_timestamp", "Activity date"),
    text("hs_note_body", "Note body"),
    *_STAMPS,
)
STORED: dict[str, tuple[Definition, ...]] = {
    "contacts": _CONTACTS,
    "companies": _COMPANIES,
    "deals": _DEALS,
    "leads": _LEADS,
    "tasks": _TASKS,
    "notes": _NOTES,
}
CUSTOM_STAGES = frozenset((ACCEPTED_STAGE, LOST_STAGE))
