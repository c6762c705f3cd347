"""Since when a record would have qualified, had it been known in time what came late.

A move is of the moment at which it is decided.  What is found here is kept beside it,
or told of a record that stays because it qualifies no longer: it starts, warns and
breaks no clock.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.engine.compiled import compile_lifecycle
from leadstate.guards import next_change_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.signal import Changed
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Guard

__all__ = ["MissedMove", "missed_move", "qualified_since", "qualifying_times"]


@dataclass(frozen=True, slots=True)
class MissedMove:
    """A move that would have been made, had it been known in time, and is not now.

    Attributes:
        at: Since when the record qualified then (aware UTC).
    """

    transition: str
    target: str
    at: datetime


def qualified_since(
    lifecycle: Lifecycle, record: Record, changed: Changed, *, now: datetime
) -> Mapping[str, datetime]:
    """Return since when automatic transitions were due by what a change tells late.

    A value that counts came just now, and nobody knows that it was true before: only
    behaviour that arrived late makes a record qualify earlier.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands, with what was learnt.
        changed: What was learnt just now.
        now: The moment of judging (aware UTC).

    Returns:
        By the transition's name; those that would have been due no earlier are left
        out.
    """
    late = [one for one in changed.happened if one.at <= now]
    if not late:
        return {}
    guards = compile_lifecycle(lifecycle).automatic.get(record.stage, ())
    asked = {name for one in guards if one.guard for name in one.guard.fields}
    fresh = asked & changed.fields
    earliest = min(changed.at, now) if fresh else record.entered_at
    found = qualifying_times(lifecycle, record, late, earliest=earliest, now=now)
    return {name: at for name, at in found.items() if at < now}


def missed_move(
    lifecycle: Lifecycle,
    record: Record,
    since: Mapping[str, datetime],
    taken: str | None,
    *,
    now: datetime,
) -> MissedMove | None:
    """Return the first move that was due, before the one that is made, and is not now.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stood before it was decided.
        since: What `qualified_since` found.
        taken: The transition that is taken now, or None.
        now: The moment of judging (aware UTC).
    """
    if not since:
        return None
    before = since.get(taken or "", now)
    compiled = compile_lifecycle(lifecycle)
    facts = compiled.facts(record, now)
    missed = [
        MissedMove(one.name, one.target, since[one.name])
        for one in compiled.automatic.get(record.stage, ())
        if since.get(one.name, before) < before
        and one.guard is not None
        and not one.guard.allows(facts)
    ]
    return min(missed, key=lambda one: one.at, default=None)


def qualifying_times(
    lifecycle: Lifecycle,
    record: Record,
    fresh: Collection[Happening],
    *,
    earliest: datetime | None,
    now: datetime,
) -> Mapping[str, datetime]:
    """Return since when automatic transitions are due because of late happenings.

    At each moment what had happened by then counts, with the values that the record
    has now.  A moment at which the guard was met without ``fresh`` as well says nothing
    about them: then it is a value that came just now.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands, with or without ``fresh`` in it.
        fresh: Happenings that were learnt just now.
        earliest: When the record entered its stage (aware UTC); None when unknown.
        now: When they were learnt (aware UTC).

    Returns:
        By the transition's name the first such moment, not before ``earliest`` and not
        after ``now``; transitions without one are left out.
    """
    since = min((one.at for one in fresh), default=None)
    if since is None:
        return {}
    since = since if earliest is None else max(since, earliest)
    compiled = compile_lifecycle(lifecycle)
    late = _Late(compiled, record, fresh)
    found: dict[str, datetime] = {}
    for edge in compiled.automatic.get(record.stage, ()):
        at = late.first(edge.guard, since, now) if edge.guard is not None else None
        if at is not None:
            found[edge.name] = at
    return found


class _Late:
    """A record as it is known now, and as it would be without what came late."""

    __slots__ = ("_compiled", "_with", "_without")

    def __init__(
        self, compiled: CompiledLifecycle, record: Record, fresh: Collection[Happening]
    ) -> None:
        known = record.happenings
        missing = [one for one in fresh if one not in known]
        self._compiled = compiled
        self._with = (
            replace(record, happenings=(*known, *missing)) if missing else record
        )
        before = tuple(one for one in known if one not in fresh)
        self._without = replace(record, happenings=before)

    def first(self, guard: Guard, since: datetime, until: datetime) -> datetime | None:
        """Return when the guard was first met thanks to what came late."""
        at: datetime | None = since
        while at is not None and at <= until:
            if self._thanks(guard, at):
                return at
            at = self._next(guard, at, until)
        return None

    def _thanks(self, guard: Guard, at: datetime) -> bool:
        facts = self._compiled.facts
        met = guard.allows(facts(self._with, at))
        return met and not guard.allows(facts(self._without, at))

    def _next(self, guard: Guard, at: datetime, until: datetime) -> datetime | None:
        """Return when either answer changes next."""
        zone, soonest = self._compiled.zone, until
        found: datetime | None = None
        for record in (self._with, self._without):
            facts = self._compiled.facts(record, at)
            found = next_change_of(guard, facts, zone, until=soonest) or found
            soonest = found or soonest
        return found
