"""Clocks that stand still: by the workflow's condition, by hand, or both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import ClockState, Pause, TimerKind

HOUR = timedelta(hours=1)
PAUSED = (
    "call: {within: 4h, calendar: office, until: touched, warn_at: 50%,"
    " pause: waiting is true}"
)
TEXT = "waiting is true"


def by_hand(start: str, end: str | None = None) -> Pause:
    """Return a pause that ann made."""
    return Pause(
        moment(start), moment(end) if end else None, reason="on holiday", by="ann"
    )


def paused_at(start: str, end: str | None = None) -> Pause:
    """Return a pause that the condition made."""
    return Pause(moment(start), moment(end) if end else None, reason=TEXT)


def running(since: str = "10 10:00") -> Watch:
    """Return a watch of a clock that has been running since then."""
    watch = Watch.of(with_slas(PAUSED), since)
    watch.look(since)
    return watch


def test_a_condition_that_is_met_stops_the_clock() -> None:
    """Nothing is due and nothing is armed while the customer is waited for."""
    watch = running()
    watch.becomes(waiting=True)

    watch.look("10 11:00")

    clock = watch.clock()
    assert (ClockState.PAUSED, None) == (clock.state, clock.due_at)
    assert ((paused_at("10 11:00"),), []) == (clock.pauses, watch.armed())


def test_a_condition_that_is_met_no_more_lets_it_go_on() -> None:
    """Everything is due later by as long as it stood still."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 11:00")
    watch.becomes(waiting=None)

    watch.look("10 12:30")

    clock = watch.clock()
    assert (ClockState.RUNNING, moment("10 15:30")) == (clock.state, clock.due_at)
    assert (paused_at("10 11:00", "10 12:30"),) == clock.pauses
    assert [("warn:call:50%", moment("10 13:30"))] == watch.armed()


def test_a_clock_may_stand_still_again_and_again() -> None:
    """Each pause is kept; together they move what is due."""
    watch = running()
    for waiting, at in (
        (True, "10 10:30"), (None, "10 11:00"), (True, "10 12:00"), (None, "10 13:00")
    ):  # fmt: skip
        watch.becomes(waiting=waiting)
        watch.look(at)

    assert (
        paused_at("10 10:30", "10 11:00"),
        paused_at("10 12:00", "10 13:00"),
    ) == watch.clock().pauses
    assert moment("10 15:30") == watch.clock().due_at


def test_a_pause_begins_and_ends_when_the_news_happened() -> None:
    """However late they are learnt; not before the clock has started."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 12:00", at="10 11:00")
    watch.becomes(waiting=None)
    watch.look("10 13:30", at="10 13:00")
    assert (paused_at("10 11:00", "10 13:00"),) == watch.clock().pauses

    early = running()
    early.becomes(waiting=True)
    early.look("10 12:00", at="10 09:00")
    assert (paused_at("10 10:00"),) == early.clock().pauses


def test_a_pause_never_ends_before_it_begins() -> None:
    """Older news that were learnt later: it stood still for no time."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 12:00")
    watch.becomes(waiting=None)

    watch.look("10 12:30", at="10 11:00")

    assert (paused_at("10 12:00", "10 12:00"),) == watch.clock().pauses
    assert moment("10 14:00") == watch.clock().due_at


def test_a_clock_that_starts_while_the_condition_is_met_stands_still_at_once() -> None:
    """A waiting clock has no pauses of its own."""
    text = PAUSED.replace("until: touched", "start: asked")
    watch = Watch.of(with_slas(text), "10 10:00", waiting=True)
    watch.look("10 10:00")
    assert () == watch.clock().pauses

    watch.happens("asked 10 11:00")
    watch.look("10 12:00", at="10 11:00")

    assert (ClockState.PAUSED, (paused_at("10 11:00"),)) == (
        watch.state(),
        watch.clock().pauses,
    )


