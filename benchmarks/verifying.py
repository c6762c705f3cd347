"""Prove a history: follow a chain of a million rows, and check what stands beside it.

``LEADSTATE_BENCH_HISTORY=5000000`` says how many rows instead of the usual number.
"""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report import Aim, Section
from leadstate.store import open_store
from leadstate.store.chain import COVERED, GENESIS, digest, lane_of, linked
from leadstate.store.checkpoints import public_key
from leadstate.store.sealing import Seals
from leadstate.store.sqlite.engine import glimpse
from leadstate.store.sqlite.raw import SqliteRaw
from leadstate.store.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store import Store

__all__ = ["measure"]

_AIM = 100_000
_ROWS_EACH = 10
_BATCH = 10_000
_CHECKPOINTS = 100
_SEED = b"b" * 32
_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_RECEIPT = {"receipt": {"met": True, "findings": [{"label": "Budget"}] * 8}}
_RECORD = """
    INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,
        workflow_version, data, folded, created_at, status)
    VALUES (?, 'b2b', 'sal', 1, 1, 1, 'v1', '{}', '{}', 17, 'active')
"""
_ADD = (
    f"INSERT INTO history ({', '.join(COVERED)}, hash) "
    f"VALUES ({', '.join('?' * (len(COVERED) + 1))})"
)


def measure(*, quick: bool) -> Section:
    """Return how fast a history is proven, and how much memory that takes."""
    usual = 100_000 if quick else 1_000_000
    rows = int(os.environ.get("LEADSTATE_BENCH_HISTORY") or usual)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history.db"
        store = open_store(f"sqlite:///{path}")
        _fill(store, path, rows)
        store.close()
        gigabytes = path.stat().st_size / 1e9
        before = _peak_megabytes()
        seconds = min(_proven(path, rows) for _ in range(2))
        more = _peak_megabytes() - before
    rate = rows / seconds
    return Section(
        title=f"Verifying: a chain of {rows:,} rows in {gigabytes:.2f} GB",
        columns=("what", "rows", "seconds", "rows/s", "more memory MB"),
        rows=[
            (
                "rows, details, keys, heads, checkpoints",
                f"{rows:,}",
                f"{seconds:.2f}",
                f"{rate:,.0f}",
                f"{more:.0f}",
            )
        ],
        aims=[
            Aim(
                wanted=f"{_AIM:,} rows/s",
                measured=f"{rate:,.0f}",
                met=rate >= _AIM,
            )
        ],
        notes=[
            f"every second row has a sealed detail; {_CHECKPOINTS} checkpoints",
            "the better of two runs",
        ],
    )


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _proven(path: Path, rows: int) -> float:
    with glimpse(path) as connection:
        started = perf_counter()
        proof = verify(SqliteRaw(connection), keys={public_key(_SEED)})
        seconds = perf_counter() - started
    if proof.total or (proof.rows, proof.checkpoints) != (rows, _CHECKPOINTS):
        raise AssertionError(f"not proven: {proof.faults[:3]}")
    return seconds


def _fill(store: Store, path: Path, rows: int) -> None:
    """Write a chain in bulk, as the store would have, and a checkpoint now and then."""
    heads: dict[int, tuple[int, str]] = {}
    with closing(sqlite3.connect(path)) as connection, connection:
        records = rows // _ROWS_EACH or 1
        connection.executemany(_RECORD, ((f"{one:032x}",) for one in range(records)))
    every = max(1, rows // _CHECKPOINTS)
    for start in range(0, rows, every):
        numbers = iter(range(start + 1, min(start + every, rows) + 1))
        while batch := list(islice(numbers, _BATCH)):
            _write(store, path, batch, rows // _ROWS_EACH or 1, heads)
        with store.begin() as work:
            work.checkpoints.make(_SEED, _NOW)
            work.commit()


def _write(
    store: Store,
    path: Path,
    numbers: list[int],
    records: int,
    heads: dict[int, tuple[int, str]],
) -> None:
    owners = [f"{number * 2_654_435_761 // 3 % records:032x}" for number in numbers]
    ids = [f"{number:014x}0000{number:012x}" for number in numbers]
    told = [
        (record_id, id_, _RECEIPT)
        for number, record_id, id_ in zip(numbers, owners, ids, strict=True)
        if number % 2
    ]
    with store.begin() as work:
        bodies = Seals(work.connection).seal(told)
        work.commit()
    details = {id_: body for (_, id_, _), body in zip(told, bodies, strict=True)}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(_ADD, _rows(numbers, owners, ids, details, heads))
        connection.executemany("INSERT INTO detail VALUES (?, ?)", details.items())
        connection.executemany(
            "INSERT OR REPLACE INTO chain_head VALUES (?, ?, ?)",
            [(lane, *head) for lane, head in heads.items()],
        )
        connection.commit()


def _rows(
    numbers: list[int],
    owners: list[str],
    ids: list[str],
    details: dict[str, bytes],
    heads: dict[int, tuple[int, str]],
) -> Iterator[list[object]]:
    at = int(_NOW.timestamp()) * 1_000_000
    for number, record_id, id_ in zip(numbers, owners, ids, strict=True):
        lane = lane_of(record_id)
        place, before = heads.get(lane, (0, GENESIS))
        body = details.get(id_)
        row: list[object] = [number, lane, place + 1, id_, record_id]
        row += ["moved", "manual", "olena", at + number, at + number, "accept"]
        row += ["mql", "sal", None, None, "crm", f"asked:{number}", 1, "f762e2" * 10]
        row.append(None if body is None else digest(body))
        heads[lane] = place + 1, linked(before, row)
        yield [*row, heads[lane][1]]
