"""Moves that need somebody else's agreement, and moves in the CRM by people we know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.decision import Move, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.decide import REVERTS_BEFORE_FLAG, decide, examine

if TYPE_CHECKING:
    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.signal import ManualMove
    from tests.unit.engine.conftest import Make


def agreed(asked: ManualMove, by: str, *roles: str) -> ManualMove:
    """Return the request with somebody's agreement."""
    return replace(asked, approved_by=by, approver_roles=frozenset(roles))


def refusal_of(decision: Decision) -> Refusal:
    """Return why a record stays."""
    assert isinstance(decision, Stay)
    assert decision.refusal is not None
    return decision.refusal


def test_a_move_waits_for_somebody_who_agrees(
    approving: Lifecycle, make: type[Make]
) -> None:
    """Whoever asks, with whatever role: somebody else has to say yes."""
    asked = make.asks("discount", "control", "lead")

    decision = decide(approving, make.record("sal"), asked, now=make.now)

    text = "'discount' needs the approval of control or lead"
    assert Refusal(RefusalCode.APPROVAL, text) == refusal_of(decision)
    (receipt,) = decision.receipts
    assert (True, False) == (receipt.guard_met, receipt.allows)


@pytest.mark.parametrize("role", ["control", "lead"])
def test_a_move_is_made_once_somebody_agreed(
    approving: Lifecycle, make: type[Make], role: str
) -> None:
    """Any one of the roles is enough; further roles do no harm."""
    asked = agreed(make.asks("discount"), "bob", role, "sales")

    decision = decide(approving, make.record("sal"), asked, now=make.now)

    assert isinstance(decision, Move)
    assert ("discount", "won") == (decision.steps[0].transition, decision.target)
    assert decision.receipts[0].allows


def test_nobody_agrees_to_a_wish_of_their_own(
    approving: Lifecycle, make: type[Make]
) -> None:
    """Having the role does not make one somebody else."""
    asked = agreed(make.asks("discount", "control"), "ann", "control")

    decision = decide(approving, make.record("sal"), asked, now=make.now)

    text = "ann asked for it, and somebody else must approve it"
    assert Refusal(RefusalCode.SELF_APPROVAL, text) == refusal_of(decision)


@pytest.mark.parametrize(
    ("roles", "have"),
    [((), "no role"), (("sales", "marketing"), "marketing, sales")],
    ids=["none", "others"],
)
def test_agreement_counts_with_the_role_only(
    approving: Lifecycle, make: type[Make], roles: tuple[str, ...], have: str
) -> None:
    """The refusal says which role it takes, and what they have."""
    asked = agreed(make.asks("discount", "control"), "bob", *roles)

    decision = decide(approving, make.record("sal"), asked, now=make.now)

    text = f"'discount' is approved by control or lead; bob has {have}"
    assert Refusal(RefusalCode.ROLE, text) == refusal_of(decision)


@pytest.mark.parametrize(
    ("roles", "reason", "note", "size", "code"),
    [
        ((), "good", "", 9, RefusalCode.ROLE),
        (("sales",), None, "", 9, RefusalCode.REASON),
        (("sales",), "other", " ", 9, RefusalCode.NOTE),
        (("sales",), "good", "", 5, RefusalCode.GUARD),
        (("sales",), "good", "", 9, RefusalCode.APPROVAL),
        (("sales",), "other", "a word", 9, RefusalCode.APPROVAL),
    ],
    ids=["role", "reason", "note", "guard", "approval", "approval with a note"],
)
def test_nobody_is_bothered_with_what_is_refused_anyway(
    approving: Lifecycle,
    make: type[Make],
    roles: tuple[str, ...],
    reason: str | None,
    note: str,
    size: int,
    code: RefusalCode,
) -> None:
    """Approval is asked for only when nothing else stands in the way."""
    asked = make.asks("strict", *roles, reason=reason, note=note)
    record = make.record("sal", size=size)

    waiting = decide(approving, record, asked, now=make.now)
    approved = decide(approving, record, agreed(asked, "bob", "control"), now=make.now)

    assert code is refusal_of(waiting).code
    assert (code is RefusalCode.APPROVAL) is isinstance(approved, Move)
    if isinstance(approved, Stay):
        assert code is refusal_of(approved).code


