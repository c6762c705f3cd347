"""Clocks of what is learnt late: they end up as if it had been known in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import ClockState

HOUR = timedelta(hours=1)
TOUCHED = "call: {within: 4h, calendar: office, until: touched}"
ASKED = "call: {within: 4h, calendar: office, start: asked}"
BOTH = "call: {within: 4h, calendar: office, start: asked, until: touched}"


def test_a_start_that_is_learnt_late_makes_it_due_earlier() -> None:
    """The first of two events counts, whichever is learnt first."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 12:00")
    watch.look("10 12:00")

    watch.happens("asked 10 11:00")
    watch.look("10 12:30")

    assert (moment("10 11:00"), moment("10 15:00")) == (
        watch.clock().started_at,
        watch.clock().due_at,
    )


def test_a_start_that_is_forgotten_still_counts() -> None:
    """Events may be erased; what was measured stays."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 11:00")
    watch.look("10 11:00")

    watch.record = replace(watch.record, happenings=())

    assert () == watch.look("10 12:00").clocks


def test_an_end_that_is_learnt_late_counts_from_when_it_happened() -> None:
    """Also when a later one had ended the clock too late: the SLA was kept."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    watch.look("10 10:00")
    watch.happens("touched 10 16:00")
    watch.look("10 16:00")
    assert ClockState.MISSED is watch.state()

    watch.happens("touched 10 12:00")
    watch.look("10 16:30")

    clock = watch.clock()
    assert (ClockState.MET, moment("10 12:00"), 2 * HOUR) == (
        clock.state,
        clock.ended_at,
        clock.used,
    )
    assert (None, frozenset()) == (clock.breached_at, clock.fired)


def test_an_end_in_time_undoes_a_breach_that_has_fired() -> None:
    """Nobody knew that it was kept when the timer fired."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    (timer,) = watch.look("10 10:00").timers
    watch.fires(timer)
    assert ClockState.BREACHED is watch.state()

    watch.happens("touched 10 13:00")
    ticked = watch.look("10 14:30")

    assert (ClockState.MET, None) == (watch.state(), watch.clock().breached_at)
    assert ((), ()) == (ticked.missed, ticked.timers)


def test_news_of_a_stay_that_is_over_count_as_well() -> None:
    """What ended by leaving, too late, had been kept before."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    watch.look("10 10:00")
    watch.moves("lead", "11 10:00")
    assert 1 == len(watch.look("11 10:00").missed)

    watch.happens("touched 10 11:00")
    ticked = watch.look("11 11:00")

    clock = watch.clock(stay=1)
    assert (ClockState.MET, moment("10 11:00"), HOUR) == (
        clock.state,
        clock.ended_at,
        clock.used,
    )
    assert () == ticked.missed


def test_a_void_clock_starts_by_late_news() -> None:
    """Its event had happened during the stay: too long before it ended."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.look("10 10:00")
    watch.moves("lead", "10 17:00")
    watch.look("10 17:00")
    assert ClockState.VOID is watch.state(stay=1)

    watch.happens("asked 10 11:00")
    ticked = watch.look("11 09:00")

    clock = watch.clock(stay=1)
    assert (ClockState.MISSED, moment("10 15:00"), 6 * HOUR) == (
        clock.state,
        clock.breached_at,
        clock.used,
    )
    assert ["call"] == [one.sla for one in ticked.missed]
    assert () == watch.look("11 10:00").missed


def test_news_of_another_sla_change_no_clock_that_has_ended() -> None:
    """Neither one that ended by leaving, nor one that had no event."""
    watch = Watch.of(with_slas(BOTH), "10 10:00")
    watch.happens("asked 10 10:30")
    watch.look("10 10:30")
    watch.moves("lead", "10 12:00")
    watch.look("10 12:00")

    watch.happens("demo 10 11:00", "asked 10 12:30", "touched 10 12:30")

    assert () == watch.look("10 13:00").clocks


def test_everything_may_be_learnt_at_once() -> None:
    """Start, end and leaving in one reading are three times, in their order."""
    watch = Watch.of(with_slas(BOTH), "10 10:00")
    watch.look("10 10:00")

    watch.happens("asked 10 11:00", "touched 10 12:00")
    watch.moves("lead", "10 13:00")
    watch.look("10 14:00")

    clock = watch.clock(stay=1)
    assert (ClockState.MET, moment("10 11:00"), moment("10 12:00"), HOUR) == (
        clock.state,
        clock.started_at,
        clock.ended_at,
        clock.used,
    )


NEWS = ("asked 10 11:00", "asked 10 12:00", "touched 10 13:00", "touched 10 11:30")


def test_the_order_of_news_changes_nothing() -> None:
    """One by one, as they come, or all at once."""
    once = Watch.of(with_slas(BOTH), "10 10:00")
    once.look("10 10:00")
    once.happens(*NEWS)
    once.look("10 14:00")
    assert 0.5 * HOUR == once.clock().used

    for order in permutations(NEWS):
        watch = Watch.of(with_slas(BOTH), "10 10:00")
        watch.look("10 10:00")
        for news in order:
            watch.happens(news)
            watch.look("10 14:00")

        assert once.clock() == watch.clock()


def test_a_move_dated_before_the_start_makes_the_clock_void() -> None:
    """The event happened when the record had left already."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 11:00")
    (timer,) = watch.look("10 11:00").timers
    watch.fires(timer)

    watch.moves("lead", "10 10:30")
    ticked = watch.look("10 16:00", at="10 10:30")

    clock = watch.clock(stay=1)
    assert (ClockState.VOID, moment("10 10:30")) == (clock.state, clock.ended_at)
    assert (None, None, ()) == (clock.started_at, clock.breached_at, ticked.missed)
    assert frozenset() == clock.fired


def test_what_happened_after_leaving_had_ended_nothing() -> None:
    """A move that is learnt after the event that came after it ended the clock."""
    watch = Watch.of(with_slas(TOUCHED, BOTH.replace("call", "ask")), "10 10:00")
    watch.happens("asked 10 12:00", "touched 10 15:00")
    watch.look("10 15:00")
    assert (ClockState.MISSED, ClockState.MET) == (
        watch.state("call"),
        watch.state("ask"),
    )

    watch.moves("lead", "10 11:00")
    watch.look("10 16:00", at="10 11:00")

    call, ask = watch.clock("call", stay=1), watch.clock("ask", stay=1)
    assert (ClockState.MET, moment("10 11:00"), HOUR, None) == (
        call.state,
        call.ended_at,
        call.used,
        call.breached_at,
    )
    assert (ClockState.VOID, moment("10 11:00"), None) == (
        ask.state,
        ask.ended_at,
        ask.used,
    )


def test_a_later_entry_of_unknown_time_moves_no_end() -> None:
    """What has ended stays, whatever the news are dated."""
    watch = Watch.of(with_slas(TOUCHED), "10 10:00")
    watch.happens("touched 10 12:00")
    watch.look("10 12:00")
    watch.moves("lead", "10 13:00")
    watch.record = replace(watch.record, entered_at=None)

    assert () == watch.look("10 14:00", at="10 11:00").clocks
