"""Read the objects that the inbox names, as the CRM has them now.

Webhooks are hints: what they say of values is not believed, what they say of endings
(merged, deleted, erased) completes what reading an ended object cannot tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import EventKind, Gone, GoneReason, RemoteObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadstate.service.app import Connected
    from leadstate.store import InboxRow

__all__ = ["by_object_of", "followed", "read_objects"]


def by_object_of(rows: Iterable[InboxRow]) -> dict[str, list[InboxRow]]:
    """Return external id -> rows; the survivor of a merge is looked at too."""
    grouped: dict[str, list[InboxRow]] = {}
    for row in rows:
        into = row.payload.get("into")
        grouped.setdefault(str(into) if into else row.external_id, []).append(row)
    return grouped


def followed(
    by_object: Mapping[str, Sequence[InboxRow]],
    remotes: Mapping[str, RemoteObject | Gone],
) -> dict[str, list[InboxRow]]:
    """Return the rows again, of objects that were merged under their survivor's id."""
    grouped: dict[str, list[InboxRow]] = {}
    for external_id, rows in by_object.items():
        remote = remotes.get(external_id)
        into = remote.into if isinstance(remote, Gone) else None
        grouped.setdefault(into or external_id, []).extend(rows)
    return grouped


def read_objects(
    connected: Connected, by_object: Mapping[str, Sequence[InboxRow]]
) -> dict[str, RemoteObject | Gone]:
    """Return every object as it is now, or why it is gone."""
    found = {one.id: one for one in connected.adapter.read(list(by_object))}
    return {
        external_id: _as_told(rows, found.get(external_id, _unknown(external_id)))
        for external_id, rows in by_object.items()
    }


def _unknown(external_id: str) -> Gone:
    return Gone(id=external_id, reason=GoneReason.UNKNOWN)


def _as_told(
    rows: Sequence[InboxRow], remote: RemoteObject | Gone
) -> RemoteObject | Gone:
    """Let a webhook say why an object is gone, where reading it cannot."""
    kinds = {row.payload.get("kind") for row in rows}
    if EventKind.ERASED in kinds:
        return Gone(id=remote.id, reason=GoneReason.ERASED)
    if isinstance(remote, RemoteObject):
        told = [
            str(one)
            for row in rows
            for one in _list(row.payload.get("merged_ids"))
            if str(one) != remote.id
        ]
        merged = tuple(dict.fromkeys((*remote.merged_ids, *told)))
        return replace(remote, merged_ids=merged)
    if remote.reason is GoneReason.UNKNOWN and EventKind.DELETED in kinds:
        return Gone(id=remote.id, reason=GoneReason.DELETED)
    return remote


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
