"""The workflow versions that were applied, and how far each connection has read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from leadstate.store.portable import insert
from leadstate.store.repository import Repository
from leadstate.store.rows import WorkflowRow
from leadstate.store.schema import cursor, workflow_version

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Cursors", "Workflows"]


class Workflows(Repository):
    """Every version that was ever applied; one version a name is active."""

    __slots__ = ()

    def apply(
        self, version: str, name: str, title: str, source: str, now: datetime
    ) -> None:
        """Make this version the active one of its name; older ones stay readable."""
        self._count(
            update(workflow_version)
            .where(workflow_version.c.name == name)
            .values(active=False)
        )
        row = {"name": name, "title": title, "source": source}
        row |= {"applied_at": now, "active": True}  # type: ignore[dict-item]
        statement = insert(workflow_version).values(version=version, **row)
        self._count(
            statement.on_conflict_do_update(index_elements=["version"], set_=row)
        )

    def active(self, name: str) -> WorkflowRow | None:
        """Return the active version of a name, or None when none was applied."""
        query = select(workflow_version).where(
            workflow_version.c.name == name, workflow_version.c.active
        )
        return self._row(WorkflowRow, query)

    def get(self, version: str) -> WorkflowRow | None:
        """Return one version, or None."""
        query = select(workflow_version).where(workflow_version.c.version == version)
        return self._row(WorkflowRow, query)

    def in_force_since(self, version: str) -> datetime | None:
        """Return since when a version is the active one; None when it is not."""
        found: datetime | None
        query = select(workflow_version.c.applied_at).where(
            workflow_version.c.version == version, workflow_version.c.active
        )
        found = self._connection.scalar(query)
        return found

    def all(self, name: str) -> list[WorkflowRow]:
        """Return every version of a name, the first that was applied first."""
        query = select(workflow_version).where(workflow_version.c.name == name)
        order = (workflow_version.c.applied_at, workflow_version.c.version)
        return self._rows(WorkflowRow, query.order_by(*order))


class Cursors(Repository):
    """Opaque positions, one a connection and name; "" has those of no workflow."""

    __slots__ = ()

    def get(self, connection: str, name: str) -> str | None:
        """Return the position, or None at the very beginning."""
        query = select(cursor.c.value).where(
            cursor.c.workflow == self._workflow,
            cursor.c.connection == connection,
            cursor.c.name == name,
        )
        return self._connection.scalar(query)

    def delete(self, connection: str, name: str) -> None:
        """Begin anew."""
        self._count(
            delete(cursor).where(
                cursor.c.workflow == self._workflow,
                cursor.c.connection == connection,
                cursor.c.name == name,
            )
        )

    def set(self, connection: str, name: str, value: str, now: datetime) -> None:
        """Keep the position."""
        row = {"value": value, "updated_at": now}
        key = {"workflow": self._workflow, "connection": connection, "name": name}
        statement = insert(cursor).values(**key, **row)
        self._count(statement.on_conflict_do_update(index_elements=list(key), set_=row))

    def named(self, beginning: str) -> list[tuple[str, str, str]]:
        """Return workflow, connection and name of all whose name begins so."""
        query = select(cursor.c.workflow, cursor.c.connection, cursor.c.name).where(
            cursor.c.name.startswith(beginning, autoescape=True)
        )
        order = cursor.c.workflow, cursor.c.connection, cursor.c.name
        found = self._connection.execute(query.order_by(*order))
        return [(workflow, connection, name) for workflow, connection, name in found]
