"""What a look at the clocks brings: marks in their order, breaches, whose hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import BREACH, ClockState, Timer, TimerKind
from leadstate.domain.people import Absence, People, Person
from leadstate.domain.sla import OWN_HOURS, TEAM_HOURS
from leadstate.engine.clocks import hours_of

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

HOUR = timedelta(hours=1)
PLAIN = "call: {within: 4h, calendar: office}"
TOUCHED = "call: {within: 4h, calendar: office, until: touched}"
WARNED = "call: {within: 4h, calendar: office, warn_at: [1 hour, 50%], until: touched}"
PEOPLE = People(
    {
        one.name: one
        for one in (
            Person(name="ann", calendar="early"),
            Person(
                name="bob", absences=(Absence(date(2026, 3, 10), date(2026, 3, 11)),)
            ),
            Person(
                name="cem",
                calendar="early",
                absences=(Absence(date(2026, 3, 11), date(2026, 3, 11)),),
            ),
        )
    }
)


def corrected(lifecycle: Lifecycle, opens: int, closes: int) -> Lifecycle:
    """Return the lifecycle with other office hours on all days."""
    office = lifecycle.calendars["office"]
    hours = dict.fromkeys(range(5), ((opens * 60, closes * 60),))
    return replace(
        lifecycle,
        calendars={**lifecycle.calendars, "office": replace(office, hours=hours)},
        version=f"{lifecycle.version} {opens}-{closes}",
    )


# -- warnings and breaches -------------------------------------------------------------


def test_marks_come_in_the_order_of_their_moments() -> None:
    """One timer of a clock at a time; the next is armed when it has fired."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")
    watch.look("10 10:00")

    for armed in (
        ("warn:call:50%", moment("10 12:00")),
        ("warn:call:1 hour", moment("10 13:00")),
        ("breach:call", moment("10 14:00")),
    ):
        assert [armed] == watch.armed()
        (timer,) = watch.ticked.timers if watch.ticked else ()
        watch.fires(timer)

    assert [] == watch.armed()
    assert frozenset({"50%", "1 hour", BREACH}) == watch.clock().fired


def test_a_timer_carries_what_it_is_about() -> None:
    """Record, stay, SLA and mark, and that it waits in no store yet."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")
    (warning,) = watch.look("10 10:00").timers
    watch.fires(warning)
    watch.fires(watch.timer(TimerKind.WARN))

    assert (
        Timer(
            record_id="r",
            kind=TimerKind.WARN,
            due_at=moment("10 12:00"),
            stage_version=1,
            sla="call",
            mark="50%",
        ),
        Timer(
            record_id="r",
            kind=TimerKind.BREACH,
            due_at=moment("10 14:00"),
            stage_version=1,
            sla="call",
        ),
    ) == (warning, watch.timer(TimerKind.BREACH))


def test_each_clock_has_a_timer_of_its_own() -> None:
    """They do not wait for one another."""
    watch = Watch.of(
        with_slas(WARNED, "decide: {within: 8h, calendar: office, warn_at: 25%}"),
        "10 10:00",
    )

    watch.look("10 10:00")

    assert [
        ("warn:call:50%", moment("10 12:00")),
        ("warn:decide:25%", moment("10 12:00")),
    ] == watch.armed()


def test_a_timer_that_nobody_fired_stays_due_when_it_was() -> None:
    """After a downtime what was missed comes first, dated as it was due."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")
    watch.look("10 10:00")

    watch.look("10 16:00")

    assert [("warn:call:50%", moment("10 12:00"))] == watch.armed()
    assert ClockState.RUNNING is watch.state()


