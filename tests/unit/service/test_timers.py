"""SLAs, by timers that come due."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import unanswered
from office_hours import BINDING, WORKFLOW

from leadstate.domain.clock import ClockState
from leadstate.service.app import feed_of
from leadstate.service.timers.sweep import Sweeping, sweep
from leadstate.store import TIMER, InboxItem, InboxState

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

    from leadstate.store import InboxRow

MARCH = 3


def at(day: int, hour: int, minute: int = 0, *, month: int = MARCH) -> datetime:
    """Return a moment of 2026 in UTC; sales opens at 8 and closes at 16."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def days(told: list[tuple[str, datetime | None]]) -> list[tuple[str, str]]:
    """Return kinds with the minute in which they happened."""
    return [(kind, f"{when:%d %H:%M}" if when else "") for kind, when in told]


# -- SLAs ------------------------------------------------------------------------------


def test_an_sla_warns_breaks_and_is_escalated_by_itself(timed: TimedDesk) -> None:
    """Nobody touches the record; eight business hours from Tuesday one o'clock."""
    timed.interested("1")

    timed.until(at(12, 9))

    told = timed.told("1", "warned", "breached", "escalated")
    assert [
        ("warned", "11 08:00"),
        ("warned", "11 11:00"),
        ("breached", "11 12:00"),
        ("escalated", "11 12:00"),
    ] == days(told)
    assert "mql" == timed.stage("1")
    assert "the SLA 'accept' of MQL is broken: sales has to act" == (
        timed.record("1").flag
    )
    clock = timed.clocks("1")["accept"]
    assert (ClockState.BREACHED, "sales") == (clock.state, clock.escalated_to)
    assert [] == timed.faults()


def test_a_warning_leaves_a_note_and_a_breach_a_message(timed: TimedDesk) -> None:
    """The texts see the record and the SLA."""
    timed.interested("1")

    timed.until(at(12, 9))

    record = timed.record("1").record.id
    due = f"accept of {record} is due 2026-03-11 13:00 Europe/Berlin"
    assert [due, due] == [text for _, text, _ in timed.crm.notes]
    [message] = timed.outbox("message")
    assert ("chat", "late: mql") == (message.connection, message.payload.text)
    assert "breach:accept" == message.payload.event


def test_an_sla_that_is_kept_says_nothing(timed: TimedDesk) -> None:
    """The timers of a stay are void when the record has moved on."""
    timed.interested("1")
    timed.move("1", "accept", "sales")
    timed.work()

    assert [] == [one for one in timed.timers("1") if one.sla == "accept"]
    clock = timed.clocks("1")["accept"]
    assert (ClockState.MET, timedelta(milliseconds=1)) == (clock.state, clock.used)


def test_a_broken_sla_moves_the_record(timed: TimedDesk) -> None:
    """Along the named transition, at the moment of the breach."""
    timed.accepted("1")

    timed.later(days=1)

    assert "nurture" == timed.stage("1")
    [(_, broken)] = timed.told("1", "breached")
    moved = timed.last("1", "moved")
    assert (broken, "recycle", "timer") == (
        moved.happened_at,
        moved.transition,
        moved.cause,
    )
    assert "nurture" == timed.crm.things["1"].properties["stage"]


def test_a_breach_tells_its_why(timed: TimedDesk) -> None:
    """SLA, calendar, start and due time stand in the receipt."""
    timed.interested("1")

    timed.until(at(12, 9))

    told = timed.last("1", "breached")
    assert ("timer", "leadstate") == (told.cause, told.actor)
    clock = told.receipt["clock"]
    assert isinstance(clock, dict)
    assert ("accept", "office", "breach") == (
        clock["sla"],
        clock["calendar"],
        clock["mark"],
    )
    assert clock["due_at"] == told.happened_at.isoformat()  # type: ignore[union-attr]


def test_an_event_in_time_ends_the_clock(timed: TimedDesk) -> None:
    """The first call within four hours of the owner."""
    timed.accepted("1")
    timed.clock.advance(timedelta(hours=2))
    timed.edit("1", called=timed.now.isoformat())

    timed.later(days=2)

    assert "sal" == timed.stage("1")
    assert ClockState.MET is timed.clocks("1")["first_touch"].state


