"""Parked stages, guards that time turns, and late data, by timers that come due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from office_hours import WORKFLOW

from leadstate.domain.clock import TimerKind
from leadstate.engine.due_timer import WAKES_BOUND
from leadstate.service.commands.pausing import pause_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

MARCH = 3


def at(day: int, hour: int, minute: int = 0, *, month: int = MARCH) -> datetime:
    """Return a moment of 2026 in UTC; sales opens at 8 and closes at 16."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# -- parked stages ---------------------------------------------------------------------


def _nurtured(timed: TimedDesk, id_: str) -> None:
    timed.accepted(id_)
    timed.later(days=1)
    assert "nurture" == timed.stage(id_)


def test_a_parked_record_wakes_after_its_time(timed: TimedDesk) -> None:
    """And begins its next pass."""
    _nurtured(timed, "1")

    timed.later(days=31)

    record = timed.record("1").record
    assert ("lead", 2) == (record.stage, record.pass_number)
    moved = timed.last("1", "moved")
    assert ("timer", "nurture") == (moved.cause, moved.from_stage)


def test_a_parked_record_wakes_when_its_condition_is_met(timed: TimedDesk) -> None:
    """A need that somebody writes down is reason enough."""
    _nurtured(timed, "1")

    timed.edit("1", need="a CRM, after all")

    ways = [
        (one.from_stage, one.to_stage, str(one.cause)) for one in timed.history("1")
    ]
    assert ("nurture", "lead", "timer") in ways
    assert "mql" == timed.stage("1")  # the interest has not faded yet


def test_a_record_that_made_its_passes_is_listed_for_a_person(
    timed: TimedDesk,
) -> None:
    """Three passes, and no more."""
    _nurtured(timed, "1")
    for _ in range(2):
        timed.later(days=31)
        timed.edit("1", demo=timed.now.isoformat())
        timed.move("1", "accept", "sales")
        timed.work()
        timed.later(days=4)

    timed.later(days=40)

    record = timed.record("1")
    assert ("nurture", 3) == (record.record.stage, record.record.pass_number)
    assert "may make no more" in str(record.flag)
    assert 1 == len([one for one in timed.history("1") if one.kind == "refused"])


def test_a_backlog_wakes_before_its_date_back_where_it_came_from(
    timed: TimedDesk,
) -> None:
    """Ten days before the decision; a date that is moved moves the wake-up."""
    timed.accepted("1")
    timed.edit("1", decision="2026-04-30", budget="500")
    timed.move("1", "confirm")
    timed.move("1", "postpone", "sales", reason="timing")
    timed.work()
    assert "backlog" == timed.stage("1")
    timed.edit("1", decision="2026-05-20")

    timed.until(at(9, 12, month=5))
    assert "backlog" == timed.stage("1")
    timed.until(at(10, 12, month=5))

    assert "sql" == timed.stage("1")
    assert "09 22:00" == f"{timed.last('1', 'moved').happened_at:%d %H:%M}"


def test_a_date_that_is_over_wakes_nobody(timed: TimedDesk) -> None:
    """It is no plan."""
    timed.accepted("1")
    timed.edit("1", decision="2026-01-01")
    timed.move("1", "postpone", "sales", reason="timing")
    timed.work()

    assert [] == timed.timers("1")


# -- time-turned guards ----------------------------------------------------------------


def test_interest_that_fades_is_noticed_at_its_moment(timed: TimedDesk) -> None:
    """40 points fall under 5 after 21 days; nobody scans anything."""
    timed.interested("1")
    timed.move("1", "lose")
    timed.interested("2")

    timed.later(days=22)

    moved = timed.last("2", "moved")
    assert ("cool", "timer") == (moved.transition, moved.cause)
    assert "lead" == timed.stage("2")
    looks = [one for one in timed.timers("2") if one.kind is TimerKind.LOOK]
    assert len(looks) <= 1


# -- late data -------------------------------------------------------------------------


def test_late_data_moves_now_and_keeps_since_when_it_was_so(timed: TimedDesk) -> None:
    """The demo was asked for three hours ago; nobody is charged for them."""
    timed.fresh("1")
    timed.clock.advance(timedelta(hours=5))
    asked = timed.now - timedelta(hours=3)

    timed.edit("1", demo=asked.isoformat())

    moved = timed.last("1", "moved")
    assert asked == moved.qualified_at
    assert timed.now - timedelta(seconds=1) <= moved.learnt_at
    started = timed.clocks("1")["accept"].started_at
    assert moved.learnt_at == moved.happened_at == started


def test_a_wake_up_that_was_refused_is_tried_again_when_the_record_changes(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """Its moment is the same as before; it fires all the same."""
    guarded = WORKFLOW.replace(
        "  win: {from",
        "  wake: {from: nurture, to: lead, when: budget is known}\n  win: {from",
    )
    timed = timed_of(guarded)
    _nurtured(timed, "1")
    timed.later(days=31)
    assert "nurture" == timed.stage("1")
    assert "it should wake up" in str(timed.record("1").flag)

    timed.edit("1", budget="5")

    assert "nurture" != timed.stage("1")


# -- what is due, and not looked at yet ------------------------------------------------


def test_a_look_that_is_due_survives_what_comes_before_it(timed: TimedDesk) -> None:
    """Somebody pauses a clock when interest has faded: it is noticed all the same."""
    timed.interested("1")
    [look] = [one for one in timed.timers("1") if one.kind is TimerKind.LOOK]
    record = timed.record("1").record.id
    timed.clock.advance(look.due_at - timed.now + timedelta(seconds=1))

    item = pause_item(
        timed.app, record, stop=True, sla=None, reason="a holiday", actor="ann"
    )
    with timed.app.store.begin() as work:
        work.inbox.add([item])
        work.commit()
    timed.advance()

    assert "mql" == timed.stage("1")
    timed.work()
    assert "lead" == timed.stage("1")


def test_stages_that_wake_each_other_come_to_rest(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """A person is asked; a day later it is tried again."""
    ring = WORKFLOW.replace(
        "wake: {on: decision_date, before: 10 days, to: back}",
        "wake: {when: need is known, to: nurture}",
    ).replace("to: lead, max_passes: 3", "to: backlog")
    timed = timed_of(ring)
    timed.accepted("1")
    timed.edit("1", need="a CRM", budget="500")

    timed.move("1", "recycle", "sales", reason="no_answer")
    timed.work()

    record = timed.record("1")
    assert "in a row" in str(record.flag)
    moves = [one for one in timed.history("1") if one.cause == "timer"]
    assert 2 * WAKES_BOUND > len(moves)
    [again] = [one for one in timed.timers("1") if one.kind is TimerKind.WAKE]
    assert timed.now + timedelta(hours=23) < again.due_at
