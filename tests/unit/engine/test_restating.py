"""Clocks that ended, judged once more by the calendars and SLAs of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import BREACH, ClockState, SlaClock
from leadstate.domain.people import Absence, People, Person
from leadstate.domain.sla import OWN_HOURS
from leadstate.engine.restating import restated

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

HOUR = timedelta(hours=1)
PLAIN = with_slas("call: {within: 4h, calendar: office, until: touched}")
KEPT = with_slas("call: {within: 4h, calendar: office, on_reentry: keep}")


def closing_at(hour: int, lifecycle: Lifecycle = PLAIN) -> Lifecycle:
    """Return the lifecycle with an office that closes at another hour."""
    office = lifecycle.calendars["office"]
    shorter = replace(office, hours=dict.fromkeys(range(7), ((540, hour * 60),)))
    return replace(
        lifecycle,
        calendars={**lifecycle.calendars, "office": shorter},
        version=f"{lifecycle.version} {hour}",
    )


def touched(at: str, *, lifecycle: Lifecycle = PLAIN) -> SlaClock:
    """Return the clock of an SLA made on Tuesday at noon that a call ended."""
    watch = Watch.of(lifecycle, "10 12:00")
    watch.look("10 12:00")
    watch.happens(f"touched {at}")
    watch.look(at)
    return watch.clock()


def anew(
    lifecycle: Lifecycle, *clocks: SlaClock, people: People | None = None
) -> SlaClock:
    """Return the last of a record's clocks, judged anew."""
    return restated(lifecycle, clocks, people=people or People())[-1]


def test_shorter_hours_show_that_a_breach_was_none() -> None:
    """Six hours on one day are three when the office closed at three."""
    missed = touched("10 17:00")

    found = anew(closing_at(15), missed)

    assert (ClockState.MISSED, 5 * HOUR) == (missed.state, missed.used)
    assert (ClockState.MET, 3 * HOUR) == (found.state, found.used)
    assert (None, frozenset()) == (found.breached_at, found.fired)
    assert moment("11 10:00") == found.due_at


def test_longer_hours_show_a_breach_at_its_moment() -> None:
    """What was kept by a short day is broken by a long one."""
    met = touched("11 09:30", lifecycle=closing_at(15))

    found = anew(PLAIN, met)

    assert ClockState.MET is met.state
    assert ClockState.MISSED is found.state
    assert (moment("10 16:00"), {BREACH}) == (found.breached_at, found.fired)


def test_absences_of_today_count_for_the_owner_of_then() -> None:
    """A day on which the owner turned out to have been away is no time used up."""
    sla = replace(PLAIN.stages["sal"].slas[0], calendar=OWN_HOURS)
    sal = replace(PLAIN.stages["sal"], slas=(sla,))
    own = replace(PLAIN, stages={**PLAIN.stages, "sal": sal}, version="own")
    away = Absence(moment("10 00:00").date(), moment("10 00:00").date())
    ann = Person(name="ann", absences=(away,))
    clock = replace(touched("10 15:00"), owner="ann")

    found = anew(own, clock, people=People({"ann": ann}))

    assert timedelta(0) == found.used


def test_time_carried_over_is_restated_with_the_stay_it_came_from() -> None:
    """Where the earlier stay is not among the clocks, what was kept counts."""
    watch = Watch.of(KEPT, "10 14:00")
    watch.look("10 14:00")
    watch.moves("lead", "10 17:00")
    watch.look("10 17:00")
    watch.moves("sal", "11 09:00")
    watch.look("11 09:00")
    watch.moves("won", "11 10:00")
    watch.look("11 10:00")
    first, second = watch.clocks.values()

    today = closing_at(15, KEPT)

    assert (3 * HOUR, 4 * HOUR) == (second.carried, second.used)
    assert (HOUR, 2 * HOUR) == (
        (both := anew(today, first, second)).carried,
        both.used,
    )
    assert second == anew(today, second)
    assert both == restated(today, (second, first), people=People())[0]


def test_what_still_runs_or_says_nothing_is_left_as_it_is() -> None:
    """Open, void, of a stage or an SLA that the workflow has no more."""
    watch = Watch.of(PLAIN, "10 12:00")
    watch.look("10 12:00")
    ended = touched("10 17:00")
    void = replace(ended, started_at=None, used=None)

    for clock in (
        watch.clock(),
        void,
        replace(ended, stage="gone"),
        replace(ended, sla="gone"),
    ):
        assert clock == anew(closing_at(15), clock)


def test_a_closed_record_can_be_cleared_and_is_never_newly_blamed() -> None:
    """Nobody kept the SLA or broke it when the CRM lost the object."""
    missed = touched("10 17:00")
    closed = replace(missed, used=None)
    in_time = replace(closed, fired=frozenset(), breached_at=None)

    assert closed == anew(PLAIN, closed)
    assert None is anew(closing_at(15), closed).breached_at
    assert in_time == anew(PLAIN, in_time)


def test_a_clock_that_stood_still_to_its_end_was_not_due() -> None:
    """Its pause ended with it, and nothing would have made it due."""
    watch = Watch.of(with_slas("call: {within: 4h, calendar: office, "
                               "pause: waiting is true}"), "10 12:00")  # fmt: skip
    watch.look("10 12:00")
    watch.becomes(waiting=True)
    watch.look("10 13:00")
    watch.moves("won", "10 14:00")
    watch.look("10 14:00")
    clock = watch.clock(stay=1)

    assert (None, ClockState.MET) == (clock.due_at, clock.state)
    assert clock == anew(watch.lifecycle, clock)
