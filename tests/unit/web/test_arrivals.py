"""Deliveries that arrive together share a transaction; nobody pays for another one."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import StoreUnavailable
from leadstate.store import InboxItem, open_store
from leadstate.web import arrivals as module
from leadstate.web.arrivals import Arrivals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from leadstate.store import Store

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def item(key: str) -> InboxItem:
    return InboxItem(
        key=key, connection="crm", kind="event", object="contacts", external_id=key,
        happened_at=NOW, received_at=NOW, due_at=NOW,
    )  # fmt: skip


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    yield store
    store.close()


class Groups:
    """Stores as `keep` does, notes the groups, and fails for one key."""

    def __init__(self, *, poison: str = "") -> None:
        self.sizes: list[int] = []
        self.patience: list[float] = []
        self._poison = poison
        self._keep = module.keep

    def __call__(
        self,
        store: Store,
        deliveries: Sequence[Sequence[InboxItem]],
        patience_seconds: float,
    ) -> list[int]:
        self.sizes.append(len(deliveries))
        self.patience.append(patience_seconds)
        if any(one.key == self._poison for items in deliveries for one in items):
            raise ValueError("such an item cannot be kept")
        return self._keep(store, deliveries, patience_seconds)


def together(store: Store, *deliveries: list[InboxItem]) -> list[int | BaseException]:
    async def all_at_once() -> list[int | BaseException]:
        arrivals = Arrivals(store)
        adding = [arrivals.add(items) for items in deliveries]
        return await asyncio.gather(*adding, return_exceptions=True)

    return asyncio.run(all_at_once())


def test_deliveries_that_wait_are_stored_in_one_transaction(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten deliveries cost one sync of the disk, not ten."""
    groups = Groups()
    monkeypatch.setattr(module, "keep", groups)

    assert together(store, *([item(str(number))] for number in range(10))) == [1] * 10
    assert groups.sizes == [10]


def test_each_delivery_learns_how_much_of_it_was_new(store: Store) -> None:
    """A second delivery of the same event counts nothing."""
    assert together(store, [item("a"), item("b")], [item("a")], []) == [2, 0, 0]


def test_what_is_answered_is_durable(store: Store) -> None:
    """Whoever got an answer finds its items in the database."""
    together(store, [item("a")], [item("b")])

    with store.read() as view:
        assert view.inbox.counts() == {"pending": 2}


def test_one_bad_delivery_does_not_cost_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failure each delivery tries alone; only the bad one is told no."""
    monkeypatch.setattr(module, "keep", Groups(poison="bad"))

    good, bad, better = together(store, [item("a")], [item("bad")], [item("b")])

    assert (good, better) == (1, 1)
    assert isinstance(bad, ValueError)


def test_a_locked_database_is_told_to_all_who_wait_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one after the other: a CRM hangs up after two seconds."""
    groups = Groups()
    monkeypatch.setattr(module, "keep", groups)

    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = together(store, *([item(str(number))] for number in range(5)))

    assert [type(one) for one in told] == [StoreUnavailable] * 5
    assert groups.sizes == [5]
    assert [one <= 1.5 for one in groups.patience] == [True]
    assert together(store, [item("later")]) == [1]


def test_a_later_delivery_is_stored_too(store: Store) -> None:
    """The writer ends when nothing waits, and starts again."""

    async def one_by_one() -> list[int]:
        arrivals = Arrivals(store)
        return [await arrivals.add([item("a")]), await arrivals.add([item("b")])]

    assert asyncio.run(one_by_one()) == [1, 1]
