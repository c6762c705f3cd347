"""Find what is due among millions of timers that wait.

``LEADSTATE_BENCH_TIMERS=10000000`` says how many wait instead of the usual number.
"""

from __future__ import annotations

import gc
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report import Aim, Section
from leadstate.store import open_store
from leadstate.store.columns import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.clock import Timer
    from leadstate.store import Store

__all__ = ["measure"]

_FIRST = datetime(2026, 3, 1, tzinfo=UTC)
_SPREAD = timedelta(days=90)
_TIMERS_EACH = 5
_BATCH = 500
_SLOWEST = 0.010
_RECORDS = """
    WITH RECURSIVE number(i) AS (
        SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :records
    )
    INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,
        workflow_version, data, folded, created_at, status)
    SELECT printf('%08x', (i * 2654435761) % 4294967296), 'b2b', 'mql', 1, 1, 1,
        'v1', '{}', '{}', :first, 'active' FROM number
"""
_TIMERS = """
    INSERT INTO timer (record_id, kind, sla, mark, stage_version, due_at)
    SELECT record.id, kind, sla, mark, 1, :first + (
        ((record.rowid * 5 + place) * 2654435761) % 4294967296
    ) * (:spread / 4294967296.0)
    FROM record CROSS JOIN (
        SELECT 0 AS place, 'warn' AS kind, 'accept' AS sla, '50%' AS mark
        UNION ALL SELECT 1, 'warn', 'accept', '80%'
        UNION ALL SELECT 2, 'breach', 'accept', ''
        UNION ALL SELECT 3, 'wake', '', ''
        UNION ALL SELECT 4, 'look', '', ''
    )
"""


def measure(*, quick: bool) -> Section:
    """Return how long it takes to find, drop and arm timers among so many."""
    usual = 100_000 if quick else 1_000_000
    size = int(os.environ.get("LEADSTATE_BENCH_TIMERS") or usual)
    rounds = min(50 if quick else 200, size // _BATCH // 2)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "timers.db"
        open_store(f"sqlite:///{path}").close()
        _fill(path, size // _TIMERS_EACH)
        store = open_store(f"sqlite:///{path}")
        spent, waiting = _rounds(store, rounds), _waiting(store)
        store.close()
        gigabytes = path.stat().st_size / 1e9
    slowest = max(_at(spent[name], 0.99) for name in (_NONE_DUE, _SOME_DUE))
    return Section(
        title=f"Timers: {waiting:,} wait in a database of {gigabytes:.2f} GB",
        columns=("what", "times", "p50 ms", "p99 ms", "max ms"),
        rows=[_row(name, times) for name, times in spent.items()],
        aims=[
            Aim(
                wanted=f"due scan p99 below {_SLOWEST * 1000:.0f} ms",
                measured=f"{slowest * 1000:.2f} ms",
                met=slowest < _SLOWEST,
            )
        ],
        notes=["each scan finds other rows: those of the scan before were dropped"],
    )


def _fill(path: Path, records: int) -> None:
    """Write records with five timers each, as scattered as ids and moments are."""
    with closing(sqlite3.connect(path)) as connection:
        index = "SELECT sql FROM sqlite_master WHERE name = 'ix_timer_due'"
        [due] = connection.execute(index).fetchone()
        given = {
            "records": records,
            "first": to_micros(_FIRST),
            "spread": _SPREAD // timedelta(microseconds=1),
        }
        for statement in (
            "PRAGMA synchronous = OFF",
            "PRAGMA cache_size = -1000000",
            "DROP INDEX ix_timer_due",  # built faster at once
        ):
            connection.execute(statement)
        connection.execute(_RECORDS, given)
        connection.execute(_TIMERS, given)
        connection.execute(due)
        connection.commit()
    with path.open("rb+") as file:
        os.fsync(file)  # the first commit that is timed does not wait for all this


_NONE_DUE = "nothing is due"
_SOME_DUE = f"{_BATCH} are due"
_NEXT = "when is the next one due"
_DROP = f"drop {_BATCH} that fired, durably"
_ARM = "arm 50 records anew, durably"


def _rounds(store: Store, rounds: int) -> dict[str, list[float]]:
    """Do as a sweep does, round after round, and time each step."""
    spent: dict[str, list[float]] = {}
    gc.collect()
    gc.freeze()  # nobody pays for what other parts of the benchmark keep
    early, late = _FIRST - timedelta(seconds=1), _FIRST + _SPREAD
    for _ in range(rounds):
        none = _timed(spent, _NONE_DUE, partial(_due, store, early))
        due = _timed(spent, _SOME_DUE, partial(_due, store, late))
        if none or len(due) != _BATCH:
            raise AssertionError(f"found {len(none)} and {len(due)} timers")
        _timed(spent, _NEXT, partial(_next_due, store))
        _timed(spent, _DROP, partial(_drop, store, due))
        _timed(spent, _ARM, partial(_arm, store, due[:50]))
    gc.unfreeze()
    return spent


def _timed(
    spent: dict[str, list[float]], name: str, step: Callable[[], list[Timer]]
) -> list[Timer]:
    started = perf_counter()
    found = step()
    spent.setdefault(name, []).append(perf_counter() - started)
    return found


def _due(store: Store, now: datetime) -> list[Timer]:
    with store.read() as view:
        return view.timers.due(now, _BATCH)


def _next_due(store: Store) -> list[Timer]:
    with store.read() as view:
        view.timers.next_due()
    return []


def _drop(store: Store, timers: list[Timer]) -> list[Timer]:
    with store.begin() as work:
        work.timers.remove([one.id for one in timers])
        work.commit()
    return []


def _arm(store: Store, timers: list[Timer]) -> list[Timer]:
    """Arm what these records still wait for a while later, as a commit does."""
    with store.begin() as work:
        kept = work.timers.of([one.record_id for one in timers])
        work.timers.replace(
            {
                record_id: [replace(one, due_at=one.due_at + _SPREAD) for one in ones]
                for record_id, ones in kept.items()
            }
        )
        work.commit()
    return []


def _waiting(store: Store) -> int:
    with store.read() as view:
        return view.timers.count()


def _row(name: str, times: list[float]) -> tuple[str, ...]:
    slow = (_at(times, 0.5), _at(times, 0.99), max(times))
    return name, f"{len(times):,}", *(f"{one * 1000:,.2f}" for one in slow)


def _at(times: list[float], part: float) -> float:
    """Return the time that this part of the steps did not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]
