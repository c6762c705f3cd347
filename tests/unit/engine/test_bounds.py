"""When clocks start and end: by entering, by leaving, by events, by owners."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import ClockState, Pause, SlaClock
from leadstate.engine.bounds import end_of, start_of

HOUR = timedelta(hours=1)
PLAIN = "call: {within: 4h, calendar: office}"
TOUCHED = "call: {within: 4h, calendar: office, until: touched}"
ASKED = "call: {within: 4h, calendar: office, start: asked}"
BOTH = "call: {within: 4h, calendar: office, start: asked, until: touched}"
OWNED = "call: {within: 4h, calendar: office, start: assigned, until: touched}"
ROUTED = "call: {within: 4h, calendar: office, until: assigned}"


# -- starting --------------------------------------------------------------------------


def test_a_clock_starts_on_entering() -> None:
    """At the entry, not at the look; it counts the hours of its calendar."""
    watch = Watch.of(with_slas(PLAIN), "10 15:00", keeper="ann")

    watch.look("10 15:20")

    assert (
        SlaClock(
            record_id="r",
            sla="call",
            stage="sal",
            stage_version=1,
            pass_number=1,
            team="sales",
            owner="ann",
            entered_at=moment("10 15:00"),
            started_at=moment("10 15:00"),
            due_at=moment("11 11:00"),
            counts_from=moment("01 00:00"),
            version=watch.lifecycle.version,
            within=timedelta(hours=4),
        )
        == watch.clock()
    )
    assert ClockState.RUNNING is watch.state()


def test_every_sla_of_the_stage_has_its_clock() -> None:
    """Each with its own time; those of other stages have none."""
    watch = Watch.of(
        with_slas(PLAIN, "decide: {within: 8h, calendar: early}"), "10 09:00"
    )

    watch.look("10 09:00")

    assert {(1, "call"), (1, "decide")} == set(watch.clocks)
    assert (moment("10 13:00"), moment("12 09:00")) == (
        watch.clock("call").due_at,
        watch.clock("decide").due_at,
    )


def test_a_clock_waits_for_its_event() -> None:
    """Nothing is due and nothing is armed until it happens."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")

    watch.look("10 12:00")
    assert (ClockState.WAITING, None) == (watch.state(), watch.clock().due_at)
    assert [] == watch.armed()

    watch.happens("asked 10 12:30")
    watch.look("10 12:40")
    assert (ClockState.RUNNING, moment("10 12:30")) == (
        watch.state(),
        watch.clock().started_at,
    )
    assert [("breach:call", moment("10 16:30"))] == watch.armed()


def test_an_event_counts_within_the_stay_only() -> None:
    """What happened before entering, or is said to happen later, starts nothing."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 09:59", "asked 10 12:01", "demo 10 11:00")

    watch.look("10 12:00")
    assert ClockState.WAITING is watch.state()

    watch.look("10 12:01")
    assert moment("10 12:01") == watch.clock().started_at


def test_an_event_at_the_moment_of_entering_counts() -> None:
    """The event that brought the record there may start the clock, too."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 10:00")

    watch.look("10 10:00")

    assert moment("10 10:00") == watch.clock().started_at


