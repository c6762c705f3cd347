"""When a record is worth another look although nothing about it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import log2
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.definition.conditions import parse_condition
from leadstate.domain.record import Happening, Record
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import examine
from leadstate.engine.next_change import next_change, next_changes
from leadstate.guards import compile_guard

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WORKFLOW = """
workflow: turning
title: What time turns
timezone: Europe/Berlin
teams: [sales, marketing]
fields:
  email:         {type: email, identity: true}
  need:          {type: text}
  decision_date: {type: date}
  waiting_until: {type: date}
  last_activity: {type: datetime}
scores:
  interest: {half_life: 14 days, events: {demo: {points: 40}}}
stages:
  lead:    {owner: marketing, initial: true}
  mql:
    owner: marketing
    sla:
      accept:
        within: 8h
        calendar: always
        pause: waiting_until within next 365 days
        then: {move: park}
  nurture:
    owner: marketing
    kind: parked
    wake: {when: last_activity within last 7 days, to: lead}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, when: score.interest >= 30, automatic: true}
  hurry:   {from: lead, to: mql, when: decision_date within next 90 days}
  know:    {from: lead, to: mql, when: need is known}
  skip:    {from: lead, to: won}
  park:    {from: [lead, mql], to: nurture}
  revive:  {from: nurture, to: lead}
  win:     {from: mql, to: won}
"""


@pytest.fixture(name="turning", scope="module")
def _turning() -> Lifecycle:
    return load_workflow_text(WORKFLOW)


def record(stage: str, *happenings: Happening, **values: date | str) -> Record:
    """Return a record in a stage."""
    return Record(id="r", stage=stage, values=values, happenings=happenings)


def demo(days_ago: float = 0) -> Happening:
    """Return a demo request."""
    return Happening("demo", NOW - timedelta(days=days_ago))


def test_the_first_turn_of_any_transition_counts(turning: Lifecycle) -> None:
    """Of a score that fades and of a day that comes, the sooner one."""
    soon = record("lead", demo(), decision_date=date(2026, 6, 10))
    later = record("lead", demo(), decision_date=date(2026, 7, 1))

    assert datetime(2026, 3, 11, 23, 0, tzinfo=UTC) == next_change(
        turning, soon, now=NOW
    )
    fades = next_change(turning, later, now=NOW)
    assert fades is not None
    wanted = NOW + timedelta(days=14 * log2(40 / 30))
    assert abs(fades - wanted) < timedelta(seconds=1)
    assert next_changes(turning, later, now=NOW)["qualify"] == fades


def test_an_examination_at_the_turn_differs(turning: Lifecycle) -> None:
    """What a timer armed for the turn finds is not what is so before it."""
    held = record("lead", demo())
    turn = next_change(turning, held, now=NOW)
    assert turn is not None

    met = [
        [one.allows for one in examine(turning, held, now=moment)]
        for moment in (NOW, turn - MICROSECOND, turn)
    ]
    assert met[0] == met[1] != met[2]


def test_each_transition_says_when_it_can_change(turning: Lifecycle) -> None:
    """Those that time cannot turn are left out."""
    held = record("lead", decision_date=date(2026, 6, 10))

    expected = {"hurry": datetime(2026, 3, 11, 23, 0, tzinfo=UTC)}
    assert expected == next_changes(turning, held, now=NOW)


def test_the_end_of_a_pause_is_a_turn(turning: Lifecycle) -> None:
    """A clock that stands still goes on by itself."""
    held = record("mql", waiting_until=date(2026, 3, 12))

    assert datetime(2026, 3, 12, 23, 0, tzinfo=UTC) == next_change(
        turning, held, now=NOW
    )
    assert {} == next_changes(turning, held, now=NOW)


def test_the_condition_of_a_wake_up_is_a_turn(turning: Lifecycle) -> None:
    """A parked record that may wake is looked at as its condition changes."""
    seen = NOW + timedelta(days=2)
    held = record("nurture", last_activity=seen)

    assert seen == next_change(turning, held, now=NOW)


def test_conditions_of_other_stages_do_not_count(turning: Lifecycle) -> None:
    """Pauses and wake-ups are those of the stage in which the record is."""
    dates = {"waiting_until": date(2026, 3, 12), "last_activity": NOW}

    assert next_change(turning, record("lead", **dates), now=NOW) is None
    assert next_change(turning, record("won", **dates), now=NOW) is None
    assert next_change(turning, record("gone", **dates), now=NOW) is None
    assert {} == next_changes(turning, record("gone", **dates), now=NOW)


def test_a_further_condition_counts_when_it_is_sooner(turning: Lifecycle) -> None:
    """Whoever arms the timer may have conditions of their own."""
    seen = NOW - timedelta(days=1)
    held = record("lead", decision_date=date(2026, 6, 10), last_activity=seen)
    scores = compile_lifecycle(turning).scores
    texts = ["last_activity within last 26 hours", "last_activity within last 9 days"]
    conditions = [parse_condition(text, turning) for text in texts]
    also = [compile_guard(condition, scores) for condition in conditions]

    expected = seen + timedelta(hours=26) + MICROSECOND
    assert expected == next_change(turning, held, now=NOW, also=also)
    later = datetime(2026, 3, 11, 23, 0, tzinfo=UTC)
    assert later == next_change(turning, held, now=NOW, also=also[1:])
