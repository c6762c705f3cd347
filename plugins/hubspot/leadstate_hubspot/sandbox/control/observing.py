"""What a test may see of a portal: records whole."""

from __future__ import annotations

from leadstate.testing.sandbox.clock import iso
from leadstate.testing.sandbox.control import Observing, Shelf
from leadstate_hubspot.sandbox.api.shapes import show_version
from leadstate_hubspot.sandbox.crm.portal import object_type
from leadstate_hubspot.sandbox.crm.records import Record
from leadstate_hubspot.sandbox.problems import invalid
from leadstate_hubspot.sandbox.site import Site


class HubSpotObserving(Observing[Site, Record]):
    """Shows the records of a portal."""

    def identity(self) -> dict[str, object]:
        """Return how the app under test proves who it is."""
        return {"crm": "hubspot", "auth": self._site.config.auth.value}

    def counts(self) -> dict[str, int]:
        """Return how many records there are of each type."""
        shelves = self._site.portal.shelves
        return {name: len(shelf.records) for name, shelf in shelves.items()}

    def shelf(self, name: str) -> Shelf[Record]:
        """Return the records of a type, under any of its names."""
        kind = object_type(name)
        if kind is None:
            raise invalid(f"Unable to infer object type from: {name[:100]}")
        return Shelf(kind.plural, self._site.portal.shelf(kind).records)

    def whole(self, record: Record, *, history: bool) -> dict[str, object]:
        """Return everything known of a record."""
        associations = self._site.portal.associations
        links = associations.all_of(record.kind.plural, record.id)
        shown: dict[str, object] = {
            "id": str(record.id),
            "object": record.kind.plural,
            "properties": dict(record.values),
            "createdAt": iso(record.created_at),
            "updatedAt": iso(record.updated_at),
            "archived": record.archived_at is not None,
            "associations": {
                target: [str(to) for to in sorted(found)]
                for target, found in links.items()
            },
        }
        if history:
            shown["history"] = {
                name: [show_version(version) for version in reversed(versions)]
                for name, versions in record.history.items()
            }
        return shown
