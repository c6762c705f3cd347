"""The types of records of a portal, and what is peculiar to each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """A type of record and what is peculiar to it.

    Attributes:
        plural: The name in paths.
        event: The name in classic webhook types; `object` for types without one.
        stage: The property whose history feeds the hs_v2_date_* family.
        required: Properties a creation must carry.
        searched: Properties the free text `query` of a search looks at.
    """

    plural: str
    singular: str
    type_id: str
    event: str
    modified: str
    created: str
    shown: tuple[str, ...]
    stage: str | None = None
    pipeline: str | None = None
    required: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    scope: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a path may call it by."""
        return (self.plural, self.singular, self.type_id)


CONTACTS = ObjectType(
    plural="contacts",
    singular="contact",
    type_id="0-1",
    event="contact",
    modified="lastmodifieddate",
    created="createdate",
    shown=(
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    ),
    stage="lifecyclestage",
    searched=("firstname", "lastname", "email", "phone", "company"),
    scope="contacts",
)
COMPANIES = ObjectType(
    plural="companies",
    singular="company",
    type_id="0-2",
    event="company",
    modified="hs_lastmodifieddate",
    created="createdate",
    shown=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    stage="lifecyclestage",
    searched=("name", "domain", "country"),
    scope="companies",
)
DEALS = ObjectType(
    plural="deals",
    singular="deal",
    type_id="0-3",
    event="deal",
    modified="hs_lastmodifieddate",
    created="createdate",
    shown=(
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    stage="dealstage",
    pipeline="pipeline",
    searched=("dealname",),
    scope="deals",
)
LEADS = ObjectType(
    plural="leads",
    singular="lead",
    type_id="0-136",
    event="object",
    modified="hs_lastmodifieddate",
    created="hs_createdate",
    shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    stage="hs_pipeline_stage",
    pipeline="hs_pipeline",
    required=("hs_lead_name",),
    searched=("hs_lead_name",),
    scope="leads",
)
TASKS = ObjectType(
    plural="tasks",
    singular="task",
    type_id="0-27",
    event="object",
    modified="hs_lastmodifieddate",
    created="hs_createdate",
    shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    required=("hs_timestamp",),
    searched=("hs_task_subject", "hs_task_body"),
    scope="contacts",
)
NOTES = ObjectType(
    plural="notes",
    singular="note",
    type_id="0-46",
    event="object",
    modified="hs_lastmodifieddate",
    created="hs_createdate",
    shown=("hs_createdate", "hs_lastmodifieddate", "hs_object_id"),
    required=("hs_timestamp",),
    searched=("hs_note_body",),
    scope="contacts",
)
OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS, LEADS, TASKS, NOTES)
BY_NAME = {name: kind for kind in OBJECT_TYPES for name in kind.names}
