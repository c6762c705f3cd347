"""Migrations: what an older Leadstate kept is there after an upgrade."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config

from leadstate.domain.clock import TimerKind
from leadstate.store import RecordChange, migrate, open_store
from leadstate.store.chain import COVERED, FORMATS, GENESIS, linked
from leadstate.store.columns import to_micros
from leadstate.store.sqlite import engine as engines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.unit.store.conftest import Make

MOMENT = 1_772_366_400_123_456
ROWS = (
    """INSERT INTO record VALUES ('r1', 'b2b', 'mql', 4, 2, 3, 17, 'v1',
       '{"need":"crm"}', '{"need":"crm"}', 17, 'active', 'look', 18)""",
    f"""INSERT INTO history VALUES (1, 'h1', 'r1', 'entered', 'import', 'hub', NULL,
        {MOMENT}, NULL, NULL, 'mql', NULL, '', NULL, 'hub', '', 2, 'v1')""",
    """INSERT INTO history VALUES (2, 'h2', 'r1', 'refused', 'manual', 'ann', 18,
        19, 'win', 'mql', 'won', NULL, 'too soon', NULL, 'cli', 'a1', 2, 'v1')""",
    """INSERT INTO receipt VALUES ('h2', '{"met":false}')""",
    """INSERT INTO visit VALUES (1, 'r1', 'mql', 2, 17, NULL, 'h1', NULL)""",
    f"""INSERT INTO inbox VALUES (7, 'k1', 'hub', 'event', 'contacts', '1', NULL,
        '{{}}', NULL, 17, {MOMENT}, 2, 'pending', NULL)""",
    f"""INSERT INTO outbox VALUES (9, 't1', 'r1', 'hub', 'contacts', '1', 'note',
        '{{}}', NULL, 17, {MOMENT}, 0, 'pending', NULL, NULL, 0, 0, '', NULL)""",
    "INSERT INTO identity VALUES ('email', 'ann@example.com', 'r1')",
)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database of an older schema, with something in it."""
    return _at(tmp_path / "older.db", "0002", ROWS)


def _at(path: Path, revision: str, rows: Iterable[str]) -> Path:
    """Make a database of an older schema with these rows; return where it is."""
    engine = engines.writing(path)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for row in rows:
            connection.exec_driver_sql(row)
        connection.commit()
    engine.dispose()
    return path


def test_an_upgrade_keeps_what_was_there(older: Path, make: type[Make]) -> None:
    """Records with their stays, news that wait, and what has to go out."""
    store = open_store(f"sqlite:///{older}")

    with store.read() as view:
        row = view.records.get("r1", make.fields)
        entry, refused = view.history.of("r1")
        (visit,) = view.visits.of("r1")
        (news,) = view.inbox.due(make.noon)
        (write,) = view.outbox.open_for(["r1"])["r1"]
        ids = view.identities.find([("email", "ann@example.com")])
    faults = store.integrity()
    store.close()
    assert ("mql", 4, 2, 3) == (
        row.record.stage,
        row.record.version,
        row.record.pass_number,
        row.record.stage_version,
    )
    assert ({"need": "crm"}, "look") == (row.record.values, row.flag)
    assert ("too soon", {"met": False}) == (refused.note, refused.receipt)
    assert ("h1", "mql", 7, "t1") == (
        visit.entered_by,
        entry.to_stage,
        news.id,
        write.token,
    )
    assert [("r1",)] == list(ids.values())
    assert [] == faults


def test_a_record_from_before_does_not_know_what_nobody_noted(
    older: Path, make: type[Make]
) -> None:
    """Where it came from and whose it is stay unknown until it changes."""
    store = open_store(f"sqlite:///{older}")

    with store.begin() as work:
        before = work.records.get("r1", make.fields)
        moved = replace(before.record, version=5, came_from="mql", breach_moves=1)
        change = RecordChange(record=moved, expected_version=4, owner="ann")
        work.records.update([change])
        after = work.records.get("r1", make.fields)
    store.close()

    assert (None, None, 0) == (
        before.record.came_from,
        before.record.entered_via,
        before.record.breach_moves,
    )
    assert (None, "ann") == (before.owner, after.owner)
    assert moved == after.record


def test_an_upgrade_chains_what_was_there(older: Path, make: type[Make]) -> None:
    """From then on every row holds the hash of the row before it."""
    store = open_store(f"sqlite:///{older}")
    with store.begin() as work:
        work.history.append([make.entry("r1")])
        work.commit()

    with store.read() as view:
        names = ", ".join(COVERED)
        rows = view.connection.exec_driver_sql(
            f"SELECT hash, format, {names} FROM history ORDER BY seq"
        ).all()
    store.close()
    before = GENESIS
    for hash_, form, *row in rows:
        assert linked(before, row[: len(FORMATS[form])], form=form) == hash_
        before = hash_
    assert [1, 2, 3] == [row[2] for row in rows]
    assert [1, 1, 2] == [row[1] for row in rows]


def test_an_upgrade_that_cannot_end_leaves_the_older_schema(
    older: Path,
) -> None:
    """All of it or nothing: it can be tried again once the obstacle is gone."""
    other = sqlite3.connect(older)
    other.execute("CREATE TABLE assignment (id INTEGER)")
    other.commit()

    with pytest.raises(Exception, match="assignment already exists"):
        open_store(f"sqlite:///{older}")

    tables = {name for (name,) in other.execute("SELECT name FROM sqlite_master")}
    found = other.execute("SELECT version_num FROM alembic_version").fetchall()
    other.execute("DROP TABLE assignment")
    other.commit()
    other.close()
    assert [("0002",)] == found
    assert tables.isdisjoint({"timer", "ix_inbox_due_news"})
    open_store(f"sqlite:///{older}").close()


def test_timers_that_had_fired_and_wait_are_put_back(
    tmp_path: Path, make: type[Make]
) -> None:
    """They fire once, and whoever looks at the record sees that it waits for them."""
    waiting, settled, nonsense = (
        f"""INSERT INTO inbox (workflow, "key", connection, kind, object, external_id,
            record_id, payload, happened_at, received_at, due_at, attempts, state)
            VALUES ('b2b', '{key}', '', 'timer', 'record', 'r1', 'r1', '{payload}',
            {MOMENT}, {MOMENT + 1}, {MOMENT}, 0, '{state}')"""
        for key, payload, state in (
            ("t1", '{"kind":"breach","sla":"call","stage_version":3}', "pending"),
            ("t2", '{"kind":"warn","sla":"call","mark":"50%"}', "done"),
            ("t3", "[]", "pending"),
        )
    )
    record = """INSERT INTO record (id, workflow, stage, version, pass_number,
        stage_version, entered_at, workflow_version, data, folded, created_at, status)
        VALUES ('r1', 'b2b', 'mql', 4, 2, 3, 17, 'v1', '{}', '{}', 17, 'active')"""
    path = _at(tmp_path / "it.db", "0008", (record, waiting, settled, nonsense))

    store = open_store(f"sqlite:///{path}")

    with store.read() as view:
        [timer] = view.timers.of(["r1"])["r1"]
        due = view.timers.due(make.noon), view.timers.next_due()
    store.close()
    breach = TimerKind.BREACH, "call", "", 3, MOMENT
    assert breach == (
        timer.kind,
        timer.sla,
        timer.mark,
        timer.stage_version,
        to_micros(timer.due_at),
    )
    assert ([], None) == due
