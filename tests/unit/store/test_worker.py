"""One worker a database, and what it takes over from a dead one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import UsageError
from leadstate.store import open_store

if TYPE_CHECKING:
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
