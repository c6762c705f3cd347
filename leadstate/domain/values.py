"""Typed values of a record: what a field may hold, and how raw CRM text becomes it.

A value is None (missing), a typed value, or `Unparsable` (there, but not readable as
the declared type).  Coercion happens once, when a value comes in; everything behind
the door sees typed values only.

    >>> coerce("1,5", FieldType.NUMBER)
    Unparsable(raw='1,5')
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "FieldType",
    "Unparsable",
    "Value",
    "coerce",
    "from_json",
    "to_json",
    "to_text",
]

_INTEGER_LIMIT = 2**63
_TEXT_LIMIT = 65_536  # HubSpot's and amoCRM's longest text property
_RAW_SHOWN = 200
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,3})?")
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+]{1,20}([.-][a-z0-9_+]{1,20}){0,2}"
    r"@([a-z0-9]{1,30}(-[a-z0-9]{1,30})?\.){1,3}"
    r"(?!(?:arpa|local|onion|test)$)[a-z]{2,6}"
)
"""Addresses that need no library to be read: what most of them look like."""
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


class FieldType(StrEnum):
    """The type a workflow file declares for a field."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    OWNER = "owner"  # the person who works on the record
    TAGS = "tags"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Unparsable:
    """A value that is there but cannot be read as the field's type.

    Attributes:
        raw: The first 200 characters of what came in, for the message.
    """

    raw: str


Value: TypeAlias = (
    str | int | float | bool | date | datetime | frozenset[str] | Unparsable | None
)
"""A field's value: typed, `Unparsable`, or None for missing."""


def coerce(raw: object, field_type: FieldType, options: Sequence[str] = ()) -> Value:
    """Return ``raw`` as a typed value, None when missing, `Unparsable` when unreadable.

    Args:
        raw: What the CRM sent; text is stripped, ``""`` and None are missing.
        field_type: The declared type.
        options: For a choice, the declared options; matched without regard to case
            and returned in the declared spelling.  For a phone, the region whose
            numbers are written without a country code, such as ``DE``.
    """
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = raw.strip()
        if not raw:
            return None
        if not raw.isprintable() and _has_surrogate(raw):
            return Unparsable(_shown(raw))
    if field_type is FieldType.CHOICE:
        value: Value = _choice(raw, options)
    elif field_type is FieldType.PHONE:
        value = _phone(raw, options)
    else:
        value = _READERS[field_type](raw)
    return value


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _written(raw: object) -> str:
    """Return ``raw`` as text; what cannot be written out is named by its type."""
    try:
        return str(raw)
    except (ValueError, RecursionError):  # an integer of 4,300 digits, a deep list
        return f"<{type(raw).__name__}>"


def _shown(raw: object) -> str:
    return _written(raw).encode("utf-8", "replace").decode("utf-8")[:_RAW_SHOWN]


def _text(raw: object) -> Value:
    text = _written(raw)
    return text[:_TEXT_LIMIT] if "\x00" not in text else Unparsable(_shown(raw))


def _owner(raw: object) -> Value:
    text = _text(raw)
    return text.casefold() if isinstance(text, str) else text


def _email(raw: object) -> Value:
    text = _written(raw)
    if text.isascii() and _PLAIN_EMAIL.fullmatch(plain := text.lower()):
        return plain
    # Syntax only; imported here because most commands never read an address.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return Unparsable(_shown(raw))
    return found.normalized.lower()


def _phone(raw: object, regions: Sequence[str]) -> Value:
    """Return a number as people dial it from anywhere, or the text as it stands.

    Many a phone property holds a room or a name; that is a value too, but none that
    tells two people apart.
    """
    # Imported here because most commands never read a number.
    import phonenumbers  # noqa: PLC0415

    text = _text(raw)
    if not isinstance(text, str):
        return text
    dialled = f"+{text[2:]}" if text.startswith("00") else text
    try:
        found = phonenumbers.parse(dialled[:64], regions[0] if regions else None)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(found):
        return text
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def _choice(raw: object, options: Sequence[str]) -> Value:
    wanted = _written(raw).casefold()
    found = next((option for option in options if option.casefold() == wanted), None)
    return found if found is not None else Unparsable(_shown(raw))


