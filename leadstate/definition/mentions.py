"""What a lifecycle names that other files define: people, channels, calls of plugins.

A workflow file is read alone, so nobody knows here whether they exist.  Who has the
people and the settings at hand looks each of these up.

for place, kind, name in mentions(lifecycle):
    ...   # "stage sal, on entering", MentionKind.CHANNEL, "sales_chat"
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from leadstate.domain.action import Assign, Call, Escalate, Notify, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.action import Action
    from leadstate.domain.lifecycle import Lifecycle, Stage

__all__ = ["Mention", "MentionKind", "mentions"]


class MentionKind(StrEnum):
    """In which file a name is defined."""

    PERSON = "person"  # one person
    TEAM = "team"  # a team or role that people have; where none is listed, or a person
    CHANNEL = "channel"  # a channel of the settings
    CALL = "call"  # something that a plugin does


class Mention(NamedTuple):
    """One name, and where the workflow mentions it: ``stage mql, SLA accept``."""

    place: str
    kind: MentionKind
    name: str


def mentions(lifecycle: Lifecycle) -> tuple[Mention, ...]:
    """Return every name that another file defines, in the order of the workflow."""
    return tuple(_all(lifecycle))


def _all(lifecycle: Lifecycle) -> Iterator[Mention]:
    for stage in lifecycle.stages.values():
        for place, actions in _acting(stage):
            for action in actions:
                yield from _of(lifecycle, f"stage {stage.name}, {place}", action)


def _acting(stage: Stage) -> Iterator[tuple[str, Iterable[Action]]]:
    yield "on entering", stage.on_enter
    yield "on leaving", stage.on_leave
    for sla in stage.slas:
        yield f"SLA {sla.name}", (*sla.on_warning, *sla.on_breach)
    if stage.wake and stage.wake.assign:
        yield "wake-up", (stage.wake.assign,)


def _of(lifecycle: Lifecycle, place: str, action: Action) -> Iterator[Mention]:
    match action:
        case Assign(team=name) | Escalate(to=str(name)):
            listed = lifecycle.teams
            person = bool(listed) and name not in listed
            kind = MentionKind.PERSON if person else MentionKind.TEAM
            yield Mention(place, kind, name)
        case Task(to=str(name)):
            yield Mention(place, MentionKind.PERSON, name)
        case Notify(channel=name):
            yield Mention(place, MentionKind.CHANNEL, name)
        case Call(name=name):
            yield Mention(place, MentionKind.CALL, name)
        case _:
            return
