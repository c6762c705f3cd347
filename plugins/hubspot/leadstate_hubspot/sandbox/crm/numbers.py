"""Numbers as HubSpot's search knows them: however they were typed, without the country.

"HubSpot only uses the area code and local number" in the properties that begin with
`hs_searchable_calculated_` (developers.hubspot.com, CRM search, as of 2026-12).  What
becomes of a number that cannot be read is not documented: here its digits stay.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import phonenumbers

from .catalog import fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .definitions import Definition
    from .records import Record

_SEARCHABLE = {
    "contacts": {
        "hs_searchable_calculated_phone_number": "phone",
        "hs_searchable_calculated_mobile_number": "mobilephone",
    },
    "companies": {"hs_searchable_calculated_phone_number": "phone"},
}
_NO_DIGIT = re.compile(r"\D+", re.ASCII)


def searchable(kind: str) -> Iterator[Definition]:
    """Yield the calculated properties by which a kind of object is searched."""
    for name, source in _SEARCHABLE.get(kind, {}).items():
        plain = fixed(name, f"Calculated {source} without the country's code")
        yield replace(plain, reckoned=partial(_of, source))


def _of(source: str, record: Record) -> str | None:
    return national(record.values.get(source) or "") or None


def national(text: str) -> str:
    """Return the digits of a number without its country's code.

    >>> national("+49 30 9018200"), national("030 / 901 82 00")
    ('309018200', '309018200')
    """
    dialled = re.sub(r"^\s*00", "+", text)
    try:
        found = phonenumbers.parse(dialled[:64], None)
    except phonenumbers.NumberParseException:
        return _NO_DIGIT.sub("", text).lstrip("0")
    return str(found.national_number)
