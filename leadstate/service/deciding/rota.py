"""Whose turn it is: choose the next owner among the people who are there.

Fair over restarts, because what the choice rests on is read from the store; within one
round of work every choice counts for the next.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leadstate.domain.action import AssignBy
from leadstate.domain.people import People

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadstate.domain.action import Assign
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person
    from leadstate.service.app import App
    from leadstate.store import Store

__all__ = ["Rota", "rota_of"]


def rota_of(app: App) -> Rota:
    """Return the rota of one round of work."""
    return Rota(app.lifecycle, app.people, app.store)


class Rota:
    """The choices of one round of work.

    Attributes:
        people: Everybody who works with leads.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        people: People | None = None,
        store: Store | None = None,
    ) -> None:
        self.people = people or People()
        self._lifecycle = lifecycle
        self._store = store
        self._last: dict[str, int] | None = None
        self._loads: Counter[str] | None = None

    def choose(self, assign: Assign, owner: str | None, now: datetime) -> Person | None:
        """Return the next owner, or None when nobody of the team is there.

        Args:
            assign: The team, and how to choose.
            owner: Who owns the record now.
            now: Whoever is away on this day, in their own zone, is passed over.
        """
        there = [
            one for one in self._team(assign.team) if not one.away(now, self._lifecycle)
        ]
        if assign.keep:
            kept = next((one for one in there if one.name == owner), None)
            if kept is not None:
                return kept
        able = [one for one in there if one.gets_leads or len(there) == 1]
        if not able:
            return None
        chosen = min(able, key=lambda one: self._rank(assign.by, one))
        self._count(chosen, owner)
        return chosen

    def _team(self, name: str) -> Sequence[Person]:
        """Return everybody of a team; a person's own name is a team of one."""
        person = self.people.get(name)
        return (person,) if person is not None else self.people.with_role(name)

    def _rank(self, by: AssignBy, person: Person) -> tuple[int, int]:
        last = self._places().get(person.name, 0)
        if by is AssignBy.ROUND_ROBIN:
            return last, 0
        return self._burdens()[person.name], last

    def _count(self, chosen: Person, before: str | None) -> None:
        places = self._places()
        places[chosen.name] = max(places.values(), default=0) + 1
        if self._loads is not None and before != chosen.name:
            self._loads[chosen.name] += 1
            if before is not None and before in self._loads:
                self._loads[before] -= 1

    def _places(self) -> dict[str, int]:
        if self._last is None:
            names = list(self.people.by_name)
            self._last = self._read_places(names)
        return self._last

    def _read_places(self, names: Sequence[str]) -> dict[str, int]:
        if self._store is None:
            return {}
        with self._store.read() as view:
            return view.assignments.last(names)

    def _burdens(self) -> Counter[str]:
        if self._loads is None:
            self._loads = Counter(self._read_loads(self.people.by_name))
        return self._loads

    def _read_loads(self, names: Iterable[str]) -> dict[str, int]:
        if self._store is None:
            return {}
        with self._store.read() as view:
            return view.records.loads(list(names), self._lifecycle.open_stages)
