"""People: who may take which role, under which names the CRMs know them, when away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["Absence", "People", "Person"]


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody is away, both ends included, by their calendar's dates."""

    first: date
    last: date
    why: str = ""

    def covers(self, day: date) -> bool:
        """Whether the person is away on ``day``."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works with leads.

    Attributes:
        name: The name used in files, history and fields of type ``owner``.
        roles: Teams and roles that the person has.
        users: Connection -> the ids under which that CRM knows the person.
        calendar: The person's own hours (a calendar of the workflow), or None.
        gets_leads: False for somebody who is never chosen by ``assign``.
    """

    name: str
    label: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendar: str | None = None
    absences: tuple[Absence, ...] = ()
    gets_leads: bool = True

    def away(self, now: datetime, lifecycle: Lifecycle) -> Absence | None:
        """Return the absence of this day, which is that of the person's own calendar.

        Without one it is the day of the workflow's time zone.
        """
        calendar = lifecycle.calendars.get(self.calendar or "")
        zone = ZoneInfo(calendar.timezone if calendar else lifecycle.timezone)
        day = now.astimezone(zone).date()
        return next((one for one in self.absences if one.covers(day)), None)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by name.  Empty when no people file is used."""

    by_name: Mapping[str, Person] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anybody is known."""
        return bool(self.by_name)

    def get(self, name: str | None) -> Person | None:
        """Return a person by name."""
        return self.by_name.get(name or "")

    def of_user(self, connection: str, user: str) -> Person | None:
        """Return the person whom a CRM knows under this id."""
        return next(
            (
                one
                for one in self.by_name.values()
                if user in one.users.get(connection, ())
            ),
            None,
        )

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Return everybody who has a role or belongs to a team, in file order."""
        return tuple(one for one in self.by_name.values() if role in one.roles)

    def values_of(self, connection: str) -> dict[str, str]:
        """Return a CRM's user ids -> the names of the people."""
        return {
            user: one.name
            for one in self.by_name.values()
            for user in one.users.get(connection, ())
        }
