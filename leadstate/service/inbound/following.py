"""Read the objects that the inbox names, as the CRM has them now.

Webhooks are hints: what they say of values is not believed, what they say of endings
(merged, deleted, erased) completes what reading an ended object cannot tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import EventKind, Gone, GoneReason, RemoteObject
from leadstate.store import CrmEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadstate.service.app import Connected
    from leadstate.store import InboxRow

__all__ = ["by_object_of", "followed", "read_objects", "survivor_of"]


def by_object_of(rows: Iterable[InboxRow]) -> dict[str, list[InboxRow]]:
    """Return external id -> rows; the survivor of a merge is looked at too."""
    grouped: dict[str, list[InboxRow]] = {}
    for row in rows:
        grouped.setdefault(survivor_of(row) or row.external_id, []).append(row)
    return grouped


def survivor_of(row: InboxRow) -> str | None:
    """Return the object into which a webhook says that this one was merged."""
    event = row.payload
    return event.into if isinstance(event, CrmEvent) else None


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
    connected: Connected,
    by_object: Mapping[str, Sequence[InboxRow]],
    shown: Mapping[str, RemoteObject | Gone],
) -> dict[str, RemoteObject | Gone]:
    """Return every object as it is now, or why it is gone.

    Args:
        connected: Whose objects.
        by_object: External id -> what was heard of it.
        shown: Objects that were read a moment ago.
    """
    unread = [one for one in by_object if one not in shown]
    read = connected.adapter.read(unread) if unread else ()
    found = {**shown, **{one.id: one for one in read}}
    return {
        external_id: _as_reported(rows, found.get(external_id, _unknown(external_id)))
        for external_id, rows in by_object.items()
    }


def _unknown(external_id: str) -> Gone:
    return Gone(id=external_id, reason=GoneReason.UNKNOWN)


def _as_reported(
    rows: Sequence[InboxRow], remote: RemoteObject | Gone
) -> RemoteObject | Gone:
    """Let a webhook say why an object is gone, where reading it cannot."""
    events = [one.payload for one in rows if isinstance(one.payload, CrmEvent)]
    kinds = {one.kind for one in events}
    if EventKind.ERASED in kinds:
        return Gone(id=remote.id, reason=GoneReason.ERASED)
    if isinstance(remote, RemoteObject):
        merged_ids = (one for event in events for one in event.merged_ids)
        told = [one for one in merged_ids if one != remote.id]
        merged = tuple(dict.fromkeys((*remote.merged_ids, *told)))
        return replace(remote, merged_ids=merged)
    if remote.reason is GoneReason.UNKNOWN and EventKind.DELETED in kinds:
        return Gone(id=remote.id, reason=GoneReason.DELETED)
    return remote
