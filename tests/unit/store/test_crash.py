"""kill -9 at any moment leaves all of a commit or nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from leadstate.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store

BATCH = 20
CHILD = f"""
import os, signal, sys
from datetime import UTC, datetime
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.store import *

store = open_store(sys.argv[1])
moment = sys.argv[2]
now = datetime(2026, 1, 1, tzinfo=UTC)

def entry(id_):
    return HistoryEntry(
        record_id=id_, kind=HistoryKind.ENTERED, cause=Cause.IMPORT, actor="a",
        happened_at=now, learnt_at=now, from_stage=None, to_stage="lead",
        source_event=id_.split("-")[0], receipt={{"x": "y" * 500}},
    )

def write(work, batch):
    ids = [f"{{batch}}-{{place}}" for place in range({BATCH})]
    work.records.add([
        NewRecord(
            record=Record(id=id_, stage="lead"), workflow=str(batch), created_at=now
        )
        for id_ in ids
    ])
    rows = work.history.append([entry(id_) for id_ in ids])
    work.visits.open_first([
        FirstVisit(record_id=id_, stage="lead", entered_by=row)
        for id_, row in zip(ids, rows)
    ])
    work.outbox.add([
        OutboxItem(token=id_, record_id=id_, connection=str(batch), object="c",
                   external_id=id_, kind=OutboxKind.STAGE, created_at=now, due_at=now)
        for id_ in ids
    ])

def die_at(name):
    if name == moment:
        os.kill(os.getpid(), signal.SIGKILL)

for batch in range(10_000):
    with store.begin() as work:
        write(work, batch)
        die_at("before")
        work.commit()
    die_at("after")
    print(batch, flush=True)
"""


@pytest.mark.parametrize(("moment", "kept"), [("before", 0), ("after", BATCH)])
def test_the_commit_is_the_moment(path: Path, moment: str, kept: int) -> None:
    """Killed just before it, nothing happened; just after it, everything."""
    child = _start(path, moment)
    child.communicate()

    assert child.returncode == -signal.SIGKILL
    assert _counts(path) == ([Counter({"0": kept})] * 3 if kept else [Counter()] * 3)


@pytest.mark.parametrize("acknowledged", [1, 3, 8, 14])
def test_what_was_acknowledged_is_never_lost(path: Path, acknowledged: int) -> None:
    """Killed somewhere in the middle of the next batch: whole batches, none missing."""
    child = _start(path, "never")
    for _ in range(acknowledged):
        child.stdout.readline()
    child.kill()
    told = acknowledged + len(child.communicate()[0].split())

    records, history, outbox = _counts(path)

    assert records == history == outbox
    assert set(records.values()) == {BATCH}
    assert told <= len(records) <= told + 1


def _start(path: Path, moment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, f"sqlite:///{path}", moment]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _counts(path: Path) -> list[Counter[str]]:
    store = open_store(f"sqlite:///{path}")
    assert store.integrity() == []
    found = [
        _by(store, column)
        for column in (
            "workflow FROM record",
            "source_event FROM history JOIN detail ON history_id = history.id",
            "connection FROM outbox",
        )
    ]
    store.close()
    return found


def _by(store: Store, column: str) -> Counter[str]:
    with store.read() as view:
        return Counter(view.connection.exec_driver_sql(f"SELECT {column}").scalars())
