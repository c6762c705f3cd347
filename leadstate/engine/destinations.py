"""Where automatic transitions would lead many records, without receipts.

A tight loop over the table that the state machine holds, for plans and backtests over
past records.  It always agrees with `decide` on a `Changed` signal (property-tested);
who wants to know why asks `decide`.

    for record, stage in destinations(lifecycle, records, now=now):
        moved += stage != record.stage
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import CASCADE_BOUND
from leadstate.guards import Facts
from leadstate.guards.facts import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards.comparisons import Check, Get

    Ways: TypeAlias = tuple[tuple[Check, str], ...]
    Table: TypeAlias = dict[str, Ways]

__all__ = ["destinations"]

_NO_VALUES: dict[str, None] = {}


def destinations(
    lifecycle: Lifecycle, records: Iterable[Record], *, now: datetime
) -> Iterator[tuple[Record, str]]:
    """Yield each record with the stage in which its automatic transitions would end.

    A record whose stage the lifecycle does not have stays in it, as does one that no
    guard lets through.

    Args:
        lifecycle: The version of the workflow to judge by.
        records: Any number of records; they are taken one by one.
        now: The moment to judge at (aware UTC).
    """
    compiled = compile_lifecycle(lifecycle)
    table, scores = _table(compiled), compiled.scores
    today = local_day(now, compiled.zone)
    facts = Facts(_NO_VALUES, (), now, today)
    for record in records:
        stage = record.stage
        if stage in table:
            values = record.values
            if scores:  # else guards look at nothing but the values and the moment
                facts = Facts(values, record.happenings, now, today)
            get: Get = values.get  # type: ignore[assignment] # leaves look first
            for check, target in table[stage]:
                if check(get, facts):
                    stage = target
                    if stage in table:
                        stage = _follow(table, stage, get, facts)
                    break
        yield record, stage


def _follow(table: Table, stage: str, get: Get, facts: Facts) -> str:
    """Return where the cascade ends, after the step that led to ``stage``."""
    for _ in range(CASCADE_BOUND - 1):
        for check, target in table.get(stage, ()):
            if check(get, facts):
                stage = target
                break
        else:
            return stage
    return stage


def _table(compiled: CompiledLifecycle) -> Table:
    """Return stage -> (guard, target) of its automatic transitions, in file order.

    Stages without any are left out.
    """
    guards = {
        one.transition.name: one.guard.check if one.guard else _always
        for edges in compiled.automatic.values()
        for one in edges
    }
    ways = {
        stage: tuple((guards[name], target) for name, target in edges if name in guards)
        for stage, edges in compiled.machine.table().items()
    }
    return {stage: found for stage, found in ways.items() if found}


def _always(_get: Get, _facts: Facts) -> bool:
    return True
