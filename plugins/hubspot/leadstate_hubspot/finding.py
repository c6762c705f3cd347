"""Look records up by the values that tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError, RetryLater

from .api import BATCH, SEARCH_PAGE
from .payloads import Batch, Page, Problem, Record, read
from .reading import chunks, split_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .api import HubSpotApi

__all__ = ["Finder", "keyed"]


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
        """Return the ids of all records whose property equals ``value``."""
        if name not in split_names([name])[0]:
            raise ConfigurationError(
                f"HubSpot cannot look for {self.kind} by {name!r}: identity fields "
                "must be bound to properties of the record itself"
            )
        equals = {"propertyName": name, "operator": "EQ", "value": value}
        ids: list[str] = []
        after = "0"
        while after:
            body = {
                "filterGroups": [{"filters": [equals]}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": [name],
                "limit": SEARCH_PAGE,
                "after": after,
            }
            path = self.api.paths.search(self.kind)
            page = read(Page, self.api.ask(f"{self.kind}.search", path, body))
            ids += [one.id for one in page.results]
            after = page.after or ""
        return ids


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
