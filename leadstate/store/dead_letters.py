"""The dead letters: what cannot go on, with its reason, until a person replays it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from leadstate.store.portable import insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import DeadLetter
from leadstate.store.schema import dead_letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Update

    from leadstate.store.rows import DeadLetterItem, Door

__all__ = ["DeadLetters"]

_OPEN = dead_letter.c.replayed_at.is_(None)
_COLUMNS = [column for column in dead_letter.c if column.name != "workflow"]
_INSERT = insert(dead_letter)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["workflow", "door", "ref"],
    index_where=_OPEN,
    set_={
        "reason": _INSERT.excluded.reason,
        "detail": _INSERT.excluded.detail,
        "payload": _INSERT.excluded.payload,
        "record_id": func.coalesce(_INSERT.excluded.record_id, dead_letter.c.record_id),
        "last_at": _INSERT.excluded.last_at,
        "times": dead_letter.c.times + 1,
    },
)


class DeadLetters(Repository):
    """One open letter a door and ref; a repetition counts it up."""

    __slots__ = ()

    def put(self, letters: Sequence[DeadLetterItem]) -> None:
        """Keep the letters; one that is open already is counted up and renewed."""
        rows = []
        for letter in letters:
            row = columns_of(letter)
            at = row.pop("at")
            row |= {"first_at": at, "last_at": at, "times": 1}
            rows.append(row | {"workflow": self._workflow})
        self._many(_PUT, rows)

    def list(
        self, *, open_only: bool = True, limit: int | None = None
    ) -> list[DeadLetter]:
        """Return the letters, newest first."""
        query = select(*_COLUMNS).where(*self._own(dead_letter))
        if open_only:
            query = query.where(_OPEN)
        newest = dead_letter.c.last_at.desc(), dead_letter.c.id.desc()
        return self._rows(DeadLetter, query.order_by(*newest).limit(limit))

    def get(self, id: int) -> DeadLetter | None:  # noqa: A002
        """Return one letter, or None."""
        query = select(*_COLUMNS).where(*self._own(dead_letter), dead_letter.c.id == id)
        return self._row(DeadLetter, query)

    def workflow_of(self, id: int) -> str | None:  # noqa: A002
        """Return whose letter it is, or None when there is none."""
        query = select(dead_letter.c.workflow).where(dead_letter.c.id == id)
        return self._connection.scalar(query)

    def resolve(self, id: int, now: datetime) -> bool:  # noqa: A002
        """Close a letter, because it is replayed; say whether it was open."""
        return self._count(_closing(now).where(dead_letter.c.id == id)) > 0

    def resolve_ref(self, door: Door, ref: str, now: datetime) -> bool:
        """Close the open letter of a door and ref, if any; say whether there was."""
        named = (
            *self._own(dead_letter),
            dead_letter.c.door == door,
            dead_letter.c.ref == ref,
        )
        return self._count(_closing(now).where(*named)) > 0

    def count(self) -> int:
        """Return how many letters are open."""
        query = select(func.count()).select_from(dead_letter)
        query = query.where(*self._own(dead_letter), _OPEN)
        return self._connection.scalar(query) or 0


def _closing(now: datetime) -> Update:
    return update(dead_letter).where(_OPEN).values(replayed_at=now)
