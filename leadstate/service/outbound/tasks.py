"""Give the tasks of actions to people in the CRM, beside notes and writes.

A row of kind TASK carries ``text``, ``due_at`` (ISO 8601) and ``to``, a person's name;
the person's id is that of the connection, and nobody known leaves it to the owner.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadstate.adapters import Tasks
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.outbound.outgoing import bury, claim, finish, release
from leadstate.store import OutboxKind

if TYPE_CHECKING:
    from leadstate.service.app import App, Connected
    from leadstate.service.outbound.settling import Pushed
    from leadstate.store import OutboxRow

__all__ = ["NO_TASKS", "push_tasks"]

NO_TASKS = "this CRM takes no tasks"
"""The outcome of a task for a CRM that has none."""


def push_tasks(app: App, connected: Connected, limit: int, done: Pushed) -> None:
    """Give up to ``limit`` tasks, one by one: each ends by itself."""
    rows = claim(app, connected.name, (OutboxKind.TASK,), limit)
    done.claimed += len(rows)
    for row in rows:
        _push_task(app, connected, row, done)


def _push_task(app: App, connected: Connected, row: OutboxRow, done: Pushed) -> None:
    if not isinstance(connected.adapter, Tasks):
        finish(app, row, NO_TASKS)
        return
    try:
        connected.adapter.add_task(
            row.external_id,
            str(row.payload.get("text") or ""),
            due_at=_due(row),
            owner=_user(app, connected.name, row.payload.get("to")),
            token=row.token,
            repeated=row.sent,
        )
    except RetryLater as error:
        release(app, [row], error, done)
    except SkipRecord as error:
        bury(app, [row], str(error), done)
    else:
        finish(app, row, "given")
        done.tasks += 1


def _due(row: OutboxRow) -> datetime:
    """Return when the task is due; without a date that can be read, at once."""
    try:
        found = datetime.fromisoformat(str(row.payload.get("due_at")))
    except ValueError:
        return row.created_at
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _user(app: App, connection: str, name: object) -> str | None:
    """Return the CRM's id of a person, or None: the owner of the object gets it."""
    person = app.people.get(name if isinstance(name, str) else None)
    users = person.users.get(connection, ()) if person else ()
    return users[0] if users else None
