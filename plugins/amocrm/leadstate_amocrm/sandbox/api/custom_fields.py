"""Custom fields of leads, contacts and companies: list, read, create, update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm.fields import TYPES, WITH_ENUMS, Enum, Field
from leadstate_amocrm.sandbox.payloads import READ, items_of
from leadstate_amocrm.sandbox.problems import (
    Issue,
    missing,
    no_choice,
    not_found,
    refused,
    wrong_type,
)

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .pages import listed, order_of
from .query import texts, under
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.site import Site

# smart_address knows its parts by these codes (custom fields guide, 2026-11).
ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip", "country")
ONLY_ON_LEADS = "chained_list"


def list_fields(site: Site, call: Call) -> Reply:
    """Page through the fields of a kind."""
    fields = list(site.account.fields[call.params["kind"]].values())
    types = texts(under(call.tree().get("filter"), "type"))
    if types is not None:
        fields = [field for field in fields if field.type in types]
    key, down = order_of(call, ("sort", "id"), "id")
    fields.sort(key=lambda field: (getattr(field, key), field.id), reverse=down)
    return listed(
        site,
        call,
        "custom_fields",
        fields,
        lambda field: _show(site, call, field),
        counted=True,
    )


def read_field(site: Site, call: Call) -> Reply:
    """Show one field."""
    return Reply(200, _show(site, call, _field(site, call)))


def create_fields(site: Site, call: Call) -> Reply:
    """Create fields."""
    _check_admin(call)
    kind, items = call.params["kind"], []
    for index, item in enumerate(items_of(call.raw)):
        issues = _issues_of_new(site.account, kind, item)
        items.append(Item(request_id(item, index), item, issues))

    def apply(item: Item[Row]) -> Row:
        field = _new_field(site.account, kind, item.draft)
        site.account.fields[kind][field.id] = field
        return _show(site, call, field) | {"request_id": item.request_id}

    rows = apply_all(site, call, items, apply)
    return Reply(200, {"_total_items": len(rows), "_embedded": {"custom_fields": rows}})


def update_many(site: Site, call: Call) -> Reply:
    """Change several fields."""
    _check_admin(call)
    kind, rows = call.params["kind"], []
    for item in items_of(call.raw):
        field = site.account.field(kind, item.get("id"))
        if field is None:
            message = "Custom field not found"
            raise not_found(message)
        rows.append(_change(site, call, field, item))
    return Reply(200, {"_total_items": len(rows), "_embedded": {"custom_fields": rows}})


def update_field(site: Site, call: Call) -> Reply:
    """Change one field: name, code, sort, options, where it is required."""
    _check_admin(call)
    return Reply(200, _change(site, call, _field(site, call), call.body()))


def delete_field(site: Site, call: Call) -> Reply:
    """Delete a field with its values."""
    _check_admin(call)
    field = _field(site, call)
    if field.is_predefined:
        raise refused(403, "a predefined field cannot be deleted")
    del site.account.fields[field.entity][field.id]
    for record in site.account.shelves[field.entity].values():
        record.fields.pop(field.id, None)
    return Reply(204)


def _field(site: Site, call: Call) -> Field:
    found = site.account.fields[call.params["kind"]].get(call.number() or 0)
    if found is None:
        message = "Custom field not found"
        raise not_found(message)
    return found


def _check_admin(call: Call) -> None:
    if not call.caller.is_admin:
        raise refused(403, "only an administrator may change fields")


def _issues_of_new(account: Account, kind: str, item: Row) -> list[Issue]:
    issues = [missing(name) for name in ("name", "type") if item.get(name) is None]
    wanted = item.get("type")
    if wanted is not None and wanted not in TYPES:
        issues.append(no_choice("type"))
    if wanted == ONLY_ON_LEADS and kind != "leads":
        issues.append(no_choice("type"))
    if wanted == "multitext" and kind == "leads":
        issues.append(no_choice("type"))
    code = item.get("code")
    if code is not None and not isinstance(code, str):
        issues.append(wrong_type("code", "string"))
    elif code is not None and account.field(kind, code) is not None:
        issues.append(no_choice("code"))
    return issues


def _new_field(account: Account, kind: str, item: Row) -> Field:
    field = Field(
        id=account.next_id("fields"),
        entity=kind,
        name="",
        type=READ.text(item["type"], at="type"),
        code=READ.optional_text(item, "code"),
        sort=500 + len(account.fields[kind]),
    )
    if field.type == "smart_address":
        field.enums = tuple(
            Enum(number, code, number, code) for number, code in enumerate(ADDRESS, 1)
        )
    _set(account, field, item)
    return field


def _change(site: Site, call: Call, field: Field, item: Row) -> Row:
    if "code" in item:
        field.code = READ.optional_text(item, "code")
    _set(site.account, field, item)
    return _show(site, call, field)


def _set(account: Account, field: Field, item: Row) -> None:
    if item.get("name") is not None:
        field.name = READ.text(item["name"], at="name")
    if item.get("sort") is not None:
        field.sort = READ.whole(item["sort"], at="sort")
    if item.get("is_api_only") is not None:
        field.is_api_only = READ.flag(item["is_api_only"], at="is_api_only")
    if item.get("currency") is not None:
        field.currency = READ.text(item["currency"], at="currency")
    if "enums" in item and field.type in WITH_ENUMS:
        field.enums = _enums(account, READ.items(item["enums"], at="enums"))
    for name in ("required_statuses", "hidden_statuses"):
        if name in item:
            setattr(field, name, _stages(READ.items(item[name], at=name)))


def _enums(account: Account, given: list[object]) -> tuple[Enum, ...]:
    enums = []
    for number, one in enumerate(given, start=1):
        body = READ.mapping(one, at="enums")
        known = body.get("id")
        enums.append(
            Enum(
                id=READ.whole(known, at="id") if known else account.next_id("enums"),
                value=READ.text(body.get("value", ""), at="value"),
                sort=READ.whole(body.get("sort", number), at="sort"),
                code=READ.optional_text(body, "code"),
            )
        )
    return tuple(enums)


def _stages(given: list[object]) -> list[dict[str, int]]:
    stages = [READ.mapping(one, at="statuses") for one in given]
    names = ("status_id", "pipeline_id")
    return [{n: READ.whole(one.get(n), at=n) for n in names} for one in stages]


def _show(site: Site, call: Call, field: Field) -> Row:
    enums = [
        {"id": e.id, "value": e.value, "sort": e.sort, "code": e.code}
        for e in field.enums
    ]
    return {
        "id": field.id,
        "name": field.name,
        "type": field.type,
        "account_id": site.config.account_id,
        "code": field.code,
        "sort": field.sort,
        "is_api_only": field.is_api_only,
        "enums": enums or None,
        "group_id": field.group_id,
        "required_statuses": list(field.required_statuses),
        "hidden_statuses": list(field.hidden_statuses),
        "is_deletable": not field.is_predefined,
        "is_predefined": field.is_predefined,
        "entity_type": field.entity,
        "tracking_callback": field.tracking_callback,
        "remind": field.remind,
        "triggers": [],
        "currency": field.currency,
        "chained_lists": None,
        "settings": None,
        "_links": link_to(call, f"{field.entity}/custom_fields/{field.id}"),
    }
