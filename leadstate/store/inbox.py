"""The inbox: everything that came in, once, until it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from leadstate.store.columns import constant
from leadstate.store.payloads import decode_inbox, encode
from leadstate.store.portable import among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import TIMER, InboxRow, InboxState
from leadstate.store.schema import inbox, is_pending

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.rows import InboxItem

__all__ = ["Inbox"]

# Written with literals, not parameters: only then does a partial index serve them.
_IS_TIMER = inbox.c.kind == constant(TIMER)
_IS_NEWS = inbox.c.kind != constant(TIMER)
_ADD = insert(inbox).on_conflict_do_nothing(index_elements=["workflow", "key"])


class Inbox(Repository):
    """What came in; the key makes a second delivery a no-op."""

    __slots__ = ()

    def add(self, items: Sequence[InboxItem]) -> int:
        """Keep the items; return how many were not there yet."""
        fresh = {"attempts": 0, "state": InboxState.PENDING, "settled_at": None}
        return self._many(
            _ADD,
            (
                {
                    **columns_of(item),
                    "workflow": item.workflow or self._workflow,
                    "payload": encode(item.payload),
                    **fresh,
                }
                for item in items
            ),
        )

    def due(
        self,
        now: datetime,
        limit: int = 100,
        *,
        kinds: Collection[str] = (),
        without: Collection[str] = (),
    ) -> list[InboxRow]:
        """Return pending items that are due, oldest first.

        Args:
            now: Items of later are left alone.
            limit: At most so many.
            kinds: Only these kinds; none named means all.
            without: But not these.
        """
        found = [
            row
            for line in _lines(kinds, without)
            for row in self._rows(
                _row_of,
                self._waiting(line).where(inbox.c.due_at <= now).limit(limit),
            )
        ]
        return sorted(found, key=lambda row: (row.due_at, row.id))[:limit]

    def next_due(
        self, *, kinds: Collection[str] = (), without: Collection[str] = ()
    ) -> datetime | None:
        """Return when the next pending item is due, or None when nothing waits."""
        first = [
            row.due_at
            for line in _lines(kinds, without)
            for row in self._rows(_row_of, self._waiting(line).limit(1))
        ]
        return min(first, default=None)

    def get(self, id: int) -> InboxRow | None:  # noqa: A002
        """Return one item, or None."""
        return self._row(_row_of, select(inbox).where(inbox.c.id == id))

    def by_key(self, key: str) -> InboxRow | None:
        """Return the item of a dedupe key, or None."""
        query = select(inbox).where(*self._own(inbox), inbox.c.key == key)
        return self._row(_row_of, query)

    def set_right(self, now: datetime, latest: datetime) -> int:
        """Let items be due that a clock which ran ahead dated; return how many.

        Args:
            now: When they are due instead.
            latest: What is due later than this nobody put off.
        """
        astray = {
            row.id
            for line in (_IS_TIMER, _IS_NEWS)
            for row in self._connection.execute(
                select(inbox.c.id).where(
                    *self._own(inbox), is_pending(inbox), line, inbox.c.due_at > latest
                )
            )
        }
        return self._count(
            update(inbox).where(among(inbox.c.id, astray)).values(due_at=now)
        )

    def runs_ahead(self, latest: datetime) -> bool:
        """Whether a pending item is due later than anything can be put off."""
        return any(
            self._rows(
                _row_of, self._waiting(line).where(inbox.c.due_at > latest).limit(1)
            )
            for line in (_IS_TIMER, _IS_NEWS)
        )

    def settle(self, ids: Sequence[int], state: InboxState, now: datetime) -> int:
        """End pending items as done, echo or dead; return how many were pending."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), is_pending(inbox))
            .values(state=state, settled_at=now)
        )

    def postpone(self, ids: Sequence[int], due_at: datetime) -> int:
        """Look at pending items again later; counts one attempt each."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), is_pending(inbox))
            .values(due_at=due_at, attempts=inbox.c.attempts + 1)
        )

    def reopen(self, ids: Sequence[int], due_at: datetime) -> int:
        """Let dead items have another go; return how many were dead."""
        return self._count(
            update(inbox)
            .where(among(inbox.c.id, ids), inbox.c.state == InboxState.DEAD)
            .values(
                state=InboxState.PENDING, due_at=due_at, attempts=0, settled_at=None
            )
        )

    def counts(self) -> dict[str, int]:
        """Return how many items are in each state."""
        query = select(inbox.c.state, func.count()).where(*self._own(inbox))
        return self._pairs(query.group_by(inbox.c.state))

    def unread(self, connection: str, until: datetime) -> int:
        """Return how much of what came until then from a connection still waits."""
        query = select(func.count()).where(
            *self._own(inbox),
            is_pending(inbox),
            inbox.c.kind != constant(TIMER),
            inbox.c.connection == connection,
            inbox.c.received_at <= until,
        )
        return self._connection.scalar(query) or 0

    def waiting_by_workflow(self) -> dict[str, int]:
        """Return how many items wait for each workflow that has any."""
        query = select(inbox.c.workflow, func.count()).where(
            *self._own(inbox), is_pending(inbox)
        )
        return self._pairs(query.group_by(inbox.c.workflow))

    def purge(self, before: datetime, limit: int = 10_000) -> int:
        """Forget done items and echoes settled before ``before``, with their keys.

        At most ``limit`` at once, so that receivers do not wait for long.
        """
        old = (
            select(inbox.c.id)
            .where(inbox.c.state.in_([InboxState.DONE, InboxState.ECHO]))
            .where(inbox.c.settled_at < before)
            .limit(limit)
        )
        return self._count(delete(inbox).where(inbox.c.id.in_(old)))

    def _waiting(self, line: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
        """Return the query of a line's pending items, oldest due first."""
        oldest = inbox.c.due_at, inbox.c.id
        query = select(inbox).where(*self._own(inbox), is_pending(inbox), line)
        return query.order_by(*oldest)


def _row_of(*, kind: str, payload: Mapping[str, object], **columns: Any) -> InboxRow:
    return InboxRow(kind=kind, payload=decode_inbox(kind, payload), **columns)


def _lines(
    kinds: Collection[str], without: Collection[str]
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the lines that can hold what is wanted.

    Timers stand in one line and everything else in another, each with its own index.
    """
    if TIMER not in without and (not kinds or TIMER in kinds):
        yield _IS_TIMER
    named, unwanted = set(kinds) - {TIMER}, set(without) - {TIMER}
    if kinds and not named:
        return
    news = _IS_NEWS
    if named:
        news &= inbox.c.kind.in_(sorted(named))
    if unwanted:
        news &= inbox.c.kind.not_in(sorted(unwanted))
    yield news
