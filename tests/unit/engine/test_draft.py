"""Consequences while they are worked out: what changed on the way is told once."""

from __future__ import annotations

from dataclasses import replace

from one_case import LIFECYCLE, NOON, case_of

from leadstate.domain.clock import SlaClock, Timer, TimerKind
from leadstate.domain.effect import ClockChanged, FieldSet, Flagged, TimersArmed
from leadstate.engine.draft import CaseDraft

TIMER = Timer(record_id="r", kind=TimerKind.LOOK, due_at=NOON, stage_version=3)
CLOCK = SlaClock(
    record_id="r",
    sla="accept",
    stage="mql",
    stage_version=3,
    version=LIFECYCLE.version,
)


def test_a_case_to_which_nothing_happened_is_as_before() -> None:
    """Its timers, too: nobody has asked which ones it needs."""
    case = replace(case_of("mql"), timers=(TIMER,), clocks=(CLOCK,))

    found = CaseDraft.of(LIFECYCLE, case, NOON).consequences(case)

    assert (case, (), ()) == (found.case, found.effects, found.decisions)


def test_a_clock_that_changed_twice_is_told_once() -> None:
    """As it stood and as it stands; the timers and the flag as they are in the end."""
    case = replace(case_of("mql"), clocks=(CLOCK,))
    draft, owned = CaseDraft.of(LIFECYCLE, case, NOON), replace(CLOCK, owner="ann")

    draft.clocks[CLOCK.place] = replace(CLOCK, owner="bob")
    draft.clocks[CLOCK.place] = owned
    draft.timers = (TIMER,)
    draft.raise_flag("look")
    draft.lower_flag()
    draft.raise_flag("look again")

    assert (
        ClockChanged(owned, CLOCK),
        TimersArmed((TIMER,)),
        Flagged("look again", NOON),
    ) == draft.consequences(case).effects


def test_a_field_that_was_set_has_to_be_judged() -> None:
    """Every change is an effect of its own, in order."""
    case = case_of("mql", need="a CRM")
    draft = CaseDraft.of(LIFECYCLE, case, NOON)

    draft.put_field("need", "more", NOON)
    draft.put_field("need", None, NOON, source="ann")

    assert draft.unjudged
    assert {} == draft.record.values
    assert [
        FieldSet("need", "a CRM", "more", NOON, "leadstate"),
        FieldSet("need", "more", None, NOON, "ann"),
    ] == draft.effects
