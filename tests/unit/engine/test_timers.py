"""What a timer does when it comes due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.decide import decide

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def test_a_parked_record_wakes_along_its_transition(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The timer takes the transition of the wake-up; nobody needs a role."""
    due = make.due("reawaken")

    decision = decide(b2b, make.record("nurture"), due, now=make.now)

    assert isinstance(decision, Move)
    assert ("reawaken", "lead") == (decision.steps[0].transition, decision.target)


def test_a_woken_record_goes_on_by_itself(b2b: Lifecycle, make: type[Make]) -> None:
    """Coming back as a lead that qualifies already is an MQL in the same moment."""
    due = make.due("reawaken")

    decision = decide(b2b, make.fitting("nurture"), due, now=make.now)

    assert isinstance(decision, Move)
    assert ["reawaken", "qualify"] == [step.transition for step in decision.steps]


def test_a_broken_promise_may_move_without_a_reason(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """No person is there to give one: the timer is the reason."""
    decision = decide(b2b, make.record("sal"), make.due("recycle"), now=make.now)

    assert isinstance(decision, Move)
    assert decision.target == "nurture"


def test_a_timer_of_an_earlier_stay_is_void(b2b: Lifecycle, make: type[Make]) -> None:
    """The record moved since: an old promise binds nobody."""
    for stage_version in (2, 4):
        due = make.due("reawaken", stage_version=stage_version)
        decision = decide(b2b, make.record("nurture"), due, now=make.now)

        text = "the record moved after this timer was armed"
        assert Stay("nurture", refusal=Refusal(RefusalCode.VOID, text)) == decision


def test_a_timer_without_a_transition_looks_again(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Time alone can turn a guard."""
    assert isinstance(decide(b2b, make.fitting(), make.due(), now=make.now), Move)
    assert isinstance(decide(b2b, make.record("lead"), make.due(), now=make.now), Stay)


def test_a_guard_can_refuse_a_timer(chain: Lifecycle, make: type[Make]) -> None:
    """A timer asks; it does not force."""
    decision = decide(chain, make.record("s0"), make.due("t0"), now=make.now)

    assert isinstance(decision, Stay)
    assert decision.refusal is not None
    assert RefusalCode.GUARD is decision.refusal.code


def test_a_timer_of_an_older_version_never_raises(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A transition that left the workflow, or this stage, is a "no" with a reason."""
    record = make.record("nurture")

    gone = decide(b2b, record, make.due("revive"), now=make.now)
    elsewhere = decide(b2b, record, make.due("resume"), now=make.now)

    assert isinstance(gone, Stay)
    assert isinstance(elsewhere, Stay)
    assert gone.refusal is not None
    assert elsewhere.refusal is not None
    assert (RefusalCode.UNKNOWN, RefusalCode.SOURCE) == (
        gone.refusal.code,
        elsewhere.refusal.code,
    )
