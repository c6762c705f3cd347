"""A transition that a person asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import ManualMove

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.people import People
    from leadstate.service.app import App
    from leadstate.store import InboxRow

__all__ = ["move_of", "roles_of", "text_of"]


def move_of(app: App, row: InboxRow, now: datetime) -> ManualMove:
    """Return the move that a row asks for."""
    actor = text_of(row, "actor") or "unknown"
    return ManualMove(
        transition=str(row.payload.get("transition")),
        actor=actor,
        at=min(row.happened_at, now) if row.happened_at else now,
        roles=roles_of(app.people, actor, row.payload),
        reason=text_of(row, "reason") or None,
        note=text_of(row, "note"),
        source=text_of(row, "source") or "cli",
    )


def roles_of(
    people: People, actor: str, payload: Mapping[str, object]
) -> frozenset[str]:
    """Return the roles of whoever asks, by the people file where there is one."""
    if people:
        person = people.get(actor)
        return person.roles if person is not None else frozenset()
    roles = payload.get("roles")
    return frozenset(map(str, roles)) if isinstance(roles, list) else frozenset()


def text_of(row: InboxRow, name: str) -> str:
    """Return a text of a request, or "" when it has none."""
    return str(row.payload.get(name) or "")
