"""Where a record stands when something happens to it, and what that goes back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.history import Cause

__all__ = ["HistoryEffect", "Origin", "Position"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands in its lifecycle."""

    stage: str
    stage_version: int
    pass_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an effect goes back to.

    Attributes:
        actor: Who made it happen; ``leadstate`` where nobody did.
        at: When it happened (aware UTC): by the source's clock what was done elsewhere,
            when it was decided what Leadstate does; None when unknown.
        asked_at: When a person asked Leadstate for it; None where nobody did.
        source: The connection or door through which it came.
        reason: The reason given, where the workflow lists it.
        note: What somebody said in their own words, or one sentence for a person.
        event: The key of what it goes back to, where that is not the signal's.
    """

    cause: Cause
    actor: str
    at: datetime | None
    source: str
    asked_at: datetime | None = None
    reason: str | None = None
    note: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEffect:
    """An effect that the history tells.

    Attributes:
        position: Where the record stands behind it.
        origin: What it goes back to.
    """

    position: Position
    origin: Origin
