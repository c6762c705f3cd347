"""What people do in the CRM's own interface, where fewer rules hold."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Generic, TypeVar

from leadstate.testing.sandbox.calls import Reply, SandboxCall

from .observing import RecordT, SiteT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.payloads import JsonReader

    from .observing import Observing

AuthorT = TypeVar("AuthorT")
Body = dict[str, object]


class CrmUsers(abc.ABC, Generic[SiteT, RecordT, AuthorT]):
    """Changes records as the users of the CRM do.

    A body names a record by `object` and `id`, and who acts by `as`.
    """

    def __init__(
        self, site: SiteT, observing: Observing[SiteT, RecordT], read: JsonReader
    ) -> None:
        self._site, self._observing, self._read = site, observing, read

    # -- what a CRM does its own way ---------------------------------------------------

    @abc.abstractmethod
    def find(self, body: Mapping[str, object]) -> RecordT:
        """Return the record that a body names, or refuse."""

    @abc.abstractmethod
    def author(self, body: Mapping[str, object]) -> AuthorT:
        """Return who acts, or refuse a name that is nobody's."""

    @abc.abstractmethod
    def add(self, body: Body, author: AuthorT) -> RecordT:
        """Create a record of the kind `object` with the `properties` of a body."""

    @abc.abstractmethod
    def associate(self, record: RecordT, other: RecordT, author: AuthorT) -> None:
        """Link two records."""

    @abc.abstractmethod
    def change(self, record: RecordT, body: Body, author: AuthorT) -> None:
        """Write the `properties` of a body."""

    @abc.abstractmethod
    def delete(self, record: RecordT, author: AuthorT) -> None:
        """Move a record to the recycle bin."""

    @abc.abstractmethod
    def take_back(self, record: RecordT, author: AuthorT) -> None:
        """Take a record out of the recycle bin."""

    @abc.abstractmethod
    def join(self, record: RecordT, other: RecordT, author: AuthorT) -> RecordT:
        """Merge two records and return the one that is left."""

    @abc.abstractmethod
    def privacy_delete(self, call: SandboxCall) -> Reply:
        """Delete a record beyond recovery, where the CRM can."""

    # -- the endpoints -----------------------------------------------------------------

    def edit(self, call: SandboxCall) -> Reply:
        """Change properties of a record."""
        return self._shown(self._edit(self._read.body(call.raw)))

    def bulk_edit(self, call: SandboxCall) -> Reply:
        """Change many records, one after the other."""
        edits = self._read.body(call.raw).get("edits")
        listed = self._read.mappings(edits, at="edits")
        ids = [str(self._edit(one).id) for one in listed]
        return Reply(200, {"edited": len(ids), "ids": ids})

    def create(self, call: SandboxCall) -> Reply:
        """Create a record, with `associations` [{object, id}] if wanted."""
        body = self._read.body(call.raw)
        author = self.author(body)
        linked = self._read.mappings(body.get("associations"), at="associations")
        others = [self.find(one) for one in linked]
        record = self.add(body, author)
        for other in others:
            self.associate(record, other, author)
        return self._shown(record, 201)

    def archive(self, call: SandboxCall) -> Reply:
        """Move a record to the recycle bin."""
        body = self._read.body(call.raw)
        record = self.find(body)
        self.delete(record, self.author(body))
        return self._shown(record)

    def restore(self, call: SandboxCall) -> Reply:
        """Take a record out of the recycle bin."""
        body = self._read.body(call.raw)
        record = self.find(body)
        self.take_back(record, self.author(body))
        return self._shown(record)

    def merge(self, call: SandboxCall) -> Reply:
        """Merge the records `id` and `other`."""
        body = self._read.body(call.raw)
        record = self.find(body)
        other = self.find(body | {"id": self._read.required_text(body, "other")})
        return self._shown(self.join(record, other, self.author(body)))

    def _edit(self, body: Body) -> RecordT:
        record = self.find(body)
        self.change(record, body, self.author(body))
        return record

    def _shown(self, record: RecordT, status: int = 200) -> Reply:
        return Reply(status, self._observing.whole(record, history=False))
