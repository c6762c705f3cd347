"""``leadstate people``: who works with leads, and who is there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    json_option,
    opened_all,
    print_json,
    print_table,
    settings_option,
    when,
)
from leadstate.cli.groups import ListingGroup
from leadstate.cli.several import tell_broken

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.domain.people import Absence
    from leadstate.service.people import Member

__all__ = ["command"]


@click.group(name="people", cls=ListingGroup)
def command() -> None:
    """See who works with leads: roles, users of the CRMs, absences.

    Without a command it lists.
    """


@command.command(name="list")
@settings_option
@json_option
@click.option("--team", help="Only people with this team or role.")
def list_people(settings_file: Path, team: str | None, *, as_data: bool) -> None:
    """List people, with their open leads and whose turn it is to get one.

    Workflows share the people: open leads are those of all of them.
    """
    from leadstate.service.people import roster

    with opened_all(settings_file) as installation:
        known = bool(installation.first.people)
        found = roster(*installation.apps.values(), team=team) if known else []
        tell_broken(installation)
    if as_data:
        print_json([_data(one) for one in found])
        return
    if not known:
        click.echo(
            "There is no people file. Write one, and name it in the settings file: "
            "people: people.yaml"
        )
        return
    print_table(
        [
            "person",
            "roles",
            "users",
            "away",
            "calendar",
            "gets leads",
            "open leads",
            "turn",
            "last assigned",
        ],
        [_cells(one) for one in found],
    )
    click.echo("Turn 1 has waited longest for a lead.")


def _data(member: Member) -> dict[str, object]:
    person = member.person
    return {
        "name": person.name,
        "label": person.label,
        "email": person.email,
        "roles": person.roles,
        "users": {name: list(ids) for name, ids in person.users.items()},
        "calendar": person.calendar,
        "gets_leads": person.gets_leads,
        "away": asdict(member.away) if member.away else None,
        "open_leads": member.open_leads,
        "turn": member.turn,
        "assigned_at": member.assigned_at,
    }


def _cells(member: Member) -> tuple[object, ...]:
    person = member.person
    users = [f"{name} {', '.join(ids)}" for name, ids in person.users.items()]
    named = person.label and person.label != person.name
    return (
        f"{person.name} ({person.label})" if named else person.name,
        ", ".join(sorted(person.roles)),
        "; ".join(users),
        _away(member.away),
        person.calendar or "",
        "yes" if person.gets_leads else "no",
        member.open_leads,
        member.turn or "",
        when(member.assigned_at) if member.assigned_at else "never",
    )


def _away(absence: Absence | None) -> str:
    if absence is None:
        return ""
    why = f": {absence.why}" if absence.why else ""
    return f"until {absence.last.isoformat()}{why}"
