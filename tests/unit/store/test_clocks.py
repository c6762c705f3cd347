"""Clocks: kept as they were made, found by what people ask, ended with a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.clock import BREACH, ClockState, Pause
from leadstate.store import ClockCount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.clock import SlaClock
    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture
def work(with_records: Store) -> Iterator[Work]:
    with with_records.begin() as opened:
        yield opened


def test_a_clock_comes_back_as_it_was_kept(work: Work, make: type[Make]) -> None:
    """Pauses, marks and lengths of time, to the microsecond."""
    paused = (
        Pause(make.at(1), make.at(2.5), "waiting for the customer", "ann"),
        Pause(make.at(9)),
    )
    full = make.clock(
        "r1",
        pass_number=2,
        carried=timedelta(hours=1, microseconds=7),
        pauses=paused,
        used=timedelta(days=400),
        fired=frozenset({"80%", "50%", BREACH}),
        breached_at=make.at(100),
        escalated_to="sales",
        ended_at=make.at(101),
        counts_from=make.at(1),
        version="v2",
        within=timedelta(hours=4),
        grace=timedelta(minutes=30),
        grace_from=make.at(2),
        measured=False,
    )
    bare = replace(
        make.clock("r2"), team=None, owner=None, entered_at=None, started_at=None
    )

    work.clocks.save([full, bare])

    expected = {"r1": [replace(full, id=1)], "r2": [replace(bare, id=2)]}
    assert expected == work.clocks.of(["r1", "r2", "r3"])


def test_a_clock_is_changed_by_its_id(work: Work, make: type[Make]) -> None:
    """The next state of the same clock; others stay."""
    work.clocks.save([make.clock("r1"), make.clock("r1", sla="call")])
    (accept, call) = work.clocks.of(["r1"])["r1"]
    ended = replace(accept, ended_at=make.at(60), used=timedelta(seconds=60))

    work.clocks.save([ended])

    assert {"r1": [ended, call]} == work.clocks.of(["r1"])
    assert {"r1": [call]} == work.clocks.open_of(["r1"])


def test_a_clock_of_the_same_stay_is_never_kept_twice(
    work: Work, make: type[Make]
) -> None:
    """One without an id takes the place of what its record, stay and SLA have."""
    work.clocks.save([make.clock("r1")])
    again = make.clock("r1", owner="bob", fired=frozenset({"50%"}))

    work.clocks.save([again, make.clock("r1", stage_version=1)])

    assert [replace(again, id=1), make.clock("r1", stage_version=1)] == [
        work.clocks.of(["r1"])["r1"][0],
        replace(work.clocks.of(["r1"])["r1"][1], id=None),
    ]


def test_the_clocks_of_a_record_that_ends_are_closed(
    work: Work, make: type[Make]
) -> None:
    """A pause ends too; what ended before stays as it was, and so do other records."""
    ended = make.clock("r1", sla="call", ended_at=make.at(1))
    lasting = (Pause(make.at(2), make.at(3), "ill"), Pause(make.at(5), None, "ill"))
    paused = make.clock("r1", pauses=lasting, due_at=None)
    waiting = make.clock("r1", sla="reply", started_at=None, due_at=None)
    work.clocks.save([ended, paused, waiting, make.clock("r2")])

    assert 2 == work.clocks.close_all(["r1", "r3"], make.at(9))

    assert {"r2"} == work.clocks.open_of(["r1", "r2"]).keys()
    (first, second, third) = work.clocks.of(["r1"])["r1"]
    assert replace(ended, id=1) == first
    assert (lasting[0], Pause(make.at(5), make.at(9), "ill")) == second.pauses
    assert (ClockState.MET, ClockState.VOID) == (second.state, third.state)
    assert make.at(9) == second.ended_at == third.ended_at
    assert 0 == work.clocks.close_all(["r1"], make.at(10))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"open": True}, [1, 2, 3, 5]),
        ({"open": False}, [4]),
        ({"breached": True}, [3, 4]),
        ({"breached": False, "open": True}, [1, 2, 5]),
        ({"paused": True}, [2]),
        ({"paused": False}, [1, 3, 4, 5]),
        ({"team": "sales"}, [3]),
        ({"owner": "bob"}, [2, 4]),
        ({"stage": "mql"}, [5]),
        ({"sla": "call"}, [2]),
        ({"limit": 2}, [1, 2]),
        ({"after": 3}, [4, 5]),
        ({"after": 1, "limit": 2, "open": True}, [2, 3]),
    ],
    ids=str,
)
def test_clocks_are_listed_by_what_is_asked(
    work: Work, make: type[Make], asked: dict[str, object], expected: list[int]
) -> None:
    """In the order of their ids; what is asked together must hold together."""
    _keep_five(work, make)

    assert expected == [one.id for one in work.clocks.listing(**asked)]


def test_clocks_are_listed_by_the_moment_they_are_due(
    work: Work, make: type[Make]
) -> None:
    """Strictly before; a clock that stands still is due at no moment."""
    work.clocks.save(
        [
            make.clock("r1", due_at=make.at(5)),
            make.clock("r2", due_at=make.at(6)),
            make.clock("r3", due_at=None),
        ]
    )

    due = work.clocks.listing(due_before=make.at(6))

    assert ["r1"] == [one.record_id for one in due]


def test_the_soonest_clocks_are_those_that_can_still_be_kept(
    work: Work, make: type[Make]
) -> None:
    """Not what is over its time, has ended or stands still."""
    work.clocks.save(
        [
            make.clock("r1", due_at=make.at(9)),
            make.clock("r1", sla="a", due_at=make.at(1), ended_at=make.at(0)),
            make.clock("r1", sla="b", due_at=make.at(2), breached_at=make.at(2)),
            make.clock("r1", sla="c", due_at=None),
            make.clock("r2", due_at=make.at(8)),
        ]
    )

    assert [5, 1] == [one.id for one in work.clocks.soonest()]
    assert [5] == [one.id for one in work.clocks.soonest(1)]


def test_open_clocks_are_counted_by_team_owner_and_sla(
    work: Work, make: type[Make]
) -> None:
    """Those over their time apart, and when the next of the others is due."""
    _keep_five(work, make)

    ann = {"team": "marketing", "owner": "ann", "sla": "accept"}
    bob = {"team": "marketing", "owner": "bob", "sla": "call"}
    nobody = {"team": "sales", "owner": None, "sla": "accept"}
    assert [
        ClockCount(**ann, open=2, breached=0, paused=0, next_due=make.at(60)),
        ClockCount(**bob, open=1, breached=0, paused=1, next_due=None),
        ClockCount(**nobody, open=1, breached=1, paused=0, next_due=None),
    ] == work.clocks.counts()


def test_without_clocks_there_is_nothing_to_tell(work: Work) -> None:
    """Empty questions get empty answers."""
    work.clocks.save([])

    assert [] == work.clocks.counts() == work.clocks.listing()
    assert {} == work.clocks.of([]) == work.clocks.open_of(["r1"])


def test_open_clocks_are_found_without_reading_ended_ones(
    work: Work, make: type[Make], plans: type[Plans]
) -> None:
    """Years of ended clocks slow nobody down: both indexes hold open ones only."""
    with plans(work) as asked:
        work.clocks.open_of(["r1"])
        work.clocks.soonest()

    used = [step for step in asked.steps if " clock " in step]
    assert [
        "SEARCH clock USING INDEX ix_clock_open (record_id=?)",
        "SEARCH clock USING INDEX ix_clock_open_due (due_at>?)",
    ] == used


def _keep_five(work: Work, make: type[Make]) -> None:
    clocks: list[SlaClock] = [
        make.clock("r1", due_at=make.at(60)),
        make.clock(
            "r1",
            sla="call",
            owner="bob",
            pauses=(Pause(make.at(1), make.at(2)), Pause(make.at(3))),
            due_at=None,
        ),
        make.clock("r2", team="sales", owner=None, breached_at=make.at(5)),
        make.clock(
            "r3",
            owner="bob",
            pauses=(Pause(make.at(1), make.at(2), "[null]"),),
            breached_at=make.at(5),
            ended_at=make.at(9),
        ),
        make.clock("r3", stage="mql", stage_version=1, due_at=make.at(70)),
    ]
    work.clocks.save(clocks)
