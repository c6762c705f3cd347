"""Every statement that the tests run is prepared on PostgreSQL when they have ended.

SQLite is what they run on; a statement that only SQLite understands fails the run, with
the place that it came from.  Statements are compared as SQLite got them, so that each
is compiled for PostgreSQL once; workers of xdist hand theirs to the one who counts.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import postgres
import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.dialects.postgresql import psycopg as _psycopg
from sqlalchemy.engine import Engine
from sqlalchemy.sql.compiler import SQLCompiler

from leadstate.store.bulk import COMPILED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

__all__ = ["Statements", "faults"]

ROOT = Path(__file__).parents[1]
MIGRATIONS = Path("leadstate/store/migrations")  # PostgreSQL gets its own
PRODUCT = str(ROOT / "leadstate")
TESTS = (str(ROOT / "tests"), str(ROOT / "plugins"), str(ROOT / "benchmarks"))
DIALECT = _psycopg.dialect(paramstyle="numeric_dollar")
HANDED_OVER = "statements"


@dataclass
class Statements:
    """Collects what is run, and says in the end what PostgreSQL does not understand.

    Attributes:
        found: Statement as PostgreSQL would get it -> the place it came from.
        seen: Statements as SQLite got them.
    """

    found: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    report: list[str] = field(default_factory=list)

    def take(
        self,
        _connection: Connection,
        _cursor: DBAPICursor,
        text: str,
        _parameters: object,
        context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001 - SQLAlchemy's listener
    ) -> None:
        """Take note of a statement; one that a test wrote itself is left out."""
        compiled, values = _statement_of(context)
        if compiled is None or text in self.seen:
            return
        place = _place()
        if place is not None:
            self.seen.add(text)
            self.found.setdefault(_compiled(compiled, values), place)

    # -- pytest's hooks ----------------------------------------------------------------

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Prepare them all, or hand them over."""
        config = session.config
        if hasattr(config, "workeroutput"):
            config.workeroutput[HANDED_OVER] = self.found
        elif self.found:
            self.report = self._judged(session)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker collected."""
        self.found |= getattr(node, "workeroutput", {}).get(HANDED_OVER, {})

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Say what came of it."""
        for line in self.report:
            terminalreporter.write_line(line)

    def _judged(self, session: pytest.Session) -> list[str]:
        try:
            with postgres.database() as url:
                found = list(faults(url, self.found))
        except postgres.NoServer as error:
            return [f"SKIPPED: no statement was prepared on PostgreSQL: {error}"]
        if not found:
            return [f"{len(self.found)} statements are PostgreSQL's, too"]
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return [f"FAILED: {len(found)} statements are not PostgreSQL's:", *found]


def faults(url: str, statements: Mapping[str, str]) -> Iterator[str]:
    """Yield what a PostgreSQL with our tables does not understand, and where it is."""
    import psycopg

    from leadstate.store import postgresql
    from leadstate.store.schema import metadata

    postgresql.learn()
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url)
    )
    metadata.create_all(engine)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        for statement, place in statements.items():
            try:
                connection.execute(f"PREPARE one AS {statement}".encode())
                connection.execute("DEALLOCATE one")
            except psycopg.Error as error:
                reason = str(error).splitlines()[0]
                yield f"{place}: {reason}\n    {_shown(statement)}"


def collecting() -> Statements:
    """Return a plugin that listens to every engine from now on."""
    statements = Statements()
    event.listen(Engine, "before_cursor_execute", statements.take)
    return statements


def _statement_of(
    context: ExecutionContext | None,
) -> tuple[SQLCompiler | None, Mapping[str, object]]:
    """Return what SQLAlchemy wrote, with a row of its values; None for a bare text."""
    if context is None:
        return None, {}
    if isinstance(context.compiled, SQLCompiler):
        return context.compiled, context.compiled_parameters[0]
    # What `leadstate.store.bulk` compiled has no value that changes its text.
    bulk = context.execution_options.get(COMPILED)
    if not isinstance(bulk, SQLCompiler):
        return None, {}
    return bulk, dict.fromkeys(bulk.binds)


def _compiled(compiled: SQLCompiler, values: Mapping[str, object]) -> str:
    """Return the statement for PostgreSQL; where that fails, one that fails there."""
    from leadstate.store import postgresql

    postgresql.learn()
    try:
        anew = compiled.statement.compile(
            dialect=DIALECT, column_keys=compiled.column_keys
        )
        return str(anew.construct_expanded_state(values).statement)
    except Exception as error:  # noqa: BLE001 - told with all the others
        return f"({error})\n{compiled}"


def _place() -> str | None:
    """Return the nearest function of ours that ran it; None when a test did."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        ours = file.startswith(PRODUCT)
        if ours and not file.endswith(("/repository.py", "/bulk.py")):
            name = Path(file).relative_to(ROOT)
            if MIGRATIONS in name.parents:
                return None
            return f"{name}:{frame.f_lineno} {frame.f_code.co_qualname}"
        if file.startswith(TESTS) and "site-packages" not in file:
            return None
        frame = frame.f_back
    return None


def _shown(statement: str) -> str:
    return re.sub(r"\s+", " ", statement)[:2_000]
