"""Who works with leads, as the people file and the store have it.  Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.people import Absence, Person
    from leadstate.service.app import App

__all__ = ["Member", "roster"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who works with leads, now.

    Attributes:
        away: Why the person is not there today, or None.
        open_leads: Records in open stages, of all workflows, that the person owns.
        turn: The place among those who are listed and can get a lead: 1 has waited
            longest, or never got one.  None for who is away or gets no leads.
        assigned_at: When the person was given a record last, or None.
    """

    person: Person
    away: Absence | None
    open_leads: int
    turn: int | None
    assigned_at: datetime | None


def roster(*apps: App, team: str | None = None) -> list[Member]:
    """Return everybody, or everybody of a team, in the order of the people file.

    Args:
        apps: The workflows whose open leads count; they share the people.
        team: A role of people, or a team of a workflow.

    Raises:
        UsageError: Nobody has this role, and no workflow has such a team.
    """
    app = apps[0]
    people = tuple(app.people.by_name.values())
    if team is not None:
        roles = {role for one in people for role in one.roles}
        roles |= {one for its in apps for one in its.lifecycle.teams}
        if team not in roles:
            known = ", ".join(sorted(roles)) or "none"
            raise UsageError(f"there is no team or role {team!r}; known: {known}")
        people = app.people.with_role(team)
    names = [one.name for one in people]
    with app.store.read() as view:
        loads = view.records.loads(names, app.open_stages)
        given = view.assignments.newest(names)
    now = app.clock.now()
    away = {one.name: one.away(now, app.lifecycle) for one in people}
    able = [one.name for one in people if one.gets_leads and not away[one.name]]
    able.sort(key=lambda name: given[name][0] if name in given else 0)
    return [
        Member(
            person=one,
            away=away[one.name],
            open_leads=loads[one.name],
            turn=able.index(one.name) + 1 if one.name in able else None,
            assigned_at=given[one.name][1] if one.name in given else None,
        )
        for one in people
    ]
