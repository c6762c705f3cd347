"""Clocks of records that come back, and of SLAs that come and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import BREACH, ClockState, Pause

HOUR = timedelta(hours=1)
PLAIN = "call: {within: 4h, calendar: office}"
ASKED = "call: {within: 4h, calendar: office, start: asked}"
BOTH = "call: {within: 4h, calendar: office, start: asked, until: touched}"


@pytest.mark.parametrize(
    ("mode", "carried", "due"),
    [("keep", 3 * HOUR, "11 10:00"), ("reset", timedelta(0), "11 13:00")],
)
def test_coming_back_goes_on_or_begins_anew(
    mode: str, carried: timedelta, due: str
) -> None:
    """As the SLA says; the stays in between do not count."""
    text = f"call: {{within: 4h, calendar: office, on_reentry: {mode}}}"
    watch = Watch.of(with_slas(text), "10 09:00")
    watch.look("10 09:00")
    watch.moves("lead", "10 12:00")
    watch.look("10 12:00")

    watch.moves("sal", "11 09:00")
    watch.look("11 09:00")

    assert (carried, moment(due)) == (watch.clock().carried, watch.clock().due_at)


def test_every_earlier_stay_of_the_pass_counts_once() -> None:
    """One hour, one hour and what is left of four."""
    text = "call: {within: 4h, calendar: office, on_reentry: keep}"
    watch = Watch.of(with_slas(text), "10 09:00")
    watch.look("10 09:00")
    for entered, left in (("10 10:00", "10 11:00"), ("10 12:00", "10 13:00")):
        watch.moves("lead", entered)
        watch.look(entered)
        watch.moves("sal", left)
        watch.look(left)

    clock = watch.clock()
    assert (2 * HOUR, moment("10 15:00")) == (clock.carried, clock.due_at)

    watch.moves("lead", "10 15:30")
    ticked = watch.look("10 15:30")
    assert 4.5 * HOUR == watch.clock(stay=5).used
    assert [5] == [one.stage_version for one in ticked.missed]


def test_a_stay_that_used_up_the_time_makes_the_next_one_late_at_once() -> None:
    """The SLA is broken on entering: there is no time left."""
    text = "call: {within: 4h, calendar: office, on_reentry: keep, warn_at: 50%}"
    watch = Watch.of(with_slas(text), "10 09:00")
    watch.look("10 09:00")
    watch.moves("lead", "10 15:00")
    watch.look("10 15:00")

    watch.moves("sal", "11 10:00")
    watch.look("11 10:00")

    assert moment("11 10:00") == watch.clock().due_at
    assert [("warn:call:50%", moment("11 10:00"))] == watch.armed()


def test_going_out_and_in_in_one_look_keeps_the_time() -> None:
    """Two moves of one commit, or one from a stage to itself."""
    text = "call: {within: 4h, calendar: office, on_reentry: keep}"
    watch = Watch.of(with_slas(text), "10 09:00")
    watch.look("10 09:00")

    watch.moves("lead", "10 11:00")
    watch.moves("sal", "10 11:00")
    watch.look("10 11:00")

    assert (2 * HOUR, moment("10 13:00")) == (
        watch.clock().carried,
        watch.clock().due_at,
    )


def test_the_next_pass_begins_anew() -> None:
    """Time of an earlier trip through the funnel is not held against this one."""
    text = "call: {within: 4h, calendar: office, on_reentry: keep}"
    watch = Watch.of(with_slas(text), "10 09:00")
    watch.look("10 09:00")
    watch.moves("nurture", "10 12:00")
    watch.look("10 12:00")

    watch.moves("sal", "11 09:00", passes=1)
    watch.look("11 09:00")

    assert (2, timedelta(0)) == (watch.clock().pass_number, watch.clock().carried)


def test_a_void_stay_and_other_slas_are_not_kept() -> None:
    """Only what this SLA used up in this stage."""
    texts = [
        f"{name}: {{within: 4h, calendar: office, on_reentry: keep{more}}}"
        for name, more in (("call", ""), ("ask", ", start: asked"))
    ]
    watch = Watch.of(with_slas(*texts), "10 09:00")
    watch.look("10 09:00")
    watch.moves("lead", "10 12:00")
    watch.look("10 12:00")

    watch.moves("sal", "11 09:00")
    watch.happens("asked 11 09:00")
    watch.look("11 09:00")

    assert (3 * HOUR, timedelta(0)) == (
        watch.clock("call").carried,
        watch.clock("ask").carried,
    )


# -- SLAs that some records have, or no record any more --------------------------------


@pytest.mark.parametrize(
    ("via", "runs"), [("again", True), ("accept", False), (None, False)]
)
def test_an_sla_about_waking_counts_for_those_who_woke(
    via: str | None, *, runs: bool
) -> None:
    """Others in the same stage have the stage's own SLAs."""
    wake = "{after: 30 days, to: sal, sla: {look: {within: 2h, calendar: office}}}"
    watch = Watch.of(with_slas(PLAIN, wake=wake), "10 10:00", via=via)

    watch.look("10 10:00")

    expected = {(1, "call"), (1, "look")} if runs else {(1, "call")}
    assert expected == set(watch.clocks)


