"""Bring a written value into the form HubSpot stores, or say why it cannot be.

Stored values always obey their property's type: that is the portal's promise to
whoever reads it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from leadstate.testing.sandbox.clock import iso, parse_moment

from .definitions import Definition, Kind
from .owners import OWNER_IDS

LONGEST_TEXT = 65_536
_DAY_MS = 86_400_000
_EMAIL = re.compile(r"[^@\s;,<>\"]+@[^@\s;,<>\"]+\.[^@\s;,<>\".]+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a value cannot be stored."""

    code: str
    message: str


def fit(definition: Definition, value: str, current: str | None) -> str | Unfit:
    """Return the value as it is stored; the empty text clears."""
    if not value:
        return ""
    if definition.owners_only:
        return _owner(value)
    if definition.name == "email":
        return _email(value)
    if definition.kind is Kind.ENUMERATION or definition.kind is Kind.BOOL:
        return _option(definition, value, current)
    return _FITTINGS[definition.kind](value)


def _owner(value: str) -> str | Unfit:
    if value in OWNER_IDS:
        return value
    return Unfit("INVALID_OWNER_ID", f"Owner {value[:50]} does not exist")


def _email(value: str) -> str | Unfit:
    email = value.strip().lower()
    if len(email) <= 254 and _EMAIL.fullmatch(email):  # noqa: PLR2004 - RFC 5321
        return email
    return Unfit("INVALID_EMAIL", f"Email address {value[:100]} is invalid")


def _option(definition: Definition, value: str, current: str | None) -> str | Unfit:
    given = value.split(";") if definition.multiple else [value]
    if definition.multiple and value.startswith(";"):
        # A leading semicolon adds to what is chosen (HubSpot docs, "Properties").
        given = [*(current or "").split(";"), *given]
    chosen = list(dict.fromkeys(item for item in given if item))
    allowed = {option.value for option in definition.options}
    wrong = next((item for item in chosen if item not in allowed), None)
    if wrong is None:
        return ";".join(chosen)
    known = ", ".join(option.value for option in definition.options)
    message = f"{wrong[:100]} was not one of the allowed options: [{known}]"
    return Unfit("INVALID_OPTION", message)


def _text(value: str) -> str | Unfit:
    if len(value) <= LONGEST_TEXT:
        return value
    return Unfit("INVALID_STRING", f"the value is longer than {LONGEST_TEXT}")


def _number(value: str) -> str | Unfit:
    trimmed = value.strip()
    if _NUMBER.fullmatch(trimmed) and math.isfinite(float(trimmed)):
        return trimmed
    # HubSpot names every bad number so (docs "Error handling", INVALID_INTEGER).
    return Unfit("INVALID_INTEGER", f"{value[:100]} was not a valid number.")


def _moment(value: str) -> str | Unfit:
    at = parse_moment(value)
    if at is None or at < 0:
        return Unfit("INVALID_DATE", f"{value[:100]} was not a valid date time.")
    return iso(at)


def _date(value: str) -> str | Unfit:
    at = parse_moment(value)
    if at is None or at < 0 or at % _DAY_MS:
        message = f"{value[:100]} is not at midnight UTC, as a date must be."
        return Unfit("INVALID_DATE", message)
    return iso(at)[:10]


_FITTINGS = {
    Kind.STRING: _text,
    Kind.NUMBER: _number,
    Kind.DATETIME: _moment,
    Kind.DATE: _date,
}
