"""Who only reads needs no lock, and may have a file that nobody can write."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import StoreUnavailable
from leadstate.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store
    from tests.unit.store.conftest import Make


def test_a_database_that_another_process_writes_is_opened_and_read(
    store: Store, path: Path
) -> None:
    """Nobody waits for its lock, for opening neither."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(open_store(f"sqlite:///{path}")) as reader, reader.read() as view:
            assert view.inbox.counts() == {}


def test_a_locked_database_is_waited_for_no_longer_than_asked(
    store: Store, path: Path
) -> None:
    """And says what it is that holds it."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StoreUnavailable, match="held by another process"),
            store.begin(patience_seconds=0.01),
        ):
            pass


def test_a_read_only_folder_is_read_and_says_so_when_it_is_written(
    store: Store, path: Path, make: type[Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a mount that nobody can write; SQLite needs no file beside it then."""
    store.close()
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda file, mode: mode != os.W_OK and may(file, mode)
    )
    before = sorted(one.name for one in path.parent.iterdir())

    with closing(open_store(f"sqlite:///{path}")) as reader:
        with reader.read() as view:
            assert view.inbox.counts() == {}
        assert sorted(one.name for one in path.parent.iterdir()) == before
        with (
            pytest.raises(StoreUnavailable, match="read-only"),
            reader.begin() as work,
        ):
            work.inbox.add([make.item("k")])
