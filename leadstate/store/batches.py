"""The batches: changes of many records that are made in parts, each part once.

A lease says who works on one.  Every part keeps in one transaction what it changes, how
far the batch is, and what became of each record; whoever lost the lease keeps nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select, update

from leadstate.store.portable import insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import BatchItem, BatchOutcome, BatchRow
from leadstate.store.schema import batch, batch_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

__all__ = ["LEASE", "BatchJournal"]

LEASE: Final = timedelta(seconds=30)
"""How long nobody else works on a batch of which nothing is heard."""

_ITEM = insert(batch_item)
_NOTE = _ITEM.on_conflict_do_update(
    index_elements=["batch_id", "record_id"],
    set_={name: _ITEM.excluded[name] for name in ("outcome", "why", "at")},
)
_OPEN = batch.c.ended_at.is_(None)


class BatchJournal(Repository):
    """One open batch a workflow and subject."""

    __slots__ = ()

    def open(self, subject: str) -> BatchRow | None:
        """Return the batch that is not at its end, or None."""
        query = select(batch).where(
            *self._own(batch), batch.c.subject == subject, _OPEN
        )
        return self._row(_row_of, query)

    def begin(self, kind: str, subject: str, actor: str, now: datetime) -> BatchRow:
        """Begin a batch; the subject must have no open one."""
        row = {
            "workflow": self._workflow,
            "kind": kind,
            "subject": subject,
            "actor": actor,
            "began_at": now,
            "position": "",
            "done": 0,
            "outcome": "",
        }
        self._count(insert(batch).values(**row))
        found = self.open(subject)
        assert found is not None  # noqa: S101 - just inserted
        return found

    def take(self, id: int, owner: str, now: datetime) -> bool:  # noqa: A002
        """Work on a batch from now on; False while somebody else does.

        A lease that ends later than any could has a clock behind it that was ahead.
        """
        free = or_(
            batch.c.owner.is_(None),
            batch.c.owner == owner,
            batch.c.leased_until <= now,
            batch.c.leased_until > now + LEASE,
        )
        taken = (
            update(batch)
            .where(batch.c.id == id, _OPEN, free)
            .values(owner=owner, leased_until=now + LEASE)
        )
        return self._count(taken) > 0

    def keep(
        self,
        id: int,  # noqa: A002
        owner: str,
        *,
        position: str,
        items: Sequence[BatchItem],
        now: datetime,
    ) -> bool:
        """Keep how far a batch is, and what became of its next records.

        Returns:
            False when somebody else works on it by now: the transaction must not be
            committed.
        """
        its = update(batch).where(batch.c.id == id, batch.c.owner == owner, _OPEN)
        went_on = its.values(
            position=position,
            done=batch.c.done + len(items),
            leased_until=now + LEASE,
        )
        if not self._count(went_on):
            return False
        self._many(_NOTE, map(columns_of, items))
        return True

    def move(self, id: int, position: str) -> None:  # noqa: A002
        """Let a batch go on from another position."""
        self._count(update(batch).where(batch.c.id == id).values(position=position))

    def release(self, id: int, owner: str) -> None:  # noqa: A002
        """Let somebody else go on with a batch."""
        its = update(batch).where(batch.c.id == id, batch.c.owner == owner)
        self._count(its.values(owner=None, leased_until=None))

    def end(self, id: int, outcome: str, now: datetime) -> None:  # noqa: A002
        """End a batch; nobody goes on with it."""
        its = update(batch).where(batch.c.id == id, _OPEN)
        self._count(
            its.values(owner=None, leased_until=None, ended_at=now, outcome=outcome)
        )

    def of(self, subject: str) -> list[BatchRow]:
        """Return the batches of a subject, oldest first."""
        query = select(batch).where(*self._own(batch), batch.c.subject == subject)
        return self._rows(_row_of, query.order_by(batch.c.id))

    def counts(self, id: int) -> dict[str, int]:  # noqa: A002
        """Return how many records had each outcome."""
        query = select(batch_item.c.outcome, func.count()).where(
            batch_item.c.batch_id == id
        )
        return self._pairs(query.group_by(batch_item.c.outcome))

    def skipped(self, id: int) -> list[BatchItem]:  # noqa: A002
        """Return the records that were left as they are."""
        query = select(batch_item).where(
            batch_item.c.batch_id == id,
            batch_item.c.outcome == BatchOutcome.SKIPPED,
        )
        return self._rows(BatchItem, query.order_by(batch_item.c.record_id))


def _row_of(*, workflow: str, **columns: Any) -> BatchRow:  # noqa: ARG001 - the scope's
    return BatchRow(**columns)
