"""What people ask for besides moves: fields, pauses, wishes that are declined."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from one_case import NOON, case_of, ran, those

from leadstate.domain.clock import Pause
from leadstate.domain.effect import (
    ClockChanged,
    Declined,
    Denied,
    Edited,
    FieldSet,
    Happened,
    Moved,
    SlaChanged,
)
from leadstate.domain.history import HistoryKind
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.signal import (
    Changed,
    DeclineMove,
    FieldEdit,
    PauseClocks,
    ResumeClocks,
)

if TYPE_CHECKING:
    from leadstate.domain.values import Value
    from leadstate.engine.case import Case

LATER = NOON + timedelta(hours=1)
HEADS = frozenset({"heads"})


def _edit(field: str, value: Value, *roles: str, note: str = "") -> FieldEdit:
    return FieldEdit(
        field=field,
        value=value,
        actor="ann",
        at=NOON,
        roles=frozenset(roles),
        note=note,
    )


# -- fields ----------------------------------------------------------------------------


def test_a_field_that_is_set_is_judged() -> None:
    """It is told, kept, and leads on."""
    found = ran(case_of("lead"), _edit("need", "a CRM", note="by phone"))

    [edited] = those(found, Edited)
    assert ("need", "need: nothing -> a CRM; by phone", "ann") == (
        edited.field,
        edited.origin.note,
        edited.origin.actor,
    )
    assert ("need", "a CRM", "ann") == (
        (set_ := those(found, FieldSet)[0]).field,
        set_.value,
        set_.source,
    )
    assert ["mql"] == [one.position.stage for one in those(found, Moved)]


def test_a_field_that_has_the_value_is_told_and_not_judged() -> None:
    """Somebody asked, and that is history."""
    found = ran(case_of("mql", need="a CRM"), _edit("need", "a CRM"))

    assert ["need: a CRM -> a CRM"] == [one.origin.note for one in those(found, Edited)]
    assert [] == those(found, FieldSet)
    assert () == found.decisions


def test_what_is_personal_stays_out_of_the_history() -> None:
    """It outlives a privacy deletion."""
    found = ran(case_of("lead"), _edit("email", "ada@example.com"))

    assert ["email"] == [one.origin.note for one in those(found, Edited)]


@pytest.mark.parametrize(
    ("roles", "have"), [((), "no role"), (("sales", "apples"), "apples, sales")]
)
def test_who_may_not_set_a_field_is_told_who_may(
    roles: tuple[str, ...], have: str
) -> None:
    """Nothing else comes of it."""
    found = ran(case_of("lead"), _edit("budget", 5.0, *roles))

    [denied] = those(found, Denied)
    assert f"'budget' is set by heads; ann has {have}" == denied.origin.note
    assert RefusalCode.ROLE == denied.code
    assert [] == those(found, FieldSet)


def test_who_may_set_a_field_does() -> None:
    """One of the roles is enough."""
    found = ran(case_of("lead"), _edit("budget", 5.0, "heads"))

    assert 5.0 == found.case.record.values["budget"]


def test_an_owner_who_is_set_by_hand_was_assigned() -> None:
    """Clocks may wait for it; an owner who is taken away was not."""
    given = ran(case_of("lead"), _edit("rep", "bob"))
    taken = ran(case_of("lead", rep="bob"), _edit("rep", None))

    assert ["assigned"] == [one.event for one in those(given, Happened)]
    assert [] == those(taken, Happened)
    assert "rep" not in taken.case.record.values


# -- clocks ----------------------------------------------------------------------------


def _running() -> Case:
    """Return a case whose one clock has been running since noon."""
    return ran(case_of("mql"), Changed(at=NOON)).case


def _stop(sla: str | None = None) -> PauseClocks:
    return PauseClocks(reason="a holiday", actor="ann", at=LATER, sla=sla)


def test_clocks_stand_still_when_a_person_says_so() -> None:
    """With the reason in the clock and in the history; nothing is due meanwhile."""
    found = ran(_running(), _stop(), now=LATER)

    [told] = those(found, SlaChanged)
    assert HistoryKind.PAUSED == told.kind
    assert "the SLA 'accept' stands still: a holiday" == told.origin.note
    [clock] = found.case.clocks
    assert (Pause(LATER, reason="a holiday", by="ann"),) == clock.pauses
    assert clock.due_at is None
    assert () == found.case.timers


def test_a_clock_that_stands_still_is_not_stopped_again() -> None:
    """Nor is one of another SLA."""
    stopped = ran(_running(), _stop(), now=LATER).case

    again = ran(stopped, _stop(), now=LATER)
    other = ran(_running(), _stop("other"), now=LATER)

    assert [] == those(again, SlaChanged)
    assert [] == those(other, SlaChanged)


def test_a_clock_that_has_ended_is_left_alone() -> None:
    """There is nothing to stop."""
    [clock] = _running().clocks
    ended = replace(_running(), clocks=(replace(clock, ended_at=NOON),))

    assert [] == those(ran(ended, _stop(), now=LATER), SlaChanged)


@pytest.mark.parametrize(
    ("reason", "how"), [("", "goes on"), ("back", "goes on: back")]
)
def test_a_clock_goes_on_when_a_person_says_so(reason: str, how: str) -> None:
    """And is due later, by as long as it stood still."""
    stopped = ran(_running(), _stop("accept"), now=LATER).case
    now = LATER + timedelta(hours=2)

    found = ran(stopped, ResumeClocks(actor="bob", at=now, reason=reason), now=now)

    [told] = those(found, SlaChanged)
    assert (HistoryKind.RESUMED, f"the SLA 'accept' {how}") == (
        told.kind,
        told.origin.note,
    )
    assert [NOON + timedelta(hours=6)] == [
        one.clock.due_at for one in those(found, ClockChanged)
    ]


def test_a_clock_that_goes_on_already_is_left_alone() -> None:
    """What the workflow's own condition stopped is not a person's to start."""
    paused = ran(case_of("mql", waiting=True), Changed(at=NOON)).case

    found = ran(paused, ResumeClocks(actor="bob", at=LATER), now=LATER)

    assert [] == those(found, SlaChanged)
    assert paused.clocks == found.case.clocks


# -- wishes ----------------------------------------------------------------------------


def _decline(actor: str, *roles: str, note: str = "", what: str = "win") -> DeclineMove:
    return DeclineMove(
        transition=what,
        asked_by="ann",
        actor=actor,
        at=NOON,
        roles=frozenset(roles),
        note=note,
    )


@pytest.mark.parametrize(
    "asked",
    [
        _decline("hal", "heads"),
        _decline("ann"),  # everybody may take back their own wish
        _decline("bob", what="gone"),  # the workflow has it no more
    ],
    ids=["who may", "who asked", "of a transition that is gone"],
)
def test_a_wish_is_declined(asked: DeclineMove) -> None:
    """By who may, by who asked, and by anybody where the transition is gone."""
    found = ran(case_of("sal"), asked)

    [declined] = those(found, Declined)
    assert asked.transition == declined.transition
    assert f"{asked.transition!r}, asked for by ann, was declined" == (
        declined.origin.note
    )


def test_a_wish_is_declined_by_nobody_else() -> None:
    """They are told who may, with what they said."""
    found = ran(case_of("sal"), _decline("bob", "sales", note="no"))

    [denied] = those(found, Denied)
    assert "'win', asked for by ann, is answered by heads: no" == denied.origin.note
    assert ("win", RefusalCode.ROLE) == (denied.transition, denied.code)
