"""Rows about clocks: how many run for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["ClockCount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCount:
    """The open clocks of one SLA, by the team and the person who answer for them.

    Attributes:
        open: How many have not ended, whether they run, wait or are paused.
        breached: How many of them are over their time.
        paused: How many of them stand still.
        next_due: When the next of the others breaks its SLA, or None.
    """

    team: str | None
    owner: str | None
    sla: str
    open: int
    breached: int
    paused: int
    next_due: datetime | None
