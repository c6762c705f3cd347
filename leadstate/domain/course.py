"""A course: what happened to a record while time passed, as plain data.

`leadstate.engine.timeline` lets time pass; `leadstate.definition.comparing` holds the
course against what a scenario expects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.decision import Decision
    from leadstate.domain.history import HistoryKind
    from leadstate.domain.record import Record

__all__ = ["A_PERSON", "Course", "Occurrence", "spoken"]

A_PERSON: Final = "a person"
"""Who has to act where a stage has no owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One thing that happened, in a line.

    Attributes:
        at: When (aware UTC).
        kind: What it would be in the history; None for what leaves no row there.
        name: The SLA that warned or was broken, the transition that was taken, who
            has to act, or the workflow in which a record begins.
        text: What a person reads.
    """

    at: datetime
    kind: HistoryKind | None
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happened to a record from one moment to another.

    Attributes:
        record: The record as it is at the end.
        decision: All its moves as one; or that it stayed, with what would let it leave.
        occurrences: In the order in which they happened.
        until: How far time has passed (aware UTC).
        timezone: IANA name of the zone in which people read its moments.
        endless: True when so many timers came due that the rest was left.
    """

    record: Record
    decision: Decision
    occurrences: tuple[Occurrence, ...]
    until: datetime
    timezone: str = "UTC"
    endless: bool = False

    def names(self, kind: HistoryKind) -> tuple[str, ...]:
        """Return what happened of one kind, by name, each once."""
        found = (one.name for one in self.occurrences if one.kind is kind)
        return tuple(dict.fromkeys(found))

    def story(self) -> tuple[str, ...]:
        """Return what happened and when, a line each."""
        zone = ZoneInfo(self.timezone)
        return tuple(f"{spoken(one.at, zone)}: {one.text}" for one in self.occurrences)


def spoken(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people in ``zone`` say it: ``Tue 2026-03-10 13:00``."""
    local = moment.astimezone(zone)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[local.weekday()]
    return f"{day} {local:%Y-%m-%d %H:%M}"
