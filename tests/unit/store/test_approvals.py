"""Approvals: asked once, answered once, void when the record moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.store import Approval, ApprovalItem, ApprovalState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture
def work(with_records: Store) -> Iterator[Work]:
    with with_records.begin() as opened:
        yield opened


def test_a_request_comes_back_as_it_was_asked(work: Work, make: type[Make]) -> None:
    """Nobody has decided yet."""
    item = _asked(make, stage_version=4, reason="price", note="they ask for 30 %")

    (id_,) = work.approvals.ask([item])

    found = work.approvals.get(id_)
    assert (
        Approval(
            id=id_,
            record_id="r1",
            stage_version=4,
            transition="discount",
            asked_by="ann",
            asked_at=make.noon,
            reason="price",
            note="they ask for 30 %",
            source="cli",
            state=ApprovalState.PENDING,
            decided_by=None,
            decided_at=None,
            decided_note="",
        )
        == found
    )
    assert {"r1": [found]} == work.approvals.open_of(["r1", "r2"])


def test_asking_again_is_the_same_request(work: Work, make: type[Make]) -> None:
    """Also by somebody else, and within one call; another transition is another."""
    (first,) = work.approvals.ask([_asked(make)])

    again = work.approvals.ask(
        [
            _asked(make, transition="lose"),
            _asked(make, asked_by="bob"),
            _asked(make, "r2"),
            _asked(make, "r2"),
        ]
    )

    assert [first, again[2]] == [again[1], again[3]]
    assert 3 == len({first, *again})
    assert "ann" == work.approvals.get(first).asked_by


@pytest.mark.parametrize("state", [ApprovalState.APPROVED, ApprovalState.DECLINED])
def test_a_request_is_answered_once(
    work: Work, make: type[Make], state: ApprovalState
) -> None:
    """The second answer comes too late, and changes nothing."""
    (id_,) = work.approvals.ask([_asked(make)])

    assert work.approvals.settle(id_, state, "cyd", make.at(5), "as agreed") is True
    answered = work.approvals.get(id_)
    late = work.approvals.settle(id_, ApprovalState.VOID, "bob", make.at(6))

    assert late is False
    assert work.approvals.get(id_) == answered
    assert (state, "cyd", make.at(5), "as agreed") == (
        answered.state,
        answered.decided_by,
        answered.decided_at,
        answered.decided_note,
    )


def test_what_was_answered_can_be_asked_anew(work: Work, make: type[Make]) -> None:
    """A declined request does not stand in the way of a better one."""
    (declined,) = work.approvals.ask([_asked(make)])
    work.approvals.settle(declined, ApprovalState.DECLINED, "cyd", make.at(5))

    (asked,) = work.approvals.ask([_asked(make, note="now for 10 %")])

    assert declined < asked
    assert [asked] == [one.id for one in work.approvals.open_of(["r1"])["r1"]]


def test_a_move_makes_pending_requests_void(work: Work, make: type[Make]) -> None:
    """Those of its record; what was answered keeps its answer."""
    ids = work.approvals.ask(
        [_asked(make), _asked(make, transition="lose"), _asked(make, "r2")]
    )
    work.approvals.settle(ids[0], ApprovalState.APPROVED, "cyd", make.at(5))

    assert 1 == work.approvals.void(["r1", "r3"], make.at(6))

    states = [work.approvals.get(id_).state.value for id_ in ids]
    assert ["approved", "void", "pending"] == states
    assert make.at(6) == work.approvals.get(ids[1]).decided_at
    assert 0 == work.approvals.void(["r1"], make.at(7))


def test_requests_are_listed_oldest_first(work: Work, make: type[Make]) -> None:
    """Those that wait, or all of them; page by page."""
    ids = work.approvals.ask([_asked(make, id_) for id_ in ("r3", "r1", "r2")])
    work.approvals.settle(ids[1], ApprovalState.DECLINED, "cyd", make.at(5))

    def listed(**asked: object) -> list[str]:
        return [one.record_id for one in work.approvals.listing(**asked)]

    assert ["r3", "r2"] == listed()
    assert ["r3", "r1", "r2"] == listed(pending_only=False)
    assert ["r3"] == listed(limit=1)
    assert ["r2"] == listed(after=ids[0])
    assert 2 == work.approvals.count_pending()


def test_an_unknown_request_is_none(work: Work, make: type[Make]) -> None:
    """Nothing is made up, and nothing is settled."""
    assert work.approvals.get(9) is None
    assert [] == work.approvals.ask([])
    assert 0 == work.approvals.count_pending()
    answer = work.approvals.settle(9, ApprovalState.APPROVED, "cyd", make.noon)
    assert answer is False


def test_pending_requests_are_found_without_reading_answered_ones(
    work: Work, plans: type[Plans]
) -> None:
    """The indexes hold those that wait only."""
    with plans(work) as asked:
        work.approvals.open_of(["r1"])
        work.approvals.listing()

    used = [step for step in asked.steps if " approval " in step]
    assert [
        "SEARCH approval USING INDEX uq_approval_pending (record_id=?)",
        "SEARCH approval USING INDEX ix_approval_pending (id>?)",
    ] == used


def _asked(make: type[Make], record_id: str = "r1", **given: object) -> ApprovalItem:
    columns = {
        "stage_version": 0,
        "transition": "discount",
        "asked_by": "ann",
        "asked_at": make.noon,
    } | given
    return ApprovalItem(record_id=record_id, **columns)
