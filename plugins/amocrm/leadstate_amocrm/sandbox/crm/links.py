"""Which records belong together, seen from both ends."""

from __future__ import annotations

Metadata = dict[str, object]


class Links:
    """A lead has contacts, one of them main, and one company; a contact has one too."""

    def __init__(self) -> None:
        """Start with none."""
        self._links: dict[tuple[str, int], dict[str, dict[int, Metadata]]] = {}

    def of(self, kind: str, record_id: int, target: str) -> dict[int, Metadata]:
        """Return what is linked, by id, with what is known of the link."""
        return self._links.get((kind, record_id), {}).get(target, {})

    def link(self, kind: str, record_id: int, target: str, to: int) -> None:
        """Link two records; a second company takes the place of the first."""
        if target == "companies":
            for other in list(self.of(kind, record_id, target)):
                self.unlink(kind, record_id, target, other)
        if kind == "companies":
            for other in list(self.of(target, to, kind)):
                self.unlink(target, to, kind, other)
        self._side(kind, record_id, target).setdefault(to, {})
        self._side(target, to, kind).setdefault(record_id, {})
        if "leads" in (kind, target) and "contacts" in (kind, target):
            lead = record_id if kind == "leads" else to
            contact = to if kind == "leads" else record_id
            contacts = self.of("leads", lead, "contacts")
            if len(contacts) == 1:
                self.make_main(lead, contact)

    def make_main(self, lead_id: int, contact_id: int) -> None:
        """Make one contact of a lead its main one."""
        for other, metadata in self.of("leads", lead_id, "contacts").items():
            metadata["main_contact"] = other == contact_id

    def main_contact(self, lead_id: int) -> int | None:
        """Return the main contact of a lead."""
        contacts = self.of("leads", lead_id, "contacts")
        main = (to for to, known in contacts.items() if known.get("main_contact"))
        return next(main, None)

    def unlink(self, kind: str, record_id: int, target: str, to: int) -> bool:
        """Part two records; False when they were not linked."""
        gone = self._side(kind, record_id, target).pop(to, None)
        self._side(target, to, kind).pop(record_id, None)
        return gone is not None

    def move(self, kind: str, old_id: int, new_id: int) -> None:
        """Hand everything linked to one record to another, as a merge does."""
        for target, linked in list(self._links.get((kind, old_id), {}).items()):
            for to in list(linked):
                self.unlink(kind, old_id, target, to)
                kept = target == "companies" and self.of(kind, new_id, target)
                if not kept:
                    self.link(kind, new_id, target, to)

    def _side(self, kind: str, record_id: int, target: str) -> dict[int, Metadata]:
        return self._links.setdefault((kind, record_id), {}).setdefault(target, {})
