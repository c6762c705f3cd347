"""What became of a record's clocks, in words: pauses, breaches, breaches undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import Pause, SlaClock, TimerKind
from leadstate.domain.history import HistoryKind
from leadstate.engine.clock_changes import ClockNews, clock_changes

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

BERLIN = ZoneInfo("Europe/Berlin")
TOUCHED = with_slas("call: {within: 4h, calendar: office, until: touched}")
PAUSED = with_slas("call: {within: 4h, calendar: office, pause: waiting is true}")
BROKEN = "the SLA 'call' was not broken Tue 2026-03-10 14:00 after all: "


def news(watch: Watch, now: str) -> list[ClockNews]:
    """Look at the clocks, and return what became of them."""
    before = dict(watch.clocks)
    ticked = watch.look(now)
    return list(clock_changes(ticked, before, zone=BERLIN, now=moment(now)))


def told(watch: Watch, now: str) -> list[tuple[HistoryKind, str]]:
    """Look at the clocks, and return what is told."""
    return [(one.kind, one.text) for one in news(watch, now)]


def broken(lifecycle: Lifecycle) -> Watch:
    """Return a watch whose SLA, due at one o'clock UTC, is broken."""
    watch = Watch.of(lifecycle, "10 09:00")
    watch.look("10 09:00")
    watch.fires(watch.timer(TimerKind.BREACH))
    return watch


def later(lifecycle: Lifecycle) -> Lifecycle:
    """Return the lifecycle with an office that opens at eleven."""
    office = replace(
        lifecycle.calendars["office"], hours=dict.fromkeys(range(7), ((660, 1020),))
    )
    return replace(
        lifecycle,
        calendars={**lifecycle.calendars, "office": office},
        version=f"{lifecycle.version} later",
    )


def test_a_first_look_tells_nothing() -> None:
    """A clock that runs is no news."""
    assert [] == told(Watch.of(TOUCHED, "10 09:00"), "10 09:00")


def test_the_condition_of_a_pause_is_named() -> None:
    """Why it stands still, and that this holds no longer."""
    watch = Watch.of(PAUSED, "10 09:00")
    watch.look("10 09:00")
    watch.becomes(waiting=True)
    stopped = told(watch, "10 10:00")
    watch.becomes(waiting=False)
    (on,) = news(watch, "10 11:00")

    text = "the SLA 'call' stands still while waiting is true"
    assert [(HistoryKind.PAUSED, text)] == stopped
    assert (HistoryKind.RESUMED, moment("10 11:00")) == (on.kind, on.at)
    assert "the SLA 'call' goes on: waiting is true holds no longer" == on.text
    assert [] == told(watch, "10 11:00")


def test_a_clock_that_begins_to_stand_still_tells_it_at_once() -> None:
    """Nothing was known of it before."""
    watch = Watch.of(PAUSED, "10 09:00", waiting=True)

    (first,) = news(watch, "10 09:00")

    assert (HistoryKind.PAUSED, None) == (first.kind, first.before)


def test_what_a_person_wrote_down_is_forgotten_with_the_person() -> None:
    """Reasons that were emptied leave a plain sentence."""
    watch = Watch.of(PAUSED, "10 09:00", waiting=True)
    watch.look("10 09:00")
    watch.pauses(Pause(moment("10 09:00")))
    watch.becomes(waiting=False)

    assert [(HistoryKind.RESUMED, "the SLA 'call' goes on")] == (
        told(watch, "10 10:00")
    )


def test_pauses_of_people_are_told_by_who_made_them() -> None:
    """Nothing is told twice."""
    watch = Watch.of(TOUCHED, "10 09:00")
    watch.look("10 09:00")
    before = dict(watch.clocks)
    watch.pauses(Pause(moment("10 10:00"), reason="ill", by="ann"))
    ticked = watch.look("10 10:00")

    found = clock_changes(ticked, before, zone=BERLIN, now=moment("10 10:00"))

    assert [] == list(found)


def test_a_breach_without_a_timer_is_told_when_its_clock_has_ended() -> None:
    """Nothing fired it: the record moved on first."""
    watch = Watch.of(TOUCHED, "10 09:00")
    watch.look("10 09:00")
    watch.moves("won", "10 15:00")

    (only,) = news(watch, "10 15:00")

    assert (HistoryKind.BREACHED, moment("10 13:00")) == (only.kind, only.at)
    assert "the SLA 'call' was broken before the record moved on" == only.text


def test_news_that_come_late_withdraw_a_breach() -> None:
    """It has the moment at which it is learnt; the sentence has both others."""
    watch = broken(TOUCHED)
    watch.happens("touched 10 12:00")

    (only,) = news(watch, "10 15:30")

    assert (HistoryKind.WITHDRAWN, moment("10 15:30")) == (only.kind, only.at)
    assert BROKEN + "it was kept Tue 2026-03-10 13:00" == only.text
    assert only.before is not None
    assert (moment("10 13:00"), None) == (
        only.before.breached_at,
        only.clock.breached_at,
    )


def test_a_breach_that_stays_one_is_not_withdrawn() -> None:
    """A call after it was due keeps nothing."""
    watch = broken(TOUCHED)
    watch.happens("touched 10 14:00")

    assert [] == told(watch, "10 15:30")


def test_a_corrected_calendar_withdraws_a_breach() -> None:
    """It has time left, and says until when."""
    watch = broken(TOUCHED)
    watch.lifecycle = later(TOUCHED)

    text = BROKEN + "it is due Tue 2026-03-10 16:00"
    assert [(HistoryKind.WITHDRAWN, text)] == told(watch, "10 14:00")


def test_an_sla_that_is_not_made_any_more_has_no_breach() -> None:
    """The workflow gave it up while it was broken."""
    watch = broken(TOUCHED)
    watch.lifecycle = with_slas("other: {within: 9h, calendar: office}")

    text = BROKEN + "it does not count"
    assert (HistoryKind.WITHDRAWN, text) in told(watch, "10 14:00")


def test_a_breach_is_withdrawn_although_nothing_makes_it_due() -> None:
    """A pause that is dated before it."""
    watch = broken(PAUSED)
    watch.pauses(Pause(moment("10 10:00"), reason="ill", by="ann"))

    text = BROKEN + "nothing makes it due"
    assert [(HistoryKind.WITHDRAWN, text)] == told(watch, "10 14:00")


def test_how_a_clock_stands_still_is_said_in_words() -> None:
    """A condition holds, a person has a reason."""
    start = moment("10 09:00")

    assert "stands still while x is true" == Pause(start, reason="x is true").text
    assert "stands still: ill" == Pause(start, reason="ill", by="ann").text
    assert "stands still" == Pause(start, by="ann").text


def test_a_clock_has_a_place_among_those_of_its_record() -> None:
    """The stay, and the SLA."""
    clock = SlaClock(record_id="r", sla="call", stage="sal", stage_version=3)

    assert (3, "call") == clock.place
