"""A database of the last version opens, is brought up, and proves its whole history.

`databases/0006.sql` was written by that version: leads of two CRMs, one of them handed
off, one forgotten, one quarantined, news that wait, and a checkpoint.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chains import SEED, DriverRaw, faults_offline, proven, script

from leadstate.service.audit.exporting import history_lines
from leadstate.store import LinkStatus, open_store
from leadstate.store.chain import FORMATS
from leadstate.store.checkpoints import public_key
from leadstate.store.verifying import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store import Store

DUMP = Path(__file__).parent / "databases/0006.sql"
HISTORY = f"SELECT hash, {', '.join(FORMATS[1])} FROM history ORDER BY seq"


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "last.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
    return path


@pytest.fixture(name="upgraded")
def _upgraded(path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


def _history(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(HISTORY).fetchall()


def test_an_upgrade_leaves_the_history_as_it_was(path: Path, tmp_path: Path) -> None:
    """Row for row, and proven with Leadstate and without it."""
    before = _history(path)

    open_store(f"sqlite:///{path}").close()

    key = public_key(SEED)
    with closing(sqlite3.connect(path)) as database:
        proof = proven(database, key)
        offline = faults_offline(script(), database, tmp_path / "h.jsonl", key)
    assert (before, 7) == (_history(path), len(before))
    assert ((), [], 5, 1) == (proof.faults, offline, proof.details, proof.checkpoints)


def test_rows_of_both_formats_are_proven_together(path: Path, tmp_path: Path) -> None:
    """What is written from now on goes on where the older rows end."""
    store, key = open_store(f"sqlite:///{path}"), public_key(SEED)
    with store.begin() as work:
        last = work.history.recent(1)[0]
        late = replace(last, id=None, qualified_at=last.learnt_at)
        work.history.append([late])
        work.commit()
    store.close()

    with closing(sqlite3.connect(path)) as database:
        formats = database.execute("SELECT format FROM history ORDER BY seq").fetchall()
        proof = proven(database, key)
        offline = faults_offline(script(), database, tmp_path / "h.jsonl", key)

    assert [1] * 7 + [2] == [one for (one,) in formats]
    assert ((), []) == (proof.faults, offline)


def test_an_export_of_an_older_leadstate_is_still_proven(
    path: Path, tmp_path: Path
) -> None:
    """It says nothing of formats: there was only one."""
    open_store(f"sqlite:///{path}").close()
    file, key = tmp_path / "older.jsonl", public_key(SEED)
    with closing(sqlite3.connect(path)) as database:
        lines = [json.loads(one) for one in history_lines(DriverRaw(database), key)]
    lines[0] |= {"leadstate_history": 1, "columns": FORMATS[1]}
    for one in lines:
        one.pop("format", None)
        one.pop("qualified_at", None)
    file.write_text("".join(f"{json.dumps(one)}\n" for one in lines))

    found, said = script().verify(file, [], [key])

    assert ([], "7 rows") == (found.listed, said[0].partition(" in ")[0])


@pytest.mark.parametrize(
    "change",
    ["qualified_at = 1772366400000000", "format = 2", "format = 3", "format = 'one'"],
)
def test_an_older_row_says_nothing_that_its_format_does_not_cover(
    path: Path, tmp_path: Path, change: str
) -> None:
    """A second time that somebody wrote into it is found, and so is another format."""
    open_store(f"sqlite:///{path}").close()
    key = public_key(SEED)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TRIGGER history_refuses_update")
        database.execute(f"UPDATE history SET {change} WHERE seq = 2")

        proof = proven(database, key)
        offline = faults_offline(script(), database, tmp_path / "h.jsonl", key)

    assert {2} == {one.seq for one in proof.faults if one.part is Part.ROW}
    assert any(one[0] == "row" and one[3] == 2 for one in offline)


def test_an_upgraded_database_holds_together(upgraded: Store) -> None:
    """Nothing is missing, nothing refers to what is not there."""
    with upgraded.read() as view:
        waiting = view.inbox.counts()["pending"]
        letters = [one.reason for one in view.dead_letters.list()]
        stages = view.records.count_by_stage()

    assert [] == upgraded.integrity()
    assert {"sal": 1, "mql": 1} == stages
    assert (1, ["unknown stage"]) == (waiting, letters)


def test_links_from_before_are_saved_by_their_version(upgraded: Store) -> None:
    """They count as saved once, so that the next save is a second one."""
    with upgraded.of("relay").begin() as work:
        before = work.links.at("hub", "h1")
        work.links.save_if(before)
        after = work.links.at("hub", "h1")
        statuses = work.links.counts("hub")

    assert ([1], [2]) == (
        [one.version for one in before],
        [one.version for one in after],
    )
    assert {LinkStatus.ACTIVE: 2, LinkStatus.ERASED: 1, LinkStatus.QUARANTINED: 1} == (
        statuses
    )


def test_all_that_was_kept_belongs_to_the_one_workflow(upgraded: Store) -> None:
    """Narrowed to it, nothing is missing; another one has nothing."""
    with upgraded.of("relay").read() as view:
        ids = view.identities.find([("email", "ann@example.com")])
        found = {
            "records": len(view.records.list({})),
            "links": sum(view.links.counts().values()),
            "inbox": sum(view.inbox.counts().values()),
            "outbox": sum(view.outbox.counts().values()),
            "letters": view.dead_letters.count(),
            "identities": len(ids),
        }
    with upgraded.of("another").read() as view:
        nothing = view.records.list({}), view.links.counts(), view.inbox.counts()

    assert found == {
        "records": 3,
        "links": 5,
        "inbox": 10,
        "outbox": 3,
        "letters": 1,
        "identities": 1,
    }
    assert nothing == ([], {}, {})


def test_what_was_heard_of_a_crm_is_not_asked_for_again(path: Path) -> None:
    """A position belongs to a kind of object from now on, and workflows share it."""
    rows = [
        ("hub", "changes", "2026-03-10"),
        ("hub", "compared", "2026-03-09"),
        ("amo", "changes", "77"),
        ("amo", "past", "12"),
        ("never", "changes", "5"),
        ("", "wipe", "now"),
        ("leadstate", "checkpoints c.jsonl", "1"),
    ]
    with closing(sqlite3.connect(path)) as database:
        database.executemany("INSERT INTO cursor VALUES (?, ?, ?, 0)", rows)
        database.commit()

    open_store(f"sqlite:///{path}").close()

    with closing(sqlite3.connect(path)) as database:
        kept = database.execute(
            "SELECT workflow, connection, name, value FROM cursor ORDER BY 1, 2, 3"
        ).fetchall()
    assert kept == [
        ("", "", "wipe", "now"),
        ("", "amo", "changes:leads", "77"),
        ("", "hub", "changes:contacts", "2026-03-10"),
        ("", "hub", "compared:contacts", "2026-03-09"),
        ("", "leadstate", "checkpoints c.jsonl", "1"),
        ("relay", "", "identities", "email:email:,phone:phone:DE"),
        ("relay", "amo", "aboard:leads", "77"),
        ("relay", "amo", "past", "12"),
        ("relay", "hub", "aboard:contacts", "2026-03-10"),
    ]