def test_a_condition_that_the_workflow_gave_up_lets_the_clock_go_on() -> None:
    """Nothing else would ever end that pause."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 11:00")

    watch.lifecycle = with_slas("call: {within: 4h, calendar: office}")
    watch.look("10 12:00")

    assert (ClockState.RUNNING, moment("10 15:00")) == (
        watch.state(),
        watch.clock().due_at,
    )


def test_time_alone_may_stop_a_clock() -> None:
    """A condition on a date: the look for it is armed."""
    text = PAUSED.replace(TEXT, "due_on within next 2 days")
    watch = Watch.of(with_slas(text), "10 10:00", due_on=date(2026, 3, 13))
    watch.look("10 10:00")
    look = watch.timer(TimerKind.LOOK)
    assert moment("10 23:00") == look.due_at

    watch.look(look.due_at)

    assert ClockState.PAUSED is watch.state()


# -- by hand ---------------------------------------------------------------------------


def test_a_person_stops_a_clock_until_a_person_starts_it() -> None:
    """The condition, met or not, neither ends nor doubles their pause."""
    watch = running()
    watch.pauses(by_hand("10 11:00"))

    watch.look("10 12:00")
    assert (ClockState.PAUSED, None, []) == (
        watch.state(),
        watch.clock().due_at,
        watch.armed(),
    )

    watch.pauses(by_hand("10 11:00", "10 12:30"))
    watch.look("10 12:30")
    assert (ClockState.RUNNING, moment("10 15:30")) == (
        watch.state(),
        watch.clock().due_at,
    )


def test_two_pauses_at_once_count_once() -> None:
    """From the beginning of the first to the end of the last."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 11:00")
    watch.pauses(*watch.clock().pauses, by_hand("10 11:30"))
    watch.becomes(waiting=None)

    watch.look("10 12:00")
    assert (ClockState.PAUSED, None) == (watch.state(), watch.clock().due_at)
    assert (
        paused_at("10 11:00", "10 12:00"),
        by_hand("10 11:30"),
    ) == watch.clock().pauses

    watch.pauses(watch.clock().pauses[0], by_hand("10 11:30", "10 13:00"))
    watch.look("10 13:00")
    assert moment("10 16:00") == watch.clock().due_at


def test_a_condition_stops_a_clock_that_a_person_has_stopped() -> None:
    """When the person starts it, it still waits for the customer."""
    watch = running()
    watch.pauses(by_hand("10 11:00"))
    watch.becomes(waiting=True)
    watch.look("10 11:30")
    hand, condition = watch.clock().pauses
    assert (by_hand("10 11:00"), paused_at("10 11:30")) == (hand, condition)

    watch.pauses(by_hand("10 11:00", "10 12:00"), condition)
    watch.look("10 12:00")

    assert (ClockState.PAUSED, None) == (watch.state(), watch.clock().due_at)


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([("10 11:00", "10 12:00")], "10 15:00"),
        ([("10 11:00", "10 13:00"), ("10 11:30", "10 12:00")], "10 16:00"),
        ([("10 11:30", "10 12:00"), ("10 11:00", "10 13:00")], "10 16:00"),
        ([("10 11:00", "10 12:00"), ("10 12:00", "10 13:00")], "10 16:00"),
        ([("10 11:00", "10 11:00")], "10 14:00"),
        ([("10 09:00", "10 11:00")], "10 15:00"),
        ([("10 08:00", "10 09:00")], "10 14:00"),
        ([("10 16:00", "11 10:00")], "10 14:00"),
        ([("10 11:00", "11 10:00")], "11 13:00"),
        ([("10 11:00", "10 22:00")], "11 12:00"),
        ([("10 18:00", "11 08:00")], "10 14:00"),
        ([("10 11:00", "16 10:00")], "16 13:00"),
        ([("10 14:00", "10 15:00")], "10 14:00"),
    ],
)
def test_what_is_due_after_pauses(pauses: list[tuple[str, str]], due: str) -> None:
    """One, one within another, over a closing time, over a weekend, before, after."""
    watch = running()
    watch.pauses(*(by_hand(*one) for one in pauses))

    watch.look("10 10:00")

    assert moment(due) == watch.clock().due_at


# -- what a pause does not change ------------------------------------------------------


def test_what_was_due_before_a_pause_stays_due() -> None:
    """The warning comes although the clock stands still by now."""
    watch = running()
    watch.becomes(waiting=True)

    watch.look("10 12:30", at="10 12:15")

    assert [("warn:call:50%", moment("10 12:00"))] == watch.armed()


