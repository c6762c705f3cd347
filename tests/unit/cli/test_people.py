"""`leadstate people`: who works with leads, and who is there."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Floor, Said


def lines(said: Said) -> list[str]:
    """Return what was printed, with single spaces."""
    return [" ".join(line.split()) for line in said.out.splitlines()]


def test_people_are_listed_with_what_the_team_needs_to_know(floor: Floor) -> None:
    """Roles, users of the CRMs, absences, hours, leads, and whose turn it is."""
    listed = lines(floor.ask("people"))
    when = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", listed[1])

    assert when
    assert [
        "person roles users away calendar gets leads open leads turn last assigned",
        "ann (Ann B.) marketing, sales crm 1, 11 office yes 4 2 " + when[0],
        "bob sales crm 2 yes 0 1 never",
        "eve sales crm 3 until 2039-12-31: a long journey yes 0 never",
        "quinn control crm 9 no 0 never",
        "Turn 1 has waited longest for a lead.",
    ] == listed


def test_people_are_data_for_programs(floor: Floor) -> None:
    """The same under names that stay."""
    ann, _, eve, _ = floor.ask("people", "list", "--json").data
    given = ann.pop("assigned_at")

    assert {
        "name": "ann",
        "label": "Ann B.",
        "email": "ann@example.com",
        "roles": ["marketing", "sales"],
        "users": {"crm": ["1", "11"]},
        "calendar": "office",
        "gets_leads": True,
        "away": None,
        "open_leads": 4,
        "turn": 2,
    } == ann
    assert datetime.fromisoformat(given).tzinfo is not None
    assert None is eve["assigned_at"]
    assert {
        "first": "2020-01-01",
        "last": "2039-12-31",
        "why": "a long journey",
    } == eve["away"]


def test_an_absence_needs_no_reason(floor: Floor) -> None:
    """Its end is what others ask for."""
    floor.edit(", why: a long journey", "", floor.folder / "people.yaml")

    assert "eve sales crm 3 until 2039-12-31 yes 0 never" in lines(floor.ask("people"))


def test_a_team_is_listed_alone(floor: Floor) -> None:
    """By its role; a name that nobody has is told with those that there are."""
    data = floor.ask("people", "--team", "sales", "--json").data
    said = floor.ask("people", "--team", "sale")

    assert ["ann", "bob", "eve"] == [one["name"] for one in data]
    assert 1 == said.code
    assert (
        "there is no team or role 'sale'; known: control, marketing, sales"
        == said.error
    )


def test_a_missing_people_file_is_told_with_the_remedy(floor: Floor) -> None:
    """It is optional: no failure."""
    floor.edit("people: people.yaml\n", "")

    said = floor.ask("people")

    assert 0 == said.code
    assert (
        "There is no people file. Write one, and name it in the settings file: "
        "people: people.yaml\n"
    ) == said.out
    assert [] == floor.ask("people", "--team", "sales", "--json").data
