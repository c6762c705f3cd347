"""The assignments: which record was given to whom, so that the next one is fair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from leadstate.store.bulk import insert_into
from leadstate.store.portable import listed
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import assignment

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect

    from leadstate.store.rows import Assignment

__all__ = ["Assignments"]


class Assignments(Repository):
    """One row each time a record was given to a person."""

    __slots__ = ()

    def add(self, rows: Sequence[Assignment]) -> None:
        """Keep assignments, in the order in which they were made."""
        self._many(insert_into(assignment), map(columns_of, rows))

    def last(self, people: Collection[str]) -> dict[str, int]:
        """Return each person's latest place in the order of all assignments.

        Whoever has the lowest number waits longest; who never got a record is left out.
        """
        asked = listed(people)
        query = select(asked.c.value, _latest(asked.c.value))
        return {
            person: place
            for person, place in self._connection.execute(query)
            if place is not None
        }

    def newest(self, people: Collection[str]) -> dict[str, tuple[int, datetime]]:
        """Return each person's latest place, as above, and when they got that record.

        Read by one query, of one row a person.
        """
        asked, given = listed(people), assignment.alias("given")
        query = select(asked.c.value, given.c.id, given.c.at).join_from(
            asked, given, given.c.id == _latest(asked.c.value)
        )
        found = self._connection.execute(query)
        return {name: (place, at) for name, place, at in found}


def _latest(person: ColumnElement[str]) -> ScalarSelect[int | None]:
    """Return the place of a person's newest assignment."""
    newest = select(func.max(assignment.c.id)).where(assignment.c.person == person)
    return newest.scalar_subquery()
