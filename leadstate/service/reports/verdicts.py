"""What the responsibility map returns: frozen, with its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from leadstate.service.reports.comparing import Difference
    from leadstate.service.reports.scope import About

__all__ = [
    "Figure",
    "Measure",
    "Responsibility",
    "ResponsibilityRow",
    "Side",
    "Verdict",
]


class Figure(StrEnum):
    """What is held against its own past."""

    SLA = "sla"  # share of SLAs that were kept
    ACCEPTANCE = "acceptance"  # share of leads that the other team took
    ONWARD = "onward"  # share of leads that went on, not back, aside or out
    TIME = "time"  # median time in the stage


class Verdict(StrEnum):
    """What a figure says about its stage."""

    SAGS = "sags"
    IMPROVES = "improves"
    AS_BEFORE = "as before"
    TOO_FEW = "too few"


class Side(StrEnum):
    """Whose part of the work a figure is about."""

    STAGE = "stage"  # the team that owns the stage
    GIVING = "giving"  # the giving team of a hand-off: the quality of its leads
    TAKING = "taking"  # the taking team of a hand-off: its SLA to look at them
    SYSTEM = "system"  # nobody's person: leads that have not been given to anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure of one time.

    Attributes:
        n: How many leads or SLAs it rests on.
        share: For all figures but TIME; None when there is nothing to share.
        median: For TIME; None when there is nothing to measure.
    """

    n: int
    share: float | None = None
    median: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityRow:
    """One figure of one stage, held against its own past.

    Attributes:
        sla: The SLA, for SLA.
        giving: For a hand-off: the team that gives; else the stage's owner.
        taking: For a hand-off: the team that takes; else None.
        team: Whose it is; None when it is nobody's person (`Side.SYSTEM`), and of a
            stage that nobody owns.
        earlier: The figure in each part of the baseline, the oldest first.
        change: Now less before, a share, or microseconds for TIME; None with too few.
        weight: How sure: the change in half-widths of its interval; 0 with too few.
    """

    figure: Figure
    stage: str
    sla: str | None
    giving: str | None
    taking: str | None
    team: str | None
    side: Side
    now: Measure
    before: Measure
    earlier: tuple[Measure, ...]
    change: Difference | None
    verdict: Verdict
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Which stage sags against its own past, and whose it is.

    Attributes:
        since: Where the time begins that is looked at (aware UTC).
        until: Where it ends.
        baseline: Where the time begins that it is held against.
        periods: Of how many parts, each as long as the time that is looked at.
        tested: How many figures were held against their past.
        confidence: How sure it is that all intervals hold together.
        each: How sure each interval was made for that.
        least: Figures that rest on fewer are not judged.
    """

    about: About
    since: datetime
    until: datetime
    baseline: datetime
    periods: int
    tested: int
    confidence: float
    each: float
    least: int
    rows: tuple[ResponsibilityRow, ...]
