"""Give the tasks of actions to people in the CRM, beside notes and writes.

A row of kind TASK carries ``text``, ``due_at`` (ISO 8601) and ``to``, a person's name;
the person's id is that of the connection, and nobody known leaves it to the owner.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadstate.adapters import Tasks
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.outbound.outgoing import claim, dead_letter, finish, release
from leadstate.store import (
    OutboxKind,
    TaskWrite,
)

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
    task = row.payload if isinstance(row.payload, TaskWrite) else TaskWrite()
    try:
        connected.adapter.add_task(
            row.external_id,
            task.text,
            due_at=_due(task, row),
            owner=_user(app, connected.name, task.to),
            token=row.token,
            repeated=row.sent,
        )
    except RetryLater as error:
        release(app, [row], error, done)
    except SkipRecord as error:
        dead_letter(app, [row], str(error), done)
    else:
        finish(app, row, "given")
        done.tasks += 1


def _due(task: TaskWrite, row: OutboxRow) -> datetime:
    """Return when the task is due; without a date, at once."""
    due_at = task.due_at or row.created_at
    return due_at.astimezone(UTC) if due_at.tzinfo else due_at.replace(tzinfo=UTC)


def _user(app: App, connection: str, name: str | None) -> str | None:
    """Return the CRM's id of a person, or None: the owner of the object gets it."""
    person = app.people.get(name)
    users = person.users.get(connection, ()) if person else ()
    return users[0] if users else None
