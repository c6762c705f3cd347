"""Rows about people: approvals that were asked for, and who was given a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Approval", "ApprovalItem", "ApprovalState", "Assignment"]


class ApprovalState(StrEnum):
    """What became of a request for somebody's agreement."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    VOID = "void"  # the record moved, or ended, before anybody answered


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalItem:
    """A move that somebody asked for, and that somebody else has to agree with.

    Attributes:
        stage_version: The record's stage version; a move makes the request void.
        reason: The chosen reason, or None.
        note: What the asking person wrote.
        source: The door it came through.
    """

    record_id: str
    stage_version: int
    transition: str
    asked_by: str
    asked_at: datetime
    reason: str | None = None
    note: str = ""
    source: str = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(ApprovalItem):
    """An approval as it is kept; who decided, when, and what they wrote."""

    id: int
    state: ApprovalState
    decided_by: str | None
    decided_at: datetime | None
    decided_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A record that was given to a person.

    Attributes:
        team: The team or role that the person was chosen from, or None.
        history_id: The history row that says so.
    """

    record_id: str
    person: str
    at: datetime
    team: str | None = None
    history_id: str | None = None
