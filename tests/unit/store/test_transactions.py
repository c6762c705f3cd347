"""One commit is all or nothing, readers see one moment, writers take turns."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError, ResourceClosedError

from leadstate.errors import ConfigurationError, StoreUnavailable
from leadstate.store import open_store
from leadstate.store.fair_lock import FairLock
from leadstate.store.sqlite import engine

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store
    from tests.unit.store.conftest import Make


def test_without_commit_nothing_happened(store: Store, make: type[Make]) -> None:
    """Leaving the block without a commit rolls everything back."""
    with store.begin() as work:
        work.inbox.add([make.item("k1")])

    assert _kept(store) == {}


def test_an_exception_rolls_back(store: Store, make: type[Make]) -> None:
    """A crash in the middle of the work leaves no half of it."""
    with suppress(ZeroDivisionError), store.begin() as work:
        work.inbox.add([make.item("k1")])
        _ = 1 / 0

    assert _kept(store) == {}


def test_a_commit_keeps_everything(store: Store, make: type[Make]) -> None:
    """What was written is there for every later reader."""
    with store.begin() as work:
        work.inbox.add([make.item("k1"), make.item("k2")])
        work.commit()

    assert _kept(store) == {"pending": 2}


def test_work_ends_with_its_commit(store: Store, make: type[Make]) -> None:
    """A write after the commit is an error, never a silent loss."""
    with store.begin() as work:
        work.commit()
        with pytest.raises(ResourceClosedError):
            work.inbox.add([make.item("k1")])


def test_a_view_cannot_write(store: Store, make: type[Make]) -> None:
    """A read transaction stays one."""
    with store.read() as view, pytest.raises(StoreUnavailable, match="read-only"):
        view.inbox.add([make.item("k1")])


def test_a_reader_sees_one_moment_while_a_writer_commits(
    store: Store, make: type[Make]
) -> None:
    """Readers neither wait for a writer nor see half of its work."""
    with store.read() as view:
        before = view.inbox.counts()
        with store.begin() as work:
            work.inbox.add([make.item("k1")])
            during = view.inbox.counts()
            work.commit()
        after = view.inbox.counts()

    assert (before, during, after) == ({}, {}, {})
    assert _kept(store) == {"pending": 1}


def test_the_order_of_writes_in_a_transaction_is_free(
    store: Store, make: type[Make]
) -> None:
    """References are checked at the commit."""
    with store.begin() as work:
        work.history.append([make.entry("r1")])
        work.records.add([make.new("r1")])
        work.commit()


def test_a_row_of_no_record_is_refused(store: Store, make: type[Make]) -> None:
    """History of a record that does not exist cannot be committed."""
    with store.begin() as work:
        work.history.append([make.entry("nobody")])
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            work.commit()

    with store.read() as view:
        assert view.history.recent() == []


def test_a_second_transaction_in_one_thread_is_an_error(store: Store) -> None:
    """It would wait for itself forever."""
    with store.begin(), pytest.raises(RuntimeError, match="already"), store.begin():
        pass


def test_another_process_that_holds_the_database_is_told(
    path: Path, make: type[Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the patience of SQLite the caller hears what to do, and can go on later."""
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 20)
    store = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with (
        pytest.raises(StoreUnavailable, match="held by another process"),
        store.begin(),
    ):
        pass
    other.close()

    with store.begin() as work:
        work.inbox.add([make.item("k1")])
        work.commit()
    assert _kept(store) == {"pending": 1}
    store.close()


def test_a_full_disk_writes_nothing_and_is_told(store: Store, make: type[Make]) -> None:
    """The transaction that did not fit is gone whole; with space the work goes on."""
    payload = {"text": "x" * 2_000}
    with store.begin() as work:
        pages = work.connection.exec_driver_sql("PRAGMA page_count").scalar()
        work.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
        work.commit()

    def fill(batch: int = 0) -> None:
        keys = [f"{batch}-{place}" for place in range(10)]
        with store.begin() as work:
            work.inbox.add([make.item(key, payload=payload) for key in keys])
            work.commit()
        fill(batch + 1)

    with pytest.raises(StoreUnavailable, match=r"disk is full.*Free some space"):
        fill()

    kept = _kept(store)["pending"]
    assert kept > 0
    assert kept % 10 == 0
    assert store.integrity() == []
    with store.begin() as work:
        work.connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        assert work.inbox.add([make.item("later", payload=payload)]) == 1
        work.commit()


def test_a_damaged_file_is_told(path: Path) -> None:
    """A person must act: it does not mend itself."""
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))

    with pytest.raises(ConfigurationError, match="restore a backup"):
        open_store(f"sqlite:///{path}").integrity()


def test_a_bug_is_not_dressed_up_as_the_weather(tmp_path: Path) -> None:
    """Only the database's own troubles become words; the rest is ours."""
    assert engine.explained(sqlite3.OperationalError("no such table"), tmp_path) is None


def test_writers_are_served_in_the_order_they_came() -> None:
    """The one who holds the lock cannot take it again before those who wait."""
    turns, served = FairLock(), []

    def wait(name: int) -> None:
        with turns:
            served.append(name)

    with turns:
        threads = []
        for name in range(5):
            threads.append(threading.Thread(target=wait, args=(name,)))
            threads[-1].start()
            while len(turns._waiting) <= name:
                pass
    with turns:
        served.append("holder again")
    for thread in threads:
        thread.join()

    assert served == [0, 1, 2, 3, 4, "holder again"]


def test_a_turn_that_does_not_come_is_told() -> None:
    """A receiver answers 503 instead of hanging behind a stuck writer."""
    turns, said = FairLock(longest_wait_seconds=0.01), []

    def wait() -> None:
        with pytest.raises(StoreUnavailable, match="Waited") as caught, turns:
            pass
        said.append(str(caught.value))

    with turns:
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()

    assert len(said) == 1
    with turns:
        pass


def test_a_turn_that_comes_in_the_last_moment_is_taken() -> None:
    """Giving up and being called at once ends with the turn, not with a lost lock."""
    turns = FairLock()
    turns.__enter__()
    gate = threading.Lock()

    turns._give_up(threading.get_ident(), gate, 0.01)

    turns.__exit__(None, None, None)
    with turns:
        pass


def _kept(store: Store) -> dict[str, int]:
    with store.read() as view:
        return view.inbox.counts()
