"""How a move made in the CRM is answered: accept, flag or revert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.engine.decide import REVERTS_BEFORE_FLAG, decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make

STAGES = "  a: {initial: true}\n  b: {}\n  c: {kind: won}"


def test_a_move_that_the_guards_allow_is_accepted(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Whoever did it and whatever their role: the CRM already let them."""
    decision = decide(b2b, make.fitting("sal"), make.outside("sql"), now=make.now)

    assert isinstance(decision, Move)
    assert OutsideAnswer.ACCEPT is decision.answer
    assert ("confirm", "sal", "sql") == (
        decision.steps[0].transition,
        decision.steps[0].source,
        decision.target,
    )


def test_the_crm_at_the_same_stage_says_nothing_new(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A duplicate or our own write coming back is no move."""
    decision = decide(b2b, make.record("mql"), make.outside("mql"), now=make.now)

    assert Stay("mql") == decision


def test_a_stage_that_nobody_knows_is_never_followed(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The record stays where it is, and the unknown stage is named."""
    decision = decide(b2b, make.record("mql"), make.outside("galaxy"), now=make.now)

    assert Orphaned("galaxy", tuple(b2b.stages)) == decision


def test_a_refused_move_is_flagged_where_the_transition_says_so(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The record follows the CRM and is listed for a person, with the receipt."""
    decision = decide(b2b, make.record("lead"), make.outside("mql"), now=make.now)

    assert isinstance(decision, Move)
    assert OutsideAnswer.FLAG is decision.answer
    assert "qualify" == decision.steps[0].transition
    assert [False] == [receipt.allows for receipt in decision.receipts]


def test_a_refused_move_is_put_back_where_the_transition_says_so(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The record stays, the CRM is to be put back, and the receipt says why."""
    record = make.fitting("sal", need=None, budget=None)

    decision = decide(b2b, record, make.outside("sql"), now=make.now)

    assert isinstance(decision, Stay)
    assert ("sal", OutsideAnswer.REVERT) == (decision.stage, decision.answer)
    assert (
        Refusal(RefusalCode.GUARD, "the criteria of 'confirm' are not met")
        == decision.refusal
    )
    assert ["confirm"] == [receipt.transition for receipt in decision.receipts]


@pytest.mark.parametrize("repeated", range(REVERTS_BEFORE_FLAG))
def test_a_move_is_put_back_a_few_times(
    b2b: Lifecycle, make: type[Make], repeated: int
) -> None:
    """Automation in the CRM may try again; the answer stays the same for a while."""
    moved = make.outside("sql", repeated=repeated)

    decision = decide(b2b, make.record("sal"), moved, now=make.now)

    assert isinstance(decision, Stay)
    assert OutsideAnswer.REVERT is decision.answer


@pytest.mark.parametrize("repeated", [REVERTS_BEFORE_FLAG, REVERTS_BEFORE_FLAG + 9])
def test_ping_pong_ends_with_a_flag(
    b2b: Lifecycle, make: type[Make], repeated: int
) -> None:
    """When the CRM insists, the record follows and a person decides."""
    moved = make.outside("sql", repeated=repeated)

    decision = decide(b2b, make.record("sal"), moved, now=make.now)

    assert isinstance(decision, Move)
    assert (OutsideAnswer.FLAG, "sql") == (decision.answer, decision.target)


def test_a_way_that_no_transition_allows_is_answered_by_the_lifecycle(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A jump from lead to won names no transition and is flagged by default."""
    decision = decide(b2b, make.fitting(), make.outside("won"), now=make.now)

    assert isinstance(decision, Move)
    assert (OutsideAnswer.FLAG, None) == (decision.answer, decision.steps[0].transition)
    assert () == decision.receipts


@pytest.mark.parametrize("answer", list(OutsideAnswer))
def test_the_lifecycles_answer_to_unlisted_moves_can_be_chosen(
    workflow: Callable[..., Lifecycle], make: type[Make], answer: OutsideAnswer
) -> None:
    """To accept or to flag follows the CRM; to revert puts it back and says why."""
    strict = workflow(
        f"strict_{answer}",
        STAGES,
        f"  go: {{from: a, to: b}}\n  on: {{from: b, to: c}}\noutside_moves: {answer}",
    )

    decision = decide(strict, make.record("a"), make.outside("c"), now=make.now)

    assert answer is decision.answer
    if answer is OutsideAnswer.REVERT:
        refusal = Refusal(RefusalCode.UNLISTED, "no transition leads from 'a' to 'c'")
        assert Stay("a", refusal=refusal, answer=answer) == decision
    else:
        assert isinstance(decision, Move)
        assert decision.target == "c"


def test_any_of_several_ways_that_is_allowed_will_do(
    workflow: Callable[..., Lifecycle], make: type[Make]
) -> None:
    """Two transitions lead there: the allowed one is taken, both have receipts."""
    forked = workflow(
        "forked",
        STAGES,
        "  big: {from: a, to: b, when: size > 100, outside: revert}\n"
        "  ready: {from: a, to: b, when: go is true}\n"
        "  on: {from: b, to: c, automatic: true, when: size > 5}",
    )

    record = make.record("a", go=True, size=7)
    decision = decide(forked, record, make.outside("b"), now=make.now)
    refused = decide(forked, make.record("a"), make.outside("b"), now=make.now)

    assert isinstance(decision, Move)
    assert OutsideAnswer.ACCEPT is decision.answer
    assert ["ready", "on"] == [step.transition for step in decision.steps]
    assert ["big", "ready", "on"] == [one.transition for one in decision.receipts]
    assert isinstance(refused, Stay)
    assert OutsideAnswer.REVERT is refused.answer  # the first way's answer