def test_an_sla_broken_before_a_pause_stays_broken() -> None:
    """It shows as paused, and is breached again when it goes on."""
    watch = running()
    watch.fires(watch.timer(TimerKind.WARN))
    watch.fires(watch.timer(TimerKind.BREACH))
    watch.becomes(waiting=True)
    watch.look("10 15:00")
    assert (ClockState.PAUSED, moment("10 14:00")) == (
        watch.state(),
        watch.clock().breached_at,
    )

    watch.becomes(waiting=None)
    watch.look("10 16:00")
    assert (ClockState.BREACHED, []) == (watch.state(), watch.armed())


def test_a_pause_dated_before_the_breach_undoes_it() -> None:
    """The customer had been waited for all the time."""
    watch = running()
    watch.fires(watch.timer(TimerKind.WARN))
    watch.fires(watch.timer(TimerKind.BREACH))
    watch.becomes(waiting=True)

    watch.look("10 15:00", at="10 13:00")
    assert (ClockState.PAUSED, None) == (watch.state(), watch.clock().breached_at)

    watch.becomes(waiting=None)
    watch.look("10 16:00")
    assert (ClockState.RUNNING, [("breach:call", moment("10 17:00"))]) == (
        watch.state(),
        watch.armed(),
    )


def test_pauses_end_with_the_clock() -> None:
    """Whatever ends it; a pause that began after the end has no length."""
    for end, stopped in (("10 13:00", "10 13:00"), ("10 11:00", "10 12:00")):
        watch = running()
        watch.becomes(waiting=True)
        watch.look("10 12:00")
        watch.happens(f"touched {end}")
        watch.look("10 14:00")

        clock = watch.clock()
        assert (ClockState.MET, moment(end)) == (clock.state, clock.ended_at)
        assert (paused_at("10 12:00", stopped),) == clock.pauses
        assert min(2 * HOUR, moment(end) - moment("10 10:00")) == clock.used


def test_an_sla_is_kept_while_its_clock_stands_still() -> None:
    """A day of waiting is no day of ours."""
    watch = running()
    watch.becomes(waiting=True)
    watch.look("10 13:00")

    watch.moves("lead", "12 13:00")
    watch.look("12 13:00")

    clock = watch.clock(stay=1)
    assert (ClockState.MET, 3 * HOUR) == (clock.state, clock.used)
    assert (paused_at("10 13:00", "12 13:00"),) == clock.pauses


def test_pauses_of_an_earlier_stay_are_not_carried() -> None:
    """Coming back keeps the time that was used up, and no more."""
    text = PAUSED.replace("until: touched", "on_reentry: keep")
    watch = Watch.of(with_slas(text), "10 10:00")
    watch.look("10 10:00")
    watch.becomes(waiting=True)
    watch.look("10 11:00")
    watch.moves("lead", "10 12:00")
    watch.look("10 12:00")
    watch.becomes(waiting=None)

    watch.moves("sal", "10 13:00")
    watch.look("10 13:00")

    clock = watch.clock()
    assert (HOUR, (), moment("10 16:00")) == (clock.carried, clock.pauses, clock.due_at)


def test_a_pause_of_one_sla_is_none_of_another() -> None:
    """Each has its own condition."""
    watch = Watch.of(
        with_slas(PAUSED, "ask: {within: 4h, calendar: office}"), "10 10:00"
    )
    watch.becomes(waiting=True)

    watch.look("10 10:00")

    assert (ClockState.PAUSED, ClockState.RUNNING) == (
        watch.state("call"),
        watch.state("ask"),
    )


def test_news_of_an_end_end_a_pause_that_lasts() -> None:
    """A clock that someone paused by hand ends by its event as any other."""
    watch = running()
    watch.pauses(by_hand("10 11:00"))
    watch.happens("touched 10 12:00")

    watch.look("10 13:00")

    clock = watch.clock()
    assert (ClockState.MET, HOUR) == (clock.state, clock.used)
    assert (replace(by_hand("10 11:00"), end=moment("10 12:00")),) == clock.pauses
