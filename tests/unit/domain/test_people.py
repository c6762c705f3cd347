"""People: found by name, by role and by the user of a CRM; away on their dates."""

from __future__ import annotations

from datetime import date

import pytest

from leadstate.domain.people import Absence, People, Person

OLENA = Person(
    name="olena",
    roles=frozenset({"sales"}),
    users={"hubspot": ("71820", "71821")},
    absences=(Absence(date(2026, 12, 24), date(2026, 12, 26)),),
)
MAX = Person(name="max", roles=frozenset({"sales", "heads"}))
PEOPLE = People({"olena": OLENA, "max": MAX})


@pytest.mark.parametrize(
    ("day", "away"), [(23, False), (24, True), (26, True), (27, False)]
)
def test_an_absence_counts_both_its_ends(day: int, *, away: bool) -> None:
    """The first and the last day are days on which nobody is there."""
    assert away is OLENA.away(date(2026, 12, day))
    assert not MAX.away(date(2026, 12, day))


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
