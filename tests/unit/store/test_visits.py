"""Visits: one open stay a record, closed by the history row that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from leadstate.store import FirstVisit, VisitEnd, VisitTurn

if TYPE_CHECKING:
    from leadstate.store import Store
    from tests.unit.store.conftest import Make


def test_a_turn_closes_one_stay_and_opens_the_next(
    with_records: Store, make: type[Make]
) -> None:
    """Both know the history row that made it, and the moment."""
    turn = VisitTurn(
        record_id="r1",
        history_id="h2",
        stage="mql",
        left_at=make.at(60),
        entered_at=make.at(60),
        pass_number=2,
    )
    with with_records.begin() as work:
        work.visits.turn([turn])
        first, second = work.visits.of("r1")

    assert (first.stage, first.entered_at, first.left_at, first.left_by) == (
        "lead",
        make.noon,
        make.at(60),
        "h2",
    )
    assert (second.stage, second.pass_number, second.entered_at) == (
        "mql",
        2,
        make.at(60),
    )
    assert (second.entered_by, second.left_by, second.left_at) == ("h2", None, None)


def test_a_stay_may_end_at_an_unknown_time(with_records: Store) -> None:
    """It is closed all the same: the history row says so, not the time."""
    turn = VisitTurn(record_id="r1", history_id="h2", stage="mql")
    with with_records.begin() as work:
        work.visits.turn([turn])

        assert [visit.left_by for visit in work.visits.of("r1")] == ["h2", None]


def test_a_cascade_leaves_a_stay_a_step(with_records: Store) -> None:
    """Several steps of one record in one batch, mixed with other records."""
    steps = [("r1", "mql"), ("r2", "mql"), ("r1", "sal"), ("r1", "sql")]
    with with_records.begin() as work:
        work.visits.turn(
            [
                VisitTurn(record_id=record_id, history_id=f"h{place}", stage=stage)
                for place, (record_id, stage) in enumerate(steps)
            ]
        )
        stays = {
            id_: [(visit.stage, visit.left_by) for visit in work.visits.of(id_)]
            for id_ in ("r1", "r2")
        }

    assert stays == {
        "r1": [("lead", "h0"), ("mql", "h2"), ("sal", "h3"), ("sql", None)],
        "r2": [("lead", "h1"), ("mql", None)],
    }


def test_a_closed_record_has_no_open_stay(
    with_records: Store, make: type[Make]
) -> None:
    """Closing twice closes once."""
    end = VisitEnd(record_id="r1", left_by="h2", left_at=make.at(1))
    with with_records.begin() as work:
        assert work.visits.close([end]) == 1
        assert work.visits.close([end]) == 0
        assert [visit.left_by for visit in work.visits.of("r1")] == ["h2"]


def test_the_database_refuses_a_second_open_stay(with_records: Store) -> None:
    """A record is in one stage at a time."""
    first = FirstVisit(record_id="r1", stage="mql", entered_by="h9")
    with with_records.begin() as work, pytest.raises(IntegrityError):
        work.visits.open_first([first])
