"""A transition that a person asks for: through the inbox, like everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import ManualMove
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.asked import known_record, plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.people import People
    from leadstate.service.app import App
    from leadstate.service.plan import Plan
    from leadstate.store import InboxRow

__all__ = ["plan_move", "roles_of", "text_of"]


def plan_move(app: App, row: InboxRow, now: datetime) -> Plan:
    """Judge a request for a transition; a refusal is a history row too."""
    asked = known_record(app, row)
    judging = asked.judging(app, row.key, now)
    signal = _signal(app, row, now)
    judging.take(signal)
    keep_time(judging, at=signal.at)
    judging.share(())
    return plan_of(asked, judging, row)


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


def _signal(app: App, row: InboxRow, now: datetime) -> ManualMove:
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
