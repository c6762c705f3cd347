"""When a record should have moved, had it been known in time what arrived late.

Two times are kept of such a move: when it was true, and when it was learnt.  Here the
first one is found; who writes them down is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.engine.compiled import compile_lifecycle
from leadstate.guards import next_change_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.signal import Changed
    from leadstate.engine.compiled import CompiledLifecycle
    from leadstate.guards import Guard

__all__ = ["dated", "effective_time"]


def dated(
    lifecycle: Lifecycle, record: Record, changed: Changed, *, now: datetime
) -> Changed:
    """Return the change at the time from which it counts, which is never after now.

    A value that counts came just now, and nobody knows that it was true before: only
    behaviour that arrived late dates a move back.
    """
    at = min(changed.at, now)
    late = [one for one in changed.happened if one.at <= now]
    if not late:
        return changed if at == changed.at else replace(changed, at=at)
    guards = compile_lifecycle(lifecycle).automatic.get(record.stage, ())
    asked = {name for one in guards if one.guard for name in one.guard.fields}
    earliest = at if asked & changed.fields else record.entered_at
    found = effective_time(lifecycle, record, late, earliest=earliest, now=now)
    return replace(changed, at=min(found or at, now))


def effective_time(
    lifecycle: Lifecycle,
    record: Record,
    fresh: Collection[Happening],
    *,
    earliest: datetime | None,
    now: datetime,
) -> datetime | None:
    """Return since when an automatic transition is due because of late happenings.

    At each moment what had happened by then counts, with the values that the record
    has now.  A moment at which the guard was met without ``fresh`` as well says nothing
    about them: then it is a value that came just now, and the move is of now.

    Args:
        lifecycle: The version of the workflow to judge by.
        record: The record as it stands, with or without ``fresh`` in it.
        fresh: Happenings that were learnt just now.
        earliest: When the record entered its stage (aware UTC); None when unknown.
        now: When they were learnt (aware UTC).

    Returns:
        The first such moment, not before ``earliest`` and not after ``now``; None when
        there is none, and the move is to be dated ``now``.
    """
    since = min((one.at for one in fresh), default=None)
    if since is None:
        return None
    since = since if earliest is None else max(since, earliest)
    compiled = compile_lifecycle(lifecycle)
    late = _Late(compiled, record, fresh)
    found: datetime | None = None
    for edge in compiled.automatic.get(record.stage, ()):
        if edge.guard is not None:
            until = now if found is None else found
            found = late.first(edge.guard, since, until) or found
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
