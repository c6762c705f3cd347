"""A fresh store for every example: an empty, migrated database is copied."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest

from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from leadstate.store import Store

    Fresh = Callable[[], AbstractContextManager[Store]]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    folder = tmp_path_factory.mktemp("stores")
    open_store(f"sqlite:///{folder}/template.db").close()
    numbers = count()

    @contextmanager
    def opened() -> Iterator[Store]:
        path = shutil.copy(folder / "template.db", folder / f"{next(numbers)}.db")
        store = open_store(f"sqlite:///{path}")
        with closing(store._database._writer.raw_connection()) as raw:
            raw.driver_connection.execute("PRAGMA synchronous = OFF")
        try:
            yield store
        finally:
            store.close()
            path.unlink()

    return opened
