"""Recognise people who were forgotten: what CRMs still show of them stays outside.

An object that was theirs is theirs for ever.  Another object with an identifying value
of theirs is theirs if the CRM made it before they were forgotten, or does not say when;
one that was made later is a person who came anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.service.inbound.following import survivor_of
from leadstate.service.inbound.matching import identities_of_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.adapters import Gone
    from leadstate.service.app import App, Connected
    from leadstate.service.change_set import StoredState
    from leadstate.store import Forgotten, InboxRow, Place, View

__all__ = ["part_forgotten", "with_forgotten"]


def part_forgotten(
    view: View, connected: Connected, rows: Sequence[InboxRow]
) -> tuple[list[InboxRow], list[InboxRow]]:
    """Part news from those about objects of people who were forgotten."""
    erased = view.links.erased({_place(connected, one.external_id) for one in rows})
    theirs = {external_id for _, _, external_id in erased}
    # A merge tells of its survivor, too, which may be somebody else's object.
    gone = {
        row.id for row in rows if row.external_id in theirs and not survivor_of(row)
    }
    return (
        [row for row in rows if row.id not in gone],
        [row for row in rows if row.id in gone],
    )


def with_forgotten(
    view: View,
    app: App,
    connected: Connected,
    remotes: Mapping[str, RemoteObject | Gone],
    states: Mapping[str, StoredState],
) -> dict[str, StoredState]:
    """Return what is known of new objects that are of people who were forgotten."""
    new = {
        one: remote
        for one, remote in remotes.items()
        if isinstance(remote, RemoteObject) and _is_open(states[one])
    }
    if not new:
        return {}
    if not view.forgotten.count():
        return {}
    values = {one: _values(app, connected, remote) for one, remote in new.items()}
    found = view.forgotten.among(
        {place for one in new.values() for place in _places(connected, one)},
        {value for ones in values.values() for value in ones},
    )
    return {
        one: replace(states[one], forgotten=True)
        for one, remote in new.items()
        if _is_theirs(connected, remote, values[one], found)
    }


def _is_open(state: StoredState) -> bool:
    """Whether an object belongs to no record yet."""
    return state.record is None and not state.merged and state.chosen is None


def _is_theirs(
    connected: Connected, remote: RemoteObject, values: set[str], found: Forgotten
) -> bool:
    if any(place in found.objects for place in _places(connected, remote)):
        return True
    since = [found.values[one] for one in values if one in found.values]
    made = remote.created_at
    return any(made is None or made <= at for at in since)


def _values(app: App, connected: Connected, remote: RemoteObject) -> set[str]:
    try:
        known = identities_of_object(app, connected, remote)
        return {one for values in known.values() for one in values}
    except (AttributeError, TypeError):
        # What makes no sense is judged, and dead-lettered, with its reason.
        return set()


def _places(connected: Connected, remote: RemoteObject) -> list[Place]:
    """Return the object, and those that were merged into it."""
    return [_place(connected, one) for one in (remote.id, *remote.merged_ids)]


def _place(connected: Connected, external_id: str) -> Place:
    return connected.name, connected.binding.object, external_id
