"""Promises of what goes out: once, in order, held by one who can lose it."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from leadstate.store import LedgerEntry, OutboxKind, OutboxState, Settlement
from leadstate.testing.stores.base import NOON, Promises, after, several, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store import OutboxRow, Store
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Sending"]


def _asked(store: Store, *tokens: str, **columns: Any) -> None:
    with store.begin() as work:
        work.outbox.add([write(token, **columns) for token in tokens])
        work.commit()


def _claimed(store: Store, now: float = 0) -> list[OutboxRow]:
    with store.begin() as work:
        found = work.outbox.claim("hub", after(now), after(now + 60))
        work.commit()
    return found


def _tokens(rows: Sequence[OutboxRow]) -> list[str]:
    return [one.token for one in rows]


class Sending(Promises):
    """The outbox, with leases that run out, and what was written."""

    def test_a_write_that_is_asked_for_again_is_there_once(self, store: Store) -> None:
        """Its token tells; also once it is done."""
        _asked(store, "t1")
        [held] = _claimed(store)
        with store.begin() as work:
            done = Settlement(id=held.id, state=OutboxState.DONE)
            work.outbox.settle([done], str(held.claim_token), NOON)
            work.commit()

        with store.begin() as work:
            assert 0 == work.outbox.add([write("t1")])
            assert {"done": 1} == work.outbox.counts()

    def test_a_records_writes_leave_in_the_order_of_the_decisions(
        self, store: Store
    ) -> None:
        """The next is free when the one before is over; a note waits for nobody."""
        _asked(store, "first", due_at=after(-1))
        _asked(store, "second", due_at=after(-9))
        _asked(store, "note", kind=OutboxKind.NOTE, due_at=after(-2))
        _asked(store, "other", record_id="r2", due_at=after(-5))

        held = _claimed(store)
        with store.begin() as work:
            mine = held[_tokens(held).index("first")]
            done = Settlement(id=mine.id, state=OutboxState.DONE)
            work.outbox.settle([done], str(mine.claim_token), NOON)
            work.commit()

        assert ["other", "note", "first"] == _tokens(held)
        assert ["second"] == _tokens(_claimed(store))

    def test_of_several_who_claim_at_once_each_row_has_one(
        self, rig: StoreRig, store: Store
    ) -> None:
        """No write is sent twice because two looked at the same moment."""
        for number in range(20):
            _asked(store, f"t{number}", kind=OutboxKind.NOTE)
        with several(rig, 4) as others, ThreadPoolExecutor(4) as threads:
            found = [one for rows in threads.map(_claimed, others) for one in rows]

        assert sorted(f"t{number}" for number in range(20)) == sorted(_tokens(found))

    def test_a_lease_that_ran_out_is_held_no_more(self, store: Store) -> None:
        """Whoever had it can neither send nor settle, once another has it."""
        _asked(store, "t1")
        [first] = _claimed(store)
        assert [] == _claimed(store, 59)
        [second] = _claimed(store, 60)

        with store.begin() as work:
            lost = str(first.claim_token)
            done = Settlement(id=first.id, state=OutboxState.DONE)
            sent = work.outbox.mark_sent([first.id], lost)
            settled = work.outbox.settle([done], lost, NOON)
            held = work.outbox.mark_sent([second.id], str(second.claim_token))

        assert ([], [], [second.id]) == (sent, settled, held)
        assert (first.id, 2) == (second.id, second.attempts)

    def test_what_may_have_been_sent_says_so_when_it_comes_again(
        self, store: Store
    ) -> None:
        """The next one asks the CRM before it repeats it."""
        _asked(store, "t1")
        [held] = _claimed(store)
        with store.begin() as work:
            work.outbox.mark_sent([held.id], str(held.claim_token))
            work.commit()

        [again] = _claimed(store, 60)

        assert (False, True) == (held.sent, again.sent)

    def test_what_surely_was_not_sent_is_given_back_as_it_was(
        self, store: Store
    ) -> None:
        """It comes again when it is due."""
        _asked(store, "t1")
        [held] = _claimed(store)
        with store.begin() as work:
            mine, token = [held.id], str(held.claim_token)
            work.outbox.mark_sent(mine, token)
            work.outbox.release(mine, token, after(9), outcome="busy", sent=False)
            work.commit()

        assert [] == _claimed(store, 8)
        [again] = _claimed(store, 9)
        assert (False, "busy") == (again.sent, again.outcome)

    def test_our_own_writes_are_known_again(self, store: Store) -> None:
        """By object, property and value, as long as they are kept."""
        entry = LedgerEntry(
            connection="hub",
            object="contacts",
            external_id="1",
            property="stage",
            value="mql",
            token="t1",  # noqa: S106 - it identifies a write
            written_at=NOON,
        )
        with store.begin() as work:
            work.ledger.add([entry])
            work.commit()

        with store.read() as view:
            ours, theirs = ("1", "stage", "mql"), ("1", "stage", "won")
            found = view.ledger.matching("hub", "contacts", [ours, theirs], NOON)
            late = view.ledger.matching("hub", "contacts", [ours], after(1))
        assert ({ours: {store.workflow}}, {}) == (found, late)
