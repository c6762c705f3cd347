"""What a verification finds: one `ChainFault` a fault, told where it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["ChainFault", "Findings", "Part"]

_MOST = 100


class Part(StrEnum):
    """Which part of the history does not hold."""

    ROW = "row"  # its columns do not fit its hash, or the row before it
    PLACE = "place"  # rows are missing, doubled or out of order
    LANE = "lane"  # a row stands in a lane that is not its record's
    DETAIL = "detail"  # a note or receipt is not the one that was written
    KEY = "key"  # what opens a record's details is gone, or another one
    HEAD = "head"  # a lane does not end where it is said to end
    CHECKPOINT = "checkpoint"  # a checkpoint is no true one, or the history fits not
    KEPT = "kept"  # the same for one that was kept elsewhere
    DATABASE = "database"  # the tables contradict each other
    VISIT = "visit"  # stays are not what the history tells


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """One fault.

    Attributes:
        text: What is wrong, in one sentence.
        lane: The lane of the chain, 0 to 15.
        place: The place in the lane, from 1.
        seq: The row's number in the whole history.
        record_id: Whose row it is; "" for a row about the installation.
        checkpoint: The checkpoint's number.
    """

    part: Part
    text: str
    lane: int | None = None
    place: int | None = None
    seq: int | None = None
    record_id: str | None = None
    checkpoint: int | None = None


@dataclass(slots=True)
class Findings:
    """Faults as they are found; the first 100 are kept, all are counted."""

    listed: list[ChainFault] = field(default_factory=list)
    total: int = 0

    def add(self, finding: ChainFault) -> None:
        """Take one more."""
        self.total += 1
        if len(self.listed) < _MOST:
            self.listed.append(finding)
