"""Export 200,000 rows of history in every format: rows a second, and peak memory.

Each format is written by a process of its own, so that its peak is its own.
``LEADSTATE_BENCH_EXPORT=1000000`` says how many rows instead of the usual number.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.installation import workflows
from benchmarks.report import Aim, Section

__all__ = ["measure"]

_WAYS = (
    ("history", "csv"),
    ("visits", "csv"),
    ("history", "parquet"),
    ("log", "xes"),
    ("log", "ocel"),
)
_ROWS_EACH = 5
_MOST_MEGABYTES = 400.0
_LEAST_GROWTH = 1.25
_FILL = """
    WITH RECURSIVE number(i) AS (
        SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :records
    )
    INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,
        workflow_version, data, folded, created_at, status)
    SELECT printf('%08x', i), 'b2b_lifecycle', 'sql', 1, 1, 1, 'v1', '{}', '{}',
        :first, 'active' FROM number
"""
_HISTORY = """
    INSERT INTO history (id, record_id, kind, cause, actor, happened_at, learnt_at,
        from_stage, to_stage, source, source_event, pass_number, workflow_version,
        lane, place, hash)
    SELECT record.id || place, record.id, CASE place WHEN 0 THEN 'entered' ELSE 'moved'
        END, 'automatic', 'leadstate', :first + record.rowid * 1000 + place,
        :first + record.rowid * 1000 + place, source, target, 'hubspot',
        record.id || place, 1, 'v1', record.rowid % 16,
        (record.rowid / 16) * 5 + place + 1, ''
    FROM record CROSS JOIN (
        SELECT 0 AS place, NULL AS source, 'lead' AS target
        UNION ALL SELECT 1, 'lead', 'mql' UNION ALL SELECT 2, 'mql', 'sal'
        UNION ALL SELECT 3, 'sal', 'mql' UNION ALL SELECT 4, 'mql', 'sql'
    )
"""
_VISITS = """
    INSERT INTO visit (record_id, stage, pass_number, entered_at, left_at, entered_by,
        left_by, workflow_version)
    SELECT record_id, to_stage, 1, happened_at,
        CASE to_stage WHEN 'sql' THEN NULL ELSE happened_at + 1 END, id,
        CASE to_stage WHEN 'sql' THEN NULL ELSE id END, 'v1' FROM history
"""
_FIRST = 1_767_225_600_000_000


def measure(*, quick: bool) -> Section:
    """Return what each format costs, and whether memory stays bounded."""
    usual = 20_000 if quick else 200_000
    size = int(os.environ.get("LEADSTATE_BENCH_EXPORT") or usual)
    with TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.db", Path(folder) / "large.db"
        _fill(small, size // 4)
        _fill(large, size)
        found = {way: _exported(large, *way) for way in _WAYS}
        fewer = {way: _exported(small, *way) for way in _WAYS}
    growth = max(found[way]["peak"] / fewer[way]["peak"] for way in _WAYS)
    highest = max(one["peak"] for one in found.values())
    return Section(
        title=f"Exports: {size:,} rows, a process each",
        columns=("what", "rows", "rows/s", "file MB", "peak MB", "peak of a quarter"),
        rows=[_row(way, found[way], fewer[way]["peak"]) for way in _WAYS],
        aims=[
            Aim(
                wanted=f"no more than {_MOST_MEGABYTES:.0f} MB, whatever the format",
                measured=f"{highest:.0f} MB",
                met=highest < _MOST_MEGABYTES,
            ),
            Aim(
                wanted=f"four times the rows: under {_LEAST_GROWTH} times the memory",
                measured=f"{growth:.2f} times",
                met=growth < _LEAST_GROWTH,
            ),
        ],
    )


def _row(
    way: tuple[str, str], done: dict[str, float], peak_before: float
) -> tuple[str, ...]:
    return (
        " ".join(way),
        f"{done['rows']:,.0f}",
        f"{done['rows'] / done['seconds']:,.0f}",
        f"{done['megabytes']:,.1f}",
        f"{done['peak']:,.0f}",
        f"{peak_before:,.0f}",
    )


def _fill(path: Path, rows: int) -> None:
    from leadstate.store import open_store  # noqa: PLC0415 - the child needs it alone

    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        given = {"records": rows // _ROWS_EACH, "first": _FIRST}
        for statement in (_FILL, _HISTORY):
            connection.execute(statement, given)
        connection.execute(_VISITS)
        connection.commit()


def _exported(database: Path, what: str, format_: str) -> dict[str, float]:
    """Export in a process of its own; return rows, seconds, megabytes and the peak."""
    words = [sys.executable, "-m", "benchmarks.exporting", str(database), what, format_]
    done = subprocess.run(
        words, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _child(database: Path, what: str, format_: str) -> None:
    from leadstate.clock import SystemClock  # noqa: PLC0415 - the child's own
    from leadstate.definition.workflow import load_workflow  # noqa: PLC0415
    from leadstate.service.app import App  # noqa: PLC0415
    from leadstate.service.export.exporting import ExportRequest, export  # noqa: PLC0415
    from leadstate.store import open_store  # noqa: PLC0415

    app = App(
        lifecycle=load_workflow(workflows() / "b2b_lifecycle.yaml"),
        store=open_store(f"sqlite:///{database}"),
        clock=SystemClock(),
        connections={},
    )
    target = database.with_name(f"out.{format_}")
    started = perf_counter()
    rows = export(app, ExportRequest(what=what, format=format_), target)
    seconds = perf_counter() - started
    app.close()
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": seconds,
                "megabytes": target.stat().st_size / 1e6,
                "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    _child(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
