"""The outbox: in order per record, leased with a fencing token, settled once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.store import OutboxKind, OutboxState, Settlement, StageWrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.store import OutboxRow, Store, Work
    from tests.unit.store.conftest import Make


@pytest.fixture
def work(with_records: Store) -> Iterator[Work]:
    with with_records.begin() as opened:
        yield opened


WRITES = (OutboxKind.STAGE, OutboxKind.FIELDS)


def test_an_item_comes_back_as_it_was_added(work: Work, make: type[Make]) -> None:
    """Claimed by us, not sent yet."""
    item = make.write("t1", history_id="h1", payload=StageWrite(stage="mql"))

    work.outbox.add([item])

    (row,) = _claim(work, make.noon)
    assert {name: getattr(row, name) for name in item.__dataclass_fields__} == {
        name: getattr(item, name) for name in item.__dataclass_fields__
    }
    assert (row.attempts, row.state, row.sent) == (1, OutboxState.CLAIMED, False)
    assert row.claimed_until == make.at(30)
    assert work.outbox.get(row.id) == row


def test_a_token_is_added_once(work: Work, make: type[Make]) -> None:
    """The same write asked for twice is one write."""
    assert work.outbox.add([make.write("t1"), make.write("t2")]) == 2
    assert work.outbox.add([make.write("t1")]) == 0


def test_only_the_oldest_of_a_record_can_be_claimed(
    work: Work, make: type[Make]
) -> None:
    """Writes of one record leave in order; records do not wait for others."""
    work.outbox.add(
        [make.write("a"), make.write("b"), make.write("c", "r2"), make.write("d", "r2")]
    )

    first = _claim(work, make.noon)
    assert _tokens(first) == ["a", "c"]
    assert _claim(work, make.noon) == []

    _settle(work, first[:1], make.at(1))
    assert _tokens(_claim(work, make.at(1))) == ["b"]


def test_a_later_row_waits_even_when_the_oldest_is_not_due(
    work: Work, make: type[Make]
) -> None:
    """A retry keeps its place."""
    work.outbox.add([make.write("a", due_at=make.at(60)), make.write("b")])

    assert _claim(work, make.at(59)) == []
    assert _tokens(_claim(work, make.at(60))) == ["a"]


def test_connections_and_kinds_are_claimed_apart(work: Work, make: type[Make]) -> None:
    """Writes keep their order among each other; a note holds no write back."""
    work.outbox.add(
        [
            make.write("a", connection="amo"),
            make.write("b", kind=OutboxKind.NOTE),
            make.write("c", kind=OutboxKind.FIELDS),
            make.write("d", "r2", kind=OutboxKind.NOTE),
            make.write("e"),
        ]
    )

    assert _tokens(_claim(work, make.noon, kinds=[OutboxKind.STAGE])) == []
    assert _tokens(_claim(work, make.noon, kinds=[OutboxKind.NOTE])) == ["b", "d"]
    assert _tokens(_claim(work, make.noon, kinds=WRITES)) == ["c"]
    assert _tokens(_claim(work, make.noon, connection="amo")) == ["a"]


@pytest.mark.parametrize(
    "kind", [OutboxKind.NOTE, OutboxKind.TASK, OutboxKind.MESSAGE, OutboxKind.CALL]
)
def test_what_changes_no_object_neither_waits_nor_holds_back(
    work: Work, make: type[Make], kind: OutboxKind
) -> None:
    """Behind a write or one of its own kind that was put off, it goes when due."""
    work.outbox.add(
        [
            make.write("write put off", due_at=make.at(20)),
            make.write("put off", kind=kind, due_at=make.at(20)),
            make.write("one", kind=kind),
            make.write("two", kind=kind),
            make.write("write"),
        ]
    )

    assert ["one", "two"] == _tokens(_claim(work, make.noon))
    assert make.at(20) == work.outbox.next_due(make.noon)
    assert ["write put off", "put off"] == _tokens(_claim(work, make.at(20)))


@pytest.mark.parametrize("first", [*WRITES, OutboxKind.CREATE])
@pytest.mark.parametrize("second", [*WRITES, OutboxKind.CREATE])
def test_what_changes_an_object_waits_for_the_change_before(
    work: Work, make: type[Make], first: OutboxKind, second: OutboxKind
) -> None:
    """Whatever the two are, also while the first is put off."""
    later = make.at(60)
    work.outbox.add(
        [make.write("a", kind=first, due_at=later), make.write("b", kind=second)]
    )

    assert [] == _claim(work, make.noon)
    assert later == work.outbox.next_due(make.noon)
    assert ["a"] == _tokens(_claim(work, later))


def test_a_message_goes_out_through_its_channel(work: Work, make: type[Make]) -> None:
    """The channel stands where a CRM's connection stands otherwise."""
    message = make.write(
        "m",
        connection="sales-room",
        object="channel",
        external_id="",
        kind=OutboxKind.MESSAGE,
        payload={"text": "hello"},
    )
    call = make.write("c", connection="plugin", kind=OutboxKind.CALL)

    work.outbox.add([message, call])

    assert ["m"] == _tokens(_claim(work, make.noon, connection="sales-room"))
    assert ["c"] == _tokens(_claim(work, make.noon, connection="plugin"))


def test_a_claim_takes_no_more_than_asked(work: Work, make: type[Make]) -> None:
    """The oldest due go first."""
    work.outbox.add(
        [make.write("a", due_at=make.noon), make.write("b", "r2", due_at=make.at(-5))]
    )

    assert _tokens(_claim(work, make.noon, limit=1)) == ["b"]


