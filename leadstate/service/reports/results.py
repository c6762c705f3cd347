"""What the reports of the core return: frozen, and each says what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadstate.service.reports.figures import Share, Spread
    from leadstate.service.reports.scope import About

__all__ = [
    "By",
    "Counting",
    "Flow",
    "FlowEdge",
    "Funnel",
    "FunnelGroup",
    "FunnelStep",
    "PassEnd",
    "PassRow",
    "PassStep",
    "Passes",
    "StageTime",
    "StageTimes",
    "Velocity",
    "VelocityRow",
]


class Counting(StrEnum):
    """Which passes a funnel counts."""

    COHORT = "cohort"  # those that began in the range, followed until now
    PERIOD = "period"  # whatever was entered in the range


class By(StrEnum):
    """What a funnel can be split by."""

    SOURCE = "source"
    CAMPAIGN = "campaign"
    TEAM = "team"
    OWNER = "owner"
    PASS = "pass"  # noqa: S105 - a trip through the funnel
    MONTH = "month"


class PassEnd(StrEnum):
    """Where a pass stands, or how it ended: the kind of its last stage."""

    WON = "won"
    LOST = "lost"
    PARKED = "parked"
    OPEN = "open"  # it stands in a stage where somebody works on it
    GONE = "gone"  # in a stage that the workflow has no more, or closed in the CRM


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """One step of a funnel.

    Attributes:
        team: The team that owns the stage, None when nobody does.
        entered: Passes that were in this very stage, however often.
        reached: Passes that were in it or in a later step (any order).
        strict: Passes that were in every step up to this one, in this order.
        from_previous: Of those that reached the step before; None for the first step.
        from_start: Of those that reached the first step.
        strict_from_previous: The same of the strict count.
        strict_from_start: The same of the strict count.
        ended: Of those that came no further than this step: how many stand where.
    """

    stage: str
    label: str
    team: str | None
    entered: int
    reached: int
    strict: int
    from_previous: Share | None
    from_start: Share
    strict_from_previous: Share | None
    strict_from_start: Share
    ended: dict[PassEnd, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelGroup:
    """The funnel of one group, or of everything.

    Attributes:
        key: What the group has in common; None where nobody knows, and of the whole.
        passes: Passes in the group, those included that reached no step.
        before: How those stand that reached no step at all.
    """

    key: str | None
    passes: int
    steps: tuple[FunnelStep, ...]
    before: dict[PassEnd, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many passes came how far.

    Attributes:
        total: All of them.
        groups: Split as asked, the largest first, months and passes in order; () when
            nothing was asked.
        unknown_start: Passes that are left out because nobody knows when they began;
            by period: stays left out because nobody knows when they were entered.
        outside: Stages that are not in the workflow -> passes that were in them.
    """

    about: About
    counting: Counting
    by: By | None
    total: FunnelGroup
    groups: tuple[FunnelGroup, ...]
    unknown_start: int
    outside: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How long records stay in one stage.

    Attributes:
        label: For people; the name of a stage that is not in the workflow.
        known: The workflow has the stage.
        elapsed: Time on the wall, of stays that ended.
        business: Time in the calendar of the stage's team; None without a calendar.
        calendar: The calendar's name.
        open: How many stays go on.
        open_elapsed: How long those have been going on.
        open_business: The same in business time; None without a calendar.
        unknown: Stays that ended whose length nobody knows: no entry, no end, or an
            end before the entry.
        open_unknown: Stays that go on and nobody knows since when.
    """

    stage: str
    label: str
    team: str | None
    known: bool
    elapsed: Spread
    business: Spread | None
    calendar: str | None
    open: int
    open_elapsed: Spread
    open_business: Spread | None
    unknown: int
    open_unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """How long records stay in each stage, in the order of the workflow."""

    about: About
    stages: tuple[StageTime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityRow:
    """The sales of one month, or of the whole range.

    Attributes:
        key: The month (``2026-01``); None for the whole.
        won: Passes that were won.
        lost: Passes that were lost.
        win_rate: Won of those that were decided, won or lost.
        cycle: From the beginning of the pass until it was won.
        unknown: Won passes without a cycle: nobody knows when they began, or they began
            with being won; they are in ``won``.
        value: Mean value of a won record; None without a money field or values.
        per_day: Decided x value x win rate / median cycle in days: money a day; None
            where one of them is.
    """

    key: str | None
    won: int
    lost: int
    win_rate: Share
    cycle: Spread
    unknown: int
    value: float | None
    per_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Velocity:
    """How many are won, how surely, and how fast.

    Attributes:
        money: The field that holds the value, None when there is none.
        months: By the month of winning or losing, in order.
        undated: Passes won or lost nobody knows when; in no month, and in the total
            only when no range is asked for.
        late: Moves in the time that late data led to, a minute late at least.
    """

    about: About
    money: str | None
    total: VelocityRow
    months: tuple[VelocityRow, ...]
    undated: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEdge:
    """Moves from one stage to another.

    Attributes:
        source: None when the record came from nowhere: it began.
        target: None when it left to nowhere: its object is gone.
        known: The workflow has both stages.
        wait: How long records were in ``source`` before, of known lengths.
        gaps: Moves of records that were nowhere in between.
        gap: How long they were nowhere, of known lengths.
    """

    source: str | None
    target: str | None
    known: bool
    moves: int
    wait: Spread
    gaps: int
    gap: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Which ways records really take.

    Attributes:
        undated: Moves left out because nobody knows when they happened.
    """

    about: About
    edges: tuple[FlowEdge, ...]
    undated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStep:
    """How many of the n-th passes reached a step (any order)."""

    stage: str
    reached: int
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRow:
    """All first passes, all second passes, ...

    Attributes:
        records: How many records made this pass.
        ended: How it ended, or where it stands.
        won: Of the records that made this pass.
        length: From its beginning until it was won, lost or parked.
        unknown: Passes that ended, of a length that nobody knows.
    """

    number: int
    records: int
    steps: tuple[PassStep, ...]
    ended: dict[PassEnd, int]
    won: Share
    length: Spread
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """What each trip through the funnel brings.

    Attributes:
        unknown_start: Passes left out because nobody knows when they began.
    """

    about: About
    rows: tuple[PassRow, ...]
    unknown_start: int
