"""Write records the way amoCRM does: HAL, seconds, `custom_fields_values`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account, LossReason
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

    from .calls import Call

API = "/api/v4"


def link_to(call: Call, path: str) -> dict[str, object]:
    """Return `_links` of something with an address of its own."""
    return {"self": {"href": f"{call.base}{API}/{path}"}}


def show(site: Site, call: Call, record: Record, wanted: set[str]) -> dict[str, object]:
    """Return a lead, contact or company as a list or a single answer shows it."""
    account = site.account
    body = _common(account, record)
    if record.kind == "leads":
        body = _lead(account, record, body, wanted)
    elif record.kind == "contacts":
        names = {"first_name": record.first_name, "last_name": record.last_name}
        body = {"id": record.id, "name": record.name} | names | body
        body["is_unsorted"] = record.is_unsorted
    body["_links"] = link_to(call, f"{record.kind}/{record.id}")
    body["_embedded"] = _embedded(account, call, record, wanted)
    return body


def _common(account: Account, record: Record) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "responsible_user_id": record.responsible,
        "group_id": record.group_id,
        "created_by": record.created_by,
        "updated_by": record.updated_by,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "closest_task_at": closest_task(account, record),
        "is_deleted": record.is_deleted,
        "custom_fields_values": custom_values(account, record),
        "account_id": account.config.account_id,
    }


def _lead(
    account: Account, record: Record, common: dict[str, object], wanted: set[str]
) -> dict[str, object]:
    body: dict[str, object] = {
        "id": record.id,
        "name": record.name,
        "price": int(record.price),
        "status_id": record.status_id,
        "pipeline_id": record.pipeline_id,
        "loss_reason_id": record.loss_reason_id,
        "source_id": record.source_id,
        "closed_at": record.closed_at,
        "score": None,
        "labor_cost": None,
    }
    if account.policy.minor_units:
        body["price_with_minor_units"] = float(record.price)
    if "is_price_modified_by_robot" in wanted:
        body["is_price_modified_by_robot"] = record.is_price_modified_by_robot
    return common | body


def show_deleted(call: Call, record: Record) -> dict[str, object]:
    """Return what the recycle bin shows of a lead."""
    return {
        "id": record.id,
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
        "is_deleted": True,
        "_links": link_to(call, f"leads/{record.id}"),
    }


def custom_values(account: Account, record: Record) -> list[dict[str, object]] | None:
    """Return the custom fields that are filled, None when none is."""
    fields = account.fields[record.kind]
    shown: list[dict[str, object]] = []
    for number, values in record.fields.items():
        field = fields.get(number)
        if field is None:
            continue
        shown.append(
            {
                "field_id": field.id,
                "field_name": field.name,
                "field_code": field.code,
                "field_type": field.type,
                "values": [dict(value) for value in values],
                "is_computed": False,
            }
        )
    return shown or None


def closest_task(account: Account, record: Record) -> int | None:
    """Return when the next open task of a record is due."""
    due = (
        task.complete_till
        for task in account.tasks.values()
        if (task.entity_type, task.entity_id) == (record.kind, record.id)
        and not task.is_completed
    )
    return min(due, default=None) if account.tasks else None


def show_reason(call: Call, reason: LossReason) -> dict[str, object]:
    """Return a loss reason."""
    return {
        "id": reason.id,
        "name": reason.name,
        "sort": reason.sort,
        "created_at": reason.created_at,
        "updated_at": reason.created_at,
        "_links": link_to(call, f"leads/loss_reasons/{reason.id}"),
    }


def _embedded(
    account: Account, call: Call, record: Record, wanted: set[str]
) -> dict[str, object]:
    tags = account.tags[record.kind]
    embedded: dict[str, object] = {
        "tags": [
            {"id": t, "name": tags[t].name, "color": tags[t].color} for t in record.tags
        ]
    }
    if record.kind != "companies":
        embedded["companies"] = _linked(account, call, record, "companies")
    for kind in ("contacts", "leads"):
        if kind in wanted and kind != record.kind:
            embedded[kind] = _linked(account, call, record, kind)
    for empty in ("catalog_elements", "customers"):
        if empty in wanted:
            embedded[empty] = []
    if record.kind == "leads" and "loss_reason" in wanted:
        embedded["loss_reason"] = _reason(account, call, record)
    if record.kind == "leads" and wanted & {"source", "source_id"}:
        embedded["source"] = {"id": record.source_id, "name": "API"}
    return embedded


def _reason(account: Account, call: Call, record: Record) -> object:
    reason = account.loss_reasons.get(record.loss_reason_id or 0)
    if account.policy.loss_reason_is_list:
        return [show_reason(call, reason)] if reason else []
    return show_reason(call, reason) if reason else None


def _linked(
    account: Account, call: Call, record: Record, kind: str
) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = []
    for to, known in account.links.of(record.kind, record.id, kind).items():
        one: dict[str, object] = {"id": to}
        if kind == "contacts" and record.kind == "leads":
            one["is_main"] = bool(known.get("main_contact"))
        shown.append(one | {"_links": link_to(call, f"{kind}/{to}")})
    return shown
