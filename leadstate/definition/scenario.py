"""A scenario: one example of how a lifecycle behaves, as frozen data.

Running it needs `leadstate.engine`, which is not known here: `record_of` and
`signal_of` make what ``decide`` takes, and `leadstate.definition.comparing` judges what
it answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from leadstate.domain.clock import TimerKind
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed, ManualMove, MovedOutside, Signal, TimerDue
from leadstate.domain.values import FieldType, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.lifecycle import Lifecycle, OutsideAnswer
    from leadstate.domain.receipt import RefusalCode

    from .problems import Mark

__all__ = [
    "Expectation",
    "GivenValue",
    "Moment",
    "Scenario",
    "Trigger",
    "Wait",
    "What",
    "record_of",
    "signal_of",
]

Moment: TypeAlias = datetime | timedelta
"""A moment as written: fixed, or so long before or after "now"."""

GivenValue: TypeAlias = Value | timedelta
"""A field's value: typed, or for dates so long before or after "now"."""


class What(StrEnum):
    """What happens to the record."""

    CHANGED = "changed"
    TIMER = "timer"
    MOVE = "move"
    MOVED_IN_CRM = "moved in crm"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time that passes: a length of time, or so many open days.

    Attributes:
        length: Elapsed time, or business time where a calendar is named.
        days: Open days of the calendar; 0 where the length counts.
        calendar: Whose business time it is; None where time simply elapses.
    """

    length: timedelta = timedelta(0)
    days: int = 0
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What happens to the record, with its particulars.

    Attributes:
        transition: The one asked for, or whose timer comes due; None for the stage's
            own timer.
        stage: Where somebody moved the record in the CRM.
        approved_as: The roles of whoever agreed; empty when nobody did.
        wait: How much time passes.
    """

    what: What
    transition: str | None = None
    stage: str | None = None
    roles: frozenset[str] = frozenset()
    approved_as: frozenset[str] = frozenset()
    reason: str | None = None
    note: str = ""
    wait: Wait | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected; None and empty mean that nothing is said about it.

    Attributes:
        warned: Exactly these SLAs warn; empty: none does.
        breached: Exactly these are broken; empty: none is.
        escalated: Exactly these people and teams have to act; empty: nobody has.
        starts: Exactly in these workflows a record begins; empty: in none.
    """

    stage: str | None = None
    stays: str | None = None
    via: tuple[str, ...] = ()
    refused: RefusalCode | None = None
    outside: OutsideAnswer | None = None
    warned: tuple[str, ...] | None = None
    breached: tuple[str, ...] | None = None
    escalated: tuple[str, ...] | None = None
    starts: tuple[str, ...] | None = None
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One example.

    Attributes:
        place: Where it stands in its file.
        at: The moment that is "now" (aware UTC); None leaves it to whoever runs it.
        entered: When the record came into its stage, or None.
        came_from: The stage it was in before, or None.
    """

    name: str
    place: Mark
    stage: str
    values: Mapping[str, GivenValue] = field(default_factory=dict)
    events: tuple[tuple[str, Moment], ...] = ()
    at: datetime | None = None
    entered: Moment | None = None
    came_from: str | None = None
    pass_number: int = 1
    when: Trigger
    then: Expectation


def record_of(scenario: Scenario, lifecycle: Lifecycle, now: datetime) -> Record:
    """Return the record of a scenario as of ``now``.

    Where time matters, a record of which nothing else is said has just come there.
    """
    happenings = [Happening(name, _at(moment, now)) for name, moment in scenario.events]
    zone = ZoneInfo(lifecycle.timezone)
    entered = scenario.entered
    if entered is None and scenario.when.what in (What.AFTER, What.TIMER):
        entered = timedelta(0)
    return Record(
        id="scenario",
        stage=scenario.stage,
        pass_number=scenario.pass_number,
        entered_at=_at(entered, now) if entered is not None else None,
        came_from=scenario.came_from,
        entered_via=_way(scenario, lifecycle),
        workflow_version=lifecycle.version,
        values={
            name: _value(value, lifecycle.fields[name].type, now, zone)
            for name, value in scenario.values.items()
        },
        happenings=tuple(sorted(happenings, key=lambda one: one.at)),
    )


def signal_of(scenario: Scenario, lifecycle: Lifecycle, now: datetime) -> Signal:
    """Return the signal of a scenario as of ``now``.

    Where time passes, the record is looked at first, as after any change.
    """
    when = scenario.when
    match when.what:
        case What.CHANGED | What.AFTER:
            return Changed(at=now, source="scenario")
        case What.TIMER:
            return _timer(scenario, lifecycle, now)
        case What.MOVE:
            return ManualMove(
                transition=when.transition or "",
                actor="scenario",
                at=now,
                roles=when.roles,
                reason=when.reason,
                note=when.note,
                source="scenario",
                approved_by="somebody else" if when.approved_as else None,
                approver_roles=when.approved_as,
            )
        case _:
            return MovedOutside(
                stage=when.stage or "",
                at=now,
                actor="scenario",
                source="scenario",
                reason=when.reason,
            )


def _timer(scenario: Scenario, lifecycle: Lifecycle, now: datetime) -> TimerDue:
    """Return the stage's own timer, or that of the SLA which takes a transition."""
    stage, wanted = lifecycle.stages[scenario.stage], scenario.when.transition
    broken = next((one for one in stage.slas if wanted and one.move == wanted), None)
    if broken is not None:
        kind, sla = TimerKind.BREACH, broken.name
    else:
        kind, sla = TimerKind.WAKE if stage.wake else TimerKind.LOOK, ""
    return TimerDue(at=now, stage_version=0, kind=kind, sla=sla, certain=True)


def _way(scenario: Scenario, lifecycle: Lifecycle) -> str | None:
    """Return the one way that leads from where the record came from, if it is one."""
    ways = [
        one.name
        for one in lifecycle.transitions.values()
        if scenario.came_from in one.sources and one.target == scenario.stage
    ]
    return ways[0] if len(ways) == 1 else None


def _at(moment: Moment, now: datetime) -> datetime:
    return moment if isinstance(moment, datetime) else now + moment


def _value(value: GivenValue, kind: FieldType, now: datetime, zone: ZoneInfo) -> Value:
    if not isinstance(value, timedelta):
        return value
    moment = now + value
    return moment.astimezone(zone).date() if kind is FieldType.DATE else moment
