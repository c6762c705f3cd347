"""Read records as they are now, with what the binding wants from their company."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from leadstate.adapters import Gone, GoneReason, RemoteObject
from leadstate.errors import RetryLater

from .api import ASSOCIATION_INPUTS, BATCH, SEARCH_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .api import HubSpotApi
    from .payloads import Associated, Batch, Problem, Record

__all__ = [
    "PHONES",
    "Fetched",
    "Reader",
    "chunks",
    "fetch",
    "is_id",
    "linked",
    "split_names",
]

_COMPANY = "company."
_MERGED = "hs_merged_object_ids"
# HubSpot keeps one main address, and the others in a property of their own; numbers
# stand in properties that differ by their use.
PHONES = ("phone", "mobilephone", "hs_whatsapp_phone_number")
"""Where a contact has its numbers."""

_MORE = {
    "email": ("hs_additional_emails",),
    **{name: tuple(one for one in PHONES if one != name) for name in PHONES},
}
_FORGETTABLE = frozenset({"contacts"})
_BY_ID = ("hs_object_id", "ASCENDING")
_LONGEST_ID = 19  # digits of a 64-bit integer
# Type ids of "primary company" (HubSpot's own client 12.0.0, association_type.py).
_PRIMARY = {"contacts": 1, "deals": 5}

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records by the id they were asked for, and what became of the others."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)


class Reader:
    """Reads one kind of object with the properties of one binding."""

    def __init__(self, api: HubSpotApi, kind: str, names: Sequence[str]) -> None:
        self._api, self._kind = api, kind
        self._own, self._company = split_names(names)
        self._more = {
            name: more
            for name, more in _MORE.items()
            if kind == "contacts" and name in self._own
        }

    def read(self, ids: Sequence[str]) -> list[RemoteObject | Gone]:
        """Return one answer per id, in any order."""
        more = (one for names in self._more.values() for one in names)
        names = dict.fromkeys((*self._own, *more))
        found = fetch(self._api, self._kind, ids, list(names))
        companies = self._companies(tuple(found.records)) if self._company else {}
        records = [
            self._remote(record, companies.get(key, {}))
            for key, record in found.records.items()
        ]
        return [*records, *found.gone.values()]

    def _remote(
        self, record: Record, company: Mapping[str, str | None]
    ) -> RemoteObject:
        held = record.properties
        properties = {name: held[name] or None for name in self._own if name in held}
        properties |= {_COMPANY + name: value for name, value in company.items()}
        return RemoteObject(
            id=record.id,
            properties=properties,
            updated_at=record.updated_at,
            created_at=record.created_at,
            merged_ids=_merged_ids(record),
            also=self._also(record),
        )

    def _also(self, record: Record) -> dict[str, tuple[str, ...]]:
        """Return a contact's further addresses and numbers."""
        also: dict[str, tuple[str, ...]] = {}
        for name, places in self._more.items():
            held = (record.properties.get(one) or "" for one in places)
            texts = (text.strip() for one in held for text in one.split(";"))
            also[name] = tuple(dict.fromkeys(filter(None, texts)))
        return {name: texts for name, texts in also.items() if texts}

    def _companies(self, ids: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """Return each record's company properties; None where it has no company."""
        choices: dict[str, list[Associated]] = {key: [] for key in ids}
        for key, company in linked(self._api, self._kind, "companies", ids):
            choices.setdefault(key, []).append(company)
        chosen = {key: self._main(found) for key, found in choices.items()}
        wanted = tuple(dict.fromkeys(one for one in chosen.values() if one))
        companies = fetch(self._api, "companies", wanted, self._company).records
        return {
            key: self._company_values(companies.get(one) if one else None)
            for key, one in chosen.items()
        }

    def _company_values(self, company: Record | None) -> dict[str, str | None]:
        if company is None:
            return dict.fromkeys(self._company)
        held = company.properties
        return {name: held[name] or None for name in self._company if name in held}

    def _main(self, companies: Sequence[Associated]) -> str | None:
        """Return the primary company, else the oldest: the same one every time."""
        if not companies:
            return None
        return min(companies, key=lambda c: (not self._is_primary(c), int(c.id))).id

    def _is_primary(self, company: Associated) -> bool:
        primary = _PRIMARY.get(self._kind)
        return any(
            kind.type_id == primary or (kind.label or "").lower() == "primary"
            for kind in company.types
            if kind.category in {"HUBSPOT_DEFINED", ""}
        )


def fetch(
    api: HubSpotApi, kind: str, ids: Iterable[str], names: Sequence[str]
) -> Fetched:
    """Read any number of records; HubSpot answers a batch in any order."""
    found = Fetched()
    unique = dict.fromkeys(ids)
    for key in unique:
        if not is_id(key):  # one malformed id would fail the whole batch
            found.gone[key] = Gone(id=key, reason=GoneReason.UNKNOWN)
    for chunk in chunks([key for key in unique if is_id(key)], BATCH):
        batch = api.records(kind, chunk, [*names, _MERGED], archived=False)
        _place(batch, chunk, found)
        missing = [
            key for key in chunk if key not in found.records and key not in found.gone
        ]
        _refuse_partial(batch.errors, kind)
        if missing:
            found.gone.update(_endings(api, kind, missing))
    return found


def linked(
    api: HubSpotApi, kind: str, to: str, ids: Sequence[str]
) -> Iterator[tuple[str, Associated]]:
    """Return each record with each one it is associated with, all pages."""
    pending: list[tuple[str, str | None]] = [(key, None) for key in ids]
    while pending:
        chunk, pending = pending[:ASSOCIATION_INPUTS], pending[ASSOCIATION_INPUTS:]
        answer = api.associations(kind, to, chunk)
        _refuse_partial(answer.errors, "associations")
        for found in answer.results:
            yield from ((found.start.id, other) for other in found.to)
            if found.after:
                pending.append((found.start.id, found.after))


def is_id(text: str) -> bool:
    """Return whether HubSpot could have given this id."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID


def split_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the record's own properties and those of its company."""
    own = tuple(name for name in names if not name.startswith(_COMPANY))
    company = tuple(
        name.removeprefix(_COMPANY) for name in names if name.startswith(_COMPANY)
    )
    return own, company


def chunks(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    """Cut ``items`` into pieces of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _place(batch: Batch, asked: Sequence[str], found: Fetched) -> None:
    wanted = set(asked)
    for record in batch.results:
        if record.id in wanted:
            found.records[record.id] = record
        # Whether HubSpot answers a merged-away id with its survivor is not established
        # (2026-11-22); if it does, the survivor says so itself.
        for old in wanted.intersection(_merged_ids(record)) - {record.id}:
            found.gone[old] = Gone(id=old, reason=GoneReason.MERGED, into=record.id)


def _endings(api: HubSpotApi, kind: str, missing: Sequence[str]) -> dict[str, Gone]:
    """Tell deleted records, which HubSpot still shows as archived, from unknown ids."""
    batch = api.records(kind, missing, [], archived=True)
    _refuse_partial(batch.errors, kind)
    archived = {record.id for record in batch.results}
    ended = {
        key: Gone(id=key, reason=GoneReason.DELETED)
        for key in missing
        if key in archived
    }
    lost = [key for key in missing if key not in archived]
    if kind not in _FORGETTABLE:
        return ended | {key: Gone(id=key, reason=GoneReason.UNKNOWN) for key in lost}
    for chunk in chunks(lost, SEARCH_GROUPS):
        ended |= _lost(api, kind, chunk)
    return ended


def _lost(api: HubSpotApi, kind: str, keys: Sequence[str]) -> dict[str, Gone]:
    """Tell contacts that were forgotten from those that another one took in.

    A privacy deletion leaves no archived contact; a merged-away id disappears without
    being archived, too, and stands in its survivor's ``hs_merged_object_ids`` (that a
    search finds it there by its token is not established, 2026-12-01).
    """
    token = {"propertyName": _MERGED, "operator": "CONTAINS_TOKEN"}
    wanted = [[{**token, "value": key}] for key in keys]
    page = api.search_any(kind, wanted, order=_BY_ID, names=[_MERGED])
    into = {old: one.id for one in page.results for old in _merged_ids(one)}
    return {
        key: Gone(id=key, reason=GoneReason.MERGED, into=into[key])
        if key in into
        else Gone(id=key, reason=GoneReason.VANISHED)
        for key in keys
    }


def _merged_ids(record: Record) -> tuple[str, ...]:
    text = record.properties.get(_MERGED) or ""
    return tuple(key for key in text.split(";") if key)


def _refuse_partial(errors: Sequence[Problem], kind: str) -> None:
    """Believe that something is not there only when HubSpot says so.

    The exact 207 of a batch read is not established (2026-11-22): any other error may
    be about any record, so that nothing of the answer is used.
    """
    for error in errors:
        if error.category != "OBJECT_NOT_FOUND":
            raise RetryLater(f"HubSpot answered for a part of {kind}: {error.words()}")
