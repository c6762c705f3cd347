"""A transition that a person asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import ManualMove

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.people import People
    from leadstate.store import MoveRequest

__all__ = ["move_of", "roles_of"]


def move_of(asked: MoveRequest, people: People, at: datetime) -> ManualMove:
    """Return the move that a request asks for."""
    return ManualMove(
        transition=asked.transition,
        actor=asked.actor,
        at=at,
        roles=roles_of(people, asked.actor, asked.roles),
        reason=asked.reason or None,
        note=asked.note,
        source=asked.source,
    )


def roles_of(people: People, actor: str, given: Collection[str]) -> frozenset[str]:
    """Return the roles of whoever asks, by the people file where there is one."""
    if not people:
        return frozenset(given)
    person = people.get(actor)
    return person.roles if person is not None else frozenset()
