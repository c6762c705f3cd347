"""Properties under flat names, as the control API takes them.

They are read as an item of the API, and then as the API reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import parse_moment
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.crm.draft_items import read_draft
from leadstate_amocrm.sandbox.crm.fields import DATES
from leadstate_amocrm.sandbox.payloads import READ
from leadstate_amocrm.sandbox.problems import invalid, rejected

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.draft import Draft
    from leadstate_amocrm.sandbox.crm.fields import Field
    from leadstate_amocrm.sandbox.crm.records import Record

Body = dict[str, object]
_NUMBERS = ("price", "status_id", "pipeline_id", "responsible_user_id")
_SHORT = {"email": "cf.EMAIL", "phone": "cf.PHONE"}
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def read_properties(
    account: Account, kind: str, body: Body, record: Record | None
) -> Draft:
    """Return what the `properties` of a body write, or refuse."""
    given = READ.mapping(body.get("properties") or {}, at="properties")
    item: Body = {}
    fields: list[Body] = []
    tags: list[str] | None = None
    for name, value in given.items():
        wanted = _SHORT.get(name, name)
        if wanted.startswith("cf."):
            fields.append(_custom(account, kind, wanted[3:], value))
        elif name == "tags":
            tags = _tags(value)
        else:
            item[name] = _native(name, value)
    if fields:
        item["custom_fields_values"] = fields
    draft = read_draft(account, kind, item, record)
    draft.tags = tags
    if draft.issues:
        raise rejected({"0": draft.issues})
    _check_names(account, kind, item, draft)
    return draft


def _check_names(account: Account, kind: str, item: Body, draft: Draft) -> None:
    known = {*draft.native, "custom_fields_values"}
    strange = [name for name in item if name not in known and item[name] is not None]
    if strange:
        fields = ", ".join(field.property for field in account.fields[kind].values())
        message = f"property {strange[0][:50]!r} is unknown. Custom fields: {fields}"
        raise invalid(message)


def _native(name: str, value: object) -> object:
    if value == "" and name == "loss_reason_id":
        return None
    if isinstance(value, str) and name in (*_NUMBERS, "loss_reason_id", "closed_at"):
        number = whole_number(value)
        return value if number is None else number
    return value


def _tags(value: object) -> list[str]:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return list(READ.texts(value, at="tags"))


def _custom(account: Account, kind: str, name: str, value: object) -> Body:
    number = whole_number(name)
    field = account.field(kind, name if number is None else number)
    if field is None:
        message = f"custom field {name[:50]!r} is unknown among {kind}"
        raise invalid(message)
    if value is None or value in ("", []):
        return {"field_id": field.id, "values": None}
    listed = value if isinstance(value, list) else [value]
    values = [{"value": _typed(field, one)} for one in listed]
    return {"field_id": field.id, "values": values}


def _typed(field: Field, value: object) -> object:
    """Read a text as what the field holds."""
    if not isinstance(value, str):
        return value
    if field.type == "checkbox":
        return _FLAGS.get(value.lower(), value)
    if field.type in DATES and "-" in value:
        found = parse_moment(value)
        return value if found is None else found // 1000
    return value