def test_an_expired_claim_can_be_taken_over(work: Work, make: type[Make]) -> None:
    """Whoever was late has lost: nothing it reports counts any more."""
    work.outbox.add([make.write("a")])
    (late,) = _claim(work, make.noon)
    assert work.outbox.mark_sent([late.id], late.claim_token) == [late.id]

    assert _claim(work, make.at(29)) == []
    (taken,) = _claim(work, make.at(30))

    assert (taken.sent, taken.attempts) == (True, 2)
    assert taken.claim_token != late.claim_token
    assert work.outbox.mark_sent([late.id], late.claim_token) == []
    assert _settle(work, [late], make.at(31)) == []
    assert _release(work, late, make.at(31)) == []
    assert work.outbox.get(late.id) == taken
    assert _settle(work, [taken], make.at(32)) == [taken.id]


def test_a_late_report_counts_while_nobody_took_over(
    work: Work, make: type[Make]
) -> None:
    """A lease that ran out alone does not throw a good answer away."""
    work.outbox.add([make.write("a")])
    (late,) = _claim(work, make.noon)

    assert _settle(work, [late], make.at(99)) == [late.id]


def test_a_settled_row_is_over(work: Work, make: type[Make]) -> None:
    """State, outcome and time are kept; it cannot be settled again."""
    work.outbox.add([make.write("a")])
    (row,) = _claim(work, make.noon)
    refused = Settlement(id=row.id, state=OutboxState.REFUSED, outcome="read-only")

    assert work.outbox.settle([refused], row.claim_token, make.at(1)) == [row.id]
    assert work.outbox.settle([refused], row.claim_token, make.at(2)) == []
    found = work.outbox.get(row.id)
    assert (found.state, found.outcome, found.settled_at, found.claim_token) == (
        OutboxState.REFUSED,
        "read-only",
        make.at(1),
        None,
    )


@pytest.mark.parametrize(
    ("earlier", "this_time", "after"),
    [(False, False, False), (False, True, True), (True, False, True)],
)
def test_a_released_row_remembers_whether_it_may_have_arrived(
    work: Work, make: type[Make], *, earlier: bool, this_time: bool, after: bool
) -> None:
    """An attempt that surely failed does not wash away an earlier doubtful one."""
    work.outbox.add([make.write("a")])
    for sent in (earlier, this_time):
        (row,) = _claim(work, make.noon)
        work.outbox.mark_sent([row.id], row.claim_token)
        assert _release(work, row, make.noon, sent=sent) == [row.id]

    found = work.outbox.get(row.id)
    assert (found.sent, found.state, found.outcome) == (
        after,
        OutboxState.PENDING,
        "busy",
    )


def test_a_newer_decision_takes_back_what_nobody_holds(
    work: Work, make: type[Make]
) -> None:
    """Claimed rows, notes and other connections stay."""
    work.outbox.add(
        [
            make.write("held"),
            make.write("a"),
            make.write("b", "r2", due_at=make.at(9)),
            make.write("note", kind=OutboxKind.NOTE),
            make.write("other", connection="amo"),
            make.write("c", "r3"),
        ]
    )
    _claim(work, make.noon, limit=1)

    dropped = work.outbox.supersede(["r1", "r2"], "hub", OutboxKind.STAGE)

    assert dropped == 2
    opened = work.outbox.open_for(["r1", "r2", "r3"])
    assert {id_: _tokens(rows) for id_, rows in opened.items()} == {
        "r1": ["held", "note", "other"],
        "r3": ["c"],
    }
    assert work.outbox.counts() == {"claimed": 1, "pending": 3, "superseded": 2}


def test_the_next_due_is_when_a_claim_will_find_something(
    work: Work, make: type[Make]
) -> None:
    """A held or postponed row keeps those behind it waiting."""
    assert work.outbox.next_due(make.noon) is None
    work.outbox.add(
        [make.write("a"), make.write("b"), make.write("c", "r2", due_at=make.at(90))]
    )

    assert work.outbox.next_due(make.at(5)) == make.at(5)
    (row,) = _claim(work, make.at(5))
    assert work.outbox.next_due(make.at(5)) == make.at(35)
    _release(work, row, make.at(100))
    assert work.outbox.next_due(make.at(5)) == make.at(90)
    assert work.outbox.next_due(make.at(5), "amo") is None


def test_a_dead_row_can_be_reopened(work: Work, make: type[Make]) -> None:
    """A person says: try again.  A finished one is left alone."""
    work.outbox.add([make.write("a"), make.write("b", "r2")])
    dead, done = _claim(work, make.noon)
    work.outbox.settle(
        [
            Settlement(id=dead.id, state=OutboxState.DEAD),
            Settlement(id=done.id, state=OutboxState.DONE),
        ],
        dead.claim_token,
        make.noon,
    )

    assert work.outbox.reopen(dead.id, make.at(9)) is True
    assert work.outbox.reopen(done.id, make.at(9)) is False
    assert _tokens(_claim(work, make.at(9))) == ["a"]


def test_an_unknown_row_is_none(work: Work) -> None:
    """Nothing is made up."""
    assert work.outbox.get(99) is None


def _claim(
    work: Work, now: datetime, connection: str = "hub", **given: object
) -> list[OutboxRow]:
    return work.outbox.claim(connection, now, now + timedelta(seconds=30), **given)


def _settle(work: Work, rows: list[OutboxRow], now: datetime) -> list[int]:
    ended = [Settlement(id=row.id, state=OutboxState.DONE) for row in rows]
    return work.outbox.settle(ended, rows[0].claim_token, now)


def _release(
    work: Work, row: OutboxRow, due_at: datetime, *, sent: bool = False
) -> list[int]:
    return work.outbox.release(
        [row.id], row.claim_token, due_at, outcome="busy", sent=sent
    )


def _tokens(rows: list[OutboxRow]) -> list[str]:
    return [row.token for row in rows]
