"""Look records up by the values that tell them apart.

Widely: whoever asks compares what is found.  A contact is found by a further address as
by its main one.  Numbers are kept as they were typed; beside them HubSpot keeps the
number without the country's code, as far as it can read it, and asks searches to leave
the code out (developers.hubspot.com, CRM search, as of 2026-12).  Where a country code
or a trunk prefix ends is not for an adapter to know: the last digits are searched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError, RetryLater

from .api import BATCH, SEARCH_PAGE
from .payloads import Batch, Page, Problem, Record, read
from .reading import PHONES, chunks, split_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .api import HubSpotApi

__all__ = ["Finder", "keyed"]

_CALCULATED = {
    "contacts": (
        "hs_searchable_calculated_phone_number",
        "hs_searchable_calculated_mobile_number",
    ),
    "companies": ("hs_searchable_calculated_phone_number",),
}
_LAST_DIGITS = 7  # of a number: no country, no trunk prefix, few strangers
_NO_DIGIT = re.compile(r"\D+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks up records of one kind."""

    api: HubSpotApi
    kind: str

    def by(self, name: str, values: Sequence[str]) -> dict[str, Record]:
        """Return records by a unique property, under their value in lower case."""
        found: dict[str, Record] = {}
        for chunk in chunks(list(dict.fromkeys(values)), BATCH):
            body = {
                "inputs": [{"id": value} for value in chunk],
                "idProperty": name,
                "properties": [name],
                "propertiesWithHistory": [],
            }
            path = self.api.paths.batch(self.kind, "read")
            answer = self.api.ask(f"{self.kind}.batch_read", path, body)
            batch = read(Batch, answer)
            _refuse_partial(batch.errors)
            found |= keyed(batch.results, name)
            if len(chunk) == len(batch.results) == 1:
                found[chunk[0].strip().lower()] = batch.results[0]
            elif len(keyed(batch.results, name).keys() - _lower(chunk)):
                # A further address of a contact is answered with its first one: only
                # asked alone it says whom it is of.
                for value in chunk:
                    if value.strip().lower() not in found:
                        found |= self.by(name, [value])
        return found

    def searched(self, name: str, value: str) -> list[str]:
        """Return the ids of all records whose property equals ``value``.

        Those that have it as a number in another spelling are found, too.

        Raises:
            ConfigurationError: It is no property of the record itself.
        """
        if name not in split_names([name])[0]:
            raise ConfigurationError(
                f"HubSpot cannot look for {self.kind} by {name!r}: identity fields "
                "must be bound to properties of the record itself"
            )
        equals = {"propertyName": name, "operator": "EQ", "value": value}
        return self._matching([[equals], *self._alike(name, value)])

    def _alike(self, name: str, value: str) -> list[list[dict[str, str]]]:
        """Return the filters that find a number however it was typed."""
        digits = _NO_DIGIT.sub("", value)
        if name not in PHONES or len(digits) < _LAST_DIGITS:
            return []
        last = f"*{digits[-_LAST_DIGITS:]}"
        return [[_has(one, last)] for one in _CALCULATED.get(self.kind, ())]

    def _matching(self, groups: Sequence[Sequence[dict[str, str]]]) -> list[str]:
        """Return the ids of all records that meet one of the groups of filters."""
        ids: list[str] = []
        after = "0"
        while after:
            body = {
                "filterGroups": [{"filters": list(one)} for one in groups],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": [],
                "limit": SEARCH_PAGE,
                "after": after,
            }
            path = self.api.paths.search(self.kind)
            page = read(Page, self.api.ask(f"{self.kind}.search", path, body))
            ids += [one.id for one in page.results]
            after = page.after or ""
        return ids


def _has(name: str, token: str) -> dict[str, str]:
    return {"propertyName": name, "operator": "CONTAINS_TOKEN", "value": token}


def keyed(records: Iterable[Record], name: str) -> dict[str, Record]:
    """Return records under a property's value in lower case."""
    return {(one.properties.get(name) or "").strip().lower(): one for one in records}


def _lower(values: Iterable[str]) -> set[str]:
    return {value.strip().lower() for value in values}


def _refuse_partial(errors: Sequence[Problem]) -> None:
    """Believe that something is not there only when HubSpot says so."""
    for error in errors:
        if error.category != "OBJECT_NOT_FOUND":
            raise RetryLater(f"HubSpot answered for a part: {error.words()}")
