"""Who works with leads: who is there, how many leads they have, whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.people import Absence, People
from leadstate.errors import UsageError
from leadstate.service.people import roster

if TYPE_CHECKING:
    from office_hours import TimedDesk


def test_everybody_is_listed_in_the_order_of_the_file(full: TimedDesk) -> None:
    """With the leads in open stages; a parked one is nobody's burden."""
    found = roster(full.app)

    assert [("ann", 4), ("bob", 0), ("eve", 0), ("quinn", 0)] == [
        (one.person.name, one.open_leads) for one in found
    ]


def test_whoever_is_away_says_why(floor: TimedDesk) -> None:
    """On this day."""
    assert [None, None, "a long journey", None] == [
        one.away.why if one.away else None for one in roster(floor.app)
    ]


def test_a_day_is_that_of_the_persons_own_calendar(floor: TimedDesk) -> None:
    """Half past eleven in the evening of London is tomorrow in Berlin."""
    floor.later(hours=11, minutes=30)
    tomorrow = (Absence(date(2026, 3, 11), date(2026, 3, 11)),)
    people = {
        name: replace(one, absences=tomorrow)
        for name, one in floor.app.people.by_name.items()
    }
    app = replace(floor.app, people=People(people))
    lifecycle = replace(app.lifecycle, timezone="Europe/London")

    found = roster(replace(app, lifecycle=lifecycle), team="sales")

    assert [True, False, False] == [one.away is not None for one in found]


def test_the_turn_is_of_whoever_waited_longest(floor: TimedDesk) -> None:
    """Who is away or gets no leads has none."""
    assert [1, 2, None, None] == [one.turn for one in roster(floor.app)]

    floor.fresh("first", owner_id="2")
    floor.move("first", "qualify")
    floor.move("first", "accept")
    floor.work()

    with floor.app.store.read() as view:
        assert ["ann"] == list(view.assignments.last(["ann", "bob", "eve", "quinn"]))
    found = roster(floor.app)
    assert [2, 1, None, None] == [one.turn for one in found]
    given = floor.last("first", "assigned").happened_at
    assert [given, None, None, None] == [one.assigned_at for one in found]


def test_a_team_is_those_with_its_role(floor: TimedDesk) -> None:
    """A team of the workflow may be empty; a name that nobody knows is a mistake."""
    assert ["ann", "bob", "eve"] == [
        one.person.name for one in roster(floor.app, team="sales")
    ]
    with pytest.raises(UsageError) as told:
        roster(floor.app, team="sale")

    assert ("there is no team or role 'sale'; known: control, marketing, sales") == str(
        told.value
    )


def test_nobody_is_known_without_a_people_file(floor: TimedDesk) -> None:
    """A team of the workflow alone has no members."""
    app = replace(floor.app, people=People())

    assert [] == roster(app)
    assert [] == roster(app, team="sales")
