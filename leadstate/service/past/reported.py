"""What a source tells of a record's past, in the words of the workflow.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.values import Value
    from leadstate.store import FieldChange

__all__ = ["UNBOUND", "Counts", "Rebuilt", "ReportedChange"]

UNBOUND = ""
"""The stage before, where the source names one that the workflow does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedChange:
    """One change: a move, new values, or both.

    Attributes:
        key: The same change has the same key, whenever it is told.
        at: When, by the source's clock; None for values of which nobody knows when.
        stage: The stage that was entered; None when it is about values alone.
        from_stage: The stage before; None when the source does not say.
        doubtful: Whether a person should look at it, whatever the workflow says.
        values: Field -> its value from then on; None for one that was emptied.
        place: Which of several changes of one moment comes first.
    """

    key: str
    at: datetime | None
    actor: str = ""
    stage: str | None = None
    from_stage: str | None = None
    reason: str | None = None
    note: str = ""
    doubtful: bool = False
    place: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of what was told.

    Attributes:
        moves: Moves that are part of the history now.
        values: Values that are.
        known: What was part of it already.
        later: What happened after Leadstate itself had begun to tell: it sees that.
        flagged: Moves among ``moves`` that the workflow of today does not allow.
        unbound: Changes to a stage that the workflow does not have.
    """

    moves: int = 0
    values: int = 0
    known: int = 0
    later: int = 0
    flagged: int = 0
    unbound: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return both together."""
        return Counts(
            moves=self.moves + other.moves,
            values=self.values + other.values,
            known=self.known + other.known,
            later=self.later + other.later,
            flagged=self.flagged + other.flagged,
            unbound=self.unbound + other.unbound,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The rows that one record's past amounts to.

    Attributes:
        owners: Key of a move -> who owned the record then.
        values: The values at the end of what was told.
        explained: The row of the last move, if it was flagged as a jump and turns out
            to be steps that the workflow allows; None otherwise.
    """

    history: tuple[HistoryEntry, ...] = ()
    field_changes: tuple[FieldChange, ...] = ()
    owners: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    explained: HistoryEntry | None = None
