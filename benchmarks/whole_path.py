"""The whole path on SQLite: inbox rows are read, decided and committed in batches."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks.installation import change, installation
from benchmarks.report import Aim, Section
from leadstate.service.advance import advance

if TYPE_CHECKING:
    from benchmarks.installation import MemoryCrm
    from leadstate.service.app import App

__all__ = ["measure"]

_WANTED = 1_500
_Rates = dict[str, list[tuple[float, float]]]


def measure(*, quick: bool) -> Section:
    """Return records a second for records that enter, that stay and that move."""
    size, rounds = (1_500, 1) if quick else (5_000, 3)
    rates: _Rates = {
        "new, taken under care": [],
        "changed, stay": [],
        "changed, move": [],
    }
    for _ in range(rounds):
        with installation() as (app, crm):
            _round(app, crm, [str(number) for number in range(1, size + 1)], rates)
    wall, _ = _medians(rates["changed, move"])
    return Section(
        title="Whole path on SQLite, synchronous=FULL: inbox row to commit",
        columns=("records that are", "records/s", "records/s of CPU time"),
        rows=[
            (name, *(f"{rate:,.0f}" for rate in _medians(found)))
            for name, found in rates.items()
        ],
        aims=[
            Aim(
                wanted=f"{_WANTED:,} changed and moved records a second",
                measured=f"{wall:,.0f}",
                met=wall >= _WANTED,
            )
        ],
        notes=[
            (
                f"{size:,} records of the shipped workflow with two scores, median of "
                f"{rounds}; the CRM answers from memory"
            ),
            "a move writes its position, history, receipt, two visits and the outbox",
        ],
    )


def _round(app: App, crm: MemoryCrm, ids: list[str], rates: _Rates) -> None:
    lately = (app.clock.now() - timedelta(hours=1)).isoformat()
    news: tuple[dict[str, str], ...] = (
        {},
        {"need": "Replace three spreadsheets"},
        {"last_demo_request_at": lately},
    )
    for found, changed in zip(rates.values(), news, strict=True):
        change(app, crm, ids, changed)
        found.append(_advance_all(app, len(ids)))
    with app.store.read() as view:
        if view.records.count_by_stage() != {"mql": len(ids)}:
            raise AssertionError("not every record became an MQL")


def _advance_all(app: App, size: int) -> tuple[float, float]:
    wall, cpu, decided = perf_counter(), process_time(), 0
    while decided < size:
        done = advance(app)
        if not done.progress or done.dead:
            raise AssertionError(f"advancing got stuck: {done}")
        decided += done.decided
    return size / (perf_counter() - wall), size / (process_time() - cpu)


def _medians(found: list[tuple[float, float]]) -> tuple[float, float]:
    return median(one[0] for one in found), median(one[1] for one in found)
