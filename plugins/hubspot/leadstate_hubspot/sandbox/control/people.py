"""What people do in HubSpot's own interface, where fewer rules hold.

    POST /_sandbox/edit
    {"object": "contacts", "id": "5401", "properties": {"lifecyclestage": "lead"},
     "as": {"user": "olena.koval@portal.example"}}

`as` is `{"user": e-mail or userId}` or `{"integration": id}`; without it the first
owner acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.control import CrmUsers
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.api.linking import tell_link
from leadstate_hubspot.sandbox.crm import endings, writing
from leadstate_hubspot.sandbox.crm.associations import types_between
from leadstate_hubspot.sandbox.crm.owners import OWNERS, USER_BY_EMAIL
from leadstate_hubspot.sandbox.crm.portal import object_type
from leadstate_hubspot.sandbox.crm.records import Author, Record
from leadstate_hubspot.sandbox.payloads import as_properties
from leadstate_hubspot.sandbox.problems import invalid, not_found
from leadstate_hubspot.sandbox.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate_hubspot.sandbox.crm.object_types import ObjectType


class HubSpotPeople(CrmUsers[Site, Record, Author]):
    """Changes records as the users of a portal do."""

    def find(self, body: Mapping[str, object]) -> Record:
        """Return the record that a body names, or refuse."""
        kind, wanted = self._kind(body), self._read.required_text(body, "id")
        record = self._site.portal.get(kind, wanted)
        if record is None:
            raise not_found(f"there is no record {wanted[:50]} among {kind.plural}")
        return record

    def author(self, body: Mapping[str, object]) -> Author:
        """Return who acts, or refuse a name that is nobody's."""
        given = self._read.mapping(body.get("as") or {}, at="as")
        if given.get("integration") is not None:
            app = self._read.text(given["integration"], at="as.integration")
            return Author("INTEGRATION", app)
        name = self._read.text(given.get("user", OWNERS[0].user_id), at="as.user")
        user = USER_BY_EMAIL.get(name.lower(), whole_number(name))
        if user is None:
            known = ", ".join(USER_BY_EMAIL)
            raise invalid(f"user {name[:100]!r} is neither a userId nor one of {known}")
        return Author(writing.PERSON, f"userId:{user}", user)

    def add(self, body: dict[str, object], author: Author) -> Record:
        """Create a record."""
        given = as_properties(body.get("properties"))
        return writing.create(self._site.portal, self._kind(body), given, author)

    def associate(self, record: Record, other: Record, author: Author) -> None:
        """Associate two records, unlabelled."""
        one, two = record.kind.plural, other.kind.plural
        associations = self._site.portal.associations
        if not associations.link_default(one, record.id, (two, other.id)):
            raise invalid(f"{one} and {two} cannot be associated")
        tell_link(
            self._site.portal, types_between(one, two)[0], record.id, other.id, author
        )

    def change(self, record: Record, body: dict[str, object], author: Author) -> None:
        """Write properties."""
        given = as_properties(body.get("properties"))
        writing.update(self._site.portal, record, given, author)

    def delete(self, record: Record, author: Author) -> None:
        """Move a record to the recycle bin."""
        endings.archive(self._site.portal, record, author)

    def take_back(self, record: Record, author: Author) -> None:
        """Take a record out of the recycle bin."""
        endings.restore(self._site.portal, record, author)

    def join(self, record: Record, other: Record, author: Author) -> Record:
        """Merge the other record into this one."""
        return endings.merge(self._site.portal, record, other, author)

    def privacy_delete(self, call: SandboxCall) -> Reply:
        """Delete a record beyond recovery."""
        body = self._read.body(call.raw)
        endings.forget(self._site.portal, self.find(body), self.author(body))
        return Reply(204)

    def _kind(self, body: Mapping[str, object]) -> ObjectType:
        name = self._read.required_text(body, "object")
        found = object_type(name)
        if found is None:
            raise invalid(f"object {name[:50]!r} is unknown")
        return found
