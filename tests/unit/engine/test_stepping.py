"""What a move does on its way, step by step, and where that leads on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Stay, Step
from leadstate.domain.effect import NoteLeft
from leadstate.domain.origin import Position
from leadstate.domain.record import Record
from leadstate.domain.signal import Changed, ManualMove, TimerDue
from leadstate.engine.case import Case
from leadstate.engine.decide import CASCADE_BOUND
from leadstate.engine.draft import CaseDraft
from leadstate.engine.moving import make_move
from leadstate.engine.stepping import automatic_steps, followed, occasions, wakes

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIFECYCLE = load_workflow_text("""\
workflow: stepping
teams: [sales]
fields:
  email: {type: email, identity: true, personal: true}
  budget: money
  rep: owner
stages:
  lead: {initial: true, on_leave: {note: bye}}
  mql: {on_enter: [{note: hello}, {set: {budget: 5}}]}
  sal: {}
  nurture:
    kind: parked
    on_leave: {note: awake}
    wake: {after: 1 day, to: lead, assign: sales}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: email is known}
  accept: {from: mql, to: sal, automatic: true, when: budget is known}
  park: {from: [lead, sal], to: nurture}
  win: {from: sal, to: won}
""")
RECORD = Record(id="r", stage="lead", stage_version=3, pass_number=2)


def timer(kind: TimerKind) -> TimerDue:
    return TimerDue(at=NOW, stage_version=3, kind=kind)


def named(step: Step, number: int = 0, *, woken: bool = False) -> list[tuple[str, int]]:
    found = occasions(LIFECYCLE, step, number, woken=woken)
    return [(name, len(actions)) for name, actions in found]


def test_leaving_comes_before_entering() -> None:
    """Each with a name of its own; where nothing is done, nothing happens."""
    assert [("leave:lead:0", 1), ("enter:mql:0", 2)] == named(
        Step("qualify", "lead", "mql")
    )
    assert [] == named(Step("accept", "sal", "won"), 1)
    assert [("leave:nurture:2", 1)] == named(Step("wake_nurture", "nurture", "lead"), 2)


def test_the_actions_of_a_stage_that_is_only_passed_see_it_there() -> None:
    """The record stands behind the step that is made, with what was set before."""
    steps = (
        Step("qualify", "lead", "mql"),
        Step("accept", "mql", "sal"),
        Step("wake_nurture", "nurture", "lead"),
    )
    draft = CaseDraft.of(LIFECYCLE, Case(record=RECORD, since=NOW), NOW)

    make_move(draft, Move(steps), Changed(at=NOW))

    notes = [one for one in draft.effects if isinstance(one, NoteLeft)]
    assert [
        ("bye", Position("mql", 4, 2)),
        ("hello", Position("mql", 4, 2)),
        ("awake", Position("lead", 6, 3)),
    ] == [(one.text, one.position) for one in notes]
    assert (
        replace(
            RECORD,
            stage="lead",
            stage_version=6,
            pass_number=3,
            entered_at=NOW,
            came_from="nurture",
            entered_via="wake_nurture",
            workflow_version=LIFECYCLE.version,
            values={"budget": 5.0},
        )
        == draft.record
    )


def test_a_woken_record_is_given_away_between_leaving_and_entering() -> None:
    """By the first step of a wake-up, and by no other move."""
    step = Step("wake_nurture", "nurture", "lead")

    assert [("leave:nurture:0", 1), ("wake", 1)] == named(step, woken=True)
    assert [("leave:nurture:0", 1)] == named(step)
    assert [("leave:nurture:1", 1)] == named(step, 1, woken=True)
    assert [("leave:lead:0", 1), ("enter:mql:0", 2)] == named(
        Step("q", "lead", "mql"), woken=True
    )


def test_who_asks_for_a_step_is_told_from_what_follows() -> None:
    """News and looks ask for nothing: all of their steps are automatic."""
    move = Move((Step("a", "lead", "mql"), Step("b", "mql", "sal")))
    asked = ManualMove(transition="a", actor="ann", at=NOW)

    assert [2, 2, 1, 1, 0] == [
        automatic_steps(move, Changed(at=NOW)),
        automatic_steps(move, timer(TimerKind.LOOK)),
        automatic_steps(move, timer(TimerKind.WAKE)),
        automatic_steps(move, asked),
        automatic_steps(Stay("lead"), asked),
    ]
    assert wakes(timer(TimerKind.WAKE))
    assert not wakes(timer(TimerKind.LOOK))
    assert not wakes(asked)


def test_what_was_set_leads_on_within_the_bound() -> None:
    """Cut where one signal may cause no more."""
    here = replace(RECORD, stage="mql", values={"budget": 5.0})
    signal = Changed(at=NOW)

    steps, cut = followed(LIFECYCLE, here, signal, made=1, now=NOW)
    none, full = followed(LIFECYCLE, here, signal, made=CASCADE_BOUND, now=NOW)
    stays = followed(LIFECYCLE, RECORD, signal, made=0, now=NOW)

    assert (["accept"], False) == ([one.transition for one in steps], cut)
    assert ((), True) == (none, full)
    assert ((), False) == stays
