"""What the reports on cost and on missing values return: frozen, with their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from leadstate.service.reports.figures import Share
    from leadstate.service.reports.scope import About

__all__ = [
    "Convention",
    "Cost",
    "CostRow",
    "CostStep",
    "Gap",
    "GapStage",
    "Gaps",
    "UnreadableField",
    "WayOut",
]


# -- cost ------------------------------------------------------------------------------


class Convention(StrEnum):
    """Which leads pay for which spend."""

    COHORT = "cohort"  # leads that began in the range, for what they became until now
    PERIOD = "period"  # whoever reached the stage in the range, whenever they began


@dataclass(frozen=True, slots=True, kw_only=True)
class CostStep:
    """What one record in a stage has cost.

    Attributes:
        reached: Records that entered the stage.
        by_pass: In which of their passes they first did: pass -> records.
        cost: Spend by record; None without records or without spend.
        first_pass_cost: The same, counting only who got there in the first pass.
    """

    stage: str
    label: str
    reached: int
    by_pass: dict[int, int]
    cost: Decimal | None
    first_pass_cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """What a source or campaign has cost, in one currency.

    Attributes:
        source: None for leads that say no source.
        campaign: None for a whole source, and for what names no campaign.
        currency: None where nothing was spent.
        spend: Of the file, the part that lies in the range.
        leads: Records that began in the range.
        recycled: Of these, that were parked or made more than one pass.
        unworked: Of these, that nobody ever owned, and that no team had but the first.
        recycled_cost: Their part of the spend, each lead of the row costing the same.
        unworked_cost: The same.
    """

    source: str | None
    campaign: str | None
    currency: str | None
    spend: Decimal
    leads: int
    lead_cost: Decimal | None
    steps: tuple[CostStep, ...]
    recycled: int
    recycled_cost: Decimal | None
    unworked: int
    unworked_cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What leads cost, by what they became.

    Attributes:
        since: The first day of the range.
        until: The first day that is no longer in it.
        totals: One row a currency.
        sources: By source and currency; spend without leads and leads without spend are
            among them.
        campaigns: By source, campaign and currency.
        unattributed: Leads in the range that say no source.
        unspent: Sources with leads and no row in the file.
        unanswered: Sources of the file from which no lead came in the range.
        unknown: Records left out because nobody knows when they began.
    """

    about: About
    convention: Convention
    since: date
    until: date
    totals: tuple[CostRow, ...]
    sources: tuple[CostRow, ...]
    campaigns: tuple[CostRow, ...]
    unattributed: int
    unspent: tuple[str, ...]
    unanswered: tuple[str, ...]
    unknown: int


# -- gaps ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Fields that would together open the way for so many records, at best."""

    fields: tuple[str, ...]
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapStage:
    """Why the records of a stage do not take one of its ways on.

    Attributes:
        records: Active records in the stage.
        free: The guard lets them through now.
        gaps: Only missing or unreadable values stand in the way, at best.
        values: Known values stand in the way as well.
        ways: The fields that would open the most, the most frequent first.
    """

    stage: str
    transition: str
    to_stage: str
    records: int
    free: int
    gaps: int
    values: int
    ways: tuple[WayOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A field that keeps records of a stage from one of its ways on.

    Attributes:
        missing: Records that are not let through and lack the field.
        unreadable: Records that are not let through and hold something unreadable.
        alone: Records that this field alone would open the way for.
        together: Records that it would, together with others.
        share: ``alone`` and ``together`` of the records in the stage.
    """

    stage: str
    transition: str
    to_stage: str
    field: str
    label: str
    missing: int
    unreadable: int
    alone: int
    together: int
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableField:
    """A field whose values cannot be read as its type.

    Attributes:
        examples: A few of them; none of a field with personal data.
    """

    field: str
    label: str
    type: str
    records: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Which missing or unreadable fields hold the most records back.

    Attributes:
        records: Active records that were looked at.
        orphaned: Of these, in a stage that the workflow does not have.
        rows: The fields that block the most first.
    """

    about: About
    records: int
    orphaned: int
    stages: tuple[GapStage, ...]
    rows: tuple[Gap, ...]
    unreadable: tuple[UnreadableField, ...]
