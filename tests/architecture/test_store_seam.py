"""One package knows SQLite, two files know what differs; the rest is portable."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import postgres
import pytest
from prepared import faults
from sqlalchemy.sql.functions import FunctionElement

from leadstate.guards.sql import constructs
from leadstate.store import portable, postgresql
from leadstate.store.sqlite import dialect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.architecture.conftest import Source

OWNER = "leadstate/store/sqlite/"
ITS_OWN = ("sqlite3", "fcntl", "sqlalchemy.dialects.sqlite")
FORBIDDEN = ("exec_driver_sql", "executescript", "text", "literal_column", "printf")
# Who may write SQL as text, and which; tables and migrations write DDL.
TEXTUAL = {
    OWNER: set(FORBIDDEN),
    "leadstate/store/migrations/": set(FORBIDDEN),
    "leadstate/store/schema/": {"text"},
    "leadstate/store/columns.py": {"literal_column"},
    # It hands over what SQLAlchemy compiled, and writes none itself.
    "leadstate/store/bulk.py": {"exec_driver_sql"},
}
# Files, not rows: a backup takes the place of a database, a demo forges one.
OF_FILES = {"leadstate/service/backup.py", "demo/leadstate_demo/truth.py"}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _from_sqlalchemy(tree: ast.Module) -> set[str]:
    return {
        one.asname or one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in {"sqlalchemy", "alembic"}
        for one in node.names
    }


def _textual(tree: ast.Module) -> Iterator[str]:
    """Yield every way in which a module writes SQL as text."""
    known = _from_sqlalchemy(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN[:2]:
            yield node.attr
        elif isinstance(node, ast.Name) and node.id in known.intersection(FORBIDDEN):
            yield node.id


def test_one_package_knows_sqlite(sources: tuple[Source, ...]) -> None:
    """Another database gets a package beside it, and nothing else changes."""
    strangers = {
        source.name
        for source in sources
        if not source.name.startswith(OWNER)
        and any(name.startswith(ITS_OWN) for name in _imported(source.tree))
    }

    assert set() == strangers


def test_above_the_store_only_files_are_sqlites(sources: tuple[Source, ...]) -> None:
    """Rows are read and written through the store, whatever it is opened on."""
    users = {
        source.name
        for source in sources
        if not source.name.startswith("leadstate/store/")
        and any(
            name.startswith("leadstate.store.sqlite") for name in _imported(source.tree)
        )
    }

    assert OF_FILES == users


def test_sql_is_written_as_text_in_few_places(sources: tuple[Source, ...]) -> None:
    """Everything else is composed, so that it can be prepared on another database."""
    strangers = {
        (source.name, word)
        for source in sources
        for word in _textual(source.tree)
        if not any(
            source.name.startswith(place) and word in words
            for place, words in TEXTUAL.items()
        )
    }

    assert set() == strangers


def test_every_construct_is_written_for_both_databases() -> None:
    """What is named as different is written in both dialect files."""
    named = {
        one
        for module in (constructs, portable)
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, FunctionElement)
        and one.__module__ == module.__name__
    }

    assert named == set(dialect.WRITTEN) | {constructs.One}
    assert named == set(postgresql.WRITTEN)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT json_type('1')", "function json_type(unknown) does not exist"),
        ("SELECT no_such FROM record", 'column "no_such" does not exist'),
        ("SELECT id FROM record WHERE", "syntax error at end of input"),
    ],
)
def test_a_statement_that_postgresql_does_not_understand_is_told(
    statement: str, found: str
) -> None:
    """With the place that it came from; its neighbours are no less looked at."""
    given = {statement: "leadstate/store/one.py:7", "SELECT id FROM record": "two"}
    try:
        with postgres.database() as url:
            [told] = faults(url, given)
    except postgres.NoServer as error:
        pytest.skip(str(error))

    assert told.startswith(f"leadstate/store/one.py:7: {found}")
    assert told.endswith(statement)
