"""SLAs: business hours, times to keep, and when a parked stage lets go.

As written in the workflow file.  `leadstate.hours` compiles calendars to intervals, and
`leadstate.engine.clocks` runs the clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, timedelta

    from leadstate.domain.action import Action, Assign
    from leadstate.domain.condition import Condition

__all__ = [
    "ASSIGNED",
    "OWN_HOURS",
    "SLA",
    "TEAM_HOURS",
    "Calendar",
    "Reentry",
    "Wake",
    "Warn",
]

ASSIGNED: Final = "assigned"
"""The built-in event: the record got an owner, or another one."""

OWN_HOURS: Final = "owner"
"""Instead of a calendar's name: the hours of whoever owns the record, less absences."""

TEAM_HOURS: Final = "team"
"""Instead of a calendar's name: the hours of the team that owns the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Business hours as written: per weekday (0 = Monday) minutes since midnight.

    Attributes:
        hours: Ranges of a day; an end over 1440 runs into the next day.
        closed: Further days on which it is closed, by their local date.
        extra: Days with hours of their own, whatever weekday or holiday they are.
    """

    name: str
    timezone: str
    hours: Mapping[int, tuple[tuple[int, int], ...]]
    holidays: str | None = None
    closed: tuple[date, ...] = ()
    extra: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)


class Reentry(StrEnum):
    """What a record's second stay in the same stage does to the clock."""

    RESET = "reset"  # it starts anew
    KEEP = "keep"  # time used up in this pass counts on


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning: as written (``80%``), and the business time after which it is due."""

    text: str
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SLA:
    """How long a record may stay in a stage, in business time.

    Attributes:
        within: The business time that it allows.
        calendar: Whose hours count: a calendar's name, `OWN_HOURS` or `TEAM_HOURS`.
        start: The event that starts the clock; None starts it on entering the stage.
        until: The event that ends it; None ends it on leaving the stage.
        warnings: Earliest first.
        pause: While this is met, the clock stands still; ``pause_text`` as written.
        via: Transitions that must have brought the record for it to count; empty: any.
        on_warning: What each warning does.
        on_breach: What a breach does, besides ``move``.
        move: Transition to take on a breach, or None.
        reason: The reason that goes with this move, or None.
    """

    name: str
    within: timedelta
    calendar: str
    start: str | None = None
    until: str | None = None
    warnings: tuple[Warn, ...] = ()
    on_reentry: Reentry = Reentry.RESET
    pause: Condition | None = None
    pause_text: str = ""
    via: tuple[str, ...] = ()
    on_warning: tuple[Action, ...] = ()
    on_breach: tuple[Action, ...] = ()
    move: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """When a parked stage lets go: any one of these, whichever comes first.

    Attributes:
        to: The stage to go to; None goes back to where the record came from.
        after: So long after entering the stage (elapsed time).
        on: A date field; with ``before``, so long before that date.
        when: A condition; ``when_text`` as written.
        transitions: Target stage -> the transition that a wake-up takes to it.
        assign: Who gets the record then; None leaves its owner.
        max_passes: A record that made so many passes goes to ``otherwise`` instead;
            None sets no limit.
        otherwise: The stage for those; None lists them for a person.
    """

    to: str | None
    after: timedelta | None = None
    on: str | None = None
    before: timedelta | None = None
    when: Condition | None = None
    when_text: str = ""
    transitions: Mapping[str, str] = field(default_factory=dict)
    assign: Assign | None = None
    max_passes: int | None = None
    otherwise: str | None = None
