"""The past of a CRM becomes history, once, and moves nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from reported_past import STAGE, STATUS, differences, remembering, reported, visits_of

from leadstate.errors import UsageError
from leadstate.service.past.backfill import backfill
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from doubles import Desk
    from reported_past import Remembering

MQL = "marketingqualifiedlead"
SAL = "174913201"


def ago(desk: Desk, days: float) -> datetime:
    return desk.clock.now() - timedelta(days=days)


def lead_with_a_past(desk: Desk) -> Remembering:
    """An MQL first seen today, which began as a lead thirty days ago."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    adapter.change("h1", ago(desk, 30), **{STAGE: "lead"})
    adapter.change("h1", ago(desk, 20), budget="5000")
    adapter.change("h1", ago(desk, 10), **{STAGE: MQL})
    return adapter


def test_the_stages_before_the_first_look_are_told(desk: Desk) -> None:
    """The unknown entry time of the present stage becomes known, nothing else moves."""
    lead_with_a_past(desk)
    before = desk.record("h1")
    done = backfill(desk.app, desk.connected)
    first, second = visits_of(desk, "h1")

    assert (2, 1, 0) == (done.counts.moves, done.counts.values, done.strangers)
    assert before == desk.record("h1")
    assert ("lead", ago(desk, 30), ago(desk, 10), True) == (
        first.stage,
        first.entered_at,
        first.left_at,
        first.reported,
    )
    assert ("mql", ago(desk, 10), None) == (
        second.stage,
        second.entered_at,
        second.left_at,
    )
    assert [] == differences(desk)
    assert [] == desk.faults()


def test_a_move_keeps_who_when_and_where_from(desk: Desk) -> None:
    """The row says what the CRM says, and when Leadstate learnt it."""
    lead_with_a_past(desk)
    backfill(desk.app, desk.connected)
    row = reported(desk, "h1")[-1]

    assert ("lead", "mql", "7", "crm", "past-2") == (
        row.from_stage,
        row.to_stage,
        row.actor,
        row.source,
        row.source_event,
    )
    assert (ago(desk, 10), desk.clock.now()) == (row.happened_at, row.learnt_at)


def test_values_as_they_were_come_along(desk: Desk) -> None:
    """With their own times, so that a backtest knows what was known."""
    lead_with_a_past(desk)
    backfill(desk.app, desk.connected)
    with desk.app.store.read() as view:
        changes = view.field_changes.of(desk.record("h1").record.id)
    [budget] = [one for one in changes if one.field == "budget"]

    assert (None, 5000.0, ago(desk, 20), "crm") == (
        budget.old,
        budget.new,
        budget.changed_at,
        budget.source,
    )


def test_told_twice_nothing_is_there_twice(desk: Desk) -> None:
    """A second run finds everything known."""
    lead_with_a_past(desk)
    backfill(desk.app, desk.connected)
    before = desk.history("h1")
    again = backfill(desk.app, desk.connected)

    assert before == desk.history("h1")
    assert (0, 0, 3) == (
        again.counts.moves,
        again.counts.values,
        again.counts.known,
    )


def test_a_rehearsal_changes_nothing(desk: Desk) -> None:
    """It says what the run would bring."""
    lead_with_a_past(desk)
    before = desk.history("h1")
    done = backfill(desk.app, desk.connected, dry_run=True)

    assert (2, 1, False) == (done.counts.moves, done.counts.values, done.kept)
    assert before == desk.history("h1")
    with desk.app.store.read() as view:
        assert 0 == view.past_changes.count("crm")


