"""What the reports on SLAs and on rejections return: frozen, with their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from leadstate.service.reports.comparing import Difference
    from leadstate.service.reports.figures import Share, Spread
    from leadstate.service.reports.scope import About
    from leadstate.service.timers.slas import DelayKind

__all__ = [
    "Acceptance",
    "DelayRow",
    "Missed",
    "ReasonRow",
    "Reasons",
    "RefusedMoves",
    "Restated",
    "Sla",
    "SlaCounts",
    "SlaRow",
    "Way",
]


# -- SLAs ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaCounts:
    """How SLAs came out.

    Attributes:
        met: Ended in time.
        missed: Ended, too late.
        late: Broken, and still running.
        running: Open and not broken: it runs, waits for its event, or stands still.
        void: Ended without a verdict: it never started, or the record left before.
        unmeasured: Stays of which nothing was measured, whose time was used up before
            the record was under care, the move learnt, or the SLA in the workflow; in
            none of the other numbers.
        share: Met of met, missed and late.
        used: Business time that those used up that were met or missed.
        pauses: How many of the met and missed stood still at some time.
        paused: Part of the time between start and end (by the clock on the wall) in
            which those that were met or missed stood still; None without any.
    """

    met: int
    missed: int
    late: int
    running: int
    void: int
    share: Share
    used: Spread
    pauses: int
    paused: float | None
    unmeasured: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRow:
    """The SLAs of one kind.

    Attributes:
        stage: None in a row over all stages of a team; so is ``sla``.
        team: The team that owned the stage at the time.
        owner: None for nobody, and in a row that is not about owners.
        within: The time that it allows today; None when the workflow has it no more.
    """

    stage: str | None
    sla: str | None
    team: str | None
    owner: str | None
    within: timedelta | None
    kept: SlaCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayRow:
    """How long leads waited for an owner (system), or for their owner (human)."""

    kind: DelayKind
    stage: str
    sla: str
    team: str | None
    used: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """What became of verdicts that were judged once more by today's calendars.

    Attributes:
        judged: Verdicts of SLAs that have ended, before or after.
        changed: How many are others now.
        now_met: How many of these were broken, and are met now.
        now_missed: How many were met, and are broken now.
    """

    judged: int
    changed: int
    now_met: int
    now_missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """How the SLAs were kept.

    Attributes:
        slas: By stage, SLA and team, in the order of the workflow.
        teams: By team.
        owners: By stage, SLA, team and owner.
        restated: None unless it was asked for.
    """

    about: About
    total: SlaCounts
    slas: tuple[SlaRow, ...]
    teams: tuple[SlaRow, ...]
    owners: tuple[SlaRow, ...]
    delays: tuple[DelayRow, ...]
    restated: Restated | None


# -- reasons ---------------------------------------------------------------------------


class Way(StrEnum):
    """Where a move leads, seen from an open stage."""

    ONWARD = "onward"  # to a later open stage of the workflow file, or won
    BACK = "back"  # to an earlier open stage
    PARKED = "parked"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """So many leads were sent back, parked or lost for one reason.

    Attributes:
        team: The team that owns the stage that was left.
        owner: Who owned the record; None for nobody, and in rows not about owners.
        transition: None for a move made in the CRM along no transition.
        reason: None where none was given.
        label: What people call the reason.
        share: Of all rejections from this stage along this transition (to this stage).
        before: How many there were in the time before, of the same length; None where
            no time was asked for.
    """

    stage: str
    team: str | None
    owner: str | None
    transition: str | None
    to_stage: str
    way: Way
    reason: str | None
    label: str
    count: int
    share: Share
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How a hand-off went: from a stage of one team to the stages of another.

    Attributes:
        accepted: Left onward into a stage of the taking team, of those and the refused.
        refused: Left for a parked or lost stage, or went back.
        before: The same in the time before, of the same length; None where no time was
            asked for.
        change: Share now less before, with its interval; None without both.
    """

    stage: str
    giving: str
    taking: str
    accepted: int
    refused: int
    share: Share
    before: Share | None
    change: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A criterion that stood in the way of moves that were refused.

    Attributes:
        label: What people call it.
        status: ``unmet``, ``missing`` or ``unparsable``.
        count: Refused moves in which it was not met.
    """

    transition: str
    criterion: str
    label: str
    status: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMoves:
    """Moves that were asked for and not made.

    Attributes:
        manual: Asked for in Leadstate.
        reverted: Made in the CRM, and put back.
        examined: Of how many the receipts were read: the newest ones.
        causes: Transition and cause (``guard``, ``role``, ``reason``, ...) -> count.
        criteria: What was missing, the most frequent first.
    """

    manual: int
    reverted: int
    examined: int
    causes: tuple[tuple[str, str, int], ...]
    criteria: tuple[Missed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why leads were sent back, parked and lost, and why moves were refused.

    Attributes:
        before: Where the time before begins; None where there is none.
        owners: The same as ``rows``, by owner.
        unknown: Stays that ended nobody knows when; they are in no row.
    """

    about: About
    before: datetime | None
    rows: tuple[ReasonRow, ...]
    owners: tuple[ReasonRow, ...]
    acceptance: tuple[Acceptance, ...]
    refused: RefusedMoves
    unknown: int
