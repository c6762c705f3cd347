"""Count the reports over a long past, each in a process of its own.

The past is written in bulk, in the order in which it would have happened: a visit for
each move, which is what the reports read; the rows of the history behind them are not
read, and are left out.  ``LEADSTATE_BENCH_VISITS=10000000`` says how many.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.installation import workflows
from benchmarks.report import Aim, Section
from leadstate.definition.workflow import load_workflow
from leadstate.service.reports.flow import flow
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.passes import passes
from leadstate.service.reports.results import By, Counting
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.velocity import velocity
from leadstate.store import open_store
from leadstate.store.columns import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import View

__all__ = ["measure"]

_FIRST = datetime(2021, 1, 1, tzinfo=UTC)
_YEARS = timedelta(days=5 * 365)
_NOW = _FIRST + _YEARS + timedelta(days=30)
_SLOWEST = 1.0
_ROUNDS = 3
_QUARTER = Scope(since=_NOW.date() - timedelta(days=180), until=_NOW.date())
_REPORTS: dict[str, Callable[[View, Lifecycle], object]] = {
    "funnel": lambda view, its: funnel(view, its, Scope(), _NOW),
    "time in stage": lambda view, its: stage_times(view, its, Scope(), _NOW),
    "funnel, half a year": lambda view, its: funnel(view, its, _QUARTER, _NOW),
    "funnel by period": lambda view, its: funnel(
        view, its, _QUARTER, _NOW, counting=Counting.PERIOD
    ),
    "time in stage, half a year": lambda view, its: stage_times(
        view, its, _QUARTER, _NOW
    ),
    "funnel by source": lambda view, its: funnel(
        view, its, Scope(), _NOW, by=By.SOURCE
    ),
    "velocity": lambda view, its: velocity(view, its, Scope(), _NOW),
    "flow": lambda view, its: flow(view, its, Scope(), _NOW),
    "passes": lambda view, its: passes(view, its, Scope(), _NOW),
}
_AIMED = frozenset(
    {
        "funnel",
        "time in stage",
        "funnel, half a year",
        "funnel by period",
        "time in stage, half a year",
    }
)
_NEXT = {
    "lead": (("mql", 0.7), ("lost", 0.2)),
    "mql": (("sal", 0.65), ("nurture", 0.12), ("lead", 0.05), ("lost", 0.12)),
    "sal": (("sql", 0.6), ("nurture", 0.1), ("mql", 0.05), ("lost", 0.2)),
    "sql": (("won", 0.4), ("backlog", 0.1), ("sal", 0.05), ("lost", 0.35)),
    "nurture": (("lead", 0.6),),
    "backlog": (("sal", 0.8),),
}
"""Where a record goes from a stage, and how often; the rest stays."""


@dataclass(frozen=True, slots=True)
class _Measured:
    seconds: float
    megabytes: float


def measure(*, quick: bool) -> Section:
    """Return how long each report takes, and the most memory it needs."""
    usual = 100_000 if quick else 1_000_000
    size = int(os.environ.get("LEADSTATE_BENCH_VISITS") or usual)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reports.db"
        open_store(f"sqlite:///{path}").close()
        visits, records = _fill(path, size)
        found = {name: _apart(path, name) for name in _REPORTS}
        gigabytes = path.stat().st_size / 1e9
    slowest = max(found[name].seconds for name in _AIMED)
    return Section(
        title=f"Reports: {visits:,} visits of {records:,} records, {gigabytes:.2f} GB",
        columns=("report", "rows", "seconds", "peak MB"),
        rows=[
            (name, f"{visits:,}", f"{one.seconds:.2f}", f"{one.megabytes:,.0f}")
            for name, one in found.items()
        ],
        aims=[
            Aim(
                wanted="funnel and time in stage over 1,000,000 rows in under 1 s",
                measured=f"{slowest:.2f} s at {visits:,} rows",
                met=slowest < _SLOWEST,
            )
        ],
        notes=[
            f"median of {_ROUNDS} runs, each report in a process of its own",
            "time in stage counts business time for the stages of sales",
        ],
    )


def _apart(path: Path, name: str) -> _Measured:
    """Measure one report in a new process, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_timed, (str(path), name))


def _timed(path: str, name: str) -> _Measured:
    lifecycle = load_workflow(workflows() / "b2b_lifecycle.yaml")
    store = open_store(f"sqlite:///{path}")
    spent = []
    for _ in range(_ROUNDS):
        started = perf_counter()
        with store.read() as view:
            _REPORTS[name](view, lifecycle)
        spent.append(perf_counter() - started)
    store.close()
    return _Measured(median(spent), _peak_megabytes())


def _peak_megabytes() -> float:
    """Return the most memory that this process had, without what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if "VmHWM" in one)
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


# -- a past ----------------------------------------------------------------------------


def _fill(path: Path, size: int) -> tuple[int, int]:
    """Write about so many visits; return how many, and of how many records."""
    chance = Random(7)
    stays: list[tuple[object, ...]] = []
    records = []
    while len(stays) < size:
        id_ = f"{chance.getrandbits(128):032x}"
        last = _FIRST + _YEARS * chance.random()
        its = list(_stays(id_, to_micros(last), chance))
        stays.extend(its)
        values = {"source": chance.choice(_SOURCES), "budget": chance.randrange(50_000)}
        stage, number = str(its[-1][1]), its[-1][2]
        records.append((id_, stage, number, json.dumps(values), json.dumps(values)))
    stays.sort(key=lambda one: one[3])  # type: ignore[arg-type,return-value]
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.executemany(_RECORD, records)
        plain.executemany(_VISIT, stays)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(stays), len(records)


def _stays(id_: str, at: int, chance: Random) -> Iterator[tuple[object, ...]]:
    """Yield the stays of one record."""
    stage, number, entry = "lead", 1, f"{chance.getrandbits(128):032x}"
    while True:
        goes = _onward(stage, chance)
        took = int(chance.expovariate(1 / (6 * 86_400_000_000))) + 60_000_000
        leaves = goes is not None and at + took < to_micros(_NOW)
        left_by = f"{chance.getrandbits(128):032x}" if leaves else None
        left = at + took if leaves else None
        owner = chance.choice(_OWNERS)
        yield id_, stage, number, at, left, entry, left_by, owner, "f" * 64
        if goes is None or left is None or left_by is None:
            return
        number += stage in ("nurture", "backlog")
        stage, at, entry = goes, left, left_by


def _onward(stage: str, chance: Random) -> str | None:
    rest = chance.random()
    for goes, often in _NEXT.get(stage, ()):
        rest -= often
        if rest < 0:
            return goes
    return None


_SOURCES = ("ads", "organic", "fair", "partner", "webinar")
_OWNERS = ("ann", "bob", "cid", None)
_RECORD = """
    INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,
        workflow_version, data, folded, created_at, status)
    VALUES (?, 'b2b_lifecycle', ?, 1, ?, 1, 'v1', ?, ?, 0, 'active')
"""
_VISIT = """
    INSERT INTO visit (record_id, stage, pass_number, entered_at, left_at, entered_by,
        left_by, owner, workflow_version, reported)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
