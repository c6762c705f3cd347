"""Rows as SQLite's driver gives them: no moments, no words, no memory."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from leadstate.errors import LeadstateError
from leadstate.store.verifying.raw import UnreadableDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Executable

    from leadstate.store.verifying.raw import Row

__all__ = ["SqliteRaw"]

_BEFORE_ALL = -(2**63)


class SqliteRaw:
    """A `leadstate.store.verifying.raw.Raw` over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        driver = connection.connection.driver_connection
        self._driver: sqlite3.Connection = driver  # type: ignore[assignment]

    def rows(self, statement: Executable, **values: object) -> list[Row]:
        """Return all rows of a query."""
        with _in_words(), self._leniently():
            return self._run(statement, values).fetchall()

    def pages(
        self, statement: Executable, *, place: int, size: int
    ) -> Iterator[list[Row]]:
        """Yield the rows of a query of those behind ``after``, page by page."""
        with _in_words():
            after = _BEFORE_ALL
            cursor = self._run(statement, {"after": after})
            while True:
                try:
                    rows = cursor.fetchmany(size)
                except sqlite3.OperationalError as error:
                    if "decode" not in str(error):
                        raise
                    with self._leniently():
                        rows = self._run(statement, {"after": after}).fetchmany(size)
                    cursor = self._run(statement, {"after": rows[-1][place]})
                if not rows:
                    return
                after = rows[-1][place]
                yield rows

    def _run(self, statement: Executable, values: dict[str, object]) -> sqlite3.Cursor:
        # The driver's own cursor: SQLAlchemy would make its rows of what lies there.
        cursor: sqlite3.Cursor
        cursor = self._connection.execute(statement, values).cursor  # type: ignore[assignment]
        return cursor

    @contextmanager
    def _leniently(self) -> Iterator[None]:
        before = self._driver.text_factory
        self._driver.text_factory = _text
        try:
            yield
        finally:
            self._driver.text_factory = before


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise UnreadableDatabase(str(error)) from error
    except (DBAPIError, LeadstateError) as error:
        raise UnreadableDatabase(str(error.__cause__ or error)) from error


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
