"""How SLAs were kept: by SLA, team and owner, delays told apart.

An SLA counts when its verdict fell: when it was met, or when it was broken.  What a
verdict was, stays, unless somebody asks what today's calendars would have said.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from leadstate.domain.clock import ClockState
from leadstate.engine.restating import restated
from leadstate.service.reports.agreements import (
    DelayRow,
    Restated,
    Sla,
    SlaCounts,
    SlaRow,
)
from leadstate.service.reports.figures import share, spread
from leadstate.service.reports.scope import about, selected
from leadstate.service.timers.slas import delay_kind
from leadstate.store.reports.kept_clocks import KeptClocks
from leadstate.store.reports.unmeasured import Unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People
    from leadstate.domain.sla import SLA
    from leadstate.service.reports.scope import Scope
    from leadstate.store import View

__all__ = ["DEFINITIONS", "SlaOutcome", "outcome_of", "sla", "verdict_at"]

DEFINITIONS: Final = (
    "Met: ended in time. Missed: ended, too late. Late: broken, and still running.",
    "Kept is met of met, missed and late; its interval is Wilson's, at 95 %.",
    "An SLA counts in the time in which it was met or broken.",
    "Open ones that are not broken are counted as they stand now.",
    "Used is business time of the SLA's own calendar, of those met and missed.",
    "System delay runs until somebody is given the lead, human delay from then on.",
    "Team and owner are those that the SLA had, not those of today.",
    "Without a verdict: SLAs that never started, and those of records that ended.",
    "Not measured: stays in the time whose SLA was over before anybody could keep it,",
    "or that nobody watched: not under care, not learnt, or without that SLA.",
)

_MICROSECOND: Final = timedelta(microseconds=1)
_PAGE: Final = 1_000
_Key = tuple[str | None, str | None, str | None, str | None]


class SlaOutcome(StrEnum):
    """How an SLA came out; the words of `SlaCounts`."""

    MET = "met"
    MISSED = "missed"
    LATE = "late"
    RUNNING = "running"
    VOID = "void"
    UNMEASURED = "unmeasured"


_VERDICTS: Final = (SlaOutcome.MET, SlaOutcome.MISSED)


def outcome_of(clock: SlaClock) -> SlaOutcome:
    """Return how an SLA came out, or that it has not yet."""
    if not clock.measured:
        return SlaOutcome.UNMEASURED
    if clock.ended_at is None:
        return SlaOutcome.RUNNING if clock.breached_at is None else SlaOutcome.LATE
    if clock.state is ClockState.MISSED:
        return SlaOutcome.MISSED
    # A record that was closed neither kept its SLA nor broke it.
    kept = clock.state is ClockState.MET and clock.used is not None
    return SlaOutcome.MET if kept else SlaOutcome.VOID


def verdict_at(clock: SlaClock) -> datetime | None:
    """Return when an SLA was met or broken, or ended; None while it is open."""
    return clock.breached_at or clock.ended_at


@dataclass(slots=True)
class _Tally:
    counts: dict[SlaOutcome, int] = field(default_factory=lambda: defaultdict(int))
    used: array[int] = field(default_factory=lambda: array("q"))
    pauses: int = 0
    still: timedelta = timedelta(0)
    elapsed: int = 0

    def add(self, outcome: SlaOutcome, used: int | None, length: int | None) -> None:
        self.counts[outcome] += 1
        if outcome in (SlaOutcome.MET, SlaOutcome.MISSED):
            self.elapsed += length or 0
            if used is not None:
                self.used.append(used)

    def add_pauses(self, clock: SlaClock) -> None:
        ended, started = clock.ended_at, clock.started_at
        if (
            outcome_of(clock) in (SlaOutcome.MET, SlaOutcome.MISSED)
            and ended
            and started
        ):
            self.pauses += bool(clock.pauses)
            self.still += _stood_still(clock, started, ended)

    def take(self, other: _Tally) -> None:
        for outcome, number in other.counts.items():
            self.counts[outcome] += number
        self.used.extend(other.used)
        self.pauses += other.pauses
        self.still += other.still
        self.elapsed += other.elapsed

    def kept(self) -> SlaCounts:
        met, missed = self.counts[SlaOutcome.MET], self.counts[SlaOutcome.MISSED]
        late = self.counts[SlaOutcome.LATE]
        return SlaCounts(
            met=met,
            missed=missed,
            late=late,
            running=self.counts[SlaOutcome.RUNNING],
            void=self.counts[SlaOutcome.VOID],
            unmeasured=self.counts[SlaOutcome.UNMEASURED],
            share=share(met, met + missed + late),
            used=spread(sorted(self.used)),
            pauses=self.pauses,
            paused=self.still / _MICROSECOND / self.elapsed if self.elapsed else None,
        )


def _stood_still(clock: SlaClock, started: datetime, ended: datetime) -> timedelta:
    """Return how long a clock stood still on the wall; pauses may overlap."""
    total, moment = timedelta(0), started
    for pause in sorted(clock.pauses, key=lambda one: one.start):
        start, end = max(pause.start, moment), min(pause.end or ended, ended)
        if end > start:
            total, moment = total + (end - start), end
    return total


def sla(
    view: View,
    lifecycle: Lifecycle,
    scope: Scope,
    now: datetime,
    *,
    restate: People | None = None,
) -> Sla:
    """Return how the SLAs were kept.

    Args:
        restate: Everybody, to judge what has ended once more by the calendars, absences
            and SLAs of today; None leaves every verdict as it fell.

    Raises:
        UsageError: The scope cannot be.
    """
    counting = _Counting(lifecycle, scope, now)
    if restate is None:
        counting.read(view)
    else:
        counting.read_anew(view, restate)
    counting.read_unmeasured(view)
    total = _Tally()
    for one in counting.tallies.values():
        total.take(one)
    return Sla(
        about=about("SLAs kept", lifecycle, scope, now, DEFINITIONS),
        total=total.kept(),
        slas=counting.rows(lambda key: (*key[:3], None)),
        teams=counting.rows(lambda key: (None, None, key[2], None)),
        owners=counting.rows(lambda key: key),
        delays=tuple(counting.delays()),
        restated=counting.restated if restate is not None else None,
    )


def _key_of(clock: SlaClock) -> _Key:
    return clock.stage, clock.sla, clock.team, clock.owner


class _Counting:
    """Puts each SLA into its place."""

    def __init__(self, lifecycle: Lifecycle, scope: Scope, now: datetime) -> None:
        self.tallies: dict[_Key, _Tally] = defaultdict(_Tally)
        self.restated = Restated(judged=0, changed=0, now_met=0, now_missed=0)
        self._lifecycle = lifecycle
        self._team = scope.team
        self._its = selected(scope, lifecycle, now)
        stages = list(lifecycle.stages.values())
        self._slas = {(one.name, its.name): its for one in stages for its in one.slas}
        self._order = {key: place for place, key in enumerate(self._slas)}

    def read(self, view: View) -> None:
        """Count the verdicts as they fell."""
        clocks = KeptClocks(view.connection, view.workflow)
        still: list[int] = []
        for one in clocks.each(self._its, team=self._team):
            tally = self.tallies[one[:4]]
            tally.add(SlaOutcome(one.outcome), one.used, one.length)
            if one.paused is not None:
                still.append(one.paused)
        for place in range(0, len(still), _PAGE):
            for clock in clocks.by_id(still[place : place + _PAGE]):
                self.tallies[_key_of(clock)].add_pauses(clock)

    def read_anew(self, view: View, people: People) -> None:
        """Count what today's calendars say, and how many verdicts that changes."""
        judged = met = missed = 0
        pages = KeptClocks(view.connection, view.workflow).of_records(
            self._its, team=self._team
        )
        for together in pages:
            then = [clock for clock, _ in together]
            anew = restated(self._lifecycle, then, people=people)
            for (old, counts), new in zip(together, anew, strict=True):
                before, after = outcome_of(old), outcome_of(new)
                if counts and self._in_time(new, after):
                    self._add(new, after)
                elif not counts or not self._in_time(old, before):
                    continue
                judged += new.ended_at is not None and after in _VERDICTS
                met += (before, after) == (SlaOutcome.MISSED, SlaOutcome.MET)
                missed += (before, after) == (SlaOutcome.MET, SlaOutcome.MISSED)
        self.restated = Restated(
            judged=judged, changed=met + missed, now_met=met, now_missed=missed
        )

    def read_unmeasured(self, view: View) -> None:
        """Count the stays for which there is no clock.

        Not of an SLA for which only some ways count: how a record came that nobody
        watched is not known.
        """
        stays = Unmeasured(view.connection, view.workflow)
        for (stage, name), sla in self._slas.items():
            team = self._lifecycle.stages[stage].owner
            if sla.via or (self._team is not None and self._team != team):
                continue
            for owner, number in stays.number(self._its, stage, name).items():
                tally = self.tallies[stage, name, team, owner]
                tally.counts[SlaOutcome.UNMEASURED] += number

    def _in_time(self, clock: SlaClock, outcome: SlaOutcome) -> bool:
        its = self._its
        if outcome == SlaOutcome.UNMEASURED:
            return self._overlaps(clock)
        if outcome == SlaOutcome.RUNNING:
            began = clock.started_at or clock.entered_at
            return its.until is None or began is None or began < its.until
        moment = verdict_at(clock)
        if moment is None or moment > its.as_of:
            return False
        early = its.since is not None and moment < its.since
        return not early and (its.until is None or moment < its.until)

    def _overlaps(self, clock: SlaClock) -> bool:
        its, began = self._its, clock.entered_at or clock.started_at
        if began is not None and began > its.as_of:
            return False
        if its.until is not None and began is not None and began >= its.until:
            return False
        ended = clock.ended_at
        return ended is None or its.since is None or ended >= its.since

    def _add(self, clock: SlaClock, outcome: SlaOutcome) -> None:
        ended, started = clock.ended_at, clock.started_at
        length = (ended - started) // _MICROSECOND if ended and started else None
        used = None if clock.used is None else clock.used // _MICROSECOND
        tally = self.tallies[_key_of(clock)]
        tally.add(outcome, used, length)
        tally.add_pauses(clock)

    # -- rows --------------------------------------------------------------------------

    def rows(self, grouped: Callable[[_Key], _Key]) -> tuple[SlaRow, ...]:
        """Return a row for each group, in the order of the workflow."""
        groups: dict[_Key, _Tally] = defaultdict(_Tally)
        for key, tally in self.tallies.items():
            groups[grouped(key)].take(tally)
        return tuple(
            SlaRow(
                stage=key[0],
                sla=key[1],
                team=key[2],
                owner=key[3],
                within=its.within if (its := self._sla(key)) is not None else None,
                kept=groups[key].kept(),
            )
            for key in sorted(groups, key=self._place)
        )

    def delays(self) -> Iterator[DelayRow]:
        """Yield how long leads waited for an owner, and for their owner."""
        for row in self.rows(lambda key: (*key[:3], None)):
            kind = delay_kind(self._sla((row.stage, row.sla, None, None)))
            if kind is not None and row.stage is not None and row.sla is not None:
                yield DelayRow(
                    kind=kind,
                    stage=row.stage,
                    sla=row.sla,
                    team=row.team,
                    used=row.kept.used,
                )

    def _sla(self, key: _Key) -> SLA | None:
        stage, name, *_ = key
        return self._slas.get((stage, name)) if stage and name else None

    def _place(self, key: _Key) -> tuple[int, str, str, str, str]:
        stage, name, team, owner = (one or "" for one in key)
        place = self._order.get((stage, name), len(self._order))
        return place, stage, name, team, owner
