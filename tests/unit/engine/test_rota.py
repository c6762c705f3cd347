"""Whose turn it is: who is there, who waits longest, who has least."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from one_case import LIFECYCLE, NOON, PEOPLE

from leadstate.definition import load_workflow_text
from leadstate.domain.action import Assign, AssignBy
from leadstate.domain.people import Absence, People
from leadstate.engine.rota import Rota, assigning

TURNS = Assign(team="sales", by=AssignBy.ROUND_ROBIN, keep=False)
LEAST = replace(TURNS, by=AssignBy.LEAST_LOADED)


def _chosen(rota: Rota, assign: Assign = TURNS, owner: str | None = None) -> str:
    person, _ = rota.choose(LIFECYCLE, assign, owner, NOON)
    return person.name if person else ""


def _with(**changes: object) -> Rota:
    """Return a rota in which ann is otherwise."""
    ann = replace(PEOPLE.by_name["ann"], **changes)  # type: ignore[arg-type]
    return Rota(people=People({**PEOPLE.by_name, "ann": ann}))


def test_who_has_never_had_a_record_comes_first() -> None:
    """Then who waits longest; choosing leaves the rota itself as it is."""
    rota = Rota(people=PEOPLE, places={"ann": 7})

    first, after = rota.choose(LIFECYCLE, TURNS, None, NOON)

    assert (first, "ann") == (PEOPLE.by_name["bob"], _chosen(after))
    assert ({"ann": 7}, {"ann": 7, "bob": 8}) == (rota.places, after.places)


def test_who_has_least_gets_the_next_one() -> None:
    """Of two who have as much, who waits longer."""
    rota = Rota(people=PEOPLE, places={"ann": 2, "bob": 1}, loads={"ann": 1, "bob": 4})

    assert "ann" == _chosen(rota, LEAST)
    assert "bob" == _chosen(replace(rota, loads={"ann": 4, "bob": 4}), LEAST)


def test_what_is_chosen_counts_for_the_next_choice() -> None:
    """The new owner has one more, the one before has one less."""
    rota = Rota(people=PEOPLE, loads={"ann": 0, "bob": 1, "hal": 3})

    _, taken = rota.choose(LIFECYCLE, LEAST, "hal", NOON)
    _, kept = rota.choose(LIFECYCLE, LEAST, "ann", NOON)
    _, new = rota.choose(LIFECYCLE, LEAST, "stranger", NOON)

    assert {"ann": 1, "bob": 1, "hal": 2} == taken.loads
    assert {"ann": 0, "bob": 1, "hal": 3} == kept.loads
    assert {"ann": 1, "bob": 1, "hal": 3} == new.loads


def test_an_owner_who_is_there_stays_where_that_is_wanted() -> None:
    """And nobody had a turn; an owner of another team has to let go."""
    rota, keeping = Rota(people=PEOPLE), replace(TURNS, keep=True)

    person, after = rota.choose(LIFECYCLE, keeping, "bob", NOON)

    assert (PEOPLE.by_name["bob"], rota) == (person, after)
    assert "ann" == _chosen(rota, keeping, "hal")


def test_who_is_away_is_passed_over() -> None:
    """On the day that it is for them."""
    away = _with(absences=(Absence(date(2026, 3, 10), date(2026, 3, 10)),))

    assert "bob" == _chosen(away)


def test_who_gets_no_leads_takes_over_when_nobody_else_is_there() -> None:
    """Somebody has to."""
    spared = _with(gets_leads=False)
    alone = People({"ann": spared.people.by_name["ann"]})

    assert "bob" == _chosen(spared)
    assert "ann" == _chosen(replace(spared, people=alone))


def test_a_name_is_a_team_of_one() -> None:
    """Unless that person has a role of the same name: then it is the role."""
    named = replace(TURNS, team="bob")
    role = _with(roles=frozenset({"ann"}))

    assert "bob" == _chosen(Rota(people=PEOPLE), named)
    assert "ann" == _chosen(role, replace(TURNS, team="ann"))


def test_nobody_there_is_an_answer() -> None:
    """And the rota stays as it is."""
    rota = Rota(people=PEOPLE)

    assert (None, rota) == rota.choose(
        LIFECYCLE, replace(TURNS, team="marketing"), None, NOON
    )


def test_a_workflow_says_in_which_ways_it_gives_leads_away() -> None:
    """What is not asked for need not be known."""
    quiet = load_workflow_text(
        "{workflow: quiet, stages: {lead: {initial: true}, won: {kind: won}},"
        " transitions: {win: {from: lead, to: won}}}"
    )

    assert {AssignBy.ROUND_ROBIN} == assigning(LIFECYCLE)
    assert frozenset() == assigning(quiet)
