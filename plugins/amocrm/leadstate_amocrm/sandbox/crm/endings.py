"""Deletion, restoration and merging: what people do, for v4 has no call for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.config import Survivor

from .happenings import Happening, What

if TYPE_CHECKING:
    from .account import Account
    from .records import Record


def delete(account: Account, record: Record, author: int) -> None:
    """Move a record to the recycle bin."""
    if record.is_deleted:
        return
    _end(account, record, author, deleted=True)


def restore(account: Account, record: Record, author: int) -> None:
    """Take a record out of the recycle bin, to where it stood."""
    if record.is_deleted:
        _end(account, record, author, deleted=False)


def _end(account: Account, record: Record, author: int, *, deleted: bool) -> None:
    now = account.now()
    record.is_deleted = deleted
    record.updated_at, record.updated_by = now, author
    what = What.DELETED if deleted else What.RESTORED
    account.tell(Happening(what=what, at=now, author=author, record=record))


def merge(account: Account, one: Record, other: Record, author: int) -> Record:
    """Merge two records; the loser just disappears, without a recycle bin.

    Which id is left and which webhooks fire is not established (2026-11-22): see the
    policies `merge_survivor` and `merge_hooks`.
    """
    newest = account.policy.merge_survivor is Survivor.NEWEST and other.id > one.id
    survivor, loser = (other, one) if newest else (one, other)
    for number, values in loser.fields.items():
        survivor.fields.setdefault(number, values)
    survivor.tags = list(dict.fromkeys((*survivor.tags, *loser.tags)))
    account.links.move(loser.kind, loser.id, survivor.id)
    del account.shelves[loser.kind][loser.id]
    account.merged_into[loser.id] = survivor.id
    now = account.now()
    survivor.updated_at, survivor.updated_by = now, author
    extra = {"loser": loser}
    account.tell(
        Happening(what=What.MERGED, at=now, author=author, record=survivor, extra=extra)
    )
    return survivor
