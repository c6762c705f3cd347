"""Rows about what is observed, what is live, and batches that change many records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.mode import ConnectionMode

__all__ = [
    "BatchItem",
    "BatchOutcome",
    "BatchRow",
    "ModeRow",
]


class BatchOutcome(StrEnum):
    """What became of a record in a batch."""

    DONE = "done"
    SKIPPED = "skipped"  # `why` says what stood in its way


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRow:
    """Whether a workflow acts on a connection, since when, and by whose word."""

    connection: str
    mode: ConnectionMode
    since: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One change of many records, made in parts that each are made once.

    Attributes:
        kind: What is done: ``go-live``, ``observe``.
        subject: To what: a connection's name.  It has one open batch at most.
        position: How far it is, in its own words; "" at the beginning.
        done: How many records it is behind.
        owner: Who works on it now, or None.
        leased_until: Until when nobody else does.
        outcome: How it ended, in a sentence; "" while it is open.
    """

    id: int
    kind: str
    subject: str
    actor: str
    began_at: datetime
    position: str
    done: int
    owner: str | None
    leased_until: datetime | None
    ended_at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """What became of one record in a batch."""

    batch_id: int
    record_id: str
    outcome: BatchOutcome
    at: datetime
    why: str = ""
