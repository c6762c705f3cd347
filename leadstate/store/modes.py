"""The modes: whether a workflow acts on a connection, or only observes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from leadstate.domain.mode import ConnectionMode
from leadstate.store.portable import insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import ModeRow
from leadstate.store.schema import connection_mode

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Modes"]

_KEY = ("workflow", "connection")
_INSERT = insert(connection_mode)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={
        name: _INSERT.excluded[name]
        for name in connection_mode.c.keys()  # noqa: SIM118 - names, not columns
        if name not in _KEY
    },
)


class Modes(Repository):
    """One row a workflow and connection; one without a row is not known yet."""

    __slots__ = ()

    def all(self) -> dict[str, ModeRow]:
        """Return the modes of the workflow's connections, by name."""
        query = select(connection_mode).where(*self._own(connection_mode))
        query = query.order_by(connection_mode.c.connection)
        return {row.connection: row for row in self._rows(_row_of, query)}

    def live(self) -> frozenset[str]:
        """Return the connections on which the workflow acts."""
        query = select(connection_mode.c.connection).where(
            *self._own(connection_mode), connection_mode.c.mode == ConnectionMode.LIVE
        )
        return frozenset(self._connection.scalars(query))

    def put(self, row: ModeRow) -> None:
        """Keep the mode of one of the workflow's connections."""
        self._many(_PUT, [columns_of(row) | {"workflow": self._workflow}])

    def leave(self, connection: str) -> None:
        """Forget the mode of a connection, in all workflows."""
        self._count(
            delete(connection_mode).where(connection_mode.c.connection == connection)
        )


def _row_of(*, workflow: str, **columns: Any) -> ModeRow:  # noqa: ARG001 - the scope's
    return ModeRow(**columns)
