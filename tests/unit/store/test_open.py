"""Opening a store: what it makes, what it refuses, and in which words."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex

from leadstate.errors import ConfigurationError, StoreUnavailable
from leadstate.store import migrate, open_store
from leadstate.store.schema import metadata
from leadstate.store.sqlite import engine
from leadstate.store.sqlite.triggers import TRIGGERS

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import Store


def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    """A path that does not exist yet is all that is needed."""
    path = tmp_path / "deep" / "er" / "leadstate.db"

    open_store(f"sqlite:///{path}").close()

    assert path.exists()


def test_nobody_but_the_owner_reads_a_new_database(tmp_path: Path) -> None:
    """Personal data is not left open to other users of the machine."""
    path = tmp_path / "leadstate.db"

    store = open_store(f"sqlite:///{path}")

    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    store.close()
    assert modes == {0o600}


# SQLAlchemy cannot read the one index over an expression back: the next test does.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified")
def test_the_migrated_database_is_the_one_the_code_knows(store: Store) -> None:
    """Autogenerate finds nothing to do after the migrations have run."""
    with store.read() as view:
        context = MigrationContext.configure(
            view.connection, opts={"compare_type": True}
        )
        assert compare_metadata(context, metadata) == []


def test_every_index_is_there_as_the_code_knows_it(store: Store) -> None:
    """Columns, expressions and conditions, as SQLite itself has written them down."""
    known = {
        index.name: " ".join(str(CreateIndex(index).compile(dialect=dialect())).split())
        for table in metadata.tables.values()
        for index in table.indexes
    }
    with store.read() as view:
        rows = view.connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
        ).all()

    assert known == {name: " ".join(sql.split()) for name, sql in rows}


def test_every_trigger_is_there(store: Store) -> None:
    """Append-only is kept by the database itself."""
    with store.read() as view:
        rows = view.connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        assert {name for (name,) in rows} == set(TRIGGERS)


def test_the_last_migration_is_the_head() -> None:
    """The quick check at opening knows every step, and which is the last."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))

    script = ScriptDirectory.from_config(config)

    assert script.get_heads() == [migrate.HEAD]
    assert {step.revision for step in script.walk_revisions()} == migrate.KNOWN


@pytest.mark.parametrize("side", ["begin", "read"])
def test_every_connection_is_safe(store: Store, side: str) -> None:
    """WAL, full synchronisation and foreign keys hold for readers and writers."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    with getattr(store, side)() as view:
        found = [
            view.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in pragmas
        ]
    assert found == ["wal", 2, 1, 1]


def test_several_openers_make_one_database(tmp_path: Path) -> None:
    """A server and a worker that start together do not trip over each other."""
    url = f"sqlite:///{tmp_path}/leadstate.db"

    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(open_store, [url] * 6))

    faults = [store.integrity() for store in stores]
    for store in stores:
        store.close()
    assert faults == [[]] * 6


def test_what_is_there_stays_when_it_is_opened_again(tmp_path: Path) -> None:
    """Opening a database at the head changes nothing."""
    url = f"sqlite:///{tmp_path}/leadstate.db"
    store = open_store(url)
    with store.begin() as work:
        work.connection.exec_driver_sql("INSERT INTO budget VALUES ('hub', 1)")
        work.commit()
    store.close()

    again = open_store(url)

    with again.read() as view:
        found = view.connection.exec_driver_sql("SELECT key FROM budget").scalar()
    again.close()
    assert found == "hub"


def test_a_database_of_a_newer_leadstate_is_refused(path: Path) -> None:
    """A downgrade says so instead of guessing at a schema it does not know."""
    _run(path, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ConfigurationError, match=r"newer Leadstate.* 9999.*Upgrade"):
        open_store(f"sqlite:///{path}")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    """A mistyped path does not mix Leadstate's tables into another program's."""
    path = tmp_path / "other.db"
    _run(path, "CREATE TABLE invoice (id INTEGER)")

    with pytest.raises(ConfigurationError, match="database of something else"):
        open_store(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The file is named, and stays as it was."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear sales team, " * 500)

    with pytest.raises(ConfigurationError, match=r"letter\.txt is not a database"):
        open_store(f"sqlite:///{path}")

    assert path.read_text().startswith("Dear sales team")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """The message names the path and what to look at."""
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="cannot be made"):
        open_store(f"sqlite:///{tmp_path}/file/leadstate.db")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://localhost/leadstate", "cannot use postgresql yet"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///:memory:", "does not name a file"),
        ("sqlite:///a.db?mode=ro", "does not name a file"),
        ("leadstate.db", "cannot be read"),
    ],
)
def test_a_wrong_url_is_told_with_a_right_one(url: str, said: str) -> None:
    """Every message shows what would be right."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        open_store(url)

    assert "sqlite:///leadstate.db" in str(caught.value)


def test_a_password_in_a_url_is_not_repeated() -> None:
    """A refused URL does not leak its secret into logs."""
    with pytest.raises(ConfigurationError) as caught:
        open_store("postgresql://user:hunter2@localhost/leadstate")

    assert "hunter2" not in str(caught.value)


def test_a_database_that_somebody_holds_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh file is held for longer than we try."""
    path = tmp_path / "leadstate.db"
    monkeypatch.setattr(engine, "_WAL_TRIES", 2)
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 10)
    holder = _held(path)

    with pytest.raises(StoreUnavailable, match="held by another process"):
        open_store(f"sqlite:///{path}")

    holder.close()


def test_a_database_that_is_let_go_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process was just making it."""
    path = tmp_path / "leadstate.db"
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 10)
    holder = _held(path)
    monkeypatch.setattr(engine, "sleep", lambda _seconds: holder.rollback())

    store = open_store(f"sqlite:///{path}")

    assert store.integrity() == []
    store.close()
    holder.close()


def _held(path: Path) -> sqlite3.Connection:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("CREATE TABLE t (x)")
    return holder


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
