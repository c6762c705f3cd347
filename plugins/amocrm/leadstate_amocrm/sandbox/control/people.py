"""What people do in the CRM's own interface, where fewer rules hold.

    POST /_sandbox/edit
    {"object": "leads", "id": "30000001",
     "properties": {"status_id": 7100103, "price": 500, "cf.JOB_ROLE": "director"},
     "as": {"user": "olena.koval@account.example"}}

Properties have flat names: `name`, `price`, `status_id`, `pipeline_id`,
`responsible_user_id`, `loss_reason_id`, `tags` (all of them, as a list or with commas)
and `cf.CODE` or `cf.ID` for a custom field.  Texts are read as what the property holds:
"500", "true", "2026-12-31"; several values of a field are a list; null and "" clear.
Contacts also have `first_name`, `last_name`, and `email` and `phone` for short.

`as` is `{"user": e-mail or id}` or `{"robot": true}`; without it the first user acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import parse_moment
from leadstate_amocrm.sandbox.api.calls import Answer, Call
from leadstate_amocrm.sandbox.crm import catalog, endings, linking, writing
from leadstate_amocrm.sandbox.crm.drafts import read_draft
from leadstate_amocrm.sandbox.crm.fields import DATES
from leadstate_amocrm.sandbox.payloads import READ, required_text, whole_number
from leadstate_amocrm.sandbox.problems import invalid, not_found, refused, rejected

from .observing import kind_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.fields import Field
    from leadstate_amocrm.sandbox.crm.reading import Draft
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

Body = dict[str, object]
_NUMBERS = ("price", "status_id", "pipeline_id", "responsible_user_id")
_SHORT = {"email": "cf.EMAIL", "phone": "cf.PHONE"}
_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def edit(site: Site, call: Call) -> Answer:
    """Change properties of a record."""
    record = _edit(site, call.body())
    return Answer(200, whole(site.account, record, history=False))


def bulk_edit(site: Site, call: Call) -> Answer:
    """Change many records, one after the other."""
    edits = READ.items(call.body().get("edits"), at="edits")
    ids = [str(_edit(site, READ.mapping(one, at="edits")).id) for one in edits]
    return Answer(200, {"edited": len(ids), "ids": ids})


def create(site: Site, call: Call) -> Answer:
    """Create a record, with `associations` [{object, id}] if wanted."""
    body, account = call.body(), site.account
    kind, author = kind_of(required_text(body, "object")), _author(account, body)
    others = [
        _record(account, READ.mapping(one, at="associations"))
        for one in READ.items(body.get("associations"), at="associations")
    ]
    draft = _draft(account, kind, body, None)
    record = writing.create(account, kind, draft, author)
    for other in others:
        _link(account, record, other, author)
    return Answer(201, whole(account, record, history=False))


def archive(site: Site, call: Call) -> Answer:
    """Move a record to the recycle bin."""
    body = call.body()
    record = _record(site.account, body)
    endings.delete(site.account, record, _author(site.account, body))
    return Answer(200, whole(site.account, record, history=False))


def restore(site: Site, call: Call) -> Answer:
    """Take a record out of the recycle bin."""
    body = call.body()
    record = _record(site.account, body)
    endings.restore(site.account, record, _author(site.account, body))
    return Answer(200, whole(site.account, record, history=False))


def merge(site: Site, call: Call) -> Answer:
    """Merge the records `id` and `other`; see the policy `merge_survivor`."""
    body, account = call.body(), site.account
    one = _record(account, body)
    other = _record(account, body | {"id": required_text(body, "other")})
    if one is other:
        message = "a record cannot be merged with itself"
        raise invalid(message)
    survivor = endings.merge(account, one, other, _author(account, body))
    return Answer(200, whole(account, survivor, history=False))


def privacy_delete(site: Site, call: Call) -> Answer:
    """Say that amoCRM has no such thing."""
    del site, call
    message = "amoCRM has no privacy deletion: archive moves to the recycle bin"
    raise refused(501, message)


def _edit(site: Site, body: Body) -> Record:
    account = site.account
    record = _record(account, body)
    draft = _draft(account, record.kind, body, record)
    return writing.update(account, record, draft, _author(account, body))


def _draft(account: Account, kind: str, body: Body, record: Record | None) -> Draft:
    """Read properties as an item of the API, and then as the API reads it."""
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


def _record(account: Account, body: Mapping[str, object]) -> Record:
    kind = kind_of(required_text(body, "object"))
    wanted = required_text(body, "id")
    record = account.get(kind, whole_number(wanted))
    if record is None:
        message = f"there is no record {wanted[:50]} among {kind}"
        raise not_found(message)
    return record


def _author(account: Account, body: Mapping[str, object]) -> int:
    given = READ.mapping(body.get("as") or {}, at="as")
    if given.get("robot"):
        return catalog.ROBOT
    name = READ.text(given.get("user", catalog.ADMIN), at="as.user")
    by_email = {user.email: user.id for user in account.users.values()}
    number = by_email.get(name.lower(), whole_number(name))
    if number not in account.users:
        known = ", ".join(by_email)
        message = f"user {name[:100]!r} is neither an id nor one of {known}"
        raise invalid(message)
    return number


def _link(account: Account, record: Record, other: Record, author: int) -> None:
    if record.kind == other.kind:
        message = f"two {record.kind} cannot be linked"
        raise invalid(message)
    linking.link(account, record, other, author)
