"""What time and people may do to a record: wake it, turn a guard, agree with a move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.service.timers.outlook import Outlook, Waking, outlook

if TYPE_CHECKING:
    from office_hours import TimedDesk

SPRING = datetime(2026, 4, 20, tzinfo=UTC) - timedelta(hours=2)  # midnight in Berlin


def ahead(desk: TimedDesk, name: str) -> Outlook:
    """Return what may become of a lead."""
    return outlook(desk.app, desk.record(name))


def waking(desk: TimedDesk, name: str) -> Waking:
    """Return when a lead wakes."""
    found = ahead(desk, name).waking
    assert found is not None
    return found


def test_the_clocks_of_this_stay_are_shown(full: TimedDesk) -> None:
    """Those of earlier stays are not."""
    assert ["routing", "first_touch"] == [
        one.clock.sla for one in ahead(full, "late").slas
    ]
    assert ["decide"] == [one.clock.sla for one in ahead(full, "pending").slas]


def test_a_time_wakes_a_parked_lead(full: TimedDesk) -> None:
    """So long after it was parked."""
    parked = full.record("parked").record.entered_at
    assert parked is not None

    expected = Waking(at=parked + timedelta(days=30), on=None, when="", to="lead")
    assert expected == waking(full, "parked")
    assert ahead(full, "late").waking is None


def test_a_date_that_nobody_knows_wakes_nobody(full: TimedDesk) -> None:
    """The field is named, so that somebody can ask."""
    expected = Waking(at=None, on="decision_date", when="budget is known", to="mql")

    assert expected == waking(full, "dated")


def test_a_date_wakes_a_lead_before_it(full: TimedDesk) -> None:
    """As soon as the date is known; it goes back to where it came from."""
    full.edit("dated", decision="2026-04-30")

    expected = Waking(at=SPRING, on=None, when="budget is known", to="mql")
    assert expected == waking(full, "dated")


def test_a_lead_that_may_wake_no_more_is_for_a_person(full: TimedDesk) -> None:
    """It is tried again every day, in case somebody changes the agreement."""
    full.later(days=30)
    full.move("parked", "recycle", reason="no_answer")
    full.work()
    assert waking(full, "parked").to is None

    full.later(days=30)

    assert "nurture" == full.stage("parked")
    at = waking(full, "parked").at
    assert at is not None
    assert timedelta(0) < at - full.now <= timedelta(days=1)


def test_a_wake_up_without_a_timer_is_computed(full: TimedDesk) -> None:
    """A database from before there were timers says the same."""
    before = waking(full, "parked")
    record = full.record("parked").record.id
    with full.app.store.begin() as work:
        work.timers.replace({record: []})
        work.commit()

    assert before == waking(full, "parked")


def test_guards_that_time_turns_are_named(full: TimedDesk) -> None:
    """With the moment; those that time cannot turn are left out."""
    turns = ahead(full, "pending").turns

    # 30 days before 8 June, at midnight in Berlin.
    assert {"close": datetime(2026, 5, 8, 22, tzinfo=UTC)} == turns
    assert {} == ahead(full, "late").turns


def test_a_move_that_waits_for_an_agreement_is_shown(full: TimedDesk) -> None:
    """Who asked, and for what."""
    [asked] = ahead(full, "pending").pending

    assert ("win", "ann", "signed") == (asked.transition, asked.asked_by, asked.note)
    assert () == ahead(full, "late").pending


def test_nothing_happens_to_a_record_that_ended(full: TimedDesk) -> None:
    """It has no clocks that run, and wakes no more."""
    row = full.record("parked")
    full.tell(full.crm.delete("parked"))
    full.work()
    with full.app.store.read() as view:
        ended = view.records.get(row.record.id, full.app.lifecycle.fields)
    assert ended is not None

    assert Outlook(turns={}) == outlook(full.app, ended)


def test_a_stage_that_the_workflow_lost_has_no_outlook(full: TimedDesk) -> None:
    """The record is shown all the same."""
    with full.app.store.begin() as work:
        work.connection.exec_driver_sql(
            "UPDATE record SET stage = 'gone' WHERE stage = 'nurture'"
        )
        work.commit()

    assert Outlook(turns={}) == ahead(full, "parked")
