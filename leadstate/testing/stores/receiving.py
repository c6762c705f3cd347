"""Promises of what comes in: each once, in its order, until it is settled."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from leadstate.store import TIMER, Door, InboxState
from leadstate.testing.stores.base import (
    NOON,
    Promises,
    after,
    item,
    letter,
    new,
    several,
)

if TYPE_CHECKING:
    from leadstate.store import Store
    from leadstate.testing.stores.base import StoreRig

__all__ = ["Receiving"]


def _added(store: Store, *keys: str) -> int:
    with store.begin() as work:
        number = work.inbox.add([item(key) for key in keys])
        work.commit()
    return number


class Receiving(Promises):
    """The inbox, the dead letters, the bookmarks and the identities."""

    def test_a_second_delivery_changes_nothing(self, store: Store) -> None:
        """One key, one item; also once it is settled."""
        first = _added(store, "k1", "k2")
        with store.begin() as work:
            [*ids] = [one.id for one in work.inbox.due(NOON)]
            work.inbox.settle(ids, InboxState.DONE, NOON)
            work.commit()

        again = _added(store, "k2", "k3")

        with store.read() as view:
            found = [one.key for one in view.inbox.due(NOON)]
        assert (2, 1, ["k3"]) == (first, again, found)

    def test_one_event_delivered_to_several_at_once_is_there_once(
        self, rig: StoreRig, store: Store
    ) -> None:
        """Each is told whether it was the one."""
        with several(rig, 4) as others, ThreadPoolExecutor(4) as threads:
            told = list(threads.map(lambda other: _added(other, "k1"), others))

        with store.read() as view:
            assert ([0, 0, 0, 1], {"pending": 1}) == (
                sorted(told),
                view.inbox.counts(),
            )

    def test_what_is_due_comes_oldest_first(self, store: Store) -> None:
        """What is not due yet waits, what is settled is over."""
        with store.begin() as work:
            work.inbox.add(
                [
                    item("late", due_at=after(-1)),
                    item("later", due_at=after(9)),
                    item("soon", due_at=after(-5)),
                    item("timer", kind=TIMER, due_at=after(-3)),
                ]
            )
            found = [one.key for one in work.inbox.due(NOON)]
            news = [one.key for one in work.inbox.due(NOON, without=[TIMER], limit=1)]
            next_due = work.inbox.next_due()

        assert (["soon", "timer", "late"], ["soon"]) == (found, news)
        assert after(-5) == next_due

    def test_an_item_is_settled_once(self, store: Store) -> None:
        """Of two who settle it, one is told so."""
        _added(store, "k1")
        with store.begin() as work:
            [one] = work.inbox.due(NOON)
            first = work.inbox.settle([one.id], InboxState.DONE, NOON)
            second = work.inbox.settle([one.id], InboxState.DEAD, NOON)
            found = work.inbox.get(one.id)

        assert found is not None
        assert (1, 0, InboxState.DONE) == (first, second, found.state)

    def test_a_postponed_item_counts_its_attempts(self, store: Store) -> None:
        """It comes again when it is due, with what it brought."""
        with store.begin() as work:
            work.inbox.add([item("k1", payload={"city": "Łódź", "n": [1, None]})])
            [one] = work.inbox.due(NOON)
            work.inbox.postpone([one.id], after(60))
            early = work.inbox.due(after(59))
            [again] = work.inbox.due(after(60))

        assert ([], 1) == (early, again.attempts)
        assert {"city": "Łódź", "n": [1, None]} == again.payload

    def test_a_dead_letter_that_comes_again_is_counted_up(self, store: Store) -> None:
        """One is open for each thing; once it is replayed, a new one begins."""
        with store.begin() as work:
            work.dead_letters.put([letter("1"), letter("1", door=Door.LINK)])
            work.dead_letters.put([letter("1", at=after(9), reason="still")])
            first = [
                (one.door, one.times, one.reason) for one in work.dead_letters.list()
            ]
            closed = work.dead_letters.resolve_ref(Door.INBOX, "1", after(10))
            work.dead_letters.put([letter("1", at=after(11))])
            second = [(one.door, one.times) for one in work.dead_letters.list()]

        assert {(Door.INBOX, 2, "still"), (Door.LINK, 1, "unknown stage")} == {*first}
        assert closed
        assert {(Door.INBOX, 1), (Door.LINK, 1)} == {*second}

    def test_a_bookmark_is_where_it_was_set_last(self, store: Store) -> None:
        """One for each connection and name."""
        with store.begin() as work:
            work.cursors.set("hub", "changes", "1", NOON)
            work.cursors.set("hub", "changes", "2", NOON)
            work.cursors.set("amo", "changes", "9", NOON)
            work.cursors.delete("amo", "changes")
            work.commit()

        with store.read() as view:
            found = [view.cursors.get(name, "changes") for name in ("hub", "amo")]
        assert ["2", None] == found

    def test_a_record_is_found_by_what_identifies_it(self, store: Store) -> None:
        """Every record with the value, and none without."""
        with store.begin() as work:
            people = ("r7", "ann@x.example"), ("r8", "ann@x.example"), ("r9", "b@x.ex")
            work.records.add([new(id_, email=email) for id_, email in people])
            found = work.identities.find(
                [("email", "ann@x.example"), ("email", "nobody@x.example")]
            )

        assert ("r7", "r8") == found["email", "ann@x.example"]
        assert not found.get(("email", "nobody@x.example"))
