"""Very many SLAs that break in the same second, while webhooks keep coming.

``LEADSTATE_BENCH_SLAS=1000000`` says how many instead of the usual number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.installation import workflows
from benchmarks.receiving import Load, load, wait_until_up
from benchmarks.report import Aim, Section
from benchmarks.workload import NOW
from leadstate.definition.workflow import load_workflow
from leadstate.domain.record import Happening, Record
from leadstate.engine.case import Case
from leadstate.engine.draft import CaseDraft
from leadstate.engine.timekeeping import keep_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["measure"]

_PER_SECOND = 50
_SLOWEST = 0.2
_SLICE = 2.0
_PATIENCE = 600.0


def measure(*, quick: bool) -> Section:
    """Return how fast they are worked off, and how long webhooks wait meanwhile."""
    usual = 10_000 if quick else 100_000
    size = int(os.environ.get("LEADSTATE_BENCH_SLAS") or usual)
    with _service(size) as (process, address, said):
        load(address, 1.0, per_second=_PER_SECOND)  # everything is there
        calm = load(address, 3.0, per_second=_PER_SECOND)
        busy, seconds = _drained(process, address, said)
    slowest = busy.at(0.99)
    return Section(
        title=f"SLAs: {size:,} break in the same second, {_PER_SECOND} webhooks/s",
        columns=("webhooks", "requests", "p50 ms", "p99 ms", "max ms", "failed"),
        rows=[_row("before", calm), _row("while they break", busy)],
        aims=[
            Aim(
                wanted=f"receiver p99 below {_SLOWEST * 1000:.0f} ms meanwhile",
                measured=f"{slowest * 1000:.1f} ms",
                met=slowest < _SLOWEST and not busy.failed,
            )
        ],
        notes=[
            f"{size / seconds:,.0f} timers/s, judged and durable: {seconds:,.0f} s",
            *_costs(quick=quick),
        ],
    )


def _row(name: str, done: Load) -> tuple[str, ...]:
    slow = (done.at(0.5), done.at(0.99), max(done.latencies))
    times = (f"{one * 1000:,.1f}" for one in slow)
    return name, f"{len(done.latencies):,}", *times, str(done.failed)


@contextmanager
def _service(
    size: int,
) -> Iterator[tuple[subprocess.Popen[str], str, SimpleQueue[str]]]:
    """Run the service; what it says comes by a queue."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.draining", str(size)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=(process, said), daemon=True).start()
    try:
        address = said.get(timeout=_PATIENCE).strip()
        wait_until_up(address)
        yield process, address, said
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listen(process: subprocess.Popen[str], said: SimpleQueue[str]) -> None:
    for line in process.stdout or ():
        if line.startswith(("http:", "{")):  # the rest is what is logged
            said.put(line)


def _drained(
    process: subprocess.Popen[str], address: str, said: SimpleQueue[str]
) -> tuple[Load, float]:
    """Let the SLAs break, with webhooks until all did."""
    if process.stdin is None:
        raise AssertionError("the service listens to nobody")
    process.stdin.write("go\n")
    process.stdin.flush()
    whole, end = Load(), perf_counter() + _PATIENCE
    while perf_counter() < end:
        part = load(address, _SLICE, per_second=_PER_SECOND)
        whole.latencies += part.latencies
        whole.failed += part.failed
        whole.seconds += part.seconds
        try:
            told = json.loads(said.get_nowait())
        except Empty:
            continue
        if told["failures"]:
            raise AssertionError(told["failures"])
        return whole, float(told["seconds"])
    raise AssertionError(f"timers are left after {_PATIENCE:g} s")


# -- what keeping time costs -----------------------------------------------------------


def _costs(*, quick: bool) -> Iterator[str]:
    """Yield what one look at the clocks of a record costs, in the shipped workflow."""
    lifecycle = load_workflow(workflows() / "b2b_lifecycle.yaml")
    size = 300 if quick else 3_000
    shown = [
        f"{name} {_cost(lifecycle, stage, size):,.0f} µs"
        for name, stage in (
            ("without an SLA", "lead"),
            ("with one", "mql"),
            ("with three", "sal"),
        )
    ]
    yield f"keeping time costs a record {', '.join(shown)}"


def _cost(lifecycle: Lifecycle, stage: str, size: int) -> float:
    """Return microseconds of a look at clocks that run already."""
    found: list[float] = []
    for _ in range(3):
        judged = [_draft(lifecycle, stage, number) for number in range(size)]
        for one in judged:
            keep_time(one, at=NOW)
        started = perf_counter()
        for one in judged:
            keep_time(one, at=NOW)
        found.append((perf_counter() - started) / size * 1e6)
    return median(found)


def _draft(lifecycle: Lifecycle, stage: str, number: int) -> CaseDraft:
    entered = NOW - timedelta(minutes=number % 200)
    record = Record(
        id=f"{number:08x}",
        stage=stage,
        stage_version=1,
        entered_at=entered,
        values={"owner": "ann"},
        happenings=tuple(
            Happening(event, entered)
            for event in ("demo_requested", "assigned", "webinar_attended")
        ),
    )
    return CaseDraft.of(lifecycle, Case(record=record, since=entered), NOW)