def test_agreement_is_not_asked_for_where_none_is_needed(
    approving: Lifecycle, make: type[Make]
) -> None:
    """An agreement that nobody needs changes nothing, not even one's own."""
    asked = agreed(make.asks("cool"), "ann")

    decision = decide(approving, make.record("sql"), asked, now=make.now)

    assert isinstance(decision, Move)


def test_what_a_record_lacks_says_nothing_about_agreement(
    approving: Lifecycle, make: type[Make]
) -> None:
    """The receipts of a look tell of the guards alone."""
    receipts = examine(approving, make.record("sal", size=9), now=make.now)

    assert [
        ("discount", False), ("give_up", True), ("confirm", True), ("strict", True)
    ] == [(one.transition, one.allows) for one in receipts]  # fmt: skip


# -- moves in the CRM ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("won", OutsideAnswer.FLAG),
        ("lost", OutsideAnswer.REVERT),
        ("sql", OutsideAnswer.ACCEPT),
    ],
)
def test_the_crm_cannot_go_around_an_agreement(
    approving: Lifecycle, make: type[Make], stage: str, answer: OutsideAnswer
) -> None:
    """Whoever moved it: the transition's own answer, and a receipt that says why."""
    moved = replace(make.outside(stage), actor="bob", roles=frozenset({"control"}))

    decision = decide(approving, make.record("sal"), moved, now=make.now)

    assert isinstance(decision, Stay if answer is OutsideAnswer.REVERT else Move)
    assert answer is decision.answer  # type: ignore[union-attr]
    (receipt,) = decision.receipts
    (refusal,) = receipt.refusals
    assert RefusalCode.APPROVAL is refusal.code
    assert refusal.text.endswith("ask in Leadstate")
    if isinstance(decision, Stay):
        assert refusal == decision.refusal


def test_whoever_insists_on_going_around_an_agreement_is_listed(
    approving: Lifecycle, make: type[Make]
) -> None:
    """The loop breaker holds for approvals, too."""
    moved = make.outside("lost", repeated=REVERTS_BEFORE_FLAG)

    decision = decide(approving, make.record("sal"), moved, now=make.now)

    assert isinstance(decision, Move)
    assert OutsideAnswer.FLAG is decision.answer


@pytest.mark.parametrize(
    ("roles", "have"),
    [(frozenset(), "no role"), (frozenset({"sales", "lead"}), "lead, sales")],
    ids=["none", "others"],
)
def test_somebody_known_without_the_role_is_refused_in_the_crm(
    b2b: Lifecycle, make: type[Make], roles: frozenset[str], have: str
) -> None:
    """Only quality control says SQL, and the criteria do not make up for it."""
    moved = replace(make.outside("sql"), actor="bob", roles=roles)

    decision = decide(b2b, make.fitting("sal"), moved, now=make.now)

    text = f"'confirm' may be taken by quality_control; bob has {have}"
    assert isinstance(decision, Stay)
    assert (Refusal(RefusalCode.ROLE, text), OutsideAnswer.REVERT) == (
        decision.refusal,
        decision.answer,
    )


@pytest.mark.parametrize(
    "roles",
    [None, frozenset({"quality_control"}), frozenset({"sales", "quality_control"})],
    ids=["unknown", "the role", "one of two"],
)
def test_the_role_or_an_unknown_person_is_accepted_in_the_crm(
    b2b: Lifecycle, make: type[Make], roles: frozenset[str] | None
) -> None:
    """What nobody knows about a person is not held against them."""
    moved = replace(make.outside("sql"), roles=roles)

    decision = decide(b2b, make.fitting("sal"), moved, now=make.now)

    assert isinstance(decision, Move)
    assert (OutsideAnswer.ACCEPT, "confirm") == (
        decision.answer,
        decision.steps[0].transition,
    )


def test_a_move_without_roles_is_anybodys_in_the_crm(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A known person without any role may do what asks for none."""
    moved = replace(make.outside("mql"), roles=frozenset())

    decision = decide(b2b, make.fitting("lead"), moved, now=make.now)

    assert isinstance(decision, Move)
    assert OutsideAnswer.ACCEPT is decision.answer
