"""Timers: armed anew at every commit, found when due, gone when they fired."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from leadstate.domain.clock import TimerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.clock import Timer
    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture
def work(with_records: Store) -> Iterator[Work]:
    with with_records.begin() as opened:
        yield opened


def test_a_timer_comes_back_as_it_was_armed(work: Work, make: type[Make]) -> None:
    """Everything of it, to the microsecond, and its id."""
    timer = make.timer(
        "r1", 5.5, kind=TimerKind.WARN, sla="accept", mark="80%", stage_version=7
    )

    work.timers.replace({"r1": [timer]})

    assert {"r1": [replace(timer, id=1)]} == work.timers.of(["r1", "r2"])


def test_the_timers_of_a_record_become_exactly_those_that_are_given(
    work: Work, make: type[Make]
) -> None:
    """One goes, one comes, one moves; other records keep theirs."""
    stays = make.timer("r1", 60, kind=TimerKind.WAKE)
    moves = make.timer("r1", 10, kind=TimerKind.WARN, sla="accept", mark="50%")
    goes = make.timer("r1", 20, kind=TimerKind.BREACH, sla="accept")
    other = make.timer("r2", 5)
    work.timers.replace({"r1": [stays, moves, goes], "r2": [other]})

    moved = replace(moves, due_at=make.at(30))
    comes = make.timer("r1", 40)
    work.timers.replace({"r1": [stays, moved, comes], "r3": []})

    kept = work.timers.of(["r1", "r2", "r3"])
    assert [moved, comes, stays] == [replace(one, id=None) for one in kept["r1"]]
    assert [other] == [replace(one, id=None) for one in kept["r2"]]
    assert kept.keys() == {"r1", "r2"}


def test_a_timer_that_did_not_change_is_the_same_row(
    work: Work, make: type[Make]
) -> None:
    """Due at the same moment of the same stay; anything else is another timer."""
    timers = [make.timer("r1"), make.timer("r1", 9, kind=TimerKind.WAKE)]
    work.timers.replace({"r1": timers})
    (before, _) = work.timers.of(["r1"])["r1"]

    work.timers.replace({"r1": [timers[0], replace(timers[1], stage_version=1)]})

    (after, rearmed) = work.timers.of(["r1"])["r1"]
    assert before == after
    assert 3 == rearmed.id


def test_a_timer_that_fired_cannot_take_a_newer_one_with_it(
    work: Work, make: type[Make]
) -> None:
    """Somebody read it, and meanwhile it was armed for later: ids never come back."""
    work.timers.replace({"r1": [make.timer("r1")]})
    (read,) = work.timers.due(make.noon)
    work.timers.replace({"r1": [make.timer("r1", 3600)]})

    assert 0 == work.timers.remove([read.id])
    assert 1 == work.timers.count()


def test_due_timers_come_oldest_first(work: Work, make: type[Make]) -> None:
    """By the moment they are due, then as they were armed; never one of later."""
    kinds = (TimerKind.WAKE, TimerKind.LOOK)
    work.timers.replace(
        {
            "r1": [make.timer("r1", 5, kind=kind) for kind in kinds],
            "r2": [make.timer("r2", 0), make.timer("r2", 5.000001, kind=kinds[0])],
        }
    )

    assert [("r2", "look"), ("r1", "wake"), ("r1", "look")] == _due(work, make, 5)
    assert [("r2", "look")] == _due(work, make, 5, limit=1)
    assert [] == _due(work, make, -0.000001)
    assert make.noon == work.timers.next_due()


def test_a_timer_that_fired_is_gone(work: Work, make: type[Make]) -> None:
    """It fires once; removing it again finds nothing."""
    work.timers.replace({"r1": [make.timer("r1")], "r2": [make.timer("r2", 9)]})
    ids = [one.id for one in work.timers.due(make.noon)]

    assert 1 == work.timers.remove(ids)
    assert 0 == work.timers.remove(ids)
    assert make.at(9) == work.timers.next_due()


def test_without_timers_nothing_is_due(work: Work, make: type[Make]) -> None:
    """Empty questions get empty answers."""
    work.timers.replace({})

    assert [] == work.timers.due(make.noon)
    assert work.timers.next_due() is None
    assert 0 == work.timers.count() == work.timers.remove([])


def test_two_timers_with_one_key_are_refused(work: Work, make: type[Make]) -> None:
    """A record waits for one kind, SLA and mark at one moment only."""
    with pytest.raises(IntegrityError, match="UNIQUE"):
        work.timers.replace({"r1": [make.timer("r1", 1), make.timer("r1", 2)]})


def test_finding_due_timers_reads_the_index_and_no_other_row(
    work: Work, make: type[Make], plans: type[Plans]
) -> None:
    """However many wait: nothing is scanned and nothing is sorted."""
    with plans(work) as asked:
        work.timers.due(make.noon)
        work.timers.next_due()

    assert [
        "SEARCH timer USING COVERING INDEX ix_timer_due (fired_at=? AND due_at<?)",
        "SEARCH timer USING COVERING INDEX ix_timer_due (fired_at=?)",
    ] == asked.steps


def _due(
    work: Work, make: type[Make], seconds: float, limit: int = 9
) -> list[tuple[str, str]]:
    found: list[Timer] = work.timers.due(make.at(seconds), limit)
    return [(one.record_id, one.kind.value) for one in found]
