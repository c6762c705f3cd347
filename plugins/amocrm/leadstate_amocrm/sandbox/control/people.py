"""What people do in amoCRM's own interface, where fewer rules hold.

    POST /_sandbox/edit
    {"object": "leads", "id": "30000001",
     "properties": {"status_id": 7100103, "price": 500, "cf.JOB_ROLE": "director"},
     "as": {"user": "olena.koval@account.example"}}

Properties have flat names: `name`, `price`, `status_id`, `pipeline_id`,
`responsible_user_id`, `loss_reason_id`, `tags` (all of them, as a list or with commas)
and `cf.CODE` or `cf.ID` for a custom field.  Texts are read as what the property holds:
"500", "true", "2026-12-31"; several values of a field are a list; null and "" clear.
Contacts also have `first_name`, `last_name`, and `email` and `phone` for short.

`as` is `{"user": e-mail or id}` or `{"robot": true}`; without it the first user acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.control import CrmUsers
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.crm import catalog, endings, linking, writing
from leadstate_amocrm.sandbox.crm.records import Record
from leadstate_amocrm.sandbox.problems import invalid, not_found, refused
from leadstate_amocrm.sandbox.site import Site

from .observing import kind_of
from .properties import read_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.calls import Reply, SandboxCall


class AmoCrmPeople(CrmUsers[Site, Record, int]):
    """Changes records as the users of an account do."""

    def find(self, body: Mapping[str, object]) -> Record:
        """Return the record that a body names, or refuse."""
        kind = kind_of(self._read.required_text(body, "object"))
        wanted = self._read.required_text(body, "id")
        record = self._site.account.get(kind, whole_number(wanted))
        if record is None:
            raise not_found(f"there is no record {wanted[:50]} among {kind}")
        return record

    def author(self, body: Mapping[str, object]) -> int:
        """Return who acts, or refuse a name that is nobody's."""
        given = self._read.mapping(body.get("as") or {}, at="as")
        if given.get("robot"):
            return catalog.ROBOT
        users = self._site.account.users
        name = self._read.text(given.get("user", catalog.ADMIN), at="as.user")
        by_email = {user.email: user.id for user in users.values()}
        number = by_email.get(name.lower(), whole_number(name))
        if number not in users:
            known = ", ".join(by_email)
            raise invalid(f"user {name[:100]!r} is neither an id nor one of {known}")
        return number

    def add(self, body: dict[str, object], author: int) -> Record:
        """Create a record."""
        kind = kind_of(self._read.required_text(body, "object"))
        draft = read_properties(self._site.account, kind, body, None)
        return writing.create(self._site.account, kind, draft, author)

    def associate(self, record: Record, other: Record, author: int) -> None:
        """Link two records."""
        if record.kind == other.kind:
            raise invalid(f"two {record.kind} cannot be linked")
        linking.link(self._site.account, record, other, author)

    def change(self, record: Record, body: dict[str, object], author: int) -> None:
        """Write properties."""
        account = self._site.account
        draft = read_properties(account, record.kind, body, record)
        writing.update(account, record, draft, author)

    def delete(self, record: Record, author: int) -> None:
        """Move a record to the recycle bin."""
        endings.delete(self._site.account, record, author)

    def take_back(self, record: Record, author: int) -> None:
        """Take a record out of the recycle bin."""
        endings.restore(self._site.account, record, author)

    def join(self, record: Record, other: Record, author: int) -> Record:
        """Merge two records; see the policy `merge_survivor`."""
        if record is other:
            raise invalid("a record cannot be merged with itself")
        return endings.merge(self._site.account, record, other, author)

    def privacy_delete(self, call: SandboxCall) -> Reply:
        """Say that amoCRM has no such thing."""
        del call
        message = "amoCRM has no privacy deletion: archive moves to the recycle bin"
        raise refused(501, message)