def test_a_move_that_the_guards_refuse_is_flagged(desk: Desk) -> None:
    """It is kept, with the receipt that says what the lead lacked then."""
    adapter = remembering(desk)
    desk.take_in("h1", "sql")
    fields = [one.property for one in desk.connected.binding.fields.values()]
    adapter.covers = (*fields, STAGE, STATUS)
    adapter.change("h1", ago(desk, 9), **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    adapter.change(
        "h1", ago(desk, 8), **{STAGE: "salesqualifiedlead", STATUS: "OPEN_DEAL"}
    )
    done = backfill(desk.app, desk.connected)
    row = reported(desk, "h1")[-1]

    assert 1 == done.counts.flagged
    assert ("confirm", "flag") == (row.transition, row.answer)
    assert row.receipt["candidates"]


def test_a_move_that_no_transition_makes_is_flagged(desk: Desk) -> None:
    """Also when nothing is known of the values."""
    adapter = remembering(desk)
    adapter.from_birth = False
    desk.take_in("h1", "won")
    adapter.change("h1", ago(desk, 9), **{STAGE: "lead", STATUS: "NEW"})
    adapter.change("h1", ago(desk, 8), **{STAGE: "customer"})
    backfill(desk.app, desk.connected)
    row = reported(desk, "h1")[-1]

    assert ("flag", "no transition leads from 'lead' to 'won'") == (
        row.answer,
        row.note,
    )


def test_without_the_values_nobody_judges(desk: Desk) -> None:
    """A CRM that does not tell first values leaves open what the lead lacked."""
    adapter = remembering(desk)
    adapter.from_birth = False
    desk.take_in("h1", "sql")
    adapter.change("h1", ago(desk, 9), **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    adapter.change("h1", ago(desk, 8), **{STAGE: "salesqualifiedlead"})
    backfill(desk.app, desk.connected)
    row = reported(desk, "h1")[-1]

    assert (None, None, {}) == (row.transition, row.answer, row.receipt)


def test_our_own_moves_are_not_doubled(desk: Desk) -> None:
    """The CRM tells of what Leadstate wrote a moment later; it is the same move."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    desk.clock.advance(timedelta(hours=1))
    desk.move("h1", "accept", "sales")
    desk.settle()
    adapter.change(
        "h1", ago(desk, 0) + timedelta(seconds=3), **{STAGE: SAL, STATUS: "IN_PROGRESS"}
    )
    desk.clock.advance(timedelta(hours=1))
    desk.drag("h1", "nurture")
    desk.tell_all()
    desk.settle()
    done = backfill(desk.app, desk.connected)

    assert [] == reported(desk, "h1")
    assert 1 == done.counts.known
    assert [] == differences(desk)


def test_a_step_that_was_slept_through_is_put_between(desk: Desk) -> None:
    """Leadstate saw one move where the CRM had two."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    desk.clock.advance(timedelta(days=2))
    desk.drag("h1", "nurture")
    adapter.change("h1", ago(desk, 1), **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    desk.poll()
    desk.settle()
    backfill(desk.app, desk.connected)

    assert ["mql", "sal", "nurture"] == [one.stage for one in visits_of(desk, "h1")]
    assert ago(desk, 1) <= visits_of(desk, "h1")[0].left_at + timedelta(seconds=1)  # type: ignore[operator]
    assert [] == desk.faults()


def test_what_happened_since_is_left_to_the_next_poll(desk: Desk) -> None:
    """News is not history yet: the record does not move by it."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    desk.clock.advance(timedelta(hours=1))
    adapter.change("h1", desk.clock.now(), **{STAGE: SAL, STATUS: "", "budget": "1"})
    done = backfill(desk.app, desk.connected)

    assert 2 == done.counts.later
    assert ["mql"] == [one.stage for one in visits_of(desk, "h1")]


def test_a_stage_that_is_not_bound_leaves_a_gap(desk: Desk) -> None:
    """It is counted, never made up: nobody knows when the stage before was left."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    adapter.change("h1", ago(desk, 9), **{STAGE: "lead"})
    adapter.change("h1", ago(desk, 8), **{STAGE: "other"})
    adapter.change("h1", ago(desk, 7), **{STAGE: MQL})
    done = backfill(desk.app, desk.connected)
    lead, mql = visits_of(desk, "h1")

    assert 1 == done.counts.unbound
    assert (None, ago(desk, 7)) == (lead.left_at, mql.entered_at)
    assert [] == differences(desk)


def test_half_a_stage_is_no_stage(desk: Desk) -> None:
    """While a property that decides is not told of, nobody knows the stage."""
    adapter = remembering(desk)
    adapter.from_birth = False
    desk.take_in("h1", "mql")
    adapter.change("h1", ago(desk, 9), **{STAGE: "lead"})
    adapter.change("h1", ago(desk, 8), **{STATUS: "UNQUALIFIED"})
    done = backfill(desk.app, desk.connected)

    assert ["nurture"] == [one.to_stage for one in reported(desk, "h1")]
    assert 0 == done.counts.unbound


def test_trips_that_are_told_are_counted(desk: Desk) -> None:
    """The stay that Leadstate took for the first trip was the second."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    for days, stage, status in (
        (40, MQL, "OPEN"),
        (30, "lead", "UNQUALIFIED"),
        (20, "lead", "NEW"),
        (10, MQL, "OPEN"),
    ):
        adapter.change("h1", ago(desk, days), **{STAGE: stage, STATUS: status})
    backfill(desk.app, desk.connected)
    before = [one.pass_number for one in visits_of(desk, "h1")]
    desk.move("h1", "accept", "sales")

    assert [1, 1, 2, 2] == before
    assert [1, 1, 2, 2] == [one.pass_number for one in reported(desk, "h1")]
    assert [1, 1, 2, 2, 2] == [one.pass_number for one in visits_of(desk, "h1")]
    assert [] == differences(desk)


def test_the_owner_of_then_owned_the_visit(desk: Desk) -> None:
    """Whose lead it was in the past is told by the values of the past."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    adapter.change("h1", ago(desk, 9), **{STAGE: "lead", "hubspot_owner_id": "Petro"})
    backfill(desk.app, desk.connected)

    assert "petro" == visits_of(desk, "h1")[0].owner


def test_objects_without_a_record_are_counted(desk: Desk) -> None:
    """And picked up by a later run, when they have one."""
    adapter = remembering(desk)
    event = desk.crm.create("h9", **{STAGE: MQL})
    adapter.change("h9", ago(desk, 9), **{STAGE: "lead"})
    adapter.change("h9", ago(desk, 8), **{STAGE: MQL})
    done = backfill(desk.app, desk.connected)
    desk.tell(event)
    desk.settle()
    again = backfill(desk.app, desk.connected)

    assert (1, ("h9",), 0) == (done.strangers, done.first_strangers, done.counts.moves)
    assert (0, 2) == (again.strangers, again.counts.moves)


def test_a_run_that_died_goes_on_where_it_was(desk: Desk) -> None:
    """Pages that were read are not read again."""
    adapter = lead_with_a_past(desk)
    adapter.page, adapter.dies_after = 1, 2
    with pytest.raises(KeyboardInterrupt):
        backfill(desk.app, desk.connected)
    adapter.dies_after = None
    done = backfill(desk.app, desk.connected)

    assert (True, 1, 3) == (done.resumed, done.pages, adapter.pages)
    assert 2 == done.counts.moves


def test_a_run_under_way_is_not_mixed_with_another(desk: Desk) -> None:
    """What was asked for first is ended first."""
    adapter = lead_with_a_past(desk)
    adapter.page, adapter.dies_after = 1, 1
    with pytest.raises(KeyboardInterrupt):
        backfill(desk.app, desk.connected, since=ago(desk, 25))
    with pytest.raises(UsageError, match="has not ended"):
        backfill(desk.app, desk.connected)


def test_of_a_forgotten_person_nothing_is_told(desk: Desk) -> None:
    """An erased record stays empty, whatever the CRM still tells."""
    lead_with_a_past(desk)
    desk.tell(desk.crm.delete("h1", erase=True))
    desk.settle()
    done = backfill(desk.app, desk.connected)

    assert RecordStatus.ERASED is desk.record("h1").status
    assert (0, 0) == (done.counts.moves, done.counts.values)


def test_an_adapter_without_a_past_says_so(desk: Desk) -> None:
    """The capability is asked for before anything is done."""
    with pytest.raises(UsageError, match="cannot read the past"):
        backfill(desk.app, desk.connected)
