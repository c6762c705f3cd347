"""Hold the values of custom fields to what their types allow.

What is accepted comes back as amoCRM reads it: numbers as texts, moments as epoch
seconds, options with their id and code.  Multitext has no place on leads, and chained
lists have none elsewhere.
"""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from leadstate.testing.sandbox.clock import parse_moment
from leadstate_amocrm.sandbox.problems import (
    Issue,
    missing,
    no_choice,
    unexpected,
    wrong_type,
)

from .fields import CHOICES, DATES, WITH_ENUMS, Enum, Field, Value

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = frozenset(("multiselect", "multitext", "smart_address", "chained_list", "items"))
LONGEST_TEXT = 65_535
LATEST_SECONDS = 253_402_300_799
_MEMBERS = frozenset(("value", "enum_id", "enum_code", "enum"))


class DraftReader(NamedTuple):
    """What became of some given values: the values, or what is wrong with them."""

    values: tuple[Value, ...]
    issues: tuple[Issue, ...] = ()


def read_values(field: Field, given: object) -> DraftReader:
    """Return the values of a write; null clears."""
    if given is None:
        return DraftReader(())
    if not isinstance(given, list):
        return DraftReader((), (wrong_type("values", "array"),))
    if not given:
        return DraftReader((), (missing("values.0"),))
    if len(given) > 1 and field.type not in MANY:
        return DraftReader((), (unexpected("values.1"),))
    values: list[Value] = []
    for number, one in enumerate(given):
        found = _read_one(field, one, f"values.{number}")
        if isinstance(found, Issue):
            return DraftReader((), (found,))
        values.append(found)
    return DraftReader(tuple(values))


def _read_one(field: Field, one: object, at: str) -> Value | Issue:
    if not isinstance(one, dict):
        return wrong_type(at, "object")
    if "enum_code" in one and one["enum_code"] is None:
        # Live accounts refuse it (an issue of an independent client, 2026-11-22).
        return unexpected(f"{at}.enum_code")
    if field.type == "chained_list":
        return _chained(one, at)
    if field.type in WITH_ENUMS:
        return _with_enum(field, one, at)
    return _plain(field, one, at)


def _plain(field: Field, one: dict[str, object], at: str) -> Value | Issue:
    strange = sorted(set(one) - {"value"})
    if strange:
        return unexpected(f"{at}.{strange[0][:50]}")
    if "value" not in one:
        return missing(f"{at}.value")
    read = _READERS.get(field.type, _object)
    value = read(one["value"])
    if value is None:
        return wrong_type(f"{at}.value", _WANTED.get(field.type, "object"))
    return {"value": value}


def _with_enum(field: Field, one: dict[str, object], at: str) -> Value | Issue:
    strange = sorted(set(one) - _MEMBERS)
    if strange:
        return unexpected(f"{at}.{strange[0][:50]}")
    text = one.get("value")
    if text is not None and (text := _text(text)) is None:
        return wrong_type(f"{at}.value", "string")
    enum = _enum_of(field, one, text)
    if enum is None:
        named = next((n for n in ("enum_id", "enum_code") if n in one), "value")
        return no_choice(f"{at}.{named}")
    if field.type in CHOICES:
        return {"value": enum.value, "enum_id": enum.id, "enum_code": enum.code}
    if text is None:
        return missing(f"{at}.value")
    return {"value": text, "enum_id": enum.id, "enum_code": enum.code or enum.value}


def _enum_of(field: Field, one: dict[str, object], text: str | None) -> Enum | None:
    if one.get("enum_id") is not None:
        return field.enum(enum_id=one["enum_id"])
    if "enum_code" in one:
        return field.enum(code=one["enum_code"])
    if field.type in CHOICES:
        return None if text is None else field.enum_named(text)
    if field.type == "multitext":
        return field.enums[0] if field.enums else None
    return None


def _chained(one: dict[str, object], at: str) -> Value | Issue:
    for name in ("catalog_id", "catalog_element_id"):
        if not _is_whole(one.get(name)):
            return wrong_type(f"{at}.{name}", "int")
    return {name: one[name] for name in ("catalog_id", "catalog_element_id")}


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number(value)


def _number(value: object) -> str | None:
    """Read a number or its text; amoCRM gives it back as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or abs(number.adjusted()) > 20:  # noqa: PLR2004
        return None
    return f"{number.normalize():f}"


def _flag(value: object) -> bool | None:
    return bool(value) if value in (True, False) else None


def moment(value: object) -> int | None:
    """Read epoch seconds, their digits, or an RFC 3339 moment."""
    if _is_whole(value) and isinstance(value, int):
        return value if abs(value) <= LATEST_SECONDS else None
    if not isinstance(value, str):
        return None
    if value.removeprefix("-").isdigit() and value.isascii() and len(value) < 13:  # noqa: PLR2004
        return moment(int(value))
    found = parse_moment(value)
    return None if found is None or "-" not in value else found // 1000


def _object(value: object) -> dict[str, object] | None:
    return value if isinstance(value, dict) else None


def _named(value: object) -> dict[str, object] | None:
    found = _object(value)
    return found if found and isinstance(found.get("name"), str) else None


def _linked(value: object) -> dict[str, object] | None:
    found = _object(value)
    return found if found and _is_whole(found.get("entity_id")) else None


def _file(value: object) -> dict[str, object] | None:
    found = _object(value)
    return found if found and isinstance(found.get("file_uuid"), str) else None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_price(value: object) -> bool:
    """Say whether a value can be the price of a lead."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value < 10**15


_READERS: dict[str, Callable[[object], object]] = {
    "text": _text,
    "textarea": _text,
    "streetaddress": _text,
    "url": _text,
    "tracking_data": _text,
    "numeric": _number,
    "price": _number,
    "monetary": _number,
    "checkbox": _flag,
    "legal_entity": _named,
    "linked_entity": _linked,
    "file": _file,
} | dict.fromkeys(DATES, moment)
_WANTED = (
    dict.fromkeys(("text", "textarea", "streetaddress", "url"), "string")
    | dict.fromkeys(("numeric", "price", "monetary"), "numeric")
    | dict.fromkeys(DATES, "timestamp")
    | {"checkbox": "bool", "tracking_data": "string"}
)
