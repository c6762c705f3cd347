"""The inbox: once a key, oldest first, until it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.store import TIMER, InboxState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture
def work(store: Store) -> Iterator[Work]:
    with store.begin() as opened:
        yield opened


def test_an_item_comes_back_as_it_came_in(work: Work, make: type[Make]) -> None:
    """Nothing of the event is lost, and nobody has looked at it yet."""
    item = make.item(
        "k1", record_id="r9", happened_at=None, payload={"raw": ["ß", 1.5, None]}
    )

    work.inbox.add([item])

    (row,) = work.inbox.due(make.noon)
    assert {name: getattr(row, name) for name in item.__dataclass_fields__} == {
        name: getattr(item, name) for name in item.__dataclass_fields__
    }
    assert (row.attempts, row.state, row.settled_at) == (0, InboxState.PENDING, None)
    assert work.inbox.get(row.id) == work.inbox.by_key("k1") == row


def test_a_second_delivery_is_dropped(work: Work, make: type[Make]) -> None:
    """Within one request, and in a later one, also after it was settled."""
    assert work.inbox.add([make.item("k1"), make.item("k2"), make.item("k1")]) == 2
    work.inbox.settle([1], InboxState.DONE, make.noon)

    assert work.inbox.add([make.item("k1"), make.item("k3")]) == 1


def test_due_items_come_oldest_first(work: Work, make: type[Make]) -> None:
    """By due time, then as they came; not those of later."""
    seconds = {"a": 5, "b": 0, "c": 5, "d": 11}
    work.inbox.add([make.item(key, due_at=make.at(n)) for key, n in seconds.items()])

    assert _keys(work, make.at(10)) == ["b", "a", "c"]
    assert [row.key for row in work.inbox.due(make.at(10), limit=2)] == ["b", "a"]
    assert work.inbox.next_due() == make.noon


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["event", "timer", "move", "hint"]),
        ({"kinds": [TIMER]}, ["timer"]),
        ({"kinds": ["event", "hint"]}, ["event", "hint"]),
        ({"kinds": [TIMER, "move"]}, ["timer", "move"]),
        ({"without": [TIMER]}, ["event", "move", "hint"]),
        ({"without": ["move", "event"]}, ["timer", "hint"]),
        ({"kinds": ["move", "hint"], "without": ["hint"]}, ["move"]),
        ({"kinds": [TIMER], "without": [TIMER]}, []),
        ({"limit": 2}, ["event", "timer"]),
        ({"kinds": ["nothing"]}, []),
    ],
    ids=str,
)
def test_kinds_are_taken_apart(
    work: Work, make: type[Make], asked: dict[str, object], expected: list[str]
) -> None:
    """Those named, without those named; still the oldest first over all of them."""
    moments = {"hint": 3, "event": 0, "move": 2, TIMER: 1}
    work.inbox.add(
        [make.item(kind, kind=kind, due_at=make.at(n)) for kind, n in moments.items()]
    )

    assert expected == [row.key for row in work.inbox.due(make.at(9), **asked)]


def test_the_next_due_of_a_kind_is_its_own(work: Work, make: type[Make]) -> None:
    """Timers are asked for apart from what comes in."""
    work.inbox.add(
        [
            make.item("t", kind=TIMER, due_at=make.at(7)),
            make.item("e", kind="event", due_at=make.at(9)),
        ]
    )

    assert make.at(7) == work.inbox.next_due() == work.inbox.next_due(kinds=[TIMER])
    assert make.at(9) == work.inbox.next_due(without=[TIMER])
    assert work.inbox.next_due(kinds=["hint"]) is None


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"kinds": [TIMER]}, "ix_inbox_due_timer"),
        ({"without": [TIMER]}, "ix_inbox_due_news"),
        ({"kinds": ["move", "take"]}, "ix_inbox_due_news"),
    ],
    ids=str,
)
def test_what_is_taken_apart_has_an_index_of_its_own(
    work: Work,
    make: type[Make],
    plans: type[Plans],
    asked: dict[str, list[str]],
    index: str,
) -> None:
    """A hundred thousand timers in the inbox are not read on the way to a webhook."""
    own = work.of("b2b")

    with plans(work) as asking:
        own.inbox.due(make.noon, **asked)

    step = f"SEARCH inbox USING INDEX {index} (workflow=? AND due_at<?)"
    assert [step] == asking.steps


def test_a_settled_item_is_not_due(work: Work, make: type[Make]) -> None:
    """It is settled once; a second settling finds nothing to do."""
    work.inbox.add([make.item("k1"), make.item("k2"), make.item("k3")])

    assert work.inbox.settle([1, 3], InboxState.ECHO, make.at(1)) == 2
    assert work.inbox.settle([1], InboxState.DEAD, make.at(2)) == 0
    assert _keys(work, make.noon) == ["k2"]
    assert work.inbox.counts() == {"echo": 2, "pending": 1}
    assert work.inbox.get(1).settled_at == make.at(1)


def test_a_postponed_item_comes_again(work: Work, make: type[Make]) -> None:
    """Every failed look is counted."""
    work.inbox.add([make.item("k1")])

    assert work.inbox.postpone([1], make.at(60)) == 1
    assert _keys(work, make.at(59)) == []
    (row,) = work.inbox.due(make.at(60))
    assert row.attempts == 1


def test_a_dead_item_can_be_reopened(work: Work, make: type[Make]) -> None:
    """A replay is the same item again, with fresh attempts."""
    work.inbox.add([make.item("k1"), make.item("k2")])
    work.inbox.postpone([1], make.noon)
    work.inbox.settle([1], InboxState.DEAD, make.noon)

    assert work.inbox.reopen([1, 2], make.at(5)) == 1
    row = work.inbox.get(1)
    assert (row.state, row.attempts, row.settled_at, row.due_at) == (
        InboxState.PENDING,
        0,
        None,
        make.at(5),
    )


def test_old_settled_items_are_forgotten(work: Work, make: type[Make]) -> None:
    """Pending and dead items stay, however old."""
    work.inbox.add([make.item(key) for key in ("done", "echo", "dead", "new", "due")])
    for id_, state, at in (
        (1, InboxState.DONE, 0),
        (2, InboxState.ECHO, 1),
        (3, InboxState.DEAD, 0),
        (4, InboxState.DONE, 10),
    ):
        work.inbox.settle([id_], state, make.at(at))

    assert work.inbox.purge(make.at(10), limit=1) == 1
    assert work.inbox.purge(make.at(10)) == 1
    assert work.inbox.counts() == {"dead": 1, "done": 1, "pending": 1}


def test_an_empty_inbox_is_never_due(work: Work, make: type[Make]) -> None:
    """Nothing waits, and nothing is found."""
    assert work.inbox.next_due() is None
    assert work.inbox.get(1) is None
    assert work.inbox.by_key("k1") is None
    assert work.inbox.due(make.noon) == []


def _keys(work: Work, now: datetime) -> list[str]:
    return [row.key for row in work.inbox.due(now)]
