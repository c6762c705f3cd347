"""Promises of the visits: one is open, and they follow each other without a hole."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.store import FirstVisit, VisitEnd, VisitTurn
from leadstate.testing.stores.base import NOON, Promises, after, entered

if TYPE_CHECKING:
    from leadstate.store import Store, Visit

__all__ = ["Staying"]


def _entered(store: Store, *ids: str) -> None:
    with store.begin() as work:
        rows = work.history.append([entered(id_) for id_ in ids])
        work.visits.open_first(
            [
                FirstVisit(record_id=id_, stage="lead", entered_by=row, entered_at=NOON)
                for id_, row in zip(ids, rows, strict=True)
            ]
        )
        work.commit()


def _turned(store: Store, *stages: tuple[str, float]) -> None:
    with store.begin() as work:
        moves = [entered("r1", stage) for stage, _ in stages]
        rows = work.history.append(moves)
        work.visits.turn(
            [
                VisitTurn(
                    record_id="r1",
                    history_id=row,
                    stage=stage,
                    left_at=after(seconds),
                    entered_at=after(seconds),
                )
                for row, (stage, seconds) in zip(rows, stages, strict=True)
            ]
        )
        work.commit()


def _told(visits: list[Visit]) -> list[tuple[str, object, object]]:
    return [(one.stage, one.entered_at, one.left_at) for one in visits]


class Staying(Promises):
    """How long records stay in stages."""

    def test_each_move_ends_a_visit_and_begins_the_next(self, store: Store) -> None:
        """Several moves of one commit, too."""
        _entered(store, "r1", "r2")
        _turned(store, ("mql", 5), ("sal", 7))

        with store.read() as view:
            mine, others = view.visits.of("r1"), view.visits.of("r2")
        assert [
            ("lead", NOON, after(5)),
            ("mql", after(5), after(7)),
            ("sal", after(7), None),
        ] == _told(mine)
        assert [("lead", NOON, None)] == _told(others)

    def test_no_visit_begins_before_the_one_before_it(self, store: Store) -> None:
        """Whatever a clock says that is behind."""
        _entered(store, "r1")
        _turned(store, ("mql", 9))
        _turned(store, ("sal", 4))

        with store.read() as view:
            found = _told(view.visits.of("r1"))
        assert [("mql", after(9), after(9)), ("sal", after(9), None)] == found[1:]

    def test_a_visit_ends_once(self, store: Store) -> None:
        """The second end finds none that is open."""
        _entered(store, "r1")
        end = VisitEnd(record_id="r1", left_by="h9", left_at=after(3))
        with store.begin() as work:
            assert (1, 0) == (work.visits.close([end]), work.visits.close([end]))

    def test_two_open_visits_of_a_record_are_refused(self, store: Store) -> None:
        """By the database itself, whatever wrote them."""
        _entered(store, "r1")

        with pytest.raises(Exception, match=r".+"):
            _entered(store, "r1")

    def test_a_moment_that_nobody_knows_stays_unknown(self, store: Store) -> None:
        """It is not the moment at which it was written."""
        with store.begin() as work:
            [row] = work.history.append([entered("r1", happened_at=None)])
            first = FirstVisit(record_id="r1", stage="lead", entered_by=row)
            work.visits.open_first([first])
            found = work.visits.of("r1")

        assert [("lead", None, None)] == _told(found)