def test_an_sla_that_the_workflow_gave_up_ends() -> None:
    """It is neither kept nor broken, and nothing fires for it."""
    watch = Watch.of(with_slas(PLAIN, ASKED.replace("call", "ask")), "10 10:00")
    watch.look("10 10:00")
    watch.pauses(Pause(moment("10 10:30"), by="ann"))

    watch.lifecycle = with_slas()
    ticked = watch.look("10 12:00")

    for name in ("call", "ask"):
        clock = watch.clock(name)
        assert (ClockState.VOID, moment("10 12:00")) == (clock.state, clock.ended_at)
        assert (None, None) == (clock.due_at, clock.paused)
    assert ((), ()) == (ticked.timers, ticked.missed)
    assert () == watch.look("10 13:00").clocks


def test_an_sla_that_comes_back_to_the_workflow_is_over_for_this_stay() -> None:
    """It was given up once; the next stay has it again."""
    for text in (PLAIN, ASKED.replace("asked", "assigned")):
        watch = Watch.of(with_slas(text), "10 10:00", keeper="ann")
        for lifecycle in (with_slas(text), with_slas(), with_slas(text)):
            watch.lifecycle = lifecycle
            watch.look("10 12:00")
        assert ClockState.VOID is watch.state()

        watch.moves("lead", "10 13:00")
        assert () == watch.look("10 13:00").clocks
        watch.moves("sal", "10 14:00")
        watch.look("10 14:00")
        assert ClockState.RUNNING is watch.state()


def test_leaving_an_sla_that_the_workflow_gave_up_says_nothing() -> None:
    """Nobody can tell whether it was kept; so it is with a stage that is gone."""
    lifecycle = with_slas(PLAIN)
    stages = {name: one for name, one in lifecycle.stages.items() if name != "sal"}
    bare = replace(lifecycle, stages=stages, transitions={}, version="without sal")
    for changed in (with_slas(), bare):
        watch = Watch.of(lifecycle, "10 10:00")
        watch.look("10 10:00")
        watch.lifecycle = changed
        watch.moves("lead", "11 10:00")
        ticked = watch.look("11 10:00")

        clock = watch.clock(stay=1)
        assert (ClockState.VOID, None, None) == (clock.state, clock.due_at, clock.used)
        assert () == ticked.missed
        assert () == watch.look("11 11:00").clocks


def test_an_sla_that_no_longer_waits_starts_on_entering() -> None:
    """The workflow was changed while the clock waited."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.look("10 11:00")

    watch.lifecycle = with_slas(PLAIN)
    watch.look("10 12:00")

    assert moment("10 10:00") == watch.clock().started_at


def test_a_clock_that_was_ended_without_a_judgement_stays_so() -> None:
    """A record that ended in its CRM: nothing is known of the time it took."""
    watch = Watch.of(with_slas(BOTH), "10 10:00")
    watch.happens("asked 10 11:00")
    watch.look("10 11:00")
    closed = replace(watch.clock(), ended_at=moment("10 12:00"))
    watch.clocks[1, "call"] = closed

    assert () == watch.look("12 10:00").clocks

    watch.moves("lead", "12 11:00")
    assert () == watch.look("12 11:00").clocks
    assert {BREACH} & closed.fired == set()
