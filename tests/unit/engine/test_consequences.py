"""The one machine: signals go in with a case, the next case and effects come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from one_case import LIFECYCLE, NOON, case_of, ran, those

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.effect import (
    ApprovalAsked,
    Denied,
    Entered,
    Flagged,
    Moved,
    MoveRefused,
    SlaChanged,
    TimersArmed,
    Unflagged,
)
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.record import Happening
from leadstate.domain.signal import (
    Changed,
    FieldEdit,
    FirstSeen,
    ManualMove,
    MovedOutside,
    Reclock,
    Signal,
    TimerDue,
)
from leadstate.engine.case import Consequences
from leadstate.engine.consequences import run

LATER = NOON + timedelta(hours=5)
CHANGED = Changed(at=NOON, source="crm")
CALLED = Happening("called", NOON + timedelta(hours=3))


def _asks(transition: str, *roles: str, reason: str | None = None) -> ManualMove:
    return ManualMove(
        transition=transition,
        actor="ann",
        at=NOON,
        roles=frozenset(roles),
        reason=reason,
    )


def _dragged(stage: str) -> MovedOutside:
    return MovedOutside(stage=stage, at=NOON, source="crm")


# -- several signals, and none ---------------------------------------------------------


def test_behind_a_move_the_other_signals_are_contained_in_it() -> None:
    """A move looks at everything that is known."""
    case = case_of("lead", budget=200.0, need="more")

    found = ran(case, _dragged("sal"), CHANGED)

    assert [MovedOutside] == [type(signal) for signal, _ in found.decisions]
    assert found.moved


def test_behind_a_refusal_the_other_signals_are_judged() -> None:
    """What else changed counts although the move does not."""
    case = case_of("mql", need="more")

    found = ran(case, _dragged("sal"), CHANGED)

    assert [MovedOutside, Changed] == [type(signal) for signal, _ in found.decisions]
    assert not found.moved


def test_without_a_signal_the_clocks_run_and_nothing_else() -> None:
    """As when a record comes back that has nothing new."""
    found = ran(case_of("mql"), now=LATER)

    assert () == found.decisions
    assert 1 == len(those(found, TimersArmed))
    assert ["accept"] == [one.sla for one in found.case.clocks]


@pytest.mark.parametrize(
    "signal",
    [TimerDue(at=NOON, stage_version=2), Reclock(at=NOON, stage_version=2)],
    ids=["timer", "clocks"],
)
def test_a_timer_of_another_stay_brings_nothing_about(signal: Signal) -> None:
    """Not even other timers: the record has those of its stay."""
    case = case_of("mql")

    assert Consequences(case) == ran(case, signal)


def test_a_timer_in_a_stage_that_is_gone_brings_nothing_about() -> None:
    """The next signal will say that the record is nowhere."""
    case = case_of("gone")

    assert Consequences(case) == ran(case, TimerDue(at=NOON, stage_version=3))


# -- coming under care -----------------------------------------------------------------


def test_a_record_that_is_first_seen_is_told_and_judged() -> None:
    """By whoever found it, from when it is known to be there."""
    seen = FirstSeen(at=LATER, source="crm", note="first seen in the CRM")

    found = ran(case_of("lead", need="a CRM"), seen, now=LATER)

    [entered] = those(found, Entered)
    assert (Cause.IMPORT, "crm", NOON, "first seen in the CRM") == (
        entered.origin.cause,
        entered.origin.actor,
        entered.origin.at,
        entered.origin.note,
    )
    assert ["mql"] == [one.position.stage for one in those(found, Moved)]


@pytest.mark.parametrize(
    "signal",
    [FirstSeen(at=LATER, source="crm"), Reclock(at=LATER, stage_version=3)],
    ids=["first seen", "clocks anew"],
)
def test_what_was_over_before_anybody_looked_stays_quiet(signal: Signal) -> None:
    """The breach is known, and nobody is told."""
    found = ran(case_of("mql"), signal, now=LATER)

    assert [NOON + timedelta(hours=4)] == [one.breached_at for one in found.case.clocks]
    assert [] == those(found, SlaChanged)
    assert () == found.case.timers


# -- decisions -------------------------------------------------------------------------


def test_a_move_that_is_refused_says_why() -> None:
    """To whoever asked; nothing waits for anybody."""
    found = ran(case_of("mql"), _asks("accept", "sales"))

    [refused] = those(found, MoveRefused)
    assert ("accept", "sal") == (refused.transition, refused.to_stage)
    assert [] == those(found, ApprovalAsked)


def test_a_move_that_lacks_an_agreement_waits_for_it() -> None:
    """It is refused for now, and the wish is kept."""
    wish = _asks("win")

    found = ran(case_of("sal"), wish)

    assert [wish] == [one.asked for one in those(found, ApprovalAsked)]
    assert 1 == len(those(found, MoveRefused))


def test_a_move_in_the_crm_waits_for_nobody() -> None:
    """Somebody did it already; the wish is to be made in Leadstate."""
    found = ran(case_of("sal"), _dragged("won"))

    assert [] == those(found, ApprovalAsked)


def test_a_drag_to_where_the_record_is_changes_nothing() -> None:
    """There is no refusal either."""
    found = ran(case_of("mql"), _dragged("mql"))

    assert [Stay("mql")] == [decision for _, decision in found.decisions]
    assert [] == those(found, MoveRefused)


def test_who_moves_a_record_against_the_criteria_is_heeded_and_looked_at() -> None:
    """The record stays where it was put, with a flag."""
    found = ran(case_of("lead", need="a CRM"), _dragged("won"))

    assert [(OutsideAnswer.FLAG, "won")] == [
        (one.answer, one.position.stage) for one in those(found, Moved)
    ]
    assert "moved in the CRM from 'lead' to 'won' against the criteria" == (
        found.case.flag
    )


def test_a_record_in_a_stage_that_is_gone_is_listed() -> None:
    """With the stages that there are."""
    found = ran(case_of("gone"), CHANGED)

    assert [Orphaned] == [type(decision) for _, decision in found.decisions]
    assert [f"stage 'gone' is not in the workflow: {', '.join(LIFECYCLE.stages)}"] == [
        one.why for one in those(found, Flagged)
    ]


def test_a_move_takes_a_record_off_the_list() -> None:
    """What somebody had to look at is over."""
    case = replace(case_of("lead", need="a CRM"), flag="look", flagged_at=NOON)

    found = ran(case, CHANGED)

    assert [Unflagged()] == those(found, Unflagged)


def test_a_flag_that_stays_is_told_once() -> None:
    """Raised again in the same words it is no news."""
    case = replace(case_of("gone"), flag=None)
    listed = ran(case, CHANGED).case

    again = ran(listed, CHANGED)

    assert [] == those(again, Flagged)


def test_who_sets_a_field_in_leadstate_is_judged_at_once() -> None:
    """As a change of our own."""
    edit = FieldEdit(field="need", value="a CRM", actor="ann", at=NOON)

    found = ran(case_of("lead"), edit)

    assert [("leadstate", Move)] == [
        (signal.source, type(decision)) for signal, decision in found.decisions
    ]


# -- timers ----------------------------------------------------------------------------


def test_a_timer_that_is_due_no_more_only_sets_the_next_ones() -> None:
    """A corrected calendar or a pause may have moved it."""
    case = ran(case_of("mql"), CHANGED).case
    early = TimerDue(at=NOON, stage_version=3, kind=TimerKind.BREACH, sla="accept")

    found = ran(case, early)

    assert [TimersArmed(case.timers)] == list(found.effects)


def test_a_wake_up_that_is_refused_is_for_a_person_once() -> None:
    """It is tried again a day later, and not told again in the same words."""
    case = replace(case_of("nurture"), timers=())
    wake = LIFECYCLE.stages["nurture"].wake
    assert wake is not None
    stages = {
        **LIFECYCLE.stages,
        "nurture": replace(
            LIFECYCLE.stages["nurture"], wake=replace(wake, max_passes=1)
        ),
    }
    bounded = replace(LIFECYCLE, stages=stages, version="bounded")
    now = NOON + timedelta(days=1)
    due = TimerDue(at=now, stage_version=3, kind=TimerKind.WAKE)

    first = run(bounded, case, [due], now=now)
    again = run(bounded, first.case, [due], now=now)

    [denied] = those(first, Denied)
    assert RefusalCode.PASSES == denied.code
    assert "it should wake up, and it made 1 passes, and may make no more" == (
        denied.origin.note
    )
    assert [now + timedelta(days=1)] == [one.due_at for one in first.case.timers]
    assert [] == those(again, Denied)


def test_a_breach_that_was_none_is_called_off() -> None:
    """Who had to act on it has not, unless another reason came meanwhile."""
    due = TimerDue(
        at=NOON + timedelta(hours=4),
        stage_version=3,
        kind=TimerKind.BREACH,
        sla="accept",
    )
    broken = ran(ran(case_of("mql"), CHANGED).case, due, now=due.at).case
    called = replace(
        broken,
        record=replace(broken.record, happenings=(CALLED,)),
    )
    other = replace(called, flag="something else")

    found, kept = ran(called, CHANGED, now=LATER), ran(other, CHANGED, now=LATER)

    assert [HistoryKind.WITHDRAWN] == [one.kind for one in those(found, SlaChanged)]
    assert ["always"] == [one.calendar for one in those(found, SlaChanged)]
    assert found.case.flag is None
    assert "something else" == kept.case.flag