def test_a_broken_sla_keeps_counting() -> None:
    """It is breached since it was due, until something ends it too late."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    (timer,) = watch.look("10 10:00").timers
    watch.fires(timer)

    watch.look("10 16:00")
    clock = watch.clock()
    assert (ClockState.BREACHED, moment("10 14:00"), None) == (
        clock.state,
        clock.breached_at,
        clock.used,
    )
    assert [] == watch.armed()

    watch.happens("touched 10 16:30")
    ticked = watch.look("10 16:40")
    assert (ClockState.MISSED, 6.5 * HOUR, ()) == (
        watch.state(),
        watch.clock().used,
        ticked.missed,
    )


@pytest.mark.parametrize("by", ["event", "leaving"])
def test_what_ended_too_late_is_told_once_if_no_timer_told_it(by: str) -> None:
    """The end is known before the breach has fired, and nobody has heard of it."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    watch.look("10 10:00")
    if by == "event":
        watch.happens("touched 10 15:00")
    else:
        watch.moves("lead", "10 15:00")

    first = watch.look("10 15:10")
    again = watch.look("10 15:20")

    (missed,) = first.missed
    assert ("call", 1, moment("10 14:00")) == (
        missed.sla,
        missed.stage_version,
        missed.breached_at,
    )
    clock = watch.clock(stay=1)
    assert (ClockState.MISSED, frozenset({BREACH})) == (clock.state, clock.fired)
    assert ((), ()) == (again.missed, again.clocks)


def test_what_was_kept_is_not_told() -> None:
    """Nor what still runs, however late it is."""
    watch = Watch.of(with_slas(TOUCHED, PLAIN.replace("call", "ask")), "10 10:00")
    watch.look("10 10:00")
    watch.happens("touched 10 13:00")

    assert () == watch.look("10 16:00").missed


def test_an_sla_that_its_hours_never_fulfil_is_due_never() -> None:
    """The calendar does not open again: the clock runs, and nothing is armed."""
    lifecycle = with_slas(WARNED)
    office = replace(lifecycle.calendars["office"], hours={})
    lifecycle = replace(
        lifecycle,
        calendars={**lifecycle.calendars, "office": office},
        version="never open",
    )
    watch = Watch.of(lifecycle, "10 10:00")

    watch.look("10 10:00")

    assert (ClockState.RUNNING, None, []) == (
        watch.state(),
        watch.clock().due_at,
        watch.armed(),
    )


# -- under care from now on ------------------------------------------------------------


def test_what_was_over_before_it_came_under_care_stays_quiet() -> None:
    """Known, and told to nobody; the rest fires as ever."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")

    watch.look("10 12:00", entering=True)

    clock = watch.clock()
    assert (frozenset({"50%"}), None) == (clock.fired, clock.breached_at)
    assert [("warn:call:1 hour", moment("10 13:00"))] == watch.armed()


def test_an_sla_broken_before_it_came_under_care_stays_quiet() -> None:
    """It counts as broken since it was due, and arms nothing."""
    watch = Watch.of(with_slas(WARNED), "09 10:00")

    ticked = watch.look("10 14:00", entering=True)

    clock = watch.clock()
    assert (ClockState.BREACHED, moment("09 14:00")) == (clock.state, clock.breached_at)
    assert frozenset({"50%", "1 hour", BREACH}) == clock.fired
    assert ((), ()) == (ticked.timers, ticked.missed)


def test_an_sla_missed_before_it_came_under_care_stays_quiet() -> None:
    """Ended too late, long ago: it is in the figures, and in nobody's inbox."""
    watch = Watch.of(with_slas(WARNED), "09 10:00")
    watch.happens("touched 09 15:00")

    ticked = watch.look("10 14:00", entering=True)

    assert (ClockState.MISSED, moment("09 14:00"), ()) == (
        watch.state(),
        watch.clock().breached_at,
        ticked.missed,
    )


def test_an_sla_kept_before_it_came_under_care_was_kept() -> None:
    """What would have come after its end never came."""
    watch = Watch.of(with_slas(WARNED), "09 10:00")
    watch.happens("touched 09 12:30")

    ticked = watch.look("10 14:00", entering=True)

    clock = watch.clock()
    assert (ClockState.MET, None) == (clock.state, clock.breached_at)
    assert frozenset({"50%"}) == clock.fired
    assert () == ticked.missed


def test_a_waiting_clock_has_nothing_that_was_over() -> None:
    """Nothing is due before it starts."""
    watch = Watch.of(with_slas(TOUCHED.replace("until", "start")), "09 10:00")

    watch.look("10 14:00", entering=True)

    assert (ClockState.WAITING, frozenset()) == (watch.state(), watch.clock().fired)


