"""Clocks and timers behind a decision: what became of them is told in effects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from one_case import LIFECYCLE, NOON, case_of, ran, those

from leadstate.domain.clock import BREACH
from leadstate.domain.effect import ClockChanged, SlaChanged, TimersArmed
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed, ManualMove
from leadstate.engine.draft import CaseDraft
from leadstate.engine.timekeeping import keep_time

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.engine.case import Case

LATER = NOON + timedelta(hours=5)


def _begun() -> Case:
    return ran(case_of("mql"), Changed(at=NOON)).case


def _kept(case: Case, now: datetime) -> CaseDraft:
    """Return a case after nothing but time."""
    draft = CaseDraft.of(LIFECYCLE, case, now)
    keep_time(draft, at=now)
    return draft


def test_a_new_stay_has_its_clock_and_its_timer() -> None:
    """The next mark only: the one behind it is set when it fires."""
    found = ran(case_of("mql"), Changed(at=NOON))

    [changed] = those(found, ClockChanged)
    assert (None, NOON + timedelta(hours=4)) == (changed.before, changed.clock.due_at)
    [armed] = those(found, TimersArmed)
    assert [(NOON + timedelta(hours=2), "50%")] == [
        (one.due_at, one.mark) for one in armed.timers
    ]


def test_a_clock_that_stands_as_before_is_no_news() -> None:
    """Nothing is written of it."""
    case = _begun()

    found = ran(case, Changed(at=NOON))

    assert [] == those(found, ClockChanged)
    assert case.timers == found.case.timers


@pytest.mark.parametrize(("waiting", "kind"), [(True, "paused"), (False, "resumed")])
def test_the_workflows_own_condition_stops_and_starts_a_clock(
    waiting: bool,  # noqa: FBT001
    kind: str,
) -> None:
    """By nobody, and told as such."""
    case = ran(case_of("mql", waiting=not waiting), Changed(at=NOON)).case
    record = replace(case.record, values={"waiting": waiting})

    [told] = those(_kept(replace(case, record=record), LATER).effects, SlaChanged)

    assert (kind, Cause.AUTOMATIC, "", "") == (
        told.kind,
        told.origin.cause,
        told.mark,
        told.calendar,
    )


def test_a_breach_that_no_timer_told_is_told_when_the_record_leaves() -> None:
    """It was broken when it was due, whenever anybody looks."""
    park = ManualMove(transition="park", actor="ann", at=LATER, reason="timing")

    found = ran(_begun(), park, now=LATER)

    [told] = those(found, SlaChanged)
    assert (HistoryKind.BREACHED, Cause.TIMER, BREACH, "always") == (
        told.kind,
        told.origin.cause,
        told.mark,
        told.calendar,
    )
    assert NOON + timedelta(hours=4) == told.origin.at


def test_a_breach_that_was_none_and_called_nobody_is_only_withdrawn() -> None:
    """There is nobody to take back."""
    case = _begun()
    [clock] = case.clocks
    due = NOON + timedelta(hours=4)
    broken = replace(clock, fired=frozenset({BREACH}), breached_at=due)
    called = Happening("called", NOON + timedelta(hours=1))
    record = replace(case.record, happenings=(called,))

    draft = _kept(replace(case, clocks=(broken,), record=record, flag="look"), LATER)

    assert [HistoryKind.WITHDRAWN] == [
        one.kind for one in those(draft.effects, SlaChanged)
    ]
    assert "look" == draft.flag


def test_an_sla_that_is_gone_has_no_calendar_to_tell() -> None:
    """Its breach is withdrawn with it, and with the stage."""
    case = _begun()
    [clock] = case.clocks
    due = NOON + timedelta(hours=4)
    broken = replace(clock, fired=frozenset({BREACH}), breached_at=due)

    renamed = _kept(replace(case, clocks=(replace(broken, sla="gone"),)), LATER)
    lost = _kept(
        replace(
            case,
            record=replace(case.record, stage="gone"),
            clocks=(replace(broken, stage="gone", stage_version=2),),
        ),
        LATER,
    )

    for draft in (renamed, lost):
        assert [(HistoryKind.WITHDRAWN, "")] == [
            (one.kind, one.calendar) for one in those(draft.effects, SlaChanged)
        ]
