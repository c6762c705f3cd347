"""The filters that all reports share, and what every report says about itself.

Names are checked against the lifecycle here; nothing is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.domain.values import FieldType, Unparsable, coerce
from leadstate.errors import UsageError
from leadstate.store.reports.selection import FieldFilter, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.domain.lifecycle import Field, Lifecycle

__all__ = [
    "About",
    "Scope",
    "about",
    "field_of",
    "micros_of",
    "moment_of",
    "read_time",
    "selected",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_GROUPED = (
    FieldType.TEXT,
    FieldType.CHOICE,
    FieldType.OWNER,
    FieldType.EMAIL,
    FieldType.PHONE,
)
"""Fields that hold one text, so that a report can count by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a report is asked to look at; None leaves everything in.

    Attributes:
        since: From then on: a day of the lifecycle's time zone, or an aware moment.
        until: Before then (half-open): a year ends at the first day of the next one.
        team: The team that owns the stage, by the lifecycle.
        owner: Who owned the record when the stay began (case does not matter).
        source: What the record's field ``source`` says today.
        campaign: What the record's field ``campaign`` says today.
        pass_number: The n-th trip of a record through the funnel, from 1.
        version: The workflow version of the stay, or its first characters.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    team: str | None = None
    owner: str | None = None
    source: str | None = None
    campaign: str | None = None
    pass_number: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What every report says about itself.

    Attributes:
        scope: As it was asked for.
        since: The first moment (UTC) that is looked at, None for the beginning.
        until: The first moment (UTC) that is not, None for no end.
        as_of: The moment (UTC) up to which records were followed.
        timezone: Whose days and months are meant (IANA name).
        definitions: What the figures mean, one sentence each.
    """

    report: str
    workflow: str
    scope: Scope
    since: datetime | None
    until: datetime | None
    as_of: datetime
    timezone: str
    definitions: tuple[str, ...] = field(default=())


def about(
    report: str,
    lifecycle: Lifecycle,
    scope: Scope,
    as_of: datetime,
    definitions: Iterable[str],
) -> About:
    """Return what a report says about itself."""
    return About(
        report=report,
        workflow=lifecycle.name,
        scope=scope,
        since=moment_of(scope.since, lifecycle),
        until=moment_of(scope.until, lifecycle),
        as_of=as_of,
        timezone=lifecycle.timezone,
        definitions=tuple(definitions),
    )


def selected(scope: Scope, lifecycle: Lifecycle, as_of: datetime) -> Selection:
    """Return the scope in the words of the store.

    Raises:
        UsageError: It names a team, a field, a value or a version that cannot be, or it
            ends before it begins.
    """
    since = moment_of(scope.since, lifecycle)
    until = moment_of(scope.until, lifecycle)
    if since is not None and until is not None and until <= since:
        raise UsageError(
            f"the report would end ({scope.until}) before it begins ({scope.since}); "
            "'until' is the first day that is no longer looked at"
        )
    named = (("source", scope.source), ("campaign", scope.campaign))
    return Selection(
        as_of=as_of,
        since=since,
        until=until,
        stages=_stages_of(scope.team, lifecycle),
        owner=scope.owner.strip().casefold() if scope.owner is not None else None,
        pass_number=_pass(scope.pass_number),
        version=_version(scope.version),
        values=tuple(
            _wanted(field_of(name, lifecycle), value)
            for name, value in named
            if value is not None
        ),
    )


def moment_of(
    when: date | datetime | None,
    lifecycle: Lifecycle,
) -> datetime | None:
    """Return the moment in UTC: a day begins at midnight in the lifecycle's time zone.

    Raises:
        UsageError: A time of day without an offset: nobody knows which moment it is.
    """
    if when is None:
        return None
    if not isinstance(when, datetime):
        when = datetime.combine(when, time(), ZoneInfo(lifecycle.timezone))
    if when.tzinfo is None:
        raise UsageError(
            f"{when.isoformat()} has no time zone; write an offset, such as "
            f"{when.isoformat()}Z, or a day alone, such as {when.date()}"
        )
    try:
        return when.astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{when} is too far away; write a later year") from error


def micros_of(moment: datetime) -> int:
    """Return a moment as the store counts: whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def read_time(text: str) -> date | datetime:
    """Return a day (2026-01-31) or a moment (2026-01-31T09:00+01:00) as written.

    Raises:
        UsageError: It is neither, or has a time of day but no offset.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no day and no moment; write 2026-01-31, or "
            "2026-01-31T09:00+01:00"
        ) from error
    if moment.tzinfo is None:
        raise UsageError(
            f"{text!r} has no time zone; write an offset, such as {text}Z, or a day "
            f"alone, such as {moment.date()}"
        )
    return moment


def field_of(name: str, lifecycle: Lifecycle) -> Field:
    """Return the field that a report filters or counts by.

    Raises:
        UsageError: The workflow has no such field, or it holds no single text.
    """
    found = lifecycle.fields.get(name)
    if found is None:
        raise UsageError(
            f"the workflow {lifecycle.name!r} has no field {name!r}, so nothing can be "
            f"counted by it; add it under 'fields:' ({name}: {{type: text}}) and map it"
        )
    if found.type not in _GROUPED:
        kinds = ", ".join(_GROUPED)
        raise UsageError(
            f"the field {name!r} is of type {found.type}, and a report counts only by "
            f"fields of one of the types {kinds}"
        )
    return found


def _wanted(its: Field, value: str) -> FieldFilter:
    found = coerce(value, its.type, its.options)
    if not isinstance(found, str):
        detail = f"; it is one of {', '.join(its.options)}" if its.options else ""
        what = f"cannot be {value!r}" if isinstance(found, Unparsable) else "is asked"
        raise UsageError(f"the field {its.name!r} {what}{detail}")
    folded = its.type is FieldType.TEXT
    return FieldFilter(
        field=its.name, value=found.casefold() if folded else found, folded=folded
    )


def _stages_of(team: str | None, lifecycle: Lifecycle) -> tuple[str, ...] | None:
    if team is None:
        return None
    stages = lifecycle.stages.values()
    owning = dict.fromkeys(one.owner for one in stages if one.owner)
    if team not in owning:
        close = get_close_matches(team, owning, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        known = ", ".join(owning) or "none"
        raise UsageError(
            f"no stage of the workflow {lifecycle.name!r} is owned by a team {team!r}; "
            f"known: {known}.{hint}"
        )
    return tuple(one.name for one in stages if one.owner == team)


def _pass(number: int | None) -> int | None:
    if number is not None and number < 1:
        raise UsageError(f"there is no pass {number}; a record's first pass is 1")
    return number


def _version(text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise UsageError(
            "an empty text is no workflow version; write its first characters, such "
            "as those that 'leadstate workflow check' shows"
        )
    return None if text is None else text.strip()
