"""When a record is worth another look although nothing about it changes.

Instead of looking at every record every night, the next moment is computed at which a
guard that matters to this record can give another answer.  Who arms the timer for it,
and what is decided then, is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.engine.compiled import compile_lifecycle
from leadstate.guards import next_change_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Guard

__all__ = ["next_change", "next_changes"]


def next_change(
    lifecycle: Lifecycle, record: Record, *, now: datetime, also: Iterable[Guard] = ()
) -> datetime | None:
    """Return the next moment at which time alone changes what counts for the record.

    That is the guard of any transition that leaves its stage, the pause of any SLA of
    the stage, and the condition on which the stage lets go.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands.
        now: The moment to look from (aware UTC).
        also: Further guards that matter.

    Returns:
        A moment after ``now`` (aware UTC), or None when none of them changes within
        ten years.  It may be too early, never too late: then nothing has changed, and
        asking again leads on.
    """
    compiled = compile_lifecycle(lifecycle)
    facts = compiled.facts(record, now)
    soonest: datetime | None = None
    for guard in (*_counting(compiled, record.stage), *also):
        found = next_change_of(guard, facts, compiled.zone, until=soonest)
        soonest = found or soonest
    return soonest


def next_changes(
    lifecycle: Lifecycle, record: Record, *, now: datetime
) -> Mapping[str, datetime]:
    """Return when each transition that leaves the stage can change by time alone.

    Only those that can are named, in file order; see `next_change` for the arguments.
    """
    compiled = compile_lifecycle(lifecycle)
    facts = compiled.facts(record, now)
    found = {
        one.transition.name: next_change_of(one.guard, facts, compiled.zone)
        for one in compiled.leaving.get(record.stage, ())
        if one.guard is not None
    }
    return {name: at for name, at in found.items() if at is not None}


def _counting(compiled: CompiledLifecycle, stage: str) -> Iterator[Guard]:
    """Yield every guard that counts for a record in ``stage``."""
    for edge in compiled.leaving.get(stage, ()):
        if edge.guard is not None:
            yield edge.guard
    for (paused, _), guard in compiled.pauses.items():
        if paused == stage:
            yield guard
    if stage in compiled.wakes:
        yield compiled.wakes[stage]
