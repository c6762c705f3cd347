"""Who is there already, in the CRM to which a lead is handed off.

The adapter searches widely; whether an object is the person is told here, as it is when
objects are read: by all of a person's addresses and numbers, the most trusted first.

An object that is another record's, or that two records could be, is for a person: it is
neither linked nor written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import StageKind
from leadstate.errors import SkipRecord
from leadstate.service.inbound.matching import (
    identities_of_object,
    identity_of_object,
    others_of,
)
from leadstate.service.sync.identity import all_identities, meets
from leadstate.store import Creation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters import Creator, RemoteObject
    from leadstate.service.app import App, Connected
    from leadstate.store import LinkRow, OutboxRow, View

__all__ = ["ambiguous", "free_link", "living", "the_persons_link"]

_CLOSED = (StageKind.WON, StageKind.LOST)


def living(
    app: App, connected: Connected, creator: Creator, row: OutboxRow
) -> list[RemoteObject]:
    """Return the person's objects that somebody works on.

    Raises:
        SkipRecord: One of them is another record's, or may be.
    """
    identity = row.payload.identity if isinstance(row.payload, Creation) else {}
    if not identity:
        return []
    with app.store.read() as view:
        further = view.identities.further_of([row.record_id]).get(row.record_id, {})
    main = identity_of_object(app, connected, identity)
    person = all_identities(main, further)
    searches = [dict(identity)]
    searches += [
        {connected.binding.fields[name].property: value}
        for name, values in further.items()
        for value in values
        if name in connected.binding.fields
    ]
    candidates = {one.id: one for asked in searches for one in creator.find(asked)}
    found = [
        one
        for one in candidates.values()
        if meets(identities_of_object(app, connected, one), person)
        and not _closed(app, connected, one)
    ]
    with app.store.read() as view:
        for one in found:
            the_persons_link(view, app, connected, row, one)
    return found


def the_persons_link(
    view: View, app: App, connected: Connected, row: OutboxRow, found: RemoteObject
) -> LinkRow | None:
    """Return the link of an object that was there, which can only be this person's.

    Raises:
        SkipRecord: It is another record's, or two records could be meant.
    """
    link = free_link(view, row, found.id)
    others = others_of(view, app, connected, found, row.record_id)
    if not others:
        return link
    names = ", ".join(one.record.record.id for one in others)
    raise SkipRecord(
        f"{row.object} {found.id} is this person, and has the {others[0].by} of record "
        f"{names} as well; if it is this one, {_say_whose(row, found.id)}"
    )


def free_link(view: View, row: OutboxRow, external_id: str) -> LinkRow | None:
    """Return the link of an object that is there, if it has one and is free.

    Raises:
        SkipRecord: The object is another record's: it is neither linked nor written.
    """
    links = view.links.get_many(row.connection, row.object, [external_id])
    link = links.get(external_id)
    if link is None or link.record_id in (None, row.record_id):
        return link
    raise SkipRecord(
        f"{row.object} {external_id} is this person, and belongs to record "
        f"{link.record_id}; if both are one lead, {_say_whose(row, external_id)}"
    )


def ambiguous(row: OutboxRow, found: Sequence[RemoteObject]) -> SkipRecord:
    """Return why nobody can tell which of several objects is the lead."""
    ids = ", ".join(one.id for one in found)
    return SkipRecord(
        f"{len(found)} {row.object} are this person: {ids}; choose "
        f"with 'leadstate record link {row.record_id} {row.connection} ID'"
    )


def _say_whose(row: OutboxRow, external_id: str) -> str:
    return (
        f"say so with 'leadstate record link {row.record_id} {row.connection} "
        f"{external_id}'"
    )


def _closed(app: App, connected: Connected, found: RemoteObject) -> bool:
    stage = app.lifecycle.stages.get(connected.binding.stage_of(found.properties) or "")
    return stage is not None and stage.kind in _CLOSED
