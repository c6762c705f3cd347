"""The promises of a store hold on SQLite, and a store that breaks one is found."""

from __future__ import annotations

import inspect
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.store import Store, open_store
from leadstate.store.history import Histories
from leadstate.store.inbox import Inbox
from leadstate.store.links import Links
from leadstate.store.outbox import Outbox
from leadstate.store.records import Records
from leadstate.store.sqlite.forging import forge
from leadstate.store.timers import Timers
from leadstate.store.visits import Visits
from leadstate.testing.stores import StoreConformance, StoreRig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from leadstate.domain.clock import Timer
    from leadstate.domain.history import HistoryEntry
    from leadstate.store import InboxItem, LinkRow, OutboxRow, View, VisitTurn, Work

    Spoil = Callable[[View], None]

KEY = b"k" * 32


class SqliteRig:
    """A database in a file of its own."""

    def __init__(self, folder: Path, kind: Callable[[Store], Store]) -> None:
        self._path = folder / "leadstate.db"
        self._kind = kind

    def open(self) -> Store:
        return self._kind(open_store(f"sqlite:///{self._path}", key=KEY))

    @contextmanager
    def open_copy(self, file: Path) -> Iterator[Store]:
        with closing(open_store(f"sqlite:///{file}", key=KEY)) as store:
            yield store

    def forge(self) -> None:
        forge(self._path)


class TestSqlite(StoreConformance):
    """Every promise, on the database that there is."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> StoreRig:
        """A fresh file."""
        return SqliteRig(tmp_path, lambda store: store)


# -- stores that break a promise -------------------------------------------------------


class Spoilt(Store):
    """A store whose work is careless in one place."""

    def __init__(self, store: Store, spoil: Spoil) -> None:
        super().__init__(store._database, store._cipher)
        self._spoil = spoil

    @contextmanager
    def begin(self) -> Iterator[Work]:
        with super().begin() as work:
            self._spoil(work)
            yield work

    @contextmanager
    def read(self) -> Iterator[View]:
        with super().read() as view:
            self._spoil(view)
            yield view


class Eager(Store):
    """Commits what nobody asked to commit."""

    @contextmanager
    def begin(self) -> Iterator[Work]:
        with super().begin() as work:
            try:
                yield work
            finally:
                if not work.connection.closed:
                    work.commit()


class Alone(Store):
    """Looks at nobody else before it works."""

    @contextmanager
    def worker(self, now: datetime) -> Iterator[None]:
        with self.begin() as work:
            work.outbox.take_over(now)
            work.commit()
        yield


class Heartless(Store):
    """Lets a dead worker's leases run out."""

    @contextmanager
    def worker(self, _now: datetime) -> Iterator[None]:
        with self._database.only_worker():
            yield


class Hasty(Store):
    """Copies the file and forgets the log beside it."""

    def copy_to(self, target: Path, _told: object = None) -> None:
        target.write_bytes(self.path.read_bytes())


class Overwriting(Records):
    """Lets the last one win."""

    def update(self, changes: Sequence[object]) -> None:
        for change in changes:
            found = self.get(change.record.id, {})
            known = found.record.version
            moved = replace(change.record, version=known + 1)
            super().update([replace(change, record=moved, expected_version=known)])


class Doubling(Inbox):
    """Believes that every delivery is a new event."""

    def add(self, items: Sequence[InboxItem]) -> int:
        number = sum(self.counts().values())
        return super().add(
            [replace(one, key=f"{one.key}/{number}/{n}") for n, one in enumerate(items)]
        )


class Newest(Inbox):
    """Serves the newest first."""

    def due(self, *given: object, **more: object) -> list[object]:
        return super().due(*given, **more)[::-1]


class Careless(Links):
    """Saves whatever it is given."""

    def save_if(self, rows: Sequence[LinkRow]) -> None:
        self.save(rows)


class Greedy(Outbox):
    """Claims what another one holds."""

    def claim(self, connection: str, *given: object, **more: object) -> list[OutboxRow]:
        self.take_over(given[0])
        return super().claim(connection, *given, **more)


class Trusting(Outbox):
    """Asks nobody whether the lease still holds."""

    def _held(self, ids: Sequence[int], _claim_token: str) -> list[int]:
        return list(ids)


class Unordered(Timers):
    """Serves timers as they were made."""

    def due(self, now: datetime, limit: int = 500) -> list[Timer]:
        return sorted(super().due(now), key=lambda one: one.id)[:limit]


class Backdated(Visits):
    """Lets a visit begin when a clock that is behind says so."""

    def turn(self, moves: Sequence[VisitTurn]) -> None:
        super().turn([replace(one, left_at=None) for one in moves])


class Chainless(Histories):
    """Begins every lane anew."""

    def _heads(self) -> dict[int, tuple[int, str]]:
        return {
            lane: (place, "0" * 64) for lane, (place, _) in super()._heads().items()
        }


class Speechless(Histories):
    """Leaves the notes out."""

    def append(self, entries: Sequence[HistoryEntry]) -> list[str]:
        return super().append([replace(one, note="", receipt={}) for one in entries])


def using(name: str, kind: type) -> Callable[[Store], Store]:
    """Return what makes a store whose work uses another repository."""

    def spoil(view: View) -> None:
        setattr(view, name, kind(view.connection))

    return lambda store: Spoilt(store, spoil)


def like(kind: type[Store]) -> Callable[[Store], Store]:
    """Return what makes a store of another kind."""
    return lambda store: kind(store._database, store._cipher)


BUGS = {
    "test_what_is_not_committed_never_was": like(Eager),
    "test_a_rolled_back_row_leaves_no_gap": like(Eager),
    "test_one_works_on_a_database": like(Alone),
    "test_a_worker_takes_over_what_a_dead_one_held": like(Heartless),
    "test_a_copy_is_the_database_of_one_moment": like(Hasty),
    "test_a_record_that_moved_meanwhile_is_not_overwritten": using(
        "records", Overwriting
    ),
    "test_a_link_that_was_saved_meanwhile_is_not_overwritten": using("links", Careless),
    "test_a_second_delivery_changes_nothing": using("inbox", Doubling),
    "test_one_event_delivered_to_several_at_once_is_there_once": using(
        "inbox", Doubling
    ),
    "test_what_is_due_comes_oldest_first": using("inbox", Newest),
    "test_of_several_who_claim_at_once_each_row_has_one": using("outbox", Greedy),
    "test_a_lease_that_ran_out_is_held_no_more": using("outbox", Trusting),
    "test_timers_come_due_in_their_order": using("timers", Unordered),
    "test_each_move_ends_a_visit_and_begins_the_next": using("visits", Backdated),
    "test_a_chain_that_nobody_touched_is_proven": using("history", Chainless),
    "test_history_is_read_in_the_order_of_the_commits": using("history", Speechless),
}


@pytest.mark.parametrize("promise", sorted(BUGS))
def test_a_store_that_breaks_a_promise_is_found(promise: str, tmp_path: Path) -> None:
    """By the test of that promise."""
    rig = SqliteRig(tmp_path, BUGS[promise])
    suite, test = StoreConformance(), getattr(StoreConformance, promise)
    opened = StoreConformance.store.__wrapped__(suite, rig)
    given = {"rig": rig, "store": next(opened), "tmp_path": tmp_path}
    wanted = [name for name in inspect.signature(test).parameters if name != "self"]

    # A row too few or too many does not fit into what the test expects.
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        test(suite, **{name: given[name] for name in wanted})

    given["store"].close()
