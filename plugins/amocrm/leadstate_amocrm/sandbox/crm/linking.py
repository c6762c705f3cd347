"""Link and part records, and tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .happenings import Happening, What

if TYPE_CHECKING:
    from .account import Account
    from .records import Record


def link(
    account: Account, record: Record, to: Record, author: int, *, main: bool = False
) -> None:
    """Link two records; one of a lead's contacts is its main one."""
    known = to.id in account.links.of(record.kind, record.id, to.kind)
    account.links.link(record.kind, record.id, to.kind, to.id)
    if main and {record.kind, to.kind} == {"leads", "contacts"}:
        lead, contact = (record, to) if record.kind == "leads" else (to, record)
        account.links.make_main(lead.id, contact.id)
    if not known:
        _tell(account, record, to, author, What.LINKED)


def unlink(account: Account, record: Record, to: Record, author: int) -> None:
    """Part two records."""
    if account.links.unlink(record.kind, record.id, to.kind, to.id):
        _tell(account, record, to, author, What.UNLINKED)


def _tell(
    account: Account, record: Record, to: Record, author: int, what: What
) -> None:
    extra = {"kind": to.kind, "id": to.id}
    now = account.now()
    account.tell(
        Happening(what=what, at=now, author=author, record=record, extra=extra)
    )
