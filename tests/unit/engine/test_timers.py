"""What a timer does when it comes due: it wakes, breaks an SLA, warns, looks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from one_case import moved_by
from stopwatch import with_slas

from leadstate.domain.clock import TimerKind
from leadstate.domain.decision import Move, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.decide import BREACH_MOVES_BOUND, decide

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def test_a_parked_record_wakes_along_its_transition(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The timer takes the transition of the wake-up; nobody needs a role."""
    decision = decide(b2b, make.record("nurture"), make.wakes(), now=make.now)

    assert isinstance(decision, Move)
    assert ("reawaken", "lead") == (decision.steps[0].transition, decision.target)


def test_a_woken_record_goes_on_by_itself(b2b: Lifecycle, make: type[Make]) -> None:
    """Coming back as a lead that qualifies already is an MQL in the same moment."""
    decision = decide(b2b, make.fitting("nurture"), make.wakes(), now=make.now)

    assert isinstance(decision, Move)
    assert ["reawaken", "qualify"] == [step.transition for step in decision.steps]


def test_a_broken_sla_may_move_without_a_reason(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """No person is there to give one: the timer is the reason."""
    decision = decide(b2b, make.record("sal"), make.breaks("decide"), now=make.now)

    assert isinstance(decision, Move)
    assert ["recycle"] == [step.transition for step in decision.steps]
    assert decision.target == "nurture"


def test_a_timer_of_an_earlier_stay_is_void(b2b: Lifecycle, make: type[Make]) -> None:
    """The record moved since: an old SLA binds nobody."""
    for kind in TimerKind:
        for stage_version in (2, 4):
            due = make.due(kind, stage_version=stage_version)
            decision = decide(b2b, make.record("nurture"), due, now=make.now)

            text = "the record moved after this timer was armed"
            assert Stay("nurture", refusal=Refusal(RefusalCode.VOID, text)) == decision


def test_a_timer_to_look_judges_anew(b2b: Lifecycle, make: type[Make]) -> None:
    """Time alone can turn a guard."""
    assert isinstance(decide(b2b, make.fitting(), make.due(), now=make.now), Move)
    assert isinstance(decide(b2b, make.record("lead"), make.due(), now=make.now), Stay)


def test_a_warning_moves_nobody(b2b: Lifecycle, make: type[Make]) -> None:
    """Not even a record that could move by itself: a warning only tells."""
    due = make.due(TimerKind.WARN, "accept", mark="50%")

    for stage in ("mql", "lead"):
        decision = decide(b2b, make.fitting(stage), due, now=make.now)

        assert Stay(stage) == decision


def test_an_sla_that_moves_nobody_is_broken_where_the_record_is(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """An SLA that only escalates, and one that this version does not have."""
    for sla in ("first_touch", "gone"):
        decision = decide(b2b, make.fitting("sal"), make.breaks(sla), now=make.now)

        assert Stay("sal") == decision


def test_a_guard_can_refuse_a_broken_sla(make: type[Make]) -> None:
    """A timer asks; it does not force."""
    lifecycle = with_slas("call: {within: 4h, calendar: office, then: {move: park}}")
    record = make.record("sal")

    refused = decide(lifecycle, record, make.breaks("call"), now=make.now)
    taken = decide(
        lifecycle,
        make.record("sal", email="ann@example.com"),
        make.breaks("call"),
        now=make.now,
    )

    assert isinstance(refused, Stay)
    assert refused.refusal is not None
    assert RefusalCode.GUARD is refused.refusal.code
    assert ["park"] == [receipt.transition for receipt in refused.receipts]
    assert isinstance(taken, Move)
    assert "nurture" == taken.target


def test_a_guard_can_refuse_a_wake_up(make: type[Make]) -> None:
    """The record sleeps on, and the receipt says what is missing."""
    lifecycle = with_slas(wake="{after: 1 day, to: sal}", guard="email is known")
    again, park = (lifecycle.transitions[name] for name in ("again", "park"))
    guarded = {**lifecycle.transitions, "again": replace(again, guard=park.guard)}
    lifecycle = replace(lifecycle, transitions=guarded, version="guarded")
    record, known = make.record("nurture"), {"email": "ann@example.com"}

    decision = decide(lifecycle, record, make.wakes(), now=make.now)
    woken = decide(lifecycle, replace(record, values=known), make.wakes(), now=make.now)

    assert isinstance(woken, Move)
    assert isinstance(decision, Stay)
    assert decision.refusal is not None
    assert RefusalCode.GUARD is decision.refusal.code
    assert not decision.receipts[0].allows


def test_a_timer_of_an_older_version_never_raises(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A transition that left the workflow, or this stage, is a "no" with a reason."""
    sal = b2b.stages["sal"]
    slas = [
        replace(sal.slas[1], name=name, move=name) for name in ("recycling", "resume")
    ]
    stages = {**b2b.stages, "sal": replace(sal, slas=tuple(slas))}
    changed = replace(b2b, stages=stages, version="moves that nobody can make")

    gone = decide(changed, make.record("sal"), make.breaks("recycling"), now=make.now)
    elsewhere = decide(changed, make.record("sal"), make.breaks("resume"), now=make.now)

    assert isinstance(gone, Stay)
    assert isinstance(elsewhere, Stay)
    assert gone.refusal is not None
    assert elsewhere.refusal is not None
    assert (RefusalCode.UNKNOWN, RefusalCode.SOURCE) == (
        gone.refusal.code,
        elsewhere.refusal.code,
    )


def test_a_wake_up_of_a_stage_that_sleeps_no_more_looks_again(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The workflow has no wake-up there now; what moves by itself moves."""
    moved = decide(b2b, make.fitting("lead"), make.wakes(), now=make.now)
    stayed = decide(b2b, make.record("lead"), make.wakes(), now=make.now)

    assert isinstance(moved, Move)
    assert "mql" == moved.target
    assert isinstance(stayed, Stay)
    assert stayed.refusal is None


# -- where a wake-up leads ---------------------------------------------------------


def test_a_record_wakes_to_where_it_came_from(make: type[Make]) -> None:
    """Each one to its own stage, by the transition that leads there."""
    lifecycle = with_slas(wake="{after: 30 days, to: back}")

    for stage, transition in (("lead", "wake_nurture_to_lead"), ("sal", "again")):
        record = replace(make.record("nurture"), came_from=stage)
        decision = decide(lifecycle, record, make.wakes(), now=make.now)

        assert isinstance(decision, Move)
        assert (transition, stage) == (decision.steps[0].transition, decision.target)


def test_the_way_of_a_wake_up_is_for_who_keeps_the_stage(make: type[Make]) -> None:
    """By hand and in the CRM; time needs no role."""
    lifecycle = with_slas(wake="{after: 30 days, to: lead}")
    record = make.record("nurture")
    team, stranger = ("marketing",), ("sales",)

    moved = decide(lifecycle, record, make.asks("wake_nurture", *team), now=make.now)
    refused = decide(
        lifecycle, record, make.asks("wake_nurture", *stranger), now=make.now
    )
    woken = decide(lifecycle, record, make.wakes(), now=make.now)

    assert isinstance(moved, Move)
    assert isinstance(woken, Move)
    assert isinstance(refused, Stay)
    assert refused.refusal == Refusal(
        RefusalCode.ROLE, "'wake_nurture' may be taken by marketing; ann has sales"
    )


def test_without_a_team_only_time_takes_the_way_of_a_wake_up(make: type[Make]) -> None:
    """Nobody by hand, and what is done in the CRM is flagged."""
    lifecycle = with_slas(wake="{after: 30 days, to: lead}")
    wake = replace(lifecycle.transitions["wake_nurture"], by=(), by_time=True)
    ways = {**lifecycle.transitions, "wake_nurture": wake}
    lone = replace(lifecycle, transitions=ways, version="nobody's")
    record = make.record("nurture")
    why = Refusal(
        RefusalCode.ROLE,
        "'wake_nurture' is taken when the lead wakes, and by nobody: no team owns "
        "'nurture', and no transition is declared for people",
    )

    by_hand = decide(lone, record, make.asks("wake_nurture", "sales"), now=make.now)
    outside = decide(lone, record, make.outside("lead"), now=make.now)
    woken = decide(lone, record, make.wakes(), now=make.now)

    assert isinstance(by_hand, Stay)
    assert by_hand.refusal == why
    assert isinstance(outside, Move)
    assert OutsideAnswer.FLAG is outside.answer
    assert (why,) == outside.steps[0].receipts[0].refusals
    assert isinstance(woken, Move)


@pytest.mark.parametrize(
    ("came_from", "told"), [(None, "unknown"), ("won", "won")], ids=["unknown", "won"]
)
def test_nobody_guesses_where_a_record_came_from(
    make: type[Make], came_from: str | None, told: str
) -> None:
    """It stays, and the refusal says why a person has to choose."""
    lifecycle = with_slas(wake="{after: 30 days, to: back}")
    record = replace(make.record("nurture"), came_from=came_from)

    decision = decide(lifecycle, record, make.wakes(), now=make.now)

    text = f"it goes back to where it came from, and that is {told}"
    assert Stay("nurture", refusal=Refusal(RefusalCode.BACK, text)) == decision


def test_a_record_wakes_as_often_as_it_may(make: type[Make]) -> None:
    """With two passes allowed, the first pass comes back and the second does not."""
    lifecycle = with_slas(wake="{after: 30 days, to: sal, max_passes: 2}")
    record = make.record("nurture")

    first = decide(lifecycle, record, make.wakes(), now=make.now)
    assert isinstance(first, Move)
    assert "sal" == first.target

    for number in (2, 3):
        again = replace(record, pass_number=number)
        decision = decide(lifecycle, again, make.wakes(), now=make.now)

        text = f"it made {number} passes, and may make no more"
        assert Stay("nurture", refusal=Refusal(RefusalCode.PASSES, text)) == decision


def test_a_record_that_woke_too_often_goes_elsewhere(make: type[Make]) -> None:
    """The stage that the workflow names for those, whatever it came from."""
    lifecycle = with_slas(
        wake="{after: 30 days, to: sal, max_passes: 2, otherwise: won}"
    )
    record = replace(make.record("nurture"), pass_number=2)

    decision = decide(lifecycle, record, make.wakes(), now=make.now)

    assert isinstance(decision, Move)
    assert ("wake_nurture_to_won", "won") == (
        decision.steps[0].transition,
        decision.target,
    )


# -- SLAs that move a record in a ring -----------------------------------------------


def test_broken_slas_alone_move_a_record_so_often_and_no_more(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """After the bound a person is asked; one move before it is still made."""
    bound = BREACH_MOVES_BOUND
    record = replace(make.record("sal"), breach_moves=bound - 1)

    last = decide(b2b, record, make.breaks("decide"), now=make.now)
    over = decide(
        b2b, replace(record, breach_moves=bound), make.breaks("decide"), now=make.now
    )

    assert isinstance(last, Move)
    text = f"{bound} broken SLAs in a row moved it, nobody else"
    assert Stay("sal", refusal=Refusal(RefusalCode.LOOP, text)) == over


def test_a_bound_of_broken_slas_stops_no_other_move(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """People, values, wake-ups and the CRM move the record as ever."""
    for stage, signal in (
        ("mql", make.asks("accept", "sales")),
        ("lead", make.changed()),
        ("lead", make.due()),
        ("nurture", make.wakes()),
        ("mql", make.outside("sal")),
    ):
        record = replace(make.fitting(stage), breach_moves=BREACH_MOVES_BOUND)

        assert isinstance(decide(b2b, record, signal, now=make.now), Move)


def test_two_slas_cannot_play_ball_with_a_record(make: type[Make]) -> None:
    """Each moves it to the other's stage; the record comes to rest at the bound."""
    lifecycle = with_slas("call: {within: 4h, calendar: office, then: {move: back}}")
    answer = replace(lifecycle.stages["sal"].slas[0], move="accept")
    stages = {
        **lifecycle.stages,
        "lead": replace(lifecycle.stages["lead"], slas=(answer,)),
    }
    lifecycle = replace(lifecycle, stages=stages, version="ball")
    record, places = make.record("lead"), []
    for _ in range(2 * BREACH_MOVES_BOUND):
        due = make.breaks("call", stage_version=record.stage_version)
        decision = decide(lifecycle, record, due, now=make.now)
        if isinstance(decision, Move):
            record, _ = moved_by(lifecycle, record, decision, due)
        places.append(record.stage)

    rounds = BREACH_MOVES_BOUND // 2
    assert [*["sal", "lead"] * rounds, *["lead"] * BREACH_MOVES_BOUND] == places
