"""A record: the lead that a lifecycle tracks, as it stands at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.values import Value

__all__ = ["Happening", "Record"]


class Happening(NamedTuple):
    """One event of a record's behaviour: what, and when (aware UTC)."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record at one moment.  Frozen: a decision never changes it.

    Attributes:
        id: Leadstate's own id, stable over merges and CRMs.
        stage: Name of the stage it is in.
        version: Counts commits on this record; the compare-and-set token.
        pass_number: The n-th trip through the funnel, from 1.
        stage_version: Counts stage changes; a timer armed for an older one is void.
        entered_at: When it entered the stage (aware UTC), or None when unknown.
        came_from: The stage it was in before, or None when unknown.
        entered_via: The transition that brought it there, or None.
        breach_moves: Moves in a row that only broken SLAs made.
        workflow_version: Hash of the lifecycle that placed it there.
        values: Typed values by field name; a missing field is absent or None.
        happenings: Behaviour, oldest first.
    """

    id: str
    stage: str
    version: int = 0
    pass_number: int = 1
    stage_version: int = 0
    entered_at: datetime | None = None
    came_from: str | None = None
    entered_via: str | None = None
    breach_moves: int = 0
    workflow_version: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    happenings: tuple[Happening, ...] = ()
