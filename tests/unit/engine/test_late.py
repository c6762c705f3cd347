"""Since when a move was due by what came late is found, and kept beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.domain.record import Happening, Record
from leadstate.engine.late import qualifying_times

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
YESTERDAY = NINE - timedelta(days=1)
WORKFLOW = """
workflow: late
title: What came late
timezone: Europe/Berlin
fields:
  email:         {type: email, identity: true}
  company_size:  {type: integer}
  decision_date: {type: date}
scores:
  interest: {half_life: 14 days, events: {demo: 40, visit: 10}}
stages:
  lead:    {initial: true}
  small:   {}
  mql:     {}
  hot:     {}
  waiting: {}
  won:     {kind: won}
transitions:
  heat:
    from: [lead, mql]
    to: hot
    automatic: true
    when: score.interest >= 60
  qualify:
    from: lead
    to: mql
    automatic: true
    when: score.interest >= 30 and score.interest < 60
  size:
    from: small
    to: mql
    automatic: true
    when: company_size >= 50 or score.interest >= 10
  go:
    from: waiting
    to: hot
    automatic: true
    when: score.interest >= 10 and decision_date within next 9 days
  shrink:  {from: [lead, mql], to: small}
  by_hand: {from: [hot, mql], to: waiting, when: score.interest >= 10}
  win:     {from: [mql, hot], to: won}
"""


@pytest.fixture(name="late", scope="module")
def _late() -> Lifecycle:
    return load_workflow_text(WORKFLOW)


def demo(at: datetime) -> Happening:
    """Return a demo request."""
    return Happening("demo", at)


def record(stage: str, *happenings: Happening, **values: Value) -> Record:
    """Return a record in a stage."""
    return Record(id="r", stage=stage, values=values, happenings=happenings)


def soonest(
    lifecycle: Lifecycle,
    held: Record,
    fresh: Collection[Happening],
    *,
    earliest: datetime | None,
    now: datetime,
) -> datetime | None:
    """Return since when any automatic transition was due by what came late."""
    found = qualifying_times(lifecycle, held, fresh, earliest=earliest, now=now)
    return min(found.values(), default=None)


@pytest.mark.parametrize("known", [True, False], ids=["in it", "not in it"])
def test_what_happened_at_nine_and_is_learnt_at_noon_is_dated_nine(
    late: Lifecycle, *, known: bool
) -> None:
    """Whether the record has the late happening already or not."""
    fresh = demo(NINE)
    held = record("lead", *([fresh] if known else []))

    found = soonest(late, held, [fresh], earliest=YESTERDAY, now=NOON)
    assert found == NINE


def test_a_move_is_not_older_than_the_stay(late: Lifecycle) -> None:
    """What happened before the record came is dated by its coming."""
    entered = NINE + timedelta(hours=1)
    held = record("lead", demo(NINE))

    found = soonest(late, held, [demo(NINE)], earliest=entered, now=NOON)
    assert found == entered
    assert NINE == soonest(late, held, [demo(NINE)], earliest=None, now=NOON)


def test_several_happenings_reach_the_guard_together(late: Lifecycle) -> None:
    """The last that was needed dates the move, be it known before or late."""
    visits = [Happening("visit", NINE + timedelta(minutes=at)) for at in (0, 7, 9, 20)]
    held = record("lead", *visits)

    first = visits[:1]
    assert visits[3].at == soonest(late, held, first, earliest=None, now=NOON)
    last = visits[3:]
    assert visits[3].at == soonest(late, held, last, earliest=None, now=NOON)
    fewer = record("lead", *visits[:3])
    assert soonest(late, fewer, first, earliest=None, now=NOON) is None


def test_the_soonest_of_several_transitions_counts(late: Lifecycle) -> None:
    """Its place in the file does not matter, but when its guard was met."""
    demos = [demo(NINE + timedelta(minutes=at)) for at in (0, 10)]
    entered = NINE + timedelta(minutes=10)

    held = record("lead", *demos)
    assert NINE == soonest(late, held, demos, earliest=YESTERDAY, now=NOON)
    held = record("mql", *demos)
    assert entered == soonest(late, held, demos, earliest=YESTERDAY, now=NOON)


def test_a_day_that_began_in_between_dates_the_move(late: Lifecycle) -> None:
    """A late happening may have waited for a date test to turn."""
    held = record("waiting", decision_date=date(2026, 3, 19))
    two_days_ago = NOON - timedelta(days=2)

    found = soonest(late, held, [demo(two_days_ago)], earliest=None, now=NOON)
    assert datetime(2026, 3, 9, 23, 0, tzinfo=UTC) == found


def test_a_value_that_suffices_is_of_now(late: Lifecycle) -> None:
    """Nobody knows since when it was so; the late happening is not the reason."""
    visit = Happening("visit", NINE)
    held = record("small", visit)
    sized = record("small", visit, company_size=80)

    assert NINE == soonest(late, held, [visit], earliest=YESTERDAY, now=NOON)
    assert soonest(late, sized, [visit], earliest=YESTERDAY, now=NOON) is None


@pytest.mark.parametrize(
    "fresh",
    [[], [demo(NOON + timedelta(seconds=1))], [Happening("visit", NINE)]],
    ids=["nothing", "of the future", "too little"],
)
def test_what_never_met_the_guard_dates_nothing(
    late: Lifecycle, fresh: list[Happening]
) -> None:
    """Then the ordinary decision of now stands as it is."""
    held = record("lead", *fresh)

    assert soonest(late, held, fresh, earliest=YESTERDAY, now=NOON) is None


@pytest.mark.parametrize("stage", ["hot", "won", "gone"])
def test_a_stage_that_nothing_leaves_by_itself_dates_nothing(
    late: Lifecycle, stage: str
) -> None:
    """A transition taken by hand is dated by the hand."""
    held = record(stage, demo(NINE))

    assert soonest(late, held, [demo(NINE)], earliest=None, now=NOON) is None


def test_a_transition_that_asks_nothing_is_never_late(late: Lifecycle) -> None:
    """It was taken on entering the stage, whatever came later."""
    free = {name: replace(each, guard=None) for name, each in late.transitions.items()}
    lifecycle = replace(late, transitions=free, version="asks nothing")
    held = record("lead", demo(NINE))

    assert soonest(lifecycle, held, [demo(NINE)], earliest=None, now=NOON) is None


def test_interest_that_has_faded_since_was_there(late: Lifecycle) -> None:
    """The move is dated by when it was due, although it is not due any more."""
    long_ago = NOON - timedelta(days=30)
    held = record("lead", demo(long_ago))

    found = soonest(late, held, [demo(long_ago)], earliest=None, now=NOON)
    assert found == long_ago


def test_happenings_that_are_equal_count_each(late: Lifecycle) -> None:
    """Two visits in one moment are two visits."""
    visits = [Happening("visit", NINE)] * 3
    held = record("lead", *visits)

    found = soonest(late, held, visits[:1], earliest=None, now=NOON)
    assert found == NINE
