"""Where automatic transitions would lead many records, without receipts.

For plans and backtests over past records: one function a lifecycle, with the guards of
all its stages in it.  It always agrees with `decide` on a `Changed` signal
(property-tested); who wants to know why asks `decide`.

    for record, stage in destinations(lifecycle, records, now=now):
        moved += stage != record.stage
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias, cast

from leadstate.domain.record import Record
from leadstate.engine.cascade import CASCADE_BOUND
from leadstate.engine.compiled import CompiledLifecycle, compile_lifecycle
from leadstate.guards import Facts
from leadstate.guards.compiler import FunctionSource
from leadstate.guards.facts import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value
    from leadstate.engine.compiled import CompiledTransition

__all__ = ["destinations"]

_Follow: TypeAlias = "Callable[[str, Mapping[str, Value], Facts], str]"
_Destination: TypeAlias = Callable[[Record, Facts], tuple[Record, str]]

_LIFECYCLES_KEPT = 32
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
    moment = Facts(_NO_VALUES, (), now, local_day(now, compiled.zone))
    return map(_destination_of(compiled), records, repeat(moment))


@lru_cache(maxsize=_LIFECYCLES_KEPT)
def _destination_of(compiled: CompiledLifecycle) -> _Destination:
    """Return the function that follows one record, its first step written out.

        def destination(record, facts):
            stage = record.stage
            if stage == k2:
                values = record.values
                if (...):
                    return record, k1(k3, values, facts)
            return record, stage

    Few records move at all, so that the steps after the first may cost a call each.
    """
    source = FunctionSource(compiled.scores)
    follow = source.hold(_follower(compiled))
    lines = ["def destination(record, facts):", "    stage = record.stage"]
    for stage, edges in compiled.automatic.items():
        if edges:
            lines.append(f"    if stage == {source.hold(stage)}:")
            lines.append("        values = record.values")
            if compiled.scores:  # else guards see nothing but values and the moment
                lines.append(f"        facts = {source.hold(_facts_of)}(record, facts)")
            for edge in edges:
                lines.append(f"        if {_met(source, edge)}:")
                end = source.hold(edge.target)
                if compiled.automatic[edge.target]:
                    end = f"{follow}({end}, values, facts)"
                lines.append(f"            return record, {end}")
    lines.append("    return record, stage")
    return cast("_Destination", source.function("\n".join(lines)))


def _met(source: FunctionSource, edge: CompiledTransition) -> str:
    return source.expression(edge.guard.condition) if edge.guard else "True"


def _facts_of(record: Record, moment: Facts) -> Facts:
    return Facts(record.values, record.happenings, moment.now, moment.today)


def _follower(compiled: CompiledLifecycle) -> _Follow:
    """Return what says where the cascade ends, after the step that led to a stage."""

    def follow(stage: str, values: Mapping[str, Value], facts: Facts) -> str:
        for _ in range(CASCADE_BOUND - 1):
            target = _next(compiled.automatic[stage], values, facts)
            if target is None:
                break
            stage = target
        return stage

    return follow


def _next(
    edges: tuple[CompiledTransition, ...], values: Mapping[str, Value], facts: Facts
) -> str | None:
    for edge in edges:
        if edge.guard is None or edge.guard.check(values, facts):
            return edge.target
    return None
