"""What a decision leaves behind: the record after it, and its rows of history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from one_case import moved_by

from leadstate.domain.clock import BREACH, SlaClock, TimerKind
from leadstate.domain.decision import Move, Stay, Step
from leadstate.domain.effect import (
    Assigned,
    Declined,
    Denied,
    Edited,
    Entered,
    Escalated,
    Moved,
    MoveRefused,
    SlaChanged,
)
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.origin import Origin, Position
from leadstate.domain.signal import ManualMove, MovedOutside
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.engine.decide import decide
from leadstate.engine.journal import history_entry
from leadstate.engine.moving import refused
from leadstate.engine.receipts import receipt_lines, stored_lines
from leadstate.engine.stepping import pass_behind

if TYPE_CHECKING:
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.origin import HistoryEffect
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from tests.unit.engine.conftest import Make


def written(
    lifecycle: Lifecycle, record: Record, signal: Signal, make: type[Make]
) -> tuple[HistoryEntry, ...]:
    """Return the rows that a signal leaves."""
    decision = decide(lifecycle, record, signal, now=make.now)
    effects: tuple[Moved | MoveRefused, ...] = ()
    if isinstance(decision, Move):
        _, effects = moved_by(lifecycle, record, decision, signal)
    elif isinstance(signal, ManualMove | MovedOutside) and isinstance(decision, Stay):
        here = Position(record.stage, record.stage_version, record.pass_number)
        asked = decision.refusal is not None
        effects = (refused(lifecycle, here, decision, signal),) if asked else ()
    return tuple(
        history_entry(
            one,
            record_id=record.id,
            event="hub:42",
            now=make.now,
            version=lifecycle.version,
        )
        for one in effects
    )


def test_a_move_counts_as_made_when_it_was_decided(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The record after a move: stage, version, time of entry; the values stay."""
    record = make.fitting()
    decision = decide(b2b, record, make.changed(), now=make.now)
    assert isinstance(decision, Move)

    behind, _ = moved_by(b2b, record, decision, make.changed())

    assert (
        replace(
            record,
            stage="mql",
            stage_version=4,
            entered_at=make.now,
            came_from="lead",
            entered_via="qualify",
            workflow_version=b2b.version,
        )
        == behind
    )


def test_every_step_counts_as_a_change_of_stage(
    chain: Lifecycle, make: type[Make]
) -> None:
    """Timers armed for a stage that was only passed are void too."""
    record = make.record("s27", go=True)
    decision = decide(chain, record, make.changed(), now=make.now)
    assert isinstance(decision, Move)

    behind, _ = moved_by(chain, record, decision, make.changed())

    assert ("s30", 6) == (behind.stage, behind.stage_version)
    assert ("s29", "t29") == (behind.came_from, behind.entered_via)


def test_a_record_that_stays_is_the_same(b2b: Lifecycle, make: type[Make]) -> None:
    """Nothing is copied where nothing happens."""
    for stage in ("lead", "galaxy"):
        case = Case(record=make.record(stage), since=make.now)

        found = run(b2b, case, [make.changed()], now=make.now)

        assert not isinstance(found.decisions[0][1], Move)
        assert case.record is found.case.record


@pytest.mark.parametrize(
    ("steps", "passes"),
    [
        ([("lead", "mql")], (1,)),
        ([("mql", "nurture")], (1,)),
        ([("nurture", "lead")], (2,)),
        ([("backlog", "sal")], (2,)),
        ([("nurture", "lead"), ("lead", "mql")], (2, 2)),
        ([("mql", "nurture"), ("nurture", "lead")], (1, 2)),
        ([("lost", "lead")], (2,)),
        ([("won", "sal"), ("sal", "backlog"), ("backlog", "sal")], (2, 2, 3)),
        ([("backlog", "lost")], (1,)),
        ([("nurture", "backlog")], (1,)),
    ],
)
def test_coming_back_begins_the_next_pass(
    b2b: Lifecycle, steps: list[tuple[str, str]], passes: tuple[int, ...]
) -> None:
    """From a parked or closed stage to an open one is the next trip."""
    trip, found = 1, []
    for source, target in steps:
        trip = pass_behind(b2b, trip, Step(None, source, target))
        found.append(trip)

    assert [*passes] == found


