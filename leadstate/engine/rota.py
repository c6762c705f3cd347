"""Whose turn it is: choose the next owner among the people who are there.  Pure.

A rota is a value: choosing returns the next one, in which the choice counts, so that
whoever judges several records in a row hands it from one to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.action import Assign, AssignBy
from leadstate.domain.people import People

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person

__all__ = ["Rota", "assigning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Everybody who works with leads, and how the turns stand.

    Attributes:
        people: Everybody; empty where no people file is used, and then nobody is given
            anything.
        places: Name -> the number of the last lead that the person was given; whoever
            has none yet comes first.
        loads: Name -> how many records in open stages the person owns.
    """

    people: People = field(default_factory=People)
    places: Mapping[str, int] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)

    def choose(
        self, lifecycle: Lifecycle, assign: Assign, owner: str | None, now: datetime
    ) -> tuple[Person | None, Rota]:
        """Return the next owner, or None when nobody is there, and the rota after it.

        Args:
            lifecycle: Its calendars say which day it is for whom.
            assign: The team, and how to choose.
            owner: Who owns the record now.
            now: Whoever is away on this day, in their own zone, is passed over.
        """
        there = [one for one in self._team(assign.team) if not one.away(now, lifecycle)]
        if assign.keep:
            kept = next((one for one in there if one.name == owner), None)
            if kept is not None:
                return kept, self
        able = [one for one in there if one.gets_leads or len(there) == 1]
        if not able:
            return None, self
        chosen = min(able, key=lambda one: self._rank(assign.by, one))
        return chosen, self._counting(chosen.name, owner)

    def _team(self, name: str) -> Sequence[Person]:
        """Return everybody of a team; a person's own name is a team of one."""
        person = self.people.get(name)
        if person is not None and name not in person.roles:
            return (person,)
        return self.people.with_role(name)

    def _rank(self, by: AssignBy, person: Person) -> tuple[int, int]:
        last = self.places.get(person.name, 0)
        if by is AssignBy.ROUND_ROBIN:
            return last, 0
        return self.loads.get(person.name, 0), last

    def _counting(self, chosen: str, before: str | None) -> Rota:
        last = max(self.places.values(), default=0)
        loads = dict(self.loads)
        if before != chosen:
            loads[chosen] = loads.get(chosen, 0) + 1
            if before is not None and before in loads:
                loads[before] -= 1
        return replace(self, places={**self.places, chosen: last + 1}, loads=loads)


def assigning(lifecycle: Lifecycle) -> frozenset[AssignBy]:
    """Return the ways in which a workflow gives leads to people; empty: it never does.

    They say what of a rota has to be known before anything is judged.
    """
    return frozenset(one.by for one in lifecycle.actions if isinstance(one, Assign))