def _tags(raw: object) -> Value:
    parts = raw.split(";") if isinstance(raw, str) else raw
    if not isinstance(parts, (list, tuple, set, frozenset)):
        return Unparsable(_shown(raw))
    folded = frozenset(_written(part).strip().casefold() for part in parts) - {""}
    if any("\x00" in tag or _has_surrogate(tag) for tag in folded):
        return Unparsable(_shown(raw))
    return folded or None


def _number(raw: object) -> Value:
    if isinstance(raw, bool):
        return Unparsable(_shown(raw))
    readable = _NUMBER.fullmatch(raw) if isinstance(raw, str) else True
    if not readable or not isinstance(raw, (str, int, float)):
        return Unparsable(_shown(raw))
    try:
        number = float(raw)
    except OverflowError:
        return Unparsable(_shown(raw))
    return number if math.isfinite(number) else Unparsable(_shown(raw))


def _integer(raw: object) -> Value:
    if isinstance(raw, int) and not isinstance(raw, bool):
        whole = raw
    elif isinstance(raw, str) and re.fullmatch(r"[+-]?[0-9]{1,19}", raw):
        whole = int(raw)
    else:
        number = _number(raw)
        if not isinstance(number, float) or not number.is_integer():
            return Unparsable(_shown(raw))
        whole = int(number)
    return (
        whole if -_INTEGER_LIMIT <= whole < _INTEGER_LIMIT else Unparsable(_shown(raw))
    )


def _boolean(raw: object) -> Value:
    if isinstance(raw, bool):
        return raw
    folded = _written(raw).casefold()
    if folded in _TRUE:
        return True
    return False if folded in _FALSE else Unparsable(_shown(raw))


def _date(raw: object) -> Value:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    moment = _datetime(raw)
    return moment.date() if isinstance(moment, datetime) else moment


def _datetime(raw: object) -> Value:
    """Read ISO 8601 or epoch milliseconds (HubSpot's two forms); naive means UTC."""
    try:
        if isinstance(raw, datetime):
            moment = raw
        elif isinstance(raw, int) and not isinstance(raw, bool):
            moment = datetime.fromtimestamp(raw / 1000, tz=UTC)
        elif isinstance(raw, str) and re.fullmatch(r"-?\d{11,14}", raw):
            moment = datetime.fromtimestamp(int(raw) / 1000, tz=UTC)
        elif isinstance(raw, str):
            moment = datetime.fromisoformat(raw)
        else:
            return Unparsable(_shown(raw))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return Unparsable(_shown(raw))


_FLOATS = (FieldType.NUMBER, FieldType.MONEY)
_READERS: dict[FieldType, Callable[[object], Value]] = {
    FieldType.TEXT: _text,
    FieldType.EMAIL: _email,
    FieldType.OWNER: _owner,
    FieldType.TAGS: _tags,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}


def to_json(value: Value) -> object:
    """Return the stored form: text sorts as time does, sets become sorted lists."""
    if isinstance(value, datetime):
        # not strftime: it writes the year 999 with three digits
        naive = value.astimezone(UTC).replace(tzinfo=None)
        return f"{naive.isoformat(timespec='microseconds')}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Unparsable):
        return {"unparsable": value.raw}
    return value


def from_json(stored: object, field_type: FieldType) -> Value:
    """Return the value that `to_json` stored for a field of this type.

    What was stored when the field had another type comes back as it is, and as
    `Unparsable` where a date is wanted and none stands there.
    """
    if stored is None:
        return None
    if isinstance(stored, dict):
        return Unparsable(str(stored.get("unparsable", "")))
    if field_type in (FieldType.DATETIME, FieldType.DATE):
        readable = isinstance(stored, str)
        return _READERS[field_type](stored) if readable else Unparsable(str(stored))
    if isinstance(stored, list):
        return frozenset(str(tag) for tag in stored)
    if isinstance(stored, (str, int, float, bool)):
        whole = field_type in _FLOATS and type(stored) is int
        return float(stored) if whole else stored
    return Unparsable(str(stored))


def to_text(value: Value) -> str:
    """Return the text form that `coerce` reads back as the same value; "" for none.

    What could not be read when it came in goes out as nothing.
    """
    if value is None or isinstance(value, Unparsable):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, frozenset):
        return ";".join(sorted(value))
    stored = to_json(value)
    return stored if isinstance(stored, str) else str(value)
