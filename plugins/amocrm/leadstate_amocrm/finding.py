"""Find leads by what identifies their person, company or themselves.

amoCRM searches a text in every field of a kind (``query``); what it finds is held
against the field that was meant.

Phone numbers are kept as they were typed, and where the country, a trunk prefix or a
bracket begins depends on the region.  So numbers are searched by their last digits, in
the spellings that people use, and whoever asks compares them whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .reading import CODES, split, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.adapters import RemoteObject

    from .api import AmoCrmApi
    from .batching import Rows
    from .payloads import Row
    from .reading import Reader

__all__ = ["Finder"]

_MOST_PAGES = 10
_LAST_DIGITS = 7  # of a phone number: no country, no trunk prefix, few strangers
_NO_DIGIT = re.compile(r"\D+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds leads of one account."""

    api: AmoCrmApi
    rows: Rows
    reader: Reader

    def find(self, identity: Mapping[str, str]) -> list[RemoteObject]:
        """Return every living lead that has one of these values."""
        ids: dict[str, None] = {}
        for name, value in identity.items():
            if value.strip():
                ids |= dict.fromkeys(self._leads(name, value.strip()))
        rows = self.rows.fetch("leads", ids).values()
        return self.reader.objects([row for row in rows if not row.is_deleted])

    def _leads(self, name: str, value: str) -> Iterator[str]:
        kind, own = split(name)
        for row in self._searched(kind, own, value):
            if kind == "leads":
                yield row.id
            yield from (lead.id for lead in row.embedded.leads)

    def _searched(self, kind: str, name: str, value: str) -> Iterator[Row]:
        """Yield the rows that have the value where it is meant."""
        seen: set[str] = set()
        for text in _queries(name, value):
            for page in range(1, _MOST_PAGES + 1):
                part = self.api.search(kind, text, page)
                for row in part.rows:
                    if row.id not in seen and self._has(kind, row, name, value):
                        seen.add(row.id)
                        yield row
                if not part.more:
                    break

    def _has(self, kind: str, row: Row, name: str, value: str) -> bool:
        key = CODES.get(name) if kind != "leads" else None
        if key is None:
            (held,) = self.reader.properties(kind, row, [name]).values() or (None,)
            return _folded(held or "") == _folded(value)
        found = values_in(row, key)
        texts = [str(one.get("value") or "") for one in (found.values if found else ())]
        if name == "phone":
            wanted = _last_digits(value)
            return any(_last_digits(text) == wanted for text in texts)
        return any(_folded(text) == _folded(value) for text in texts)


def _queries(name: str, value: str) -> tuple[str, ...]:
    """Return what to search for; phone numbers are kept in many ways."""
    if name != "phone":
        return (value,)
    last = _last_digits(value)
    if len(last) < _LAST_DIGITS:
        return tuple(dict.fromkeys((value, last)))
    # Whether a search for digits finds a number with dashes is not established
    # (2026-11-22); users say that it does.
    pairs, local = (last[-6:-4], last[-4:-2], last[-2:]), (last[:3], last[3:])
    triples, nordic = (last[-6:-3], last[-3:]), (last[-5:-3], last[-3:])
    spelled = ("-".join(pairs), "-".join(local))
    spaced = map(" ".join, (pairs, local, triples, nordic))
    return tuple(dict.fromkeys((value, last, *spelled, *spaced)))


def _last_digits(phone: str) -> str:
    return _NO_DIGIT.sub("", phone)[-_LAST_DIGITS:]


def _folded(text: str) -> str:
    return text.strip().casefold()
