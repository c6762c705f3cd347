"""What people may ask for, and every way in which they are told no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.domain.decision import Move, Stay
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.decide import CASCADE_BOUND, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def test_a_person_with_the_role_moves_the_record(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Sales accepts an MQL."""
    decision = decide(
        b2b, make.fitting("mql"), make.asks("accept", "sales"), now=make.now
    )

    assert isinstance(decision, Move)
    assert ("accept", "sal") == (decision.steps[0].transition, decision.target)


def test_the_independent_role_alone_decides(b2b: Lifecycle, make: type[Make]) -> None:
    """Only quality control may say SQL, however willing sales and marketing are."""
    record = make.fitting("sal")

    asked = make.asks("confirm", "sales", "marketing")
    refused = decide(b2b, record, asked, now=make.now)
    asked = make.asks("confirm", "sales", "quality_control")
    allowed = decide(b2b, record, asked, now=make.now)

    assert isinstance(refused, Stay)
    assert (
        Refusal(
            RefusalCode.ROLE,
            "'confirm' may be taken by quality_control; ann has marketing, sales",
        )
        == refused.refusal
    )
    assert isinstance(allowed, Move)


def test_somebody_without_any_role_is_told_who_may(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The refusal names the roles that would do."""
    record = make.fitting("mql")

    decision = decide(
        b2b, record, make.asks("recycle", reason="no_answer"), now=make.now
    )

    assert isinstance(decision, Stay)
    assert (
        Refusal(
            RefusalCode.ROLE,
            "'recycle' may be taken by sales or marketing; ann has no role",
        )
        == decision.refusal
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, "none given"),
        ("", "none given"),
        ("bored", "'bored' is not one of them"),
    ],
)
def test_a_required_reason_must_be_one_of_the_list(
    b2b: Lifecycle, make: type[Make], reason: str | None, said: str
) -> None:
    """Nothing goes back without a reason, and the refusal lists the possible ones."""
    asked = make.asks("recycle", "sales", reason=reason)

    decision = decide(b2b, make.fitting("mql"), asked, now=make.now)

    text = f"a reason is required (not_ideal, no_budget, no_answer, other); {said}"
    assert isinstance(decision, Stay)
    assert Refusal(RefusalCode.REASON, text) == decision.refusal


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
def test_the_reason_other_needs_a_note(
    b2b: Lifecycle, make: type[Make], note: str
) -> None:
    """A bare 'other' without a word of explanation is no reason."""
    asked = make.asks("recycle", "sales", reason="other", note=note)

    decision = decide(b2b, make.fitting("mql"), asked, now=make.now)

    text = "the reason 'other' needs a note that says what it was"
    assert isinstance(decision, Stay)
    assert Refusal(RefusalCode.NOTE, text) == decision.refusal


def test_the_reason_other_with_a_note_is_enough(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A note makes "other" a reason."""
    asked = make.asks("recycle", "sales", reason="other", note="merged companies")

    assert isinstance(decide(b2b, make.fitting("mql"), asked, now=make.now), Move)


def test_an_unmet_guard_refuses_a_person_too(b2b: Lifecycle, make: type[Make]) -> None:
    """The same criteria hold for people and for automatic moves."""
    asked = make.asks("confirm", "quality_control")

    decision = decide(b2b, make.fitting("sal", technical_fit=None), asked, now=make.now)

    assert isinstance(decision, Stay)
    assert (
        Refusal(RefusalCode.GUARD, "the criteria of 'confirm' are not met")
        == decision.refusal
    )
    assert ["confirm"] == [receipt.transition for receipt in decision.receipts]


def test_everything_that_is_wrong_with_a_request_is_on_its_receipt(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Role, reason and guard are judged together, so that nobody asks three times."""
    asked = make.asks("lose", reason="other")

    decision = decide(b2b, make.fitting("sal"), asked, now=make.now)
    again = decide(b2b, make.record("sal"), make.asks("confirm", "sales"), now=make.now)

    assert isinstance(decision, Stay)
    assert [RefusalCode.ROLE, RefusalCode.NOTE] == [
        refusal.code for refusal in decision.receipts[0].refusals
    ]
    assert isinstance(again, Stay)
    assert again.refusal is again.receipts[0].refusals[0]
    assert not again.receipts[0].guard_met


def test_an_unknown_transition_is_refused_with_the_known_ones(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A misspelt name is a "no" with a list, not an exception."""
    decision = decide(b2b, make.record("lead"), make.asks("qualfy"), now=make.now)

    known = ", ".join(b2b.transitions)
    text = f"there is no transition 'qualfy'; known: {known}"
    assert Stay("lead", refusal=Refusal(RefusalCode.UNKNOWN, text)) == decision


@pytest.mark.parametrize(
    ("stage", "possible"),
    [
        ("nurture", "reawaken"),
        ("backlog", "resume, lose"),
        ("won", "nothing, the stage is final"),
    ],
)
def test_a_transition_that_does_not_leave_here_is_refused_with_those_that_do(
    b2b: Lifecycle, make: type[Make], stage: str, possible: str
) -> None:
    """The refusal says where the transition starts and what is possible from here."""
    decision = decide(
        b2b, make.record(stage), make.asks("recycle", "sales"), now=make.now
    )

    text = (
        f"'recycle' leaves mql, sal, and the record is in '{stage}'; "
        f"from here: {possible}"
    )
    assert Stay(stage, refusal=Refusal(RefusalCode.SOURCE, text)) == decision


def test_a_transition_without_roles_is_open_to_everybody(
    workflow: Callable[..., Lifecycle], make: type[Make]
) -> None:
    """Roles, reasons and guards are asked only where the workflow lists them."""
    free = workflow(
        "free", "  a: {initial: true}\n  b: {kind: won}", "  go: {from: a, to: b}"
    )

    decision = decide(free, make.record("a"), make.asks("go"), now=make.now)

    assert isinstance(decision, Move)
    assert decision.receipts[0].finding is None


def test_automatic_transitions_follow_a_move_by_hand(
    chain: Lifecycle, make: type[Make]
) -> None:
    """The bound counts the automatic steps behind the one that was asked for."""
    decision = decide(chain, make.record("s0", go=True), make.asks("t0"), now=make.now)

    assert isinstance(decision, Move)
    assert 1 + CASCADE_BOUND == len(decision.steps)
    assert decision.bounded
