"""What a change of a record's values sets in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.values import Unparsable
from leadstate.engine.decide import CASCADE_BOUND, decide, examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def test_a_met_guard_moves_the_record(b2b: Lifecycle, make: type[Make]) -> None:
    """A fitting, interested lead becomes an MQL by itself."""
    decision = decide(b2b, make.fitting(), make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert ["qualify"] == [step.transition for step in decision.steps]
    assert ("lead", "mql") == (decision.steps[0].source, decision.target)
    assert decision.answer is None
    assert not decision.bounded


def test_an_unmet_guard_leaves_the_record_with_its_receipts(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Nobody asked for a move, so that staying is no refusal, but it is explained."""
    decision = decide(b2b, make.fitting(company_size=5), make.changed(), now=make.now)

    assert isinstance(decision, Stay)
    assert (decision.stage, decision.refusal, decision.answer) == ("lead", None, None)
    assert ["qualify"] == [receipt.transition for receipt in decision.receipts]
    assert not decision.receipts[0].allows


def test_what_cannot_be_read_moves_nobody(b2b: Lifecycle, make: type[Make]) -> None:
    """A value that is there but unreadable counts as not met."""
    record = make.fitting(company_size=Unparsable("about 80"))

    assert isinstance(decide(b2b, record, make.changed(), now=make.now), Stay)


def test_transitions_that_people_take_are_never_taken_by_themselves(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """An MQL that meets every guard still waits for sales to accept it."""
    decision = decide(b2b, make.fitting("mql"), make.changed(), now=make.now)

    assert Stay("mql") == decision


def test_automatic_transitions_follow_one_another(
    chain: Lifecycle, make: type[Make]
) -> None:
    """Each step has its own receipts, and stages between are passed in order."""
    decision = decide(chain, make.record("s27", go=True), make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert ["t27", "t28", "t29"] == [step.transition for step in decision.steps]
    assert ["s27", "s28", "s29"] == [step.source for step in decision.steps]
    assert ["t27", "t28", "t29"] == [one.transition for one in decision.receipts]
    assert decision.target == "s30"


def test_a_cascade_is_cut_at_its_bound(chain: Lifecycle, make: type[Make]) -> None:
    """One signal causes so many automatic steps and no more; the rest waits."""
    decision = decide(chain, make.record("s0", go=True), make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert CASCADE_BOUND == len(decision.steps)
    assert decision.bounded


def test_a_cascade_that_ends_at_its_bound_is_not_cut(
    chain: Lifecycle, make: type[Make]
) -> None:
    """Exactly as many steps as allowed is a whole cascade."""
    start = 30 - CASCADE_BOUND
    record = make.record(f"s{start}", go=True)

    decision = decide(chain, record, make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert (CASCADE_BOUND, False) == (len(decision.steps), decision.bounded)


def test_a_circle_of_automatic_transitions_ends(
    workflow: Callable[..., Lifecycle], make: type[Make]
) -> None:
    """Two guards that hand a record to and fro stop at the bound."""
    circle = workflow(
        "circle",
        "  a: {initial: true}\n  b: {}\n  c: {kind: won}",
        "  ab: {from: a, to: b, when: size > 0}\n"
        "  ba: {from: b, to: a, when: size < 9}\n"
        "  bc: {from: b, to: c}",
        "ab",
        "ba",
    )

    decision = decide(circle, make.record("a", size=5), make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert (CASCADE_BOUND, True) == (len(decision.steps), decision.bounded)


def test_the_first_allowed_transition_wins_and_every_candidate_is_named(
    workflow: Callable[..., Lifecycle], make: type[Make]
) -> None:
    """Where two could be right, file order decides, and the receipts show both."""
    fork = workflow(
        "fork",
        "  a: {initial: true}\n  b: {kind: won}\n  c: {kind: lost}",
        "  never: {from: a, to: c, when: size > 100}\n"
        "  first: {from: a, to: b, when: size > 1}\n"
        "  second: {from: a, to: c, when: size < 50}",
        "never",
        "first",
        "second",
    )

    decision = decide(fork, make.record("a", size=5), make.changed(), now=make.now)

    assert isinstance(decision, Move)
    assert decision.target == "b"
    assert [("never", False), ("first", True), ("second", True)] == [
        (receipt.transition, receipt.allows) for receipt in decision.receipts
    ]


def test_a_stage_that_the_lifecycle_does_not_have_is_said(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A record of an older version is an orphan, whatever the signal says."""
    expected = Orphaned("galaxy", tuple(b2b.stages))

    for signal in (make.changed(), make.asks("win"), make.outside("sql"), make.due()):
        assert expected == decide(b2b, make.record("galaxy"), signal, now=make.now)


def test_what_is_missing_can_be_asked_without_a_signal(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Every transition that leaves the stage is examined; roles are not asked for."""
    receipts = examine(b2b, make.fitting("sal", budget=None), now=make.now)

    assert ["recycle", "confirm", "postpone", "lose"] == [
        receipt.transition for receipt in receipts
    ]
    assert all(receipt.allows for receipt in receipts)
    assert () == examine(b2b, make.record("galaxy"), now=make.now)
    assert () == examine(b2b, make.record("won"), now=make.now)


def test_late_data_is_judged_as_of_now(b2b: Lifecycle, make: type[Make]) -> None:
    """Interest fades: the same behaviour is enough today and not in a month."""
    record = make.fitting()

    later = make.now.replace(month=4)
    assert isinstance(decide(b2b, record, make.changed(), now=make.now), Move)
    assert isinstance(decide(b2b, record, make.changed(), now=later), Stay)
