"""How SLAs stand: whose clocks run, and what is left.

Only reads.  Time is counted in the hours of each SLA's own calendar, so that what
is shown here is what the timers go by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import FieldType, coerce
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import used_time
from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.sla import SLA
    from leadstate.service.app import App

__all__ = [
    "Answering",
    "Delay",
    "DelayKind",
    "SlaStatus",
    "delay_kind",
    "delays",
    "due_order",
    "open_slas",
    "sla_status",
    "slas_of",
    "summary",
]

_PAGE: Final = 1_000
_LOOKS: Final = (timedelta(0), timedelta(hours=8), timedelta(days=7))
"""How far ahead a list looks for clocks before it looks at all of them."""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaStatus:
    """A clock, and what is used up of its time.

    Attributes:
        sla: The SLA, or None when the workflow has it no more.
        used: Business time until now, or until the clock ended; None when nobody knows.
        spared: Business time that it allows besides, because it was tightened late.
    """

    clock: SlaClock
    sla: SLA | None
    used: timedelta | None
    spared: timedelta = timedelta(0)

    @property
    def within(self) -> timedelta | None:
        """The business time that it allows."""
        return self.sla.within + self.spared if self.sla is not None else None

    @property
    def left(self) -> timedelta | None:
        """The business time that is left; negative when the SLA is broken."""
        if self.within is None or self.used is None:
            return None
        return self.within - self.used


# -- open clocks -----------------------------------------------------------------------


def open_slas(  # noqa: PLR0913 - what may be asked for, keyword-only
    app: App,
    *,
    team: str | None = None,
    owner: str | None = None,
    stage: str | None = None,
    sla: str | None = None,
    breached: bool = False,
    paused: bool = False,
    due_within: timedelta | None = None,
    limit: int = 50,
) -> list[SlaStatus]:
    """Return the clocks that run, wait or stand still; those due soonest come first.

    Args:
        team: Of stages that this team owns.
        owner: Of records that this person owns.
        stage: Of records in this stage.
        sla: Of the SLA with this name.
        breached: Only those over their time.
        paused: Only those that stand still.
        due_within: Only those that break their SLA within this time (elapsed, not
            business time), or have broken it.

    Raises:
        UsageError: The workflow has no such stage, SLA or team.
    """
    _check_names(app.lifecycle, team=team, stage=stage, sla=sla)
    now = app.clock.now()
    with app.store.read() as view:
        page = partial(
            view.clocks.listing,
            open=True,
            team=team,
            owner=_person(owner),
            stage=stage,
            sla=sla,
            breached=breached or None,
            paused=paused or None,
        )
        found = _soonest(page, now, limit, due_within)
    return [sla_status(app, one, now) for one in found]


def _check_names(
    lifecycle: Lifecycle, *, team: str | None, stage: str | None, sla: str | None
) -> None:
    """Refuse what the workflow does not have."""
    stages = lifecycle.stages.values()
    owning = [one.owner for one in stages if one.owner]
    _known("stage", stage, lifecycle.stages)
    _known("SLA", sla, dict.fromkeys(its.name for one in stages for its in one.slas))
    _known("team", team, dict.fromkeys([*lifecycle.teams, *owning]))


def _known(what: str, given: str | None, known: Collection[str]) -> None:
    if given is not None and given not in known:
        listed = ", ".join(known) or "none"
        raise UsageError(f"there is no {what} {given!r}; known: {listed}")


def _person(owner: str | None) -> str | None:
    """Return a name as records hold it."""
    found = None if owner is None else coerce(owner, FieldType.OWNER)
    return found if isinstance(found, str) else owner


def _every(page: Callable[..., list[SlaClock]]) -> Iterator[SlaClock]:
    after = 0
    while found := page(limit=_PAGE, after=after):
        yield from found
        after = found[-1].id or 0


def _soonest(
    page: Callable[..., list[SlaClock]],
    now: datetime,
    limit: int,
    within: timedelta | None,
) -> list[SlaClock]:
    """Return the soonest due; of many clocks only those are read that may be among."""
    if within is not None:
        near = _every(partial(page, due_before=now + within))
        return nsmallest(limit, near, key=_due)
    for ahead in _LOOKS:
        near = _every(partial(page, due_before=now + ahead))
        found = nsmallest(limit, near, key=_due)
        if len(found) == limit:
            return found
    return nsmallest(limit, _every(page), key=_due)


def due_order(status: SlaStatus) -> tuple[datetime, int]:
    """Return what clocks are listed by: the soonest due come first."""
    return _due(status.clock)


def _due(clock: SlaClock) -> tuple[datetime, int]:
    return clock.due_at or _NEVER, clock.id or 0


def sla_status(app: App, clock: SlaClock, now: datetime) -> SlaStatus:
    """Return a clock with what is used up of its time by ``now``."""
    stage = app.lifecycle.stages.get(clock.stage)
    slas = stage.slas if stage is not None else ()
    sla = next((one for one in slas if one.name == clock.sla), None)
    used, spared = clock.used, timedelta(0)
    if clock.ended_at is None and stage is not None and sla is not None:
        hours = hours_of(app.lifecycle, stage, sla, clock.owner, app.people)
        used = used_time(hours, clock, now)
        if clock.grace is not None and clock.due_at is not None:
            spared = used_time(hours, clock, clock.due_at) - sla.within
    return SlaStatus(clock=clock, sla=sla, used=used, spared=max(spared, timedelta(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The open clocks that one person of one team answers for.

    Attributes:
        open: How many have not ended, the breached and the paused ones too.
        next_due: When the next of those that are not over their time breaks its
            SLA, or None.
    """

    team: str | None
    owner: str | None
    open: int
    breached: int
    paused: int
    next_due: datetime | None


