"""Examine what a workflow names and other files define: people, channels, hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import Check, CheckState
from leadstate.definition.mentions import Mention, MentionKind, mentions
from leadstate.definition.people import load_people
from leadstate.domain.action import Assign
from leadstate.domain.people import People
from leadstate.errors import LeadstateError
from leadstate.hours import compile_hours
from leadstate.service.outbound.channels import open_channels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.settings import Settings

__all__ = ["examine_people"]

_SOON = timedelta(days=731)


def examine_people(
    settings: Settings, lifecycle: Lifecycle, now: datetime
) -> Iterator[Check]:
    """Yield whether everything that the workflow names can be found, and is open."""
    named = mentions(lifecycle)
    yield from _people(settings, lifecycle, named)
    yield from _channels(settings, named)
    yield from _calendars(lifecycle, now)


def _people(
    settings: Settings, lifecycle: Lifecycle, named: tuple[Mention, ...]
) -> Iterator[Check]:
    people = People()
    if settings.people is not None:
        try:
            people = load_people(
                settings.people, lifecycle, connections=settings.connections
            )
        except LeadstateError as error:
            remedy = f"correct {settings.people}"
            yield _check("people", CheckState.BAD, str(error), remedy)
            return
        text = f"{len(people.by_name)} are known"
        yield _check("people", CheckState.GOOD, text)
    given = {one.team for one in lifecycle.actions if isinstance(one, Assign)}
    for one in named:
        # A team that is only told to act is a word; one that gets leads needs people.
        told = one.kind is MentionKind.TEAM and one.name not in given
        if told or one.kind not in (MentionKind.PERSON, MentionKind.TEAM):
            continue
        alone = one.kind is MentionKind.TEAM and people.with_role(one.name)
        if people.get(one.name) is None and not alone:
            who = "nobody" if settings.people else "nobody, because no people are kept,"
            yield _check(
                "people",
                CheckState.WARNING,
                f"{one.place} names {one.name!r}, and {who} has that name or role",
                "add them to the people file, and name it in the settings as 'people'",
            )


def _channels(settings: Settings, named: tuple[Mention, ...]) -> Iterator[Check]:
    try:
        channels = open_channels(settings)
    except LeadstateError as error:
        yield _check("channels", CheckState.BAD, str(error), "correct 'channels'")
        return
    for channel in channels.values():
        channel.close()
    if channels:
        text = f"{', '.join(channels)} can be opened; nothing was sent"
        yield _check("channels", CheckState.GOOD, text)
    for one in named:
        if one.kind is MentionKind.CHANNEL and one.name not in channels:
            which = f"which is no channel; known: {', '.join(channels) or 'none'}"
            yield _check(
                "channels",
                CheckState.BAD,
                f"{one.place} sends to {one.name!r}, {which}",
                "add it under 'channels' in the settings; till then messages wait as "
                "dead letters",
            )


def _calendars(lifecycle: Lifecycle, now: datetime) -> Iterator[Check]:
    """Yield the calendars that announce a time which does not come."""
    for name, calendar in lifecycle.calendars.items():
        opens = compile_hours(calendar).next_opening(now)
        if opens is None or opens - now > _SOON:
            yield _check(
                "calendars",
                CheckState.BAD,
                f"calendar {name!r} does not open in the next two years",
                "correct its hours, 'closed' and 'extra': its clocks never come due",
            )


def _check(name: str, state: CheckState, text: str, remedy: str = "") -> Check:
    return Check(name=name, state=state, text=text, remedy=remedy)
