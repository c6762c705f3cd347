"""A person's further addresses and numbers: kept by the object that shows them.  Pure.

A record keeps one value of a field.  What else its objects hold tells who it is all the
same: when an object of another CRM is read, and when the lead is handed off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Gone, RemoteObject
from leadstate.domain.frozen import replace
from leadstate.service.change_set import FurtherKnown
from leadstate.service.inbound.matching import identities_of_object, identity_of_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.service.app import App, Connected
    from leadstate.service.change_set import ChangeSet

__all__ = ["with_further"]


def with_further(
    change: ChangeSet,
    app: App,
    connected: Connected,
    remote: RemoteObject | Gone,
    known: Mapping[str, tuple[str, ...]],
) -> ChangeSet:
    """Return a change set that keeps what an object shows besides its main values.

    Args:
        change: What the object's news mean.
        app: The workflow.
        connected: The connection.
        remote: The object as just read.
        known: What it showed before, by field.
    """
    place = (connected.name, connected.binding.object, remote.id)
    if isinstance(remote, Gone) or not any(
        (one.connection, one.object, one.external_id) == place for one in change.links
    ):
        return change
    shown = _further(app, connected, remote)
    if shown == known:
        return change
    return replace(change, effects=(*change.effects, FurtherKnown(place, shown)))


def _further(
    app: App, connected: Connected, remote: RemoteObject
) -> dict[str, tuple[str, ...]]:
    if not remote.also:
        return {}
    main = identity_of_object(app, connected, remote.properties)
    found = {
        name: tuple(sorted({*values} - {main.get(name)}))
        for name, values in identities_of_object(app, connected, remote).items()
    }
    return {name: values for name, values in found.items() if values}