def summary(app: App) -> list[Answering]:
    """Return how the open clocks stand, by team and owner."""
    with app.store.read() as view:
        counts = view.clocks.counts()
    found: dict[tuple[str | None, str | None], Answering] = {}
    for one in counts:
        key = one.team, one.owner
        before = found.get(key) or Answering(
            team=one.team,
            owner=one.owner,
            open=0,
            breached=0,
            paused=0,
            next_due=None,
        )
        due = [moment for moment in (before.next_due, one.next_due) if moment]
        found[key] = replace(
            before,
            open=before.open + one.open,
            breached=before.breached + one.breached,
            paused=before.paused + one.paused,
            next_due=min(due, default=None),
        )
    return list(found.values())


# -- one record ------------------------------------------------------------------------


def slas_of(app: App, record_id: str) -> tuple[SlaStatus, ...]:
    """Return every clock of a record, oldest first, those that ended too."""
    with app.store.read() as view:
        clocks = view.clocks.of([record_id]).get(record_id, [])
    now = app.clock.now()
    return tuple(sla_status(app, one, now) for one in clocks)


class DelayKind(StrEnum):
    """Who kept the lead waiting."""

    SYSTEM = "system"  # nobody had been given it yet
    HUMAN = "human"  # its owner had not acted yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long a record waited in one stay.

    Attributes:
        until: The event that ends the waiting, or None when leaving the stage does.
        used: Business time; None when nobody knows.
        lasts: Whether it still waits.
    """

    kind: DelayKind
    stage: str
    stage_version: int
    sla: str
    until: str | None
    used: timedelta | None
    lasts: bool


def delays(slas: Sequence[SlaStatus]) -> tuple[Delay, ...]:
    """Tell the waiting for an owner from the waiting for the owner.

    An SLA that the record is ``assigned`` measures the first, one that starts when
    it is ``assigned`` the second.
    """
    found = ((one, delay_kind(one.sla)) for one in slas)
    return tuple(
        Delay(
            kind=kind,
            stage=one.clock.stage,
            stage_version=one.clock.stage_version,
            sla=one.clock.sla,
            until=one.sla.until if one.sla is not None else None,
            used=one.used,
            lasts=one.clock.ended_at is None,
        )
        for one, kind in found
        if kind is not None and one.clock.started_at is not None
    )


def delay_kind(sla: SLA | None) -> DelayKind | None:
    """Return which waiting an SLA measures, or None when it measures neither."""
    if sla is None:
        return None
    if sla.start is None and sla.until == ASSIGNED:
        return DelayKind.SYSTEM
    return DelayKind.HUMAN if sla.start == ASSIGNED else None
