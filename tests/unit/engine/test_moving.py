"""A decision as effects: every step with its place, and what the first goes back to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from one_case import LIFECYCLE, NOON, case_of, moved_by

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Stay, Step
from leadstate.domain.history import Cause
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.origin import Position
from leadstate.domain.receipt import Receipt
from leadstate.domain.signal import (
    Changed,
    DeclineMove,
    ManualMove,
    MovedOutside,
    PauseClocks,
    ResumeClocks,
    Signal,
    TimerDue,
)
from leadstate.engine.decide import decide
from leadstate.engine.moving import UNKNOWN_ACTOR, refused

RECORD = case_of("nurture").record
STEPS = (
    Step("wake_nurture", "nurture", "lead", ()),
    Step("qualify", "lead", "mql", ()),
)


def _asks(reason: str | None, note: str = "") -> ManualMove:
    return ManualMove(transition="park", actor="ann", at=NOON, reason=reason, note=note)


def test_every_step_has_its_place_and_its_pass() -> None:
    """Coming back from a parked stage begins the next trip through the funnel."""
    woken = TimerDue(at=NOON, stage_version=3, kind=TimerKind.WAKE)

    _, (first, second) = moved_by(LIFECYCLE, RECORD, Move(STEPS), woken)

    assert (Position("lead", 4, 2), Position("mql", 5, 2)) == (
        first.position,
        second.position,
    )
    assert (Cause.TIMER, Cause.AUTOMATIC) == (first.origin.cause, second.origin.cause)


def test_only_the_first_step_answers_who_moved_it_in_the_crm() -> None:
    """What follows follows by itself."""
    dragged = MovedOutside(stage="lead", at=NOON, source="crm", reason="other")
    move = Move(STEPS, answer=OutsideAnswer.ACCEPT)

    _, (first, second) = moved_by(LIFECYCLE, RECORD, move, dragged)

    assert (OutsideAnswer.ACCEPT, None) == (first.answer, second.answer)
    assert (UNKNOWN_ACTOR, "other") == (first.origin.actor, first.origin.reason)
    assert ("leadstate", None) == (second.origin.actor, second.origin.reason)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (_asks("timing", "soon"), ("timing", "soon")),
        (_asks("other"), ("other", "")),
        (_asks("Ada is ill"), (None, "Ada is ill")),
        (_asks("Ada is ill", "soon"), (None, "Ada is ill: soon")),
        (_asks(None, "soon"), (None, "soon")),
    ],
)
def test_own_words_are_a_note_and_no_reason(
    asked: ManualMove, kept: tuple[str | None, str]
) -> None:
    """Reasons are kept for ever and in plain; own words can name the lead."""
    _, (step,) = moved_by(LIFECYCLE, RECORD, Move(STEPS[:1]), asked)

    assert kept == (step.origin.reason, step.origin.note)
    assert (Cause.MANUAL, "ann", "cli") == (
        step.origin.cause,
        step.origin.actor,
        step.origin.source,
    )


def test_a_reason_of_a_transition_that_is_gone_is_a_note() -> None:
    """Nobody lists it any more."""
    asked = ManualMove(transition="gone", actor="ann", at=NOON, reason="cold")

    _, (step,) = moved_by(LIFECYCLE, RECORD, Move(STEPS[:1]), asked)

    assert (None, "cold") == (step.origin.reason, step.origin.note)


def test_a_refusal_names_what_was_asked_for() -> None:
    """The stage behind it, too, where there is such a transition."""
    here, stay = Position("nurture", 3, 1), Stay("nurture")
    known = refused(LIFECYCLE, here, stay, _asks("timing"))
    unknown = refused(
        LIFECYCLE, here, stay, ManualMove(transition="gone", actor="ann", at=NOON)
    )

    assert ("park", "nurture") == (known.transition, known.to_stage)
    assert ("gone", None) == (unknown.transition, unknown.to_stage)


def test_a_refusal_in_the_crm_names_what_was_looked_at() -> None:
    """The first transition that leads there, if one does."""
    here = Position("lead", 3, 1)
    dragged = MovedOutside(stage="won", at=NOON, actor="ann")
    receipt = Receipt("win", "lead", "won", None, ())

    looked = refused(LIFECYCLE, here, Stay("lead", (receipt,)), dragged)
    blind = refused(LIFECYCLE, here, Stay("lead"), dragged)

    assert ("win", "won", "ann") == (
        looked.transition,
        looked.to_stage,
        looked.origin.actor,
    )
    assert (None, "won") == (blind.transition, blind.to_stage)


@pytest.mark.parametrize(
    "signal",
    [
        PauseClocks(reason="a holiday", actor="ann", at=NOON),
        ResumeClocks(actor="ann", at=NOON),
        DeclineMove(transition="win", asked_by="bob", actor="ann", at=NOON),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_asks_for_no_move_moves_nothing(signal: Signal) -> None:
    """And what it sets in motion goes back to nobody."""
    assert Stay("nurture") == decide(LIFECYCLE, RECORD, signal, now=NOON)

    _, (step,) = moved_by(LIFECYCLE, RECORD, Move(STEPS[:1]), signal)

    assert (Cause.AUTOMATIC, "leadstate") == (step.origin.cause, step.origin.actor)


def test_a_move_that_leadstate_makes_is_of_the_moment_at_which_it_is_decided() -> None:
    """However old the news are that led to it."""
    earlier = NOON - timedelta(days=2)

    behind, (first, second) = moved_by(
        LIFECYCLE, RECORD, Move(STEPS), Changed(at=earlier)
    )

    assert [NOON, NOON] == [first.origin.at, second.origin.at]
    assert NOON == behind.entered_at


def test_a_move_made_in_the_crm_was_made_when_the_crm_says_so() -> None:
    """What follows by itself is decided now."""
    earlier = NOON - timedelta(days=2)
    outside = MovedOutside(stage=STEPS[0].target, at=earlier)

    behind, (first, second) = moved_by(LIFECYCLE, RECORD, Move(STEPS), outside)

    assert [earlier, NOON] == [first.origin.at, second.origin.at]
    assert NOON == behind.entered_at


def test_a_move_that_waited_to_be_decided_says_when_it_was_asked_for() -> None:
    """Its criteria were looked at later, and that is when it was made."""
    earlier = NOON - timedelta(hours=2)
    asked = ManualMove(transition="win", actor="ann", at=earlier)

    _, (step,) = moved_by(LIFECYCLE, RECORD, Move(STEPS[:1]), asked)

    assert (NOON, earlier) == (step.origin.at, step.origin.asked_at)
