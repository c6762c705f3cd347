"""Read what happened before Leadstate came: `propertiesWithHistory`, record by record.

A page is 50 records, HubSpot's limit with history (2026-11-22), in the order of their
ids: new records come last, so that a cursor stays good however long one pauses.  How
many values HubSpot keeps of a property is not established: the oldest may be missing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leadstate.adapters import HistoryPage, PastChange

from .payloads import Page, read
from .reading import chunks, split_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from .api import HubSpotApi
    from .payloads import Record, Version

__all__ = ["HistoryReader"]

PAGE = 50


class HistoryReader:
    """The history of one kind of object, of the properties of one binding."""

    def __init__(self, api: HubSpotApi, kind: str, names: Sequence[str]) -> None:
        self._api, self._kind = api, kind
        self._names = split_names(names)[0]

    def page(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return the past changes of the next 50 records, each record oldest first."""
        if not self._names:
            return HistoryPage(changes=(), cursor=cursor or "", more=False)
        query = {
            "limit": str(PAGE),
            "properties": "hs_object_id",
            "propertiesWithHistory": ",".join(self._names),
        }
        query |= {"after": cursor} if cursor else {}
        path = self._api.paths.records(self._kind)
        page = read(Page, self._api.get(f"{self._kind}.history", path, query))
        changes = tuple(
            change
            for record in page.results
            for change in _changes(record)
            if since is None or change.at >= since
        )
        return HistoryPage(
            changes=changes,
            cursor=page.after or cursor or "",
            more=page.after is not None,
            from_birth=since is None,
            covers=tuple(self._names),
        )

    def recent(self, ids: Sequence[str], *, since: datetime) -> list[PastChange]:
        """Return the changes of these records since a moment."""
        if not self._names:
            return []
        return [
            change
            for part in chunks(list(ids), PAGE)
            for record in self._api.histories(self._kind, part, self._names).results
            for change in _changes(record)
            if change.at >= since
        ]


def _changes(record: Record) -> Iterator[PastChange]:
    """Put together what one author set at one moment; HubSpot lists newest first."""
    together: dict[tuple[datetime, str], dict[str, str]] = {}
    for name in sorted(record.history):
        for version in record.history[name]:
            set_ = together.setdefault((version.at, _actor(version)), {})
            set_.setdefault(name, version.value or "")
    for (at, actor), properties in sorted(together.items(), key=lambda one: one[0]):
        yield PastChange(
            key=_key(record.id, at, actor),
            id=record.id,
            properties=properties,
            at=at,
            actor=actor,
        )


def _actor(version: Version) -> str:
    return f"{version.source or ''} {version.source_id or ''}".strip()


def _key(record_id: str, at: datetime, actor: str) -> str:
    text = f"{record_id}\n{at.isoformat()}\n{actor}"
    return f"hubspot:past:{hashlib.sha256(text.encode()).hexdigest()}"
