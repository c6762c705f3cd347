"""What a test may see of an account: records whole."""

from __future__ import annotations

from leadstate.testing.sandbox.clock import iso
from leadstate.testing.sandbox.control import Observing, Shelf
from leadstate_amocrm.sandbox.crm.records import KINDS, Record, properties
from leadstate_amocrm.sandbox.problems import invalid
from leadstate_amocrm.sandbox.site import Site


class AmoCrmObserving(Observing[Site, Record]):
    """Shows the records of an account."""

    def identity(self) -> dict[str, object]:
        """Return which account this is."""
        return {"crm": "amocrm", "account_id": self._site.config.account_id}

    def counts(self) -> dict[str, int]:
        """Return how many records there are of each kind."""
        shelves = self._site.account.shelves
        return {name: len(shelf) for name, shelf in shelves.items()}

    def shelf(self, name: str) -> Shelf[Record]:
        """Return the records of a kind."""
        return Shelf(kind_of(name), self._site.account.shelves[name])

    def whole(self, record: Record, *, history: bool) -> dict[str, object]:
        """Return everything known of a record."""
        account = self._site.account
        names = account.tag_names(record.kind)
        shown: dict[str, object] = {
            "id": str(record.id),
            "object": record.kind,
            "properties": properties(record, account.fields[record.kind], names),
            "createdAt": iso(record.created_at * 1000),
            "updatedAt": iso(record.updated_at * 1000),
            "createdBy": record.created_by,
            "updatedBy": record.updated_by,
            "archived": record.is_deleted,
            "associations": self._associations(record),
            "notes": self._notes(record),
        }
        return shown | ({"history": _history(record)} if history else {})

    def _associations(self, record: Record) -> dict[str, list[str]]:
        links = self._site.account.links
        return {
            kind: [str(to) for to in sorted(linked)]
            for kind in KINDS
            if (linked := links.of(record.kind, record.id, kind))
        }

    def _notes(self, record: Record) -> list[dict[str, object]]:
        return [
            {"id": str(note.id), "type": note.note_type, "params": note.params}
            for note in self._site.account.notes.values()
            if (note.kind, note.entity_id) == (record.kind, record.id)
        ]


def kind_of(name: str) -> str:
    """Return a kind of record, or refuse."""
    if name not in KINDS:
        message = f"object {name[:50]!r} is unknown. Known: {', '.join(KINDS)}"
        raise invalid(message)
    return name


def _history(record: Record) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {"value": v.value, "timestamp": iso(v.at * 1000), "author": v.author}
            for v in reversed(versions)
        ]
        for name, versions in record.history.items()
    }
