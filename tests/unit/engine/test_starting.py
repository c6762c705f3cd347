"""A record that starts another one, and a record that was started."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from one_case import those

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import TimerKind
from leadstate.domain.effect import Entered, FieldSet, Moved, NoteLeft, RecordStarted
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.origin import Position
from leadstate.domain.record import Record
from leadstate.domain.signal import Changed, ManualMove, Started
from leadstate.engine.case import Case, Consequences
from leadstate.engine.consequences import run
from leadstate.engine.decide import decide
from leadstate.engine.timeline import Timeline

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIFECYCLE = load_workflow_text("""\
workflow: contacts
timezone: Europe/Berlin
fields: {email: email, amount: money, need: text, hot: boolean}
stages:
  lead: {initial: true}
  sql:
    on_enter:
      - set: {hot: true}
      - start: {workflow: deals, stage: new, copy: [email, hot, need]}
      - start: {workflow: partners, stage: asked}
      - note: "{stage} from {from_stage}"
    sla: {reply: {within: 4h, calendar: always, then: escalate}}
  talks: {}
  nurture: {kind: parked}
transitions:
  rise: {from: lead, to: sql, automatic: true, when: need is known}
  go: {from: sql, to: talks}
  back: {from: [talks, nurture], to: sql}
  run: {from: sql, to: talks, automatic: true, when: amount >= 100 and hot is true}
  park: {from: talks, to: nurture}
""")


def _case(stage: str, **values: object) -> Case:
    record = Record(id="r", stage=stage, entered_at=NOON, values=values)  # type: ignore[arg-type]
    return Case(record=record, since=NOON)


def _ran(
    case: Case, signal: Changed | ManualMove | Started, now: datetime
) -> Consequences:
    return run(LIFECYCLE, case, [signal], now=now)


# -- starting --------------------------------------------------------------------------


def test_entering_a_stage_starts_records_with_the_values_of_that_moment() -> None:
    """Those that are named, or all; what was set before it counts."""
    changed = Changed(at=NOON, source="crm")

    found = _ran(_case("lead", email="a@b.c", need="it", amount=5.0), changed, NOON)

    assert those(found, RecordStarted) == [
        RecordStarted(
            position=Position("sql", 1, 1),
            at=NOON,
            workflow="deals",
            stage="new",
            copy=("email", "hot", "need"),
            values={"email": "a@b.c", "hot": True, "need": "it"},
        ),
        RecordStarted(
            position=Position("sql", 1, 1),
            at=NOON,
            workflow="partners",
            stage="asked",
            values={"email": "a@b.c", "amount": 5.0, "need": "it", "hot": True},
        ),
    ]


def test_a_stage_that_is_only_passed_starts_records_too() -> None:
    """It was entered."""
    changed = Changed(at=NOON, source="crm")

    found = _ran(_case("lead", need="it", amount=100.0), changed, NOON)

    assert "talks" == found.case.record.stage
    assert ["deals", "partners"] == [
        one.workflow for one in those(found, RecordStarted)
    ]


def test_a_timeline_tells_of_a_start_once_a_pass() -> None:
    """Coming back into the stage in the same pass starts nothing more."""
    line = Timeline(LIFECYCLE, _case("lead", need="it").record, start=NOON)
    line.take(Changed(at=NOON, source="crm"))
    for transition in ("go", "back", "go", "park", "back"):
        line.take(ManualMove(transition=transition, actor="ann", at=NOON))

    told = [one for one in line.course().occurrences if one.kind is HistoryKind.STARTED]
    assert ["deals", "partners"] * 2 == [one.name for one in told]
    assert "it starts a record of 'deals' in 'new'" == told[0].text
    assert 2 == line.case.record.pass_number


# -- being started ---------------------------------------------------------------------

STARTED = Started(at=NOON, source="leads", note="started by leads record 7")


def test_a_started_record_enters_its_stage_as_if_it_moved_there() -> None:
    """It is told who started it; entering acts, and the clocks run from then."""
    found = _ran(_case("sql"), STARTED, NOON)

    [entered] = those(found, Entered)
    assert Position("sql", 0, 1) == entered.position
    assert (Cause.STARTED, "leadstate", "leads", NOON, STARTED.note) == (
        entered.origin.cause,
        entered.origin.actor,
        entered.origin.source,
        entered.origin.at,
        entered.origin.note,
    )
    assert ["hot"] == [one.field for one in those(found, FieldSet)]
    [note] = those(found, NoteLeft)
    assert ("enter:sql:0:3", "sql from ") == (note.action, note.text)
    [clock] = found.case.clocks
    assert (NOON, NOON + timedelta(hours=4)) == (clock.started_at, clock.due_at)


def test_a_record_that_is_made_late_has_all_its_time() -> None:
    """Nobody could reply before it was there."""
    late = NOON + timedelta(hours=5)
    found = _ran(replace(_case("sql"), since=late), STARTED, late)

    assert [(TimerKind.BREACH, late + timedelta(hours=4))] == [
        (one.kind, one.due_at) for one in found.case.timers
    ]


def test_a_started_record_goes_on_where_it_may() -> None:
    """Also because of what entering set."""
    found = _ran(_case("sql", amount=100.0), STARTED, NOON)

    [step] = those(found, Moved)
    assert ("talks", 1) == (step.position.stage, step.position.stage_version)
    assert "talks" == found.case.record.stage


@pytest.mark.parametrize("stage", ["sql", "talks"])
def test_being_started_asks_for_no_move_by_itself(stage: str) -> None:
    """It is a look like any other."""
    record = replace(_case(stage).record, entered_at=None)

    decision = decide(LIFECYCLE, record, STARTED, now=NOON)

    assert stage == decision.stage
