"""One worker a database, and what it takes over from a dead one."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import UsageError
from leadstate.store import open_store
from leadstate.store.sqlite.locks import only_worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Make
    from leadstate.store import Store


def test_a_second_worker_is_told_who_works_already(
    store: Store, path: Path, make: type[Make]
) -> None:
    """The message names the process, so that a person can find it."""
    other = open_store(f"sqlite:///{path}")

    with (
        store.worker(make.noon),
        pytest.raises(UsageError, match=str(os.getpid())),
        other.worker(make.noon),
    ):
        pass
    other.close()


def _symbolic(path: Path) -> Path:
    link = path.parent / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    return link


def _linked_folder(path: Path) -> Path:
    folder = path.parent / "folder"
    folder.symlink_to(path.parent, target_is_directory=True)
    return folder / path.name


def _hard(path: Path) -> Path:
    link = path.parent / "hard.db"
    link.hardlink_to(path)
    return link


def _roundabout(path: Path) -> Path:
    return path.parent / "." / ".." / path.parent.name / path.name


@pytest.mark.parametrize("named", [_symbolic, _linked_folder, _hard, _roundabout])
@pytest.mark.parametrize("other_process", [False, True])
def test_a_database_of_many_names_has_one_worker(
    store: Store,
    path: Path,
    make: type[Make],
    named: Callable[[Path], Path],
    *,
    other_process: bool,
) -> None:
    """What the file is counts, and not how its path is spelt."""
    other = named(path)
    code = (
        "import pathlib\n"
        "from leadstate.store.sqlite.locks import only_worker\n"
        f"with only_worker(pathlib.Path({str(other)!r})): print('works')\n"
    )

    def works() -> bool:
        if other_process:
            ran = subprocess.run(
                [sys.executable, "-c", code], check=False, capture_output=True
            )
            return ran.returncode == 0
        with suppress(UsageError), only_worker(other):
            return True
        return False

    with store.worker(make.noon):
        assert not works()
    assert works()


def test_a_worker_that_ends_leaves_sqlite_its_locks(
    store: Store, path: Path, make: type[Make]
) -> None:
    """Nobody else can have the file for himself while it is open here."""
    code = (
        "import sqlite3, sys\n"
        f"db = sqlite3.connect({str(path)!r}, timeout=0)\n"
        "print(db.execute('PRAGMA journal_mode = DELETE').fetchone()[0])\n"
    )
    with store.worker(make.noon):
        pass
    with store.read() as view:
        assert view.outbox.counts() == {}

        ran = subprocess.run([sys.executable, "-c", code], check=False)

    assert ran.returncode == 1


def test_the_lock_ends_with_the_work(store: Store, make: type[Make]) -> None:
    """One after the other is fine."""
    for _ in range(2):
        with store.worker(make.noon):
            pass


def test_the_lock_dies_with_its_process(
    store: Store, path: Path, make: type[Make]
) -> None:
    """A worker killed with SIGKILL leaves nothing that keeps the next one out."""
    code = (
        "import os, signal, pathlib\n"
        "from leadstate.store.sqlite.locks import only_worker\n"
        f"with only_worker(pathlib.Path({str(path)!r})):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False)

    with store.worker(make.noon):
        assert -9 == killed.returncode


def test_the_next_worker_takes_over_what_a_dead_one_claimed(
    with_records: Store, make: type[Make]
) -> None:
    """A lease does not have to run out first, and the write counts as maybe sent."""
    with with_records.begin() as work:
        work.outbox.add([make.write("t1")])
        until = make.noon + timedelta(hours=1)
        (claimed,) = work.outbox.claim("hub", make.noon, until)
        work.outbox.mark_sent([claimed.id], claimed.claim_token or "")
        work.commit()

    with with_records.worker(make.at(1)), with_records.begin() as work:
        again = work.outbox.claim("hub", make.at(1), until)

    assert [(claimed.id, True)] == [(row.id, row.sent) for row in again]