def test_a_new_sla_is_quiet_and_a_known_one_is_not() -> None:
    """Clocks are computed anew after a change of the workflow: what is due is due."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")
    watch.look("10 10:00")

    watch.lifecycle = with_slas(WARNED, WARNED.replace("call", "ask"))
    watch.look("10 12:30", entering=True)

    assert (frozenset(), frozenset({"50%"})) == (
        watch.clock("call").fired,
        watch.clock("ask").fired,
    )
    assert [
        ("warn:call:50%", moment("10 12:00")),
        ("warn:ask:1 hour", moment("10 13:00")),
    ] == watch.armed()


# -- calendars that are corrected ------------------------------------------------------


def test_a_corrected_calendar_moves_what_is_due() -> None:
    """Later, as soon as it is looked at again."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    watch.look("10 10:00")

    watch.lifecycle = corrected(watch.lifecycle, 12, 17)
    watch.look("10 11:00")

    assert moment("10 16:00") == watch.clock().due_at
    assert [("breach:call", moment("10 16:00"))] == watch.armed()


def test_a_breach_that_was_none_is_undone_and_may_come_again() -> None:
    """The office had been closed: the SLA holds until its new time."""
    watch = Watch.of(with_slas(WARNED), "10 10:00")
    watch.look("10 10:00")
    while watch.ticked and watch.ticked.timers:
        watch.fires(watch.ticked.timers[0])
    assert ClockState.BREACHED is watch.state()

    watch.lifecycle = corrected(watch.lifecycle, 12, 17)
    watch.look("10 14:30")
    clock = watch.clock()
    assert (ClockState.RUNNING, None) == (clock.state, clock.breached_at)
    assert frozenset({"50%", "1 hour"}) == clock.fired
    assert [("breach:call", moment("10 16:00"))] == watch.armed()

    watch.fires(watch.timer(TimerKind.BREACH))
    assert (ClockState.BREACHED, moment("10 16:00")) == (
        watch.state(),
        watch.clock().breached_at,
    )


def test_a_breach_is_dated_by_the_calendar_as_it_is_now() -> None:
    """It stays one, of another moment; nothing fires twice."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    (timer,) = watch.look("10 10:00").timers
    watch.fires(timer)

    watch.lifecycle = corrected(watch.lifecycle, 11, 17)
    watch.look("10 16:00")

    assert (ClockState.BREACHED, moment("10 15:00"), []) == (
        watch.state(),
        watch.clock().breached_at,
        watch.armed(),
    )


def test_clocks_that_have_ended_are_left_to_reports() -> None:
    """A calendar that is corrected today re-states no SLA of last week."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    watch.happens("touched 10 13:00")
    watch.look("10 13:00")
    watch.lifecycle = corrected(watch.lifecycle, 9, 10)

    assert () == watch.look("10 14:00").clocks


