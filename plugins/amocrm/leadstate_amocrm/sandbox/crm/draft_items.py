"""Read one item of a write into a draft, with everything that is wrong with it.

Nothing is changed here: a bulk write is refused as a whole before any of it applies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.problems import (
    missing,
    no_choice,
    not_null,
    unexpected,
    wrong_type,
)

from . import catalog
from .draft import Draft, DraftReader
from .draft_leads import read_loss_reason, read_price, read_stage
from .values import moment, read_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .records import Record

_COMMON = frozenset(
    (
        "id",
        "name",
        "responsible_user_id",
        "created_by",
        "updated_by",
        "created_at",
        "updated_at",
        "custom_fields_values",
        "tags_to_add",
        "tags_to_delete",
        "_embedded",
        "request_id",
    )
)
_OF_KIND = {
    "leads": _COMMON
    | {
        "price",
        "status_id",
        "pipeline_id",
        "loss_reason_id",
        "closed_at",
        "visitor_uid",
        "source_id",
    },
    "contacts": _COMMON | {"first_name", "last_name"},
    "companies": _COMMON,
}
_TEXTS = {
    "leads": ("name",),
    "contacts": ("name", "first_name", "last_name"),
    "companies": ("name",),
}
LONGEST_NAME = 255


def read_draft(
    account: Account, kind: str, item: Mapping[str, object], record: Record | None
) -> Draft:
    """Read an item; `record` is None for a creation."""
    reading = DraftReader(account, kind, item, record)
    _texts(reading)
    _people(reading)
    _moments(reading)
    if kind == "leads":
        read_price(reading)
        read_stage(reading)
        read_loss_reason(reading)
    _custom_fields(reading)
    _tags(reading)
    if record is None:
        _embedded_links(reading)
    if account.policy.refuse_unexpected:
        strange = sorted(set(item) - _OF_KIND[kind])
        reading.wrong(*(unexpected(name[:50]) for name in strange))
    return reading.draft


def _texts(reading: DraftReader) -> None:
    for name in _TEXTS[reading.kind]:
        if name not in reading.item:
            continue
        value = reading.item[name]
        if value is None and name != "name":
            value = ""
        if value is None:
            reading.wrong(not_null(name))
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            reading.wrong(wrong_type(name, "string"))
        else:
            reading.draft.native[name] = str(value)[:LONGEST_NAME]


def _people(reading: DraftReader) -> None:
    users, draft = reading.account.users, reading.draft
    for name in ("responsible_user_id", "created_by", "updated_by"):
        user_id = reading.whole(name)
        if user_id is None:
            continue
        user = users.get(user_id)
        is_robot = user_id == catalog.ROBOT and name != "responsible_user_id"
        if not is_robot and (user is None or not user.is_active):
            # Also for a user who left: seen when whole models are sent back.
            reading.wrong(no_choice(name))
        elif name == "responsible_user_id":
            draft.native[name] = user_id
        elif name == "created_by":
            draft.created_by = user_id
        else:
            draft.author = user_id


def _moments(reading: DraftReader) -> None:
    for name in ("created_at", "updated_at"):
        if reading.item.get(name) is None:
            continue
        found = moment(reading.item[name])
        if found is None or found < 0:
            reading.wrong(wrong_type(name, "timestamp"))
        elif name == "created_at":
            reading.draft.created_at = found
        else:
            reading.draft.updated_at = found


def _custom_fields(reading: DraftReader) -> None:
    given = reading.item.get("custom_fields_values")
    if given is None:
        return
    if not isinstance(given, list):
        reading.wrong(wrong_type("custom_fields_values", "array"))
        return
    for number, entry in enumerate(given):
        _custom_field(reading, entry, f"custom_fields_values.{number}")


def _custom_field(reading: DraftReader, entry: object, at: str) -> None:
    if not isinstance(entry, dict):
        reading.wrong(wrong_type(at, "object"))
        return
    named = "field_id" if entry.get("field_id") is not None else "field_code"
    if entry.get(named) is None:
        reading.wrong(missing(f"{at}.field_id"))
        return
    wanted = entry[named] if named == "field_id" else str(entry[named])
    if named == "field_id" and (
        isinstance(wanted, bool) or not isinstance(wanted, int)
    ):
        reading.wrong(wrong_type(f"{at}.field_id", "int"))
        return
    field_ = reading.account.field(reading.kind, wanted)
    if field_ is None:
        reading.wrong(no_choice(f"{at}.{named}"))
        return
    if "values" not in entry:
        reading.wrong(missing(f"{at}.values"))
        return
    values, issues = read_values(field_, entry["values"])
    reading.wrong(*(issue.under(at) for issue in issues))
    reading.draft.fields[field_.id] = values


def _tags(reading: DraftReader) -> None:
    draft, embedded = reading.draft, reading.item.get("_embedded")
    if embedded is not None and not isinstance(embedded, dict):
        reading.wrong(wrong_type("_embedded", "object"))
    elif embedded is not None and "tags" in embedded:
        draft.tags = _tag_names(reading, embedded["tags"], "_embedded.tags")
    draft.tags_added = _tag_names(
        reading, reading.item.get("tags_to_add"), "tags_to_add"
    )
    draft.tags_deleted = _tag_names(
        reading, reading.item.get("tags_to_delete"), "tags_to_delete"
    )


def _tag_names(reading: DraftReader, given: object, at: str) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list):
        reading.wrong(wrong_type(at, "array"))
        return []
    known, names = reading.account.tags[reading.kind], []
    for number, one in enumerate(given):
        if not isinstance(one, dict):
            reading.wrong(wrong_type(f"{at}.{number}", "object"))
        elif isinstance(one.get("id"), int) and one["id"] in known:
            names.append(known[one["id"]].name)
        elif isinstance(one.get("name"), str) and one["name"]:
            names.append(one["name"][:LONGEST_NAME])
        else:
            reading.wrong(no_choice(f"{at}.{number}"))
    return names


def _embedded_links(reading: DraftReader) -> None:
    embedded = reading.item.get("_embedded")
    if not isinstance(embedded, dict):
        return
    for kind in ("contacts", "companies", "leads"):
        given = embedded.get(kind)
        if given is None or kind == reading.kind:
            continue
        if not isinstance(given, list):
            reading.wrong(wrong_type(f"_embedded.{kind}", "array"))
            continue
        for number, one in enumerate(given):
            to = one.get("id") if isinstance(one, dict) else None
            if not isinstance(to, int) or reading.account.get(kind, to) is None:
                reading.wrong(no_choice(f"_embedded.{kind}.{number}.id"))
                continue
            main = bool(one.get("is_main"))
            reading.draft.links.setdefault(kind, []).append((to, main))