def test_a_woken_record_is_on_its_next_pass(b2b: Lifecycle, make: type[Make]) -> None:
    """The earlier pass keeps its own rows."""
    record = make.fitting("nurture")
    decision = decide(b2b, record, make.wakes(), now=make.now)
    assert isinstance(decision, Move)
    behind, _ = moved_by(b2b, record, decision, make.wakes())
    rows = written(b2b, record, make.wakes(), make)

    assert ("mql", 2) == (behind.stage, behind.pass_number)
    assert [2, 2] == [row.pass_number for row in rows]


def test_an_automatic_move_leaves_one_row_of_when_it_was_decided(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Whatever the news are dated that led to it."""
    (row,) = written(b2b, make.fitting(), make.changed(), make)

    assert (HistoryKind.MOVED, Cause.AUTOMATIC, "leadstate") == (
        row.kind,
        row.cause,
        row.actor,
    )
    assert (make.now, make.now, None) == (
        row.happened_at,
        row.learnt_at,
        row.qualified_at,
    )
    assert ("lead", "mql", "qualify") == (
        row.from_stage,
        row.to_stage,
        row.transition,
    )
    assert ("hubspot", "hub:42", b2b.version) == (
        row.source,
        row.source_event,
        row.workflow_version,
    )
    assert (None, "", None) == (row.reason, row.note, row.answer)


def test_a_row_carries_the_whole_receipt(b2b: Lifecycle, make: type[Make]) -> None:
    """The why is stored as JSON and reads as it did on the day."""
    record = make.fitting()
    decision = decide(b2b, record, make.changed(), now=make.now)
    (row,) = written(b2b, record, make.changed(), make)

    lines = [line for one in decision.receipts for line in receipt_lines(one)]

    assert lines == list(stored_lines(json.loads(json.dumps(row.receipt))))


def test_each_step_has_its_own_row(chain: Lifecycle, make: type[Make]) -> None:
    """The person made the first step; what followed was automatic.

    A reason that the workflow does not list is somebody's own text: a note.
    """
    record = make.record("s27", go=True)
    signal = make.asks("t27", reason="because", note="a word")

    rows = written(chain, record, signal, make)

    assert [
        ("s27", "s28", Cause.MANUAL, "ann", None, "because: a word"),
        ("s28", "s29", Cause.AUTOMATIC, "leadstate", None, ""),
        ("s29", "s30", Cause.AUTOMATIC, "leadstate", None, ""),
    ] == [
        (row.from_stage, row.to_stage, row.cause, row.actor, row.reason, row.note)
        for row in rows
    ]
    assert {("hub:42", "cli")} == {(row.source_event, row.source) for row in rows}


def test_a_move_in_the_crm_keeps_who_and_why(b2b: Lifecycle, make: type[Make]) -> None:
    """The CRM's words about the person, the reason left there, and our answer."""
    (row,) = written(b2b, make.record("lead"), make.outside("mql"), make)

    assert (HistoryKind.MOVED, Cause.OUTSIDE, "CRM_UI userId:11") == (
        row.kind,
        row.cause,
        row.actor,
    )
    assert ("flag", "no_budget", "qualify") == (row.answer, row.reason, row.transition)


def test_a_move_along_no_transition_names_none(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A jump is recorded as a jump."""
    (row,) = written(b2b, make.record("lead"), make.outside("won"), make)

    assert (None, "won", "flag") == (row.transition, row.to_stage, row.answer)
    assert {"candidates": []} == row.receipt


def test_a_timer_is_told_apart_from_a_person(b2b: Lifecycle, make: type[Make]) -> None:
    """Who moved it: the timer; through which door: the timer's."""
    for stage, timer in (("nurture", make.wakes()), ("sal", make.breaks("decide"))):
        (row,) = written(b2b, make.record(stage), timer, make)

        assert (Cause.TIMER, "leadstate", "timer") == (row.cause, row.actor, row.source)


def test_a_refused_person_leaves_one_row(b2b: Lifecycle, make: type[Make]) -> None:
    """Every refusal is kept: who asked for what, and why not."""
    signal = make.asks("confirm", "quality_control", note="please")

    (row,) = written(b2b, make.record("sal"), signal, make)

    assert (HistoryKind.REFUSED, Cause.MANUAL, "ann") == (
        row.kind,
        row.cause,
        row.actor,
    )
    assert ("sal", "sql", "confirm") == (row.from_stage, row.to_stage, row.transition)
    assert "the criteria of 'confirm' are not met" == row.note
    assert ("guard", "hub:42", 1) == (
        row.receipt["refusal"],
        row.source_event,
        row.pass_number,
    )
    assert "confirm (sal -> sql): refused" == next(stored_lines(row.receipt))


def test_asking_for_what_does_not_exist_leaves_a_row(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The name is kept as it was asked for; no stage is invented for it."""
    (row,) = written(b2b, make.record("sal"), make.asks("confrim"), make)

    assert ("confrim", None) == (row.transition, row.to_stage)
    assert "unknown_transition" == row.receipt["refusal"]


def test_a_reverted_move_leaves_a_row_of_its_own_kind(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """What the CRM tried, and that it was put back."""
    (row,) = written(b2b, make.record("sal"), make.outside("sql"), make)

    assert (HistoryKind.REVERTED, "revert") == (row.kind, row.answer)
    assert ("sal", "sql", "confirm") == (row.from_stage, row.to_stage, row.transition)
    assert "no_budget" == row.reason


def test_a_reverted_jump_names_no_transition(b2b: Lifecycle, make: type[Make]) -> None:
    """There was no way, so that none is named."""
    strict = replace(b2b, outside=OutsideAnswer.REVERT, version=b2b.version + "-strict")

    (row,) = written(strict, make.record("lead"), make.outside("won"), make)

    assert (HistoryKind.REVERTED, None) == (row.kind, row.transition)
    assert "unlisted" == row.receipt["refusal"]


def test_what_nobody_asked_for_leaves_no_row(b2b: Lifecycle, make: type[Make]) -> None:
    """A resaved record, a void or refused timer and an orphan leave no row."""
    for record, signal in (
        (make.record("lead"), make.changed()),
        (make.record("mql"), make.outside("mql")),
        (make.record("mql"), make.outside("galaxy")),
        (make.record("nurture"), make.wakes(stage_version=0)),
        (make.record("mql"), make.due(TimerKind.WARN, "accept", mark="50%")),
        (make.record("mql"), make.breaks("accept")),
        (replace(make.record("sal"), breach_moves=6), make.breaks("decide")),
        (make.record("galaxy"), make.changed()),
    ):
        assert () == written(b2b, record, signal, make)


# -- SLAs, wake-ups and approvals ------------------------------------------------------


def test_moves_of_broken_slas_are_counted(b2b: Lifecycle, make: type[Make]) -> None:
    """One more for each; any other move begins the count anew."""
    broken = replace(make.record("sal"), breach_moves=2)
    for stage, signal, moves in (
        ("sal", make.breaks("decide"), 3),
        ("nurture", make.wakes(), 0),
        ("lead", make.due(), 0),
        ("lead", make.changed(), 0),
        ("mql", make.asks("accept", "sales"), 0),
        ("mql", make.outside("sal"), 0),
        ("mql", make.outside("won"), 0),
    ):
        record = replace(make.fitting(stage), breach_moves=broken.breach_moves)
        decision = decide(b2b, record, signal, now=make.now)

        assert isinstance(decision, Move)
        behind, _ = moved_by(b2b, record, decision, signal)

        assert moves == behind.breach_moves


def test_a_jump_in_the_crm_is_remembered_as_one(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """No transition brought it there, so that no SLA counts on one."""
    record = replace(make.record("lead"), entered_via="reawaken", came_from="nurture")
    decision = decide(b2b, record, make.outside("won"), now=make.now)

    assert isinstance(decision, Move)
    behind, _ = moved_by(b2b, record, decision, make.outside("won"))

    assert ("lead", None) == (behind.came_from, behind.entered_via)
    assert make.outside("won").at == behind.entered_at


def test_a_move_that_waits_for_agreement_leaves_a_row_of_its_own_kind(
    approving: Lifecycle, make: type[Make]
) -> None:
    """Who asked for what; nothing is refused for good yet."""
    (row,) = written(approving, make.record("sal"), make.asks("discount"), make)

    assert (HistoryKind.APPROVAL_ASKED, Cause.MANUAL, "ann") == (
        row.kind,
        row.cause,
        row.actor,
    )
    assert ("sal", "won", "discount") == (row.from_stage, row.to_stage, row.transition)
    assert "'discount' needs the approval of control or lead" == row.note
    assert "approval" == row.receipt["refusal"]


def test_agreement_that_does_not_count_is_refused(
    approving: Lifecycle, make: type[Make]
) -> None:
    """One's own, and that of somebody without the role: nobody is asked again."""
    asked = make.asks("discount")
    for approver, code in (("ann", "self_approval"), ("bob", "role")):
        signal = replace(asked, approved_by=approver)
        (row,) = written(approving, make.record("sal"), signal, make)

        assert (HistoryKind.REFUSED, code) == (row.kind, row.receipt["refusal"])


def test_a_move_in_the_crm_asks_nobody_for_agreement(
    approving: Lifecycle, make: type[Make]
) -> None:
    """It is put back: who wants it asks in Leadstate."""
    (row,) = written(approving, make.record("sal"), make.outside("lost"), make)

    assert (HistoryKind.REVERTED, "revert", "approval") == (
        row.kind,
        row.answer,
        row.receipt["refusal"],
    )


# -- what moves nothing ----------------------------------------------------------------

HERE = Position("mql", 4, 2)
ORIGIN = Origin(
    cause=Cause.TIMER, actor="leadstate", at=None, source="leadstate", note="why"
)
CLOCK = SlaClock(
    record_id="r1", sla="accept", stage="mql", stage_version=4, owner="ann"
)


def row(effect: HistoryEffect, make: type[Make]) -> HistoryEntry:
    """Return the row of one effect."""
    return history_entry(
        effect, record_id="r1", event="timer:1", now=make.now, version="v1"
    )


def changed(kind: HistoryKind, clock: SlaClock, **given: object) -> SlaChanged:
    """Return that something became of a clock."""
    return SlaChanged(
        position=HERE,
        origin=ORIGIN,
        kind=kind,
        clock=clock,
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("effect", "kind", "way", "transition"),
    [
        (Entered(HERE, ORIGIN), "entered", (None, "mql"), None),
        (Assigned(HERE, ORIGIN, "ann", "sales"), "assigned", ("mql", None), None),
        (Escalated(HERE, ORIGIN, "sales"), "escalated", ("mql", None), None),
        (Edited(HERE, ORIGIN, "need"), "edited", ("mql", None), None),
        (Declined(HERE, ORIGIN, "win"), "declined", ("mql", None), "win"),
        (Denied(HERE, ORIGIN, "win"), "refused", ("mql", None), "win"),
        (Denied(HERE, ORIGIN), "refused", ("mql", None), None),
        (changed(HistoryKind.PAUSED, CLOCK), "paused", ("mql", None), None),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, tuple) else "",
)
def test_what_moves_nothing_is_told_where_the_record_stands(
    effect: HistoryEffect,
    kind: str,
    way: tuple[str | None, str | None],
    transition: str | None,
    make: type[Make],
) -> None:
    """With what it goes back to, and nothing to answer."""
    entry = row(effect, make)

    assert (kind, *way, transition) == (
        entry.kind,
        entry.from_stage,
        entry.to_stage,
        entry.transition,
    )
    assert ("why", None, Cause.TIMER, 2) == (
        entry.note,
        entry.answer,
        entry.cause,
        entry.pass_number,
    )
    assert {} == entry.receipt


def test_a_broken_sla_keeps_how_its_clock_stood(make: type[Make]) -> None:
    """In whose hours, since when, due when, and how often it stood still."""
    broken = replace(CLOCK, started_at=make.now, due_at=make.now, breached_at=make.now)

    entry = row(
        changed(HistoryKind.BREACHED, broken, mark=BREACH, calendar="office"), make
    )

    noon = make.now.isoformat()
    assert {
        "clock": {
            "sla": "accept",
            "mark": "breach",
            "stage": "mql",
            "calendar": "office",
            "owner": "ann",
            "started_at": noon,
            "due_at": noon,
            "paused_times": 0,
            "carried_seconds": 0.0,
        }
    } == entry.receipt


def test_a_breach_that_was_none_keeps_both_times(make: type[Make]) -> None:
    """When it was told, and when the SLA was kept after all."""
    kept = replace(CLOCK, ended_at=make.now - timedelta(hours=1))
    before = replace(CLOCK, breached_at=make.now)

    entry = row(changed(HistoryKind.WITHDRAWN, kept, before=before, mark=BREACH), make)

    clock = entry.receipt["clock"]
    assert isinstance(clock, dict)
    assert (make.now.isoformat(), (make.now - timedelta(hours=1)).isoformat()) == (
        clock["breach_was_at"],
        clock["ended_at"],
    )