def test_a_changed_sla_counts_for_clocks_that_run() -> None:
    """More time, and other warnings."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    watch.look("10 10:00")

    watch.lifecycle = with_slas("call: {within: 6h, calendar: office, warn_at: 50%}")
    watch.look("10 11:00")

    assert moment("10 16:00") == watch.clock().due_at
    assert [("warn:call:50%", moment("10 13:00"))] == watch.armed()


# -- whose hours -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keeper", "due"),
    [
        (None, "10 13:00"),  # the team's
        ("ann", "11 06:00"),  # her own
        ("bob", "12 13:00"),  # the team's, less two days
        ("cem", "12 06:00"),  # his own, less a day
        ("eve", "10 13:00"),  # nobody whom we know: the team's
    ],
)
def test_the_hours_of_an_owner_are_their_own(keeper: str | None, due: str) -> None:
    """Their calendar if they have one, less their absences."""
    lifecycle = with_slas("call: {within: 4h, calendar: owner}")
    entered = "10 09:00" if keeper in (None, "eve", "bob") else "10 06:00"
    watch = Watch.of(lifecycle, entered, people=PEOPLE, keeper=keeper)

    watch.look(entered)

    assert moment(due) == watch.clock().due_at


def test_a_new_owner_brings_other_hours() -> None:
    """The whole clock counts by them, and the earlier breach may be none."""
    watch = Watch.of(
        with_slas("call: {within: 4h, calendar: owner}"), "10 09:00", people=PEOPLE
    )
    (timer,) = watch.look("10 09:00").timers
    watch.fires(timer)

    watch.becomes(keeper="bob")
    watch.look("10 14:00")

    assert (ClockState.RUNNING, "bob", moment("12 13:00")) == (
        watch.state(),
        watch.clock().owner,
        watch.clock().due_at,
    )


def test_a_clock_that_is_left_counts_by_the_owner_it_had() -> None:
    """Whoever has the record in the next stage has no part in it."""
    watch = Watch.of(
        with_slas("call: {within: 4h, calendar: owner}"),
        "10 09:00",
        people=PEOPLE,
        keeper="bob",
    )
    watch.look("10 09:00")

    watch.moves("lead", "10 16:00")
    watch.becomes(keeper="ann")
    watch.look("10 16:00")

    clock = watch.clock(stay=1)
    assert ("bob", ClockState.MET, timedelta(0)) == (
        clock.owner,
        clock.state,
        clock.used,
    )


@pytest.mark.parametrize(
    ("calendar", "keeper", "used"),
    [
        ("office", "ann", 8),
        ("early", None, 4),
        (TEAM_HOURS, "ann", 8),
        (TEAM_HOURS, "bob", 8),
        (OWN_HOURS, "ann", 4),
        (OWN_HOURS, "bob", 0),
        (OWN_HOURS, "eve", 8),
    ],
)
def test_an_sla_names_whose_hours_count(
    calendar: str, keeper: str | None, used: int
) -> None:
    """A calendar by name, the team of the stage, or whoever owns the record."""
    lifecycle = with_slas(PLAIN)
    stage = lifecycle.stages["sal"]
    sla = replace(stage.slas[0], calendar=calendar)

    hours = hours_of(lifecycle, stage, sla, keeper, PEOPLE)

    assert used * HOUR == hours.elapsed(moment("10 00:00"), moment("11 00:00"))


# -- stages without clocks -------------------------------------------------------------


def test_a_closed_record_needs_no_timer() -> None:
    """Nothing wakes it, nothing is due: whatever SLAs the stage has."""
    lifecycle = with_slas(PLAIN)
    won = replace(lifecycle.stages["won"], slas=lifecycle.stages["sal"].slas)
    lifecycle = replace(
        lifecycle, stages={**lifecycle.stages, "won": won}, version="won late"
    )
    watch = Watch.of(lifecycle, "10 10:00", stage="won")

    watch.look("10 10:00")

    assert [] == watch.armed()


def test_a_stage_that_the_workflow_does_not_have_keeps_its_clocks() -> None:
    """The record is an orphan: what it left ends, and nothing else is touched."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    watch.look("10 10:00")
    watch.moves("galaxy", "10 11:00")

    ticked = watch.look("10 11:00")

    assert ClockState.MET is watch.state(stay=1)
    assert ((), 1) == (ticked.timers, len(ticked.clocks))


def test_only_what_changed_is_kept_again() -> None:
    """A second look at the same moment changes no clock, and arms the same timers."""
    watch = Watch.of(
        with_slas(WARNED, "ask: {within: 2h, calendar: early, start: asked}"),
        "10 10:00",
    )
    first = watch.look("10 11:00")
    again = watch.look("10 11:00")
    later = watch.look("10 11:30")

    assert (2, 0, 0) == (len(first.clocks), len(again.clocks), len(later.clocks))
    assert first.timers == again.timers == later.timers


def test_the_next_look_is_armed_for_when_time_turns_a_guard() -> None:
    """A condition on dates changes at midnight, where the workflow is at home."""
    watch = Watch.of(
        with_slas(PLAIN, guard="due_on within next 2 days"),
        "10 10:00",
        due_on=date(2026, 3, 20),
    )

    watch.look("10 10:00")

    assert [
        ("breach:call", moment("10 14:00")),
        ("look", moment("17 23:00")),
    ] == watch.armed()
