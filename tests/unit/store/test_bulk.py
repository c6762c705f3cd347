"""A write for many rows gives the driver what SQLAlchemy would give it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import StatementError

from leadstate.store.bulk import COMPILED, execute_many, insert_into
from leadstate.store.columns import Instant, Length, Word
from leadstate.store.rows import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

METADATA = MetaData()
LEAD = Table(
    "lead",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("data", JSON),
    Column("at", Instant),
    Column("length", Length),
    Column("status", Word(RecordStatus)),
    Column("good", Boolean),
)
MADE = Table(
    "made",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("word", Text, default=lambda: "made here"),
)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROWS: list[dict[str, object]] = [
    {
        "good": True,
        "id": "r1",
        "data": {"name": "Grüße", "tags": ["a", "b"]},
        "at": NOON,
        "length": timedelta(hours=2),
        "status": RecordStatus.ACTIVE,
    },
    {
        "id": "r2",
        "data": {},
        "at": None,
        "length": None,
        "status": "erased",
        "good": False,
    },
]


@pytest.fixture(name="connection")
def _connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _raw(connection: Connection) -> list[tuple[object, ...]]:
    found = connection.exec_driver_sql("SELECT * FROM lead ORDER BY id")
    return [tuple(row) for row in found]


def test_every_value_is_bound_by_its_type(connection: Connection) -> None:
    """What lies in the table is what SQLAlchemy would have put there."""
    connection.execute(insert(LEAD), ROWS)
    theirs = _raw(connection)
    connection.exec_driver_sql("DELETE FROM lead")

    touched = execute_many(connection, insert_into(LEAD), ROWS).rowcount

    assert touched == len(ROWS)
    assert _raw(connection) == theirs


def test_what_the_statement_says_itself_goes_with_every_row(
    connection: Connection,
) -> None:
    """Its own values stand beside those of the rows, in their places."""
    execute_many(connection, insert_into(LEAD), ROWS)
    statement = (
        update(LEAD)
        .where(LEAD.c.id == bindparam("its_id"), LEAD.c.good == bindparam("was"))
        .values(status=RecordStatus.CLOSED, at=bindparam("then"))
    )
    rows = [{"then": NOON, "was": False, "its_id": one} for one in ("r1", "r2")]

    assert execute_many(connection, statement, rows).rowcount == 1
    assert [
        tuple(row)
        for row in connection.execute(
            select(LEAD.c.id, LEAD.c.status, LEAD.c.at).order_by(LEAD.c.id)
        )
    ] == [("r1", RecordStatus.ACTIVE, NOON), ("r2", RecordStatus.CLOSED, NOON)]


def test_one_row_is_a_row_of_many(connection: Connection) -> None:
    """A single row takes the same way."""
    execute_many(connection, insert_into(LEAD), ROWS[:1])

    assert connection.scalars(select(LEAD.c.id)).all() == ["r1"]


def test_a_default_of_a_column_is_made(connection: Connection) -> None:
    """Where values come about row by row, SQLAlchemy makes them."""
    execute_many(connection, insert_into(MADE), [{"id": "r1"}, {"id": "r2"}])

    words = connection.scalars(select(MADE.c.word)).all()
    assert words == ["made here", "made here"]


@pytest.mark.parametrize(
    "wrong", [{"at": NOON.replace(tzinfo=None)}, {"status": "unheard of"}]
)
def test_a_value_that_no_column_takes_is_told(
    connection: Connection, wrong: dict[str, object]
) -> None:
    """The error is SQLAlchemy's, with the statement; nothing was written."""
    with pytest.raises(StatementError, match="INSERT INTO lead"):
        execute_many(connection, insert_into(LEAD), [ROWS[0] | wrong])

    assert _raw(connection) == []


def test_a_row_that_lacks_a_value_is_told(connection: Connection) -> None:
    """Every row has what the first one has."""
    short = {name: value for name, value in ROWS[1].items() if name != "at"}

    with pytest.raises(StatementError, match="at"):
        execute_many(connection, insert_into(LEAD), [ROWS[0], short])


def test_listeners_find_the_compiled_statement(connection: Connection) -> None:
    """Whoever looks at what is run sees more than its text."""
    seen: list[object] = []
    event.listen(
        connection,
        "before_cursor_execute",
        lambda *given: seen.append(given[4].execution_options[COMPILED].statement),
    )

    execute_many(connection, insert_into(LEAD), ROWS)

    assert seen == [insert_into(LEAD)]