def test_the_first_of_several_events_starts_the_clock() -> None:
    """Asking again does not begin anew."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.happens("asked 10 11:00", "asked 10 12:00")

    watch.look("10 13:00")

    assert moment("10 11:00") == watch.clock().started_at


def test_an_owner_who_was_there_before_starts_the_clock_on_entering() -> None:
    """Handing over later changes nothing about that."""
    watch = Watch.of(with_slas(OWNED), "10 10:00", keeper="ann")

    watch.look("10 10:00")
    assert moment("10 10:00") == watch.clock().started_at

    watch.happens("assigned 10 12:00")
    watch.becomes(keeper="bob")
    watch.look("10 12:00")
    assert (moment("10 10:00"), "bob") == (
        watch.clock().started_at,
        watch.clock().owner,
    )


def test_an_owner_who_comes_later_starts_the_clock_then() -> None:
    """The time until somebody got the record is not theirs."""
    watch = Watch.of(with_slas(OWNED), "10 10:00")

    watch.look("10 11:00")
    assert ClockState.WAITING is watch.state()

    watch.happens("assigned 10 11:30")
    watch.becomes(keeper="ann")
    watch.look("10 11:40")
    assert (moment("10 11:30"), moment("10 15:30")) == (
        watch.clock().started_at,
        watch.clock().due_at,
    )


def test_a_clock_for_an_owner_is_void_when_nobody_ever_comes() -> None:
    """Nobody broke an SLA that was never theirs."""
    watch = Watch.of(with_slas(OWNED), "10 10:00")
    watch.look("10 10:00")

    watch.moves("lead", "12 10:00")
    watch.look("12 10:00")

    assert ClockState.VOID is watch.state(stay=1)


def test_who_gets_the_record_on_leaving_was_not_there_before() -> None:
    """An owner of the next stage starts no clock of the last one."""
    for events in (["assigned 12 10:00"], []):
        watch = Watch.of(with_slas(OWNED), "10 10:00")
        watch.look("10 10:00")

        watch.moves("lead", "12 10:00")
        watch.happens(*events)
        watch.becomes(keeper="ann")
        ticked = watch.look("12 10:00")

        assert (ClockState.VOID, ()) == (watch.state(stay=1), ticked.missed)
        assert () == watch.look("12 10:05").clocks


def test_without_a_field_for_owners_nobody_owns_a_record() -> None:
    """Nor does a value that is no name."""
    lifecycle = with_slas(PLAIN)
    fields = {name: one for name, one in lifecycle.fields.items() if name != "keeper"}
    bare = replace(lifecycle, fields=fields, version="without owners")

    for known, keeper in ((bare, "ann"), (lifecycle, 7), (lifecycle, None)):
        watch = Watch.of(known, "10 10:00", keeper=keeper)
        watch.look("10 10:00")

        assert None is watch.clock().owner


# -- ending ----------------------------------------------------------------------------


def test_an_event_keeps_the_sla() -> None:
    """The clock ends when it happened, and knows what it took."""
    watch = Watch.of(with_slas(TOUCHED), "10 15:00")
    watch.look("10 15:00")

    watch.happens("touched 11 09:30")
    ticked = watch.look("11 10:00")

    clock = watch.clock()
    assert (ClockState.MET, moment("11 09:30"), 2.5 * HOUR) == (
        clock.state,
        clock.ended_at,
        clock.used,
    )
    assert ((), ()) == (ticked.timers, ticked.missed)


@pytest.mark.parametrize(
    ("at", "state"),
    [("10 13:59:59.999999", ClockState.MET), ("10 14:00", ClockState.MISSED)],
)
def test_at_the_moment_it_is_due_it_is_too_late(at: str, state: ClockState) -> None:
    """As for the timer, which breaks it then."""
    for late in (False, True):
        watch = Watch.of(with_slas(TOUCHED), "10 10:00")
        watch.look("10 10:00")
        watch.happens(f"touched {at}") if late else watch.moves("lead", at)
        watch.look(at)

        assert state is watch.state(stay=1)


def test_an_event_before_the_start_ends_nothing() -> None:
    """The SLA is about what comes after it."""
    watch = Watch.of(with_slas(BOTH), "10 10:00")
    watch.happens("touched 10 10:30", "asked 10 11:00")

    watch.look("10 11:30")

    assert ClockState.RUNNING is watch.state()


def test_a_clock_may_end_in_the_moment_in_which_it_starts() -> None:
    """Two events of one moment: kept, in no time."""
    watch = Watch.of(with_slas(BOTH), "10 10:00")
    watch.happens("touched 10 11:00", "asked 10 11:00")

    watch.look("10 11:30")
    assert (ClockState.MET, timedelta(0)) == (watch.state(), watch.clock().used)

    assert () == watch.look("10 11:40").clocks
    watch.moves("lead", "10 11:00")
    assert () == watch.look("10 12:00").clocks
    assert ClockState.MET is watch.state(stay=1)


def test_an_sla_to_find_an_owner_is_kept_by_one_who_is_there() -> None:
    """At once, in no time; otherwise when somebody gets the record."""
    owned = Watch.of(with_slas(ROUTED), "10 10:00", keeper="ann")
    owned.look("10 10:20")
    assert (ClockState.MET, moment("10 10:00"), timedelta(0)) == (
        owned.state(),
        owned.clock().ended_at,
        owned.clock().used,
    )

    alone = Watch.of(with_slas(ROUTED), "10 10:00")
    alone.look("10 10:20")
    assert ClockState.RUNNING is alone.state()
    alone.happens("assigned 10 12:00")
    alone.becomes(keeper="ann")
    alone.look("10 12:10")
    assert (ClockState.MET, 2 * HOUR) == (alone.state(), alone.clock().used)


def test_an_owner_without_a_known_moment_is_not_dated_back() -> None:
    """A clock that has ended is not ended again by whoever owns the record now."""
    watch = Watch.of(with_slas(ROUTED), "10 10:00")
    watch.look("10 10:00")
    watch.happens("assigned 10 12:00")
    watch.becomes(keeper="ann")
    watch.look("10 12:00")
    ended = watch.clock()

    watch.record = replace(watch.record, happenings=())

    assert () == watch.look("10 13:00").clocks
    assert moment("10 12:00") == ended.ended_at


def test_leaving_ends_what_nothing_else_ended() -> None:
    """In time or too late; the next stage has its own clocks."""
    for left, state, used in (
        ("10 13:00", ClockState.MET, 3 * HOUR),
        ("11 10:00", ClockState.MISSED, 8 * HOUR),
    ):
        watch = Watch.of(with_slas(PLAIN), "10 10:00")
        watch.look("10 10:00")
        watch.moves("lead", left)
        ticked = watch.look("11 12:00", at=left)

        clock = watch.clock(stay=1)
        assert (state, moment(left), used) == (clock.state, clock.ended_at, clock.used)
        assert [] == list(ticked.timers)


def test_a_move_dated_before_the_entry_takes_no_time() -> None:
    """A CRM's clock that runs behind makes nothing negative."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    watch.look("10 10:00")

    watch.moves("lead", "10 09:30")
    watch.look("10 10:10")

    clock = watch.clock(stay=1)
    assert (ClockState.MET, moment("10 10:00"), timedelta(0)) == (
        clock.state,
        clock.ended_at,
        clock.used,
    )


