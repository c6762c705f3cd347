"""One guarded transition on many records: a floor, Leadstate, and peers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

from benchmarks import peers
from benchmarks.measuring import Way, bytes_each, microseconds
from benchmarks.report import Aim, Section
from benchmarks.workload import NOW, workload
from leadstate.domain.decision import Move
from leadstate.domain.record import Record
from leadstate.domain.signal import Changed
from leadstate.engine.decide import decide
from leadstate.engine.destinations import destinations
from leadstate.engine.receipts import receipt_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.workload import Workload

__all__ = ["measure"]

_FLOOR = "hand-written loop (the floor)"
_MANY = "Leadstate: destinations, no receipts"
_DECIDE = "Leadstate: decide, full receipt"
_WRITTEN = "Leadstate: decide, receipt as JSON data"
_SHARED = "transitions: one shared machine"
_README = "transitions: a machine a record (README)"
_PEER = "python-statemachine: a machine a record"
_KEPT = "python-statemachine: machines kept"
_SIGNAL = Changed(at=NOW)


@dataclass(frozen=True, slots=True)
class _Sizes:
    many: int
    few: int
    rounds: int


def measure(*, quick: bool) -> Section:
    """Return the table of speed and memory, with its aims."""
    sizes = _Sizes(20_000, 300, 3) if quick else _Sizes(100_000, 1_000, 5)
    given = workload(sizes.many)
    expected = _floor(given, _records(given, sizes.many))
    times = microseconds(_ways(given, sizes), expected, rounds=sizes.rounds)
    sized = _memory(given, sizes)
    moved = sum(stage != "lead" for stage in expected)
    return Section(
        title="A guarded transition (8 stages, 11 transitions, 10 fields, 3 criteria)",
        columns=("way", "records", "µs/record", "x floor", "x decide", "bytes/record"),
        rows=[
            _row(name, way, times, sized) for name, way in _ways(given, sizes).items()
        ],
        aims=_aims(times, sized),
        notes=[
            (
                f"median of {sizes.rounds} interleaved rounds; each moved exactly the "
                f"same records ({moved:,} of {sizes.many:,}) to the same stages"
            ),
            "bytes: what tracking adds to the id and the values (tracemalloc)",
        ],
    )


def _ways(given: Workload, sizes: _Sizes) -> dict[str, Way]:
    records = partial(_records, given)

    def leads(size: int) -> list[peers.Lead]:
        return peers.new_leads(given.values[:size])

    ways = {
        _FLOOR: (records, partial(_floor, given), sizes.many),
        _MANY: (records, partial(_destinations, given), sizes.many),
        _DECIDE: (records, partial(_decide, given), sizes.many),
        _WRITTEN: (records, partial(_written, given), sizes.many // 5),
        _SHARED: (leads, peers.fire_shared, sizes.many),
        _README: (lambda size: given.values[:size], peers.fire_machine_each, sizes.few),
        _PEER: (leads, peers.fire_peer, sizes.few),
        _KEPT: (
            lambda size: [peers.PeerMachine(one) for one in leads(size)],
            peers.fire_kept,
            sizes.few,
        ),
    }
    return {name: Way(*way) for name, way in ways.items()}  # type: ignore[arg-type]


def _records(given: Workload, size: int) -> list[Record]:
    """Return records as the store makes them: each with a moment of its own."""
    return [
        Record(
            id=given.ids[number],
            stage="lead",
            version=number + 1_000,
            entered_at=NOW - timedelta(seconds=number),
            workflow_version=given.lifecycle.version,
            values=given.values[number],
        )
        for number in range(size)
    ]


# -- the ways ---------------------------------------------------------------------


def _floor(given: Workload, records: object) -> list[str]:
    """What somebody would write by hand for this one workflow."""
    del given
    table = {"lead": "mql"}
    found: list[str] = []
    for record in cast("Sequence[Record]", records):
        stage = record.stage
        values = record.values
        target = table.get(stage)
        if target is not None:
            size, tags = values.get("company_size"), values.get("tags")
            if (
                size is not None
                and size >= 50  # type: ignore[operator] # an integer field
                and values.get("job_role") in ("owner", "director")
                and tags is not None
                and "spam" not in tags  # type: ignore[operator] # a set
                and "existing_client" not in tags  # type: ignore[operator] # a set
            ):
                stage = target
        found.append(stage)
    return found


def _destinations(given: Workload, records: object) -> list[str]:
    found = destinations(given.lifecycle, cast("Sequence[Record]", records), now=NOW)
    return [stage for _, stage in found]


def _decide(given: Workload, records: object) -> list[str]:
    lifecycle, found = given.lifecycle, list[str]()
    for record in cast("Sequence[Record]", records):
        decision = decide(lifecycle, record, _SIGNAL, now=NOW)
        found.append(decision.target if isinstance(decision, Move) else decision.stage)
    return found


def _written(given: Workload, records: object) -> list[str]:
    lifecycle, found = given.lifecycle, list[str]()
    for record in cast("Sequence[Record]", records):
        decision = decide(lifecycle, record, _SIGNAL, now=NOW)
        receipt_data(decision.receipts)
        found.append(decision.target if isinstance(decision, Move) else decision.stage)
    return found


# -- memory and verdict -----------------------------------------------------------


def _memory(given: Workload, sizes: _Sizes) -> dict[str, float]:
    few = sizes.few
    record = bytes_each(partial(_records, given), 20_000)
    lead = bytes_each(lambda size: peers.new_leads(given.values[:size]), 20_000)
    peer = bytes_each(
        lambda size: [peers.PeerMachine(one) for one in peers.new_leads(
            given.values[:size])], few)  # fmt: skip
    readme = bytes_each(
        lambda size: [peers.machine_each(one) for one in given.values[:size]], few
    )
    return {
        _FLOOR: record, _MANY: record, _DECIDE: record, _WRITTEN: record,
        _SHARED: lead, _README: readme, _PEER: peer, _KEPT: peer,
    }  # fmt: skip


def _row(
    name: str, way: Way, times: dict[str, float], sized: dict[str, float]
) -> tuple[str, ...]:
    spent = times[name]
    return (
        name,
        f"{way.size:,}",
        f"{spent:,.2f}",
        f"{spent / times[_FLOOR]:,.1f}",
        f"{spent / times[_DECIDE]:,.2f}",
        f"{sized[name]:,.0f}",
    )


def _aims(times: dict[str, float], sized: dict[str, float]) -> list[Aim]:
    to_shared = times[_DECIDE] / times[_SHARED]
    to_floor = times[_MANY] / times[_FLOOR]
    to_decide = times[_WRITTEN] / times[_DECIDE]
    to_peer = min(times[_PEER], times[_KEPT]) / times[_DECIDE]
    return [
        Aim(
            wanted="decide with receipt no slower than raw transitions, shared machine",
            measured=f"{to_shared:.2f}x",
            met=to_shared <= 1,
        ),
        Aim(
            wanted="destinations of many at most 1.5x the hand-written loop",
            measured=f"{to_floor:.2f}x",
            met=to_floor <= 1.5,
        ),
        Aim(
            wanted="a receipt as JSON data at most 3x decide",
            measured=f"{to_decide:.2f}x",
            met=to_decide <= 3,
        ),
        Aim(
            wanted="decide at least 10x faster than python-statemachine at its best",
            measured=f"{to_peer:.1f}x",
            met=to_peer >= 10,
        ),
        Aim(
            wanted="at most 200 bytes a record beyond its data",
            measured=f"{sized[_DECIDE]:.0f} bytes",
            met=sized[_DECIDE] <= 200,
        ),
    ]
