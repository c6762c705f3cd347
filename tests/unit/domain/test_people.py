"""People: found by name, by role and by the user of a CRM; away on their dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from leadstate.domain.lifecycle import Lifecycle
from leadstate.domain.people import Absence, People, Person
from leadstate.domain.sla import Calendar

OLENA = Person(
    name="olena",
    roles=frozenset({"sales"}),
    users={"hubspot": ("71820", "71821")},
    absences=(Absence(date(2026, 12, 24), date(2026, 12, 26)),),
)
MAX = Person(name="max", roles=frozenset({"sales", "heads"}))
BERLIN = Lifecycle(
    name="x",
    title="x",
    version="x",
    timezone="Europe/Berlin",
    fields={},
    scores={},
    criteria={},
    calendars={"tokyo": Calendar(name="tokyo", timezone="Asia/Tokyo", hours={})},
    stages={},
    transitions={},
)
PEOPLE = People({"olena": OLENA, "max": MAX})


@pytest.mark.parametrize(
    ("day", "away"), [(23, False), (24, True), (26, True), (27, False)]
)
def test_an_absence_counts_both_its_ends(day: int, *, away: bool) -> None:
    """The first and the last day are days on which nobody is there."""
    noon = datetime(2026, 12, day, 12, tzinfo=UTC)

    assert away is (OLENA.away(noon, BERLIN) is not None)
    assert MAX.away(noon, BERLIN) is None


def test_a_day_is_that_of_the_persons_own_calendar() -> None:
    """Without one that of the workflow: Berlin is an hour ahead of UTC, Tokyo nine."""
    eve = datetime(2026, 12, 23, 22, 30, tzinfo=UTC)
    tokyo = replace(OLENA, calendar="tokyo")

    assert OLENA.away(eve, BERLIN) is None
    assert OLENA.away(eve + timedelta(minutes=30), BERLIN) == OLENA.absences[0]
    assert tokyo.away(eve, BERLIN) == OLENA.absences[0]


def test_somebody_is_found_by_every_name_of_theirs() -> None:
    """By the name of the files, by the user of a CRM, by a role in file order."""
    assert OLENA is PEOPLE.get("olena")
    assert OLENA is PEOPLE.of_user("hubspot", "71821")
    assert (OLENA, MAX) == PEOPLE.with_role("sales")
    assert {"71820": "olena", "71821": "olena"} == PEOPLE.values_of("hubspot")


def test_nobody_is_found_who_is_not_there() -> None:
    """Nobody is guessed, and without a file there is nobody."""
    assert PEOPLE.get(None) is None
    assert PEOPLE.of_user("amocrm", "71820") is None
    assert () == PEOPLE.with_role("chef")
    assert not People()
    assert PEOPLE
