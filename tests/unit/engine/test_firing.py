"""A timer that came due does something only while it is still due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import BREACH, Pause, SlaClock, TimerKind
from leadstate.domain.history import HistoryKind
from leadstate.domain.people import People
from leadstate.domain.record import Record
from leadstate.domain.signal import TimerDue
from leadstate.engine.firing import Fired, fire

LIFECYCLE = load_workflow_text("""\
workflow: firing
fields:
  email: {type: email, identity: true, personal: true}
  decision_date: date
stages:
  mql:
    initial: true
    sla:
      accept:
        within: 8h
        calendar: always
        warn_at: [50%, 1h]
        on_warning: {note: Soon}
        then: [escalate, {move: recycle}]
      answer: {within: 2h, calendar: always, then: escalate}
  nurture: {kind: parked, wake: {on: decision_date, to: mql}}
transitions:
  recycle: {from: mql, to: nurture}
""")
ENTERED = datetime(2026, 3, 10, 12, tzinfo=UTC)
NOW = ENTERED + timedelta(days=1)
RECORD = Record(id="1", stage="mql", stage_version=2, entered_at=ENTERED)


def clock(sla: str = "accept", **given: object) -> SlaClock:
    """Return a clock that has been running for a day."""
    known = {"record_id": "1", "sla": sla, "stage": "mql", "stage_version": 2}
    times = {"entered_at": ENTERED, "started_at": ENTERED}
    return SlaClock(**(known | times | given))  # type: ignore[arg-type]


def ask(
    kind: TimerKind,
    *clocks: SlaClock,
    sla: str = "accept",
    mark: str = "",
    now: datetime = NOW,
    record: Record = RECORD,
) -> Fired | None:
    """Return what a timer does that was due four hours after the entry."""
    due = TimerDue(
        at=ENTERED + timedelta(hours=4), stage_version=2, kind=kind, sla=sla, mark=mark
    )
    return fire(LIFECYCLE, record, clocks, due, people=People(), now=now, since=ENTERED)


@pytest.mark.parametrize(
    ("mark", "left"), [("50%", "50% of it is used up"), ("1h", "1h is left")]
)
def test_a_warning_marks_its_clock_and_moves_nothing(mark: str, left: str) -> None:
    """It is fired once, with what the workflow wants done."""
    fired = ask(TimerKind.WARN, clock(), mark=mark)

    assert fired is not None
    assert fired.sla is not None
    assert not fired.decides
    assert (HistoryKind.WARNED, mark) == (fired.sla.kind, fired.sla.mark)
    assert f"the SLA 'accept' is at risk: {left}" == fired.sla.note
    assert clock(fired=frozenset({mark})) == fired.sla.clock
    assert fired.sla.sla.on_warning == fired.sla.actions


def test_a_broken_sla_was_broken_when_it_was_due() -> None:
    """However late its timer fires; then the record may move."""
    fired = ask(TimerKind.BREACH, clock())

    assert fired is not None
    assert fired.sla is not None
    assert fired.decides
    assert "the SLA 'accept' is broken, and" == fired.why
    assert (HistoryKind.BREACHED, BREACH) == (fired.sla.kind, fired.sla.mark)
    due = ENTERED + timedelta(hours=4)
    assert clock(fired=frozenset({BREACH}), breached_at=due) == fired.sla.clock
    assert fired.sla.sla.on_breach == fired.sla.actions


def test_a_broken_sla_without_a_move_decides_nothing() -> None:
    """Somebody has to act, and the record stays."""
    fired = ask(TimerKind.BREACH, clock("answer"), sla="answer")

    assert fired is not None
    assert not fired.decides


PAUSED = clock(pauses=(Pause(ENTERED + timedelta(hours=1)),))
LATER = clock(pauses=(Pause(ENTERED, ENTERED + timedelta(hours=20)),))


@pytest.mark.parametrize(
    ("clocks", "sla"),
    [
        pytest.param([], "accept", id="without a clock"),
        pytest.param([clock("answer")], "accept", id="with another clock"),
        pytest.param([clock("gone")], "gone", id="with no such SLA by now"),
        pytest.param([clock(stage_version=1)], "accept", id="of another stay"),
        pytest.param([clock(ended_at=NOW)], "accept", id="that has ended"),
        pytest.param([clock(fired=frozenset({BREACH}))], "accept", id="that has fired"),
        pytest.param([PAUSED], "accept", id="that stands still"),
        pytest.param([LATER], "accept", id="that has more time by now"),
    ],
)
def test_a_timer_does_nothing_for_a_clock(clocks: list[SlaClock], sla: str) -> None:
    """An event, a pause or a new workflow came between."""
    assert ask(TimerKind.BREACH, *clocks, sla=sla) is None


def test_no_timer_fires_before_its_sla_is_due() -> None:
    """The moment itself is enough."""
    due = ENTERED + timedelta(hours=8)

    assert ask(TimerKind.BREACH, clock(), now=due) is not None
    assert ask(TimerKind.BREACH, clock(), now=due - timedelta(microseconds=1)) is None


def test_a_look_is_always_due() -> None:
    """It only asks for a decision."""
    assert Fired(decides=True, why="") == ask(TimerKind.LOOK)


@pytest.mark.parametrize(
    ("day", "fires"),
    [(date(2026, 3, 11), True), (date(2026, 3, 12), False), (None, False)],
)
def test_a_wake_up_follows_its_date(day: date | None, *, fires: bool) -> None:
    """A date that was moved or taken away meanwhile wakes nobody."""
    parked = replace(RECORD, stage="nurture", values={"decision_date": day})

    fired = ask(TimerKind.WAKE, record=parked)

    assert (Fired(why="it should wake up, and") if fires else None) == fired
