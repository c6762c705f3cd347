"""Upgrades: a history of any older schema is a chain that verifies, and goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from chains import SEED, faults_offline, proven, script

from leadstate.store import migrate, open_store
from leadstate.store.checkpoints import public_key
from leadstate.store.sqlite import engine as engines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.store.conftest import Make

RECORD = """
    INSERT INTO record (id, workflow, stage, version, pass_number, stage_version,
        workflow_version, data, folded, created_at, status)
    VALUES ('r1', 'b2b', 'mql', 1, 1, 1, 'v1', '{}', '{}', 17, 'active')
"""
ROW = """
    INSERT INTO history (seq, id, record_id, kind, cause, actor, learnt_at, note,
        source, source_event, pass_number, workflow_version)
    VALUES (?, ?, 'r1', 'entered', 'import', 'Jürgen', 17, ?, 'hub', '', 1, 'v1')
"""


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_an_older_history_becomes_a_chain_that_verifies(
    tmp_path: Path, make: type[Make], revision: str
) -> None:
    """More rows than a page, with gaps in their numbers; new ones follow them."""
    path = tmp_path / "older.db"
    engine = engines.writing(path)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql(RECORD)
        for number in range(1, 1_201):
            given = (2 * number, f"h{number}", "" if number % 3 else "a note")
            connection.exec_driver_sql(ROW, given)
        connection.commit()
    engine.dispose()

    store = open_store(f"sqlite:///{path}")
    with store.begin() as work:
        work.history.append([make.entry("r1", note="new"), make.entry("")])
        work.checkpoints.make(SEED, make.noon)
        work.commit()
    store.close()

    key = public_key(SEED)
    with closing(sqlite3.connect(path)) as own:
        proof = proven(own, key)
        offline = faults_offline(script(), own, tmp_path / "h.jsonl", key)
    assert ((), [], 1_202, 401) == (proof.faults, offline, proof.rows, proof.details)