def test_a_pause_by_condition_stops_the_clock_and_says_so(timed: TimedDesk) -> None:
    """While the lead waits for something, sales does not owe a call."""
    timed.accepted("1")
    timed.edit("1", waiting="true")
    timed.later(days=3)
    assert ClockState.PAUSED is timed.clocks("1")["first_touch"].state
    timed.edit("1", waiting="false")

    timed.later(hours=3)
    assert "sal" == timed.stage("1")
    timed.later(days=3)

    assert "nurture" == timed.stage("1")
    assert ["paused", "resumed"] == [
        kind for kind, _ in timed.told("1", "paused", "resumed")
    ]


def test_a_breach_that_its_guard_refuses_is_for_a_person(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """The record stays, is flagged, and the history says what was in the way."""
    guarded = WORKFLOW.replace(
        "recycle: {from: [sal, sql], to: nurture,",
        "recycle: {from: [sal, sql], to: nurture, when: need is known,",
    )
    timed = timed_of(guarded)
    timed.accepted("1")

    timed.later(days=2)

    assert "sal" == timed.stage("1")
    assert "breached" in timed.kinds("1")
    flag = timed.record("1").flag
    assert flag == timed.last("1", "refused").note
    assert "criteria of 'recycle' are not met" in str(flag)


def test_slas_that_move_in_a_ring_end_with_a_flag(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """Six moves by broken SLAs alone, and then a person is asked."""
    ring = WORKFLOW.replace("then: {move: recycle}", "then: {move: again}").replace(
        "sql: {owner: sales}",
        "sql:\n    owner: sales\n    sla:\n      back:"
        " {within: 1h, calendar: always, then: {move: back}}",
    )
    ring = ring.replace(
        "lose: {",
        "again: {from: sal, to: sql}\n  back: {from: sql, to: sal}\n  lose: {",
    )
    timed = timed_of(ring)
    timed.accepted("1")

    timed.later(days=30)

    moves = [one for one in timed.history("1") if one.cause == "timer"]
    assert 6 == sum(one.kind == "moved" for one in moves)
    assert "broken SLAs in a row" in str(timed.record("1").flag)
    assert [] == timed.faults()


# -- downtime, clock steps, doubled work -----------------------------------------------


def test_missed_timers_fire_at_the_start_dated_when_due(timed: TimedDesk) -> None:
    """Nobody worked for three days."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=3))

    timed.work()

    told = timed.told("1", "warned", "breached")
    assert [
        ("warned", "11 08:00"),
        ("warned", "11 11:00"),
        ("breached", "11 12:00"),
    ] == days(told)
    assert timed.now == timed.last("1", "breached").learnt_at


def test_after_downtime_the_crms_are_heard_before_timers_fire(
    timed: TimedDesk,
) -> None:
    """A record that moved in time breaks no SLA, though nobody was told."""
    timed.interested("1")
    timed.clock.advance(timedelta(hours=1))
    timed.crm.edit("1", stage="sal")
    timed.clock.advance(timedelta(days=3))
    sweeping = Sweeping(timed.app)

    assert not sweeping.step()
    timed.poll()
    sweeping.heard(feed_of(timed.app, timed.connected))
    timed.settle_crm()
    while sweeping.step():
        timed.settle_crm()

    assert [] == timed.told("1", "breached")[:-1]
    assert ClockState.MET is timed.clocks("1")["accept"].state


def test_a_silent_crm_holds_timers_for_half_a_minute_only(timed: TimedDesk) -> None:
    """Whatever happens to a CRM, SLAs are at most a minute late."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=3))
    sweeping = Sweeping(timed.app)
    assert not sweeping.step()

    timed.clock.advance(timedelta(seconds=31))

    assert sweeping.step()


def test_a_move_after_the_breach_that_nobody_saw_is_a_missed_sla(
    timed: TimedDesk,
) -> None:
    """It was over when the person acted; the history says so, and nobody is told."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=3))
    timed.tell(*timed.crm.edit("1", stage="sal"))
    timed.settle_crm()

    timed.work()

    assert ClockState.MISSED is timed.clocks("1")["accept"].state
    assert [("breached", "11 12:00")] == days(timed.told("1", "breached"))
    assert [] == timed.told("1", "escalated")
    assert [] == timed.outbox("message")


def test_a_clock_that_jumps_fires_nothing_twice(timed: TimedDesk) -> None:
    """An hour on, an hour back, an hour on."""
    timed.interested("1")
    timed.until(at(11, 7, 30))
    for step in (1, -1, 1, -1, 2):
        timed.clock.advance(timedelta(hours=step))
        timed.work()

    assert [("warned", "11 08:00")] == days(timed.told("1", "warned"))


def test_a_timer_fires_once_though_it_is_swept_twice(timed: TimedDesk) -> None:
    """The inbox knows it by its moment."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=1))
    with timed.app.store.read() as view:
        due = view.timers.due(timed.now)
    assert 1 == sweep(timed.app)
    with timed.app.store.begin() as work:
        work.timers.replace({due[0].record_id: [replace(due[0], id=None)]})
        work.commit()

    timed.work()

    assert 1 == len([one for one in timed.told("1", "warned") if one[1] == at_of(due)])


def at_of(due: list[object]) -> object:
    """Return when the first timer was due."""
    return due[0].due_at  # type: ignore[attr-defined]


def test_who_was_due_first_is_served_first(timed_of: Callable[..., TimedDesk]) -> None:
    """After downtime, too: the first to wake gets the person whose turn it is."""
    wake = "wake: {after: 30 days, when: need is known, to: lead, max_passes: 3}"
    desk = timed_of(
        WORKFLOW.replace(wake, "wake: {after: 30 days, to: lead, assign: sales}")
    )
    for id_ in ("1", "2"):
        desk.accepted(id_)
        desk.move(id_, "recycle", reason="no_answer")
        desk.later(days=1)

    desk.clock.advance(timedelta(days=40))
    desk.work()

    # The others had one each before, while she was away.
    assert ["eve", "ann"] == [desk.record(id_).owner for id_ in ("1", "2")]


def test_a_timer_of_a_record_that_is_gone_is_a_no_op(timed: TimedDesk) -> None:
    """It was swept a moment before the deletion was told."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=1))
    assert 1 == sweep(timed.app)
    timed.tell(timed.crm.delete("1"))
    timed.settle_crm()

    timed.work()

    assert [] == timed.timers()
    assert [] == timed.told("1", "warned")
    assert [] == timed.letters()
    assert [] == timed.faults()


def test_a_swept_timer_of_an_earlier_stay_is_a_no_op(timed: TimedDesk) -> None:
    """The race with a move is harmless."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=1))
    sweep(timed.app)
    timed.move("1", "accept", "sales")

    timed.work()

    assert [] == timed.told("1", "warned")


def test_slas_are_kept_track_of_while_the_crm_is_down(timed: TimedDesk) -> None:
    """A write that nobody answered holds no timer up."""
    timed.interested("1")
    timed.crm.trouble["write"] = [unanswered(applied=False) for _ in range(200)]
    timed.move("1", "accept", "sales")
    timed.clock.advance(timedelta(days=1))
    timed.advance()
    sweep(timed.app)
    timed.advance()

    assert [("breached", "11 08:00")] == days(timed.told("1", "breached"))


def test_news_and_timers_do_not_wait_for_each_other(timed: TimedDesk) -> None:
    """Of both lines something is worked on in every round."""
    for one in range(6):
        timed.interested(str(one))
    timed.clock.advance(timedelta(days=1))
    sweep(timed.app)
    timed.tell(*timed.crm.edit("0", need="a CRM"))

    with timed.app.store.read() as view:
        before = len(view.inbox.due(timed.now, 100, kinds=(TIMER,)))
    from leadstate.service.advance import advance

    done = advance(timed.app, limit=2)

    assert 6 == before
    assert 3 == done.taken


def test_a_poisoned_timer_is_a_dead_letter_and_stops_no_other(
    timed: TimedDesk,
) -> None:
    """The others fire; with the cause away, the record goes on by itself."""
    from leadstate.domain.people import People

    timed.accepted("1")
    timed.interested("2")
    known = timed.app.people.by_name
    nowhere = {one: replace(it, calendar="nowhere") for one, it in known.items()}
    timed.clock.advance(timedelta(days=1))
    sweep(timed.app)
    timed.app = replace(timed.app, people=People(nowhere))

    timed.advance()

    assert ["cannot be judged"] == [reason for *_, reason in timed.letters()]
    assert "warned" in timed.kinds("2")
    timed.app = replace(timed.app, people=People(known))
    timed.edit("1", need="a CRM")
    timed.work()
    assert "breached" in timed.kinds("1")


def test_a_row_that_nobody_can_read_loses_no_timer(timed: TimedDesk) -> None:
    """It says that something is due; what that is, the record itself says."""
    timed.interested("1")
    timed.clock.advance(timedelta(days=1))
    sweep(timed.app)
    with timed.app.store.begin() as work:
        [row] = work.inbox.due(timed.now, kinds=(TIMER,))
        work.inbox.settle([row.id], InboxState.DONE, timed.now)
        work.inbox.add([_item_of(row, key="bad", payload={"kind": "tea"})])
        work.commit()

    timed.work()

    assert [] == timed.letters()
    assert "breached" in timed.kinds("1")


def _item_of(row: InboxRow, **changed: object) -> InboxItem:
    """Return the item of a row, with something changed."""
    same = {one.name: getattr(row, one.name) for one in fields(InboxItem)}
    return InboxItem(**same | changed)


# -- records that were there before ----------------------------------------------------


def test_what_was_over_before_we_came_is_known_and_nobody_is_told(
    timed: TimedDesk,
) -> None:
    """A lead of last week enters: no flood of breaches on the first day."""
    old = timed.now - timedelta(days=7)
    timed.fresh("1", demo=old.isoformat())
    timed.later(days=5)

    assert [] == timed.told("1", "warned", "breached")
    assert [] == timed.faults()


def test_clocks_are_computed_anew_when_the_people_change(timed: TimedDesk) -> None:
    """An owner who falls ill has no hours, and owes no call today."""
    from datetime import date

    from leadstate.domain.people import Absence, People

    timed.accepted("1")
    before = timed.clocks("1")["first_touch"].due_at
    people = dict(timed.app.people.by_name)
    ill = Absence(date(2026, 3, 10), date(2026, 3, 12))
    people["ann"] = replace(people["ann"], absences=(ill,))
    timed.app = replace(timed.app, people=People(people))

    timed.work()

    after = timed.clocks("1")["first_touch"].due_at
    assert before is not None
    assert after is not None
    assert ("11 08:00", "13 12:00") == (f"{before:%d %H:%M}", f"{after:%d %H:%M}")


@pytest.mark.parametrize("text", [BINDING])
def test_the_workflow_of_these_tests_is_bound(text: str) -> None:
    """Every stage has its place in the CRM."""
    assert all(f"{stage}:" in text for stage in ("lead", "backlog", "won"))


def test_a_broken_sla_moves_with_its_reason(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """The history says why, as it would for a person."""
    timed = timed_of(
        WORKFLOW.replace(
            "{move: recycle}", "{move: {transition: recycle, reason: no_answer}}"
        )
    )
    timed.accepted("1")

    timed.later(days=1)

    moved = timed.last("1", "moved")
    assert ("recycle", "no_answer") == (moved.transition, moved.reason)


# -- timers that are armed anew for a moment at which one fired already ----------------


def test_a_timer_that_is_judged_after_the_clock_jumped_back_fires_later(
    timed: TimedDesk,
) -> None:
    """It was swept in time and is not due any more; then it is due again."""
    timed.interested("1")
    timed.until(at(11, 7, 59))
    timed.clock.advance(timedelta(minutes=2))
    assert 1 == sweep(timed.app)
    timed.clock.advance(-timedelta(hours=1))
    timed.settle_crm()
    assert [] == timed.told("1", "warned")

    timed.later(hours=2)

    assert [("warned", "11 08:00")] == days(timed.told("1", "warned"))


# -- breaches that were none -----------------------------------------------------------

CALLED = WORKFLOW.replace("        warn_at: [50%, 1h]", "        until: called")


def test_late_news_withdraw_a_breach(timed_of: Callable[..., TimedDesk]) -> None:
    """The history has both times, and nobody has to act any more."""
    desk = timed_of(CALLED.replace("        on_warning", "        #"))
    desk.interested("1")
    desk.until(at(11, 15))
    assert desk.record("1").flag

    desk.edit("1", called=at(11, 9).isoformat())

    row = desk.last("1", "withdrawn")
    assert (
        "the SLA 'accept' was not broken Wed 2026-03-11 13:00 after all: "
        "it was kept Wed 2026-03-11 10:00" == row.note
    )
    told = row.receipt["clock"]
    assert isinstance(told, dict)
    assert ("2026-03-11T12:00", "2026-03-11T09:00") == (
        told["breach_was_at"][:16],
        told["ended_at"][:16],
    )
    assert (at(11, 15).date(), "mql") == (row.learnt_at.date(), row.from_stage)
    assert ClockState.MET is desk.clocks("1")["accept"].state
    assert desk.record("1").flag is None


def test_what_else_flags_a_record_goes_on_to_do_so(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """Only what the breach asked for is called off."""
    desk = timed_of(CALLED.replace("        on_warning", "        #"))
    desk.interested("1")
    desk.until(at(11, 15))
    desk.move("1", "win", "sales")
    desk.edit("1", stage="won")
    flag = desk.record("1").flag

    desk.edit("1", called=at(11, 9).isoformat())

    assert desk.last("1", "withdrawn")
    assert flag is not None
    assert flag == desk.record("1").flag