def test_a_move_of_unknown_time_ends_clocks_when_it_is_seen() -> None:
    """There is nothing better to date it by."""
    watch = Watch.of(with_slas(PLAIN), "10 10:00")
    watch.look("10 10:00")
    watch.moves("lead", "10 11:00")
    watch.record = replace(watch.record, entered_at=None)

    watch.look("10 12:30", at="10 12:00")

    assert moment("10 12:00") == watch.clock(stay=1).ended_at


def test_a_clock_that_never_started_is_void() -> None:
    """Its event did not happen in the stay."""
    watch = Watch.of(with_slas(ASKED), "10 10:00")
    watch.look("10 10:00")
    watch.pauses(Pause(moment("10 10:30"), by="ann"))

    watch.moves("lead", "10 12:00")
    watch.happens("asked 10 12:00", "asked 10 13:00")
    watch.look("10 14:00")

    clock = watch.clock(stay=1)
    assert (ClockState.VOID, moment("10 12:00")) == (clock.state, clock.ended_at)
    assert (None, None, None) == (clock.started_at, clock.due_at, clock.paused)


def test_a_clock_without_a_time_of_entry_measures_nothing() -> None:
    """What is unknown is not measured, neither now nor later."""
    watch = Watch.of(with_slas(PLAIN, ASKED.replace("call", "ask")), None)
    watch.happens("asked 10 11:00")

    watch.look("10 12:00")

    assert {} == watch.clocks
    assert [] == watch.armed()


@pytest.mark.parametrize("given", [None, moment("10 10:00")], ids=["nothing", "start"])
def test_bounds_of_a_clock_of_unknown_entry_are_what_it_says(given: object) -> None:
    """A clock from elsewhere that knows no entry starts as it did, and never ends."""
    lifecycle = with_slas(BOTH)
    sla = lifecycle.stages["sal"].slas[0]
    clock = SlaClock(record_id="r", sla="call", stage="sal", stage_version=1)
    clock = replace(clock, started_at=given)  # type: ignore[arg-type]
    record = Watch.of(lifecycle, None).record
    now = moment("10 12:00")

    assert given == start_of(record, sla, clock, until=now, owner="ann")
    assert None is end_of(record, sla, clock, until=now, owner="ann")
