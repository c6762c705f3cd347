"""Rows about the stays of records in stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "FirstVisit",
    "Visit",
    "VisitEnd",
    "VisitTurn",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstVisit:
    """A record's first stay in a stage; ``entered_by`` is a history id.

    Attributes:
        owner: Who owned the record when it came; None when nobody did.
        reported: The CRM's history or a file says so; Leadstate did not see it.
    """

    record_id: str
    stage: str
    entered_by: str
    entered_at: datetime | None = None
    pass_number: int = 1
    owner: str | None = None
    workflow_version: str = ""
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnd:
    """The end of the open visit, with no next one; ``left_by`` is a history id."""

    record_id: str
    left_by: str
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTurn:
    """One move: the open visit ends and the next begins, at one moment.

    Attributes:
        history_id: The history row that says so; both visits refer to it.
        stage: The stage that is entered.
        entered_at: When it was entered, None when unknown.
        left_at: When the old stage was left; None when unknown.
        owner: Who owned the record when it came; None when nobody did.
    """

    record_id: str
    history_id: str
    stage: str
    left_at: datetime | None = None
    entered_at: datetime | None = None
    pass_number: int = 1
    owner: str | None = None
    workflow_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stay in one stage; it is open while ``left_by`` is None."""

    id: int
    record_id: str
    stage: str
    pass_number: int
    entered_at: datetime | None
    left_at: datetime | None
    entered_by: str
    left_by: str | None
    owner: str | None = None
    workflow_version: str = ""
    reported: bool = False
