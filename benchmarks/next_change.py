"""Find the next moment at which time alone turns a record's guards.

Against what it replaces: judging every record again, night after night.
"""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report import Aim, Section
from benchmarks.workload import NOW
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed
from leadstate.engine.decide import decide
from leadstate.engine.next_change import next_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["measure"]

_NIGHTS = 90
_SLOWEST = 1_000.0
_WORKFLOW = """
workflow: turns
title: Turns
timezone: Europe/Berlin
fields:
  email:         {type: email, identity: true}
  need:          {type: text}
  decision_date: {type: date}
scores:
  interest: {half_life: 14 days, events: {demo: 40, visit: {points: 10, at_most: 30}}}
stages:
  still:  {initial: true}
  dated:  {}
  fading: {}
  won:    {kind: won}
transitions:
  first:  {from: still, to: dated, automatic: true, when: need is known}
  second:
    from: dated
    to: fading
    automatic: true
    when: decision_date within next 90 days
  third:  {from: fading, to: won, automatic: true, when: score.interest < 10}
"""


def measure(*, quick: bool) -> Section:
    """Return what a next turn costs, by what the guard asks."""
    lifecycle = load_workflow_text(_WORKFLOW)
    size, rounds = (200, 3) if quick else (1_000, 5)
    kinds = {
        "a guard without time": ("still", 0),
        "a day within the next 90": ("dated", 0),
        "a score that fades, 5 happenings": ("fading", 5),
        "a score that fades, 50 happenings": ("fading", 50),
    }
    times = {
        name: _both(lifecycle, [_record(*kind, each) for each in range(size)], rounds)
        for name, kind in kinds.items()
    }
    slowest = max(turn for turn, _ in times.values())
    aim = f"a next turn costs less than {_SLOWEST:,.0f} µs"
    return Section(
        title="The next turn of a record by time alone",
        columns=("what its guard asks", "µs/next turn", f"µs/{_NIGHTS} nightly scans"),
        rows=[
            (name, f"{turn:,.1f}", f"{scan * _NIGHTS:,.0f}")
            for name, (turn, scan) in times.items()
        ],
        aims=[Aim(wanted=aim, measured=f"{slowest:,.0f} µs", met=slowest < _SLOWEST)],
        notes=["nightly scans: the decision alone, without reading the records"],
    )


def _record(stage: str, happenings: int, number: int) -> Record:
    """Return one of many records that differ a little."""
    seconds = timedelta(seconds=number)
    events = ["demo" if not place % 5 else "visit" for place in range(happenings)]
    return Record(
        id=f"{number:08x}",
        stage=stage,
        values={"decision_date": date(2026, 6, 1) + timedelta(days=number % 90)},
        happenings=tuple(
            Happening(event, NOW - timedelta(hours=7 * place) - seconds)
            for place, event in enumerate(events)
        ),
    )


def _both(
    lifecycle: Lifecycle, records: list[Record], rounds: int
) -> tuple[float, float]:
    """Return microseconds for a next turn, and for a decision."""
    signal = Changed(at=NOW)
    turn = _timed(lambda one: next_change(lifecycle, one, now=NOW), records, rounds)
    scan = _timed(lambda one: decide(lifecycle, one, signal, now=NOW), records, rounds)
    return turn, scan


def _timed(
    ask: Callable[[Record], object], records: list[Record], rounds: int
) -> float:
    found: list[float] = []
    for _ in range(rounds):
        started = perf_counter()
        for record in records:
            ask(record)
        found.append((perf_counter() - started) / len(records) * 1e6)
    return median(found)
