"""Backups are whole or not there; a restore undoes nothing that must not be undone."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.config import Config
from traces import traces

from leadstate.errors import ConfigurationError, LeadstateError, UsageError
from leadstate.service.backup import Restored, backup, restore
from leadstate.service.erase import erase, wanted_record
from leadstate.store import (
    OutboxItem,
    OutboxKind,
    OutboxState,
    RecordStatus,
    Settlement,
    migrate,
    open_store,
)
from leadstate.store.sqlite import engine as engines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from two_crms import Relay

    from leadstate.store import Store

EMAIL = "planted.person@secret-4711.example"


@pytest.fixture(name="case")
def _case(relay: Relay) -> Relay:
    """An installation with two leads, one of them handed off."""
    relay.handed_off(email=EMAIL)
    relay.hub.create("h2", email="other@person.example", stage="lead")
    relay.work()
    return relay


def restored(relay: Relay, file: Path) -> Restored:
    """Put a backup in the place of the installation's database."""
    relay.app.store.close()
    return restore(
        file,
        relay.app.store.path,
        identifying=("email", "phone"),
        actor="ada",
        now=relay.clock.now(),
    )


def reopened(relay: Relay) -> Store:
    return open_store(f"sqlite:///{relay.app.store.path}")


def outbox_item(relay: Relay, token: str, kind: OutboxKind) -> OutboxItem:
    now = relay.clock.now()
    return OutboxItem(
        token=token,
        record_id=relay.record("h1").record.id,
        connection="hub",
        object="contacts",
        external_id="h1",
        kind=kind,
        created_at=now,
        due_at=now,
        payload={"text": "hello"},
    )


# -- backup ----------------------------------------------------------------------------


def test_a_backup_is_whole_and_its_owners_alone(case: Relay, tmp_path: Path) -> None:
    """It opens, holds together, and nobody else may read it."""
    done = backup(case.app, tmp_path / "b.db")

    assert 0o600 == stat.S_IMODE(done.file.stat().st_mode)
    assert [done.file] == sorted(tmp_path.iterdir())
    store = open_store(f"sqlite:///{done.file}")
    with store.read() as view:
        there = len(view.records.list(case.app.lifecycle.fields))
    faults = store.integrity()
    store.close()
    assert (there, []) == (done.records, faults)


def test_a_backup_replaces_nothing_unasked(case: Relay, tmp_path: Path) -> None:
    """Neither a file that is there nor the database itself."""
    file = tmp_path / "b.db"
    file.write_text("precious")

    with pytest.raises(UsageError, match="--keep"):
        backup(case.app, file)
    with pytest.raises(UsageError, match="the database itself"):
        backup(case.app, case.app.store.path, keep=2)

    assert "precious" == file.read_text()


def test_so_many_backups_are_kept(case: Relay, tmp_path: Path) -> None:
    """The newest has the name, the oldest goes."""
    file = tmp_path / "b.db"
    made = [backup(case.app, file, keep=3) for _ in range(4)]

    names = [one.name for one in sorted(tmp_path.iterdir())]
    assert ["b.db", "b.db.1", "b.db.2"] == names
    assert [(), (), (), (tmp_path / "b.db.2",)] == [one.dropped for one in made]


def test_a_backup_of_one_keeps_one(case: Relay, tmp_path: Path) -> None:
    """With --keep 1 the file is replaced."""
    file = tmp_path / "b.db"
    for _ in range(2):
        backup(case.app, file, keep=1)

    assert [file] == sorted(tmp_path.iterdir())


def test_a_backup_under_load_is_of_one_moment(case: Relay, tmp_path: Path) -> None:
    """Writers go on while it is made, and it holds together."""
    store, stop, written = case.app.store, threading.Event(), []
    entry = case.history("h1")[0]

    def write() -> None:
        while not stop.is_set():
            with store.begin() as work:
                work.history.append([entry] * 20)
                work.commit()
            written.append(20)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found = [backup(case.app, tmp_path / f"{one}.db") for one in range(5)]
    finally:
        stop.set()
        thread.join()

    rows = [one.rows for one in found]
    assert sorted(rows) == rows
    assert {rows[0] % 20} == {one % 20 for one in rows}


def test_a_copy_that_is_not_whole_is_not_kept(case: Relay, tmp_path: Path) -> None:
    """A history that somebody changed is said so, and makes no backup."""
    with case.app.store.begin() as work:
        work.connection.exec_driver_sql("DROP TRIGGER history_refuses_update")
        work.connection.exec_driver_sql("UPDATE history SET actor = 'x' WHERE seq = 1")
        work.commit()

    with pytest.raises(ConfigurationError, match="not whole, and nothing was kept"):
        backup(case.app, tmp_path / "b.db")

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(case: Relay, tmp_path: Path) -> None:
    """In words, with the path."""
    with pytest.raises(ConfigurationError, match="nowhere"):
        backup(case.app, tmp_path / "nowhere" / "b.db")


def test_a_full_disk_leaves_nothing_half(case: Relay, tmp_path: Path) -> None:
    """It is told, and what was written of the copy is removed."""
    code = (
        "import resource, signal, sys, pathlib\n"
        "from leadstate.errors import LeadstateError\n"
        "from leadstate.store.sqlite.backup import copy_live, partial\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "source, target = map(pathlib.Path, sys.argv[1:])\n"
        "try:\n"
        "    with partial(target) as part:\n"
        "        copy_live(source, part)\n"
        "except LeadstateError as error:\n"
        "    print(error)\n"
    )
    words = [sys.executable, "-c", code, case.app.store.path, tmp_path / "b.db"]

    said = subprocess.run(words, capture_output=True, text=True, check=True)

    assert "The database" in said.stdout, said.stderr
    assert [] == list(tmp_path.iterdir())


def test_two_backups_into_one_file_do_not_meet(case: Relay, tmp_path: Path) -> None:
    """The second is told that the first is at work."""
    from leadstate.store.sqlite.backup import partial

    file = tmp_path / "b.db"
    with partial(file), pytest.raises(UsageError, match="another process writes"):
        backup(case.app, file)


# -- restore ---------------------------------------------------------------------------


def test_a_restore_brings_everything_back(case: Relay, tmp_path: Path) -> None:
    """Records, history, links; the replaced database stays aside."""
    file = backup(case.app, tmp_path / "b.db").file
    before = case.history("h2")
    case.hub.edit("h2", name="Later")
    case.work()

    done = restored(case, file)

    store = reopened(case)
    with store.read() as view:
        after = view.history.of(before[0].record_id)
        [told] = [one for one in view.history.recent() if not one.record_id]
    faults = store.integrity()
    store.close()
    assert (before, []) == (after, faults)
    assert ("configured", "ada") == (told.kind, told.actor)
    assert case.app.store.path.with_name(f"{done.database.name}.before-restore") == (
        done.aside
    )
    assert done.aside is not None
    assert done.aside.exists()
    assert file.exists()


def test_a_second_restore_keeps_both_replaced_databases(
    case: Relay, tmp_path: Path
) -> None:
    """Nothing that was kept aside is overwritten."""
    file = backup(case.app, tmp_path / "b.db").file

    asides = [restored(case, file).aside for _ in range(2)]

    assert 2 == len({one for one in asides if one and one.exists()})


def test_a_restore_to_a_new_place(case: Relay, tmp_path: Path) -> None:
    """Where nothing was, nothing is replaced, and nothing can be taken over."""
    file = backup(case.app, tmp_path / "b.db").file
    target = tmp_path / "deep" / "new.db"

    done = restore(file, target, identifying=(), actor="ada", now=case.clock.now())

    assert (None, False) == (done.aside, done.readable)
    assert target.exists()


def test_a_restore_waits_for_no_worker(case: Relay, tmp_path: Path) -> None:
    """While a service works on the database it is refused, and nothing is changed."""
    file = backup(case.app, tmp_path / "b.db").file
    case.hub.edit("h2", name="Later")
    case.work()

    with (
        case.app.store.worker(case.clock.now()),
        pytest.raises(UsageError, match="works on"),
    ):
        restored(case, file)

    assert "Later" == case.record("h2").record.values["name"]


def test_a_restore_is_refused_while_somebody_looks(case: Relay, tmp_path: Path) -> None:
    """A command that has the database open is told of; nothing is changed."""
    file = backup(case.app, tmp_path / "b.db").file
    case.app.store.close()
    looking = sqlite3.connect(case.app.store.path, isolation_level=None)
    looking.execute("PRAGMA journal_mode = WAL")
    looking.execute("BEGIN")
    looking.execute("SELECT count(*) FROM record").fetchone()

    with pytest.raises(UsageError, match=r"has .* open"):
        restored(case, file)
    looking.close()

    path = case.app.store.path
    assert [] == list(path.parent.glob(f"{path.name}.before*"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.write_bytes(b"no database at all"), "not a database"),
        (lambda file: file.write_bytes(file.read_bytes()[:9000]), "damaged|not whole"),
        (lambda file: _sql(file, "DROP TABLE alembic_version"), "of Leadstate"),
        (
            lambda file: _sql(file, "UPDATE alembic_version SET version_num = '9999'"),
            "newer Leadstate",
        ),
        (
            lambda file: _sql(
                file,
                "DROP TRIGGER history_refuses_update",
                "UPDATE history SET actor = 'x' WHERE seq = 1",
            ),
            "not whole, and nothing was changed",
        ),
        (lambda file: file.unlink(), "there is no file"),
    ],
    ids=["text", "half", "stranger", "newer", "tampered", "missing"],
)
def test_what_cannot_be_trusted_is_not_restored(
    case: Relay, tmp_path: Path, spoil: Callable[[Path], object], words: str
) -> None:
    """The reason is told, and the database is as it was."""
    file = backup(case.app, tmp_path / "b.db").file
    spoil(file)

    with pytest.raises(LeadstateError, match=words):
        restored(case, file)

    assert case.record("h1").status is RecordStatus.ACTIVE
    left = sorted(one.name for one in case.app.store.path.parent.glob("*.part*"))
    assert [] == left


def _sql(file: Path, *statements: str) -> None:
    with sqlite3.connect(file) as database:
        for one in statements:
            database.execute(one)
    database.close()


def test_a_damaged_database_is_replaced_all_the_same(
    case: Relay, tmp_path: Path
) -> None:
    """It stays aside as it is; nothing can be taken over from it."""
    file = backup(case.app, tmp_path / "b.db").file
    case.app.store.close()
    case.app.store.path.write_bytes(b"broken" * 1000)

    done = restored(case, file)

    assert not done.readable
    assert done.aside is not None
    assert b"broken" * 1000 == done.aside.read_bytes()
    assert RecordStatus.ACTIVE is case.record("h1").status


# -- what a restore must not undo ------------------------------------------------------


def test_who_was_forgotten_after_the_backup_stays_forgotten(
    case: Relay, tmp_path: Path
) -> None:
    """The backup holds the person; the database that it becomes does not."""
    record_id = case.record("h1").record.id
    file = backup(case.app, tmp_path / "b.db").file
    assert {EMAIL: [file.name]} == traces([EMAIL], [file])
    erase(case.app, wanted_record(case.app, record_id), actor="dpo")

    done = restored(case, file)

    assert 1 == done.taken_over.forgotten
    store = reopened(case)
    with store.read() as view:
        row = view.records.get(record_id, case.app.lifecycle.fields)
        told = view.history.of(record_id)
    faults = store.integrity()
    store.close()
    assert row is not None
    assert (RecordStatus.ERASED, {}) == (row.status, dict(row.record.values))
    assert ("erased", []) == (told[-1].kind, faults)
    assert {} == traces([EMAIL], [case.app.store.path])


def test_a_later_backup_holds_nothing_of_the_forgotten(
    case: Relay, tmp_path: Path
) -> None:
    """Copies of the database are as silent as itself."""
    erase(case.app, wanted_record(case.app, case.record("h1").record.id), actor="dpo")

    file = backup(case.app, tmp_path / "b.db").file

    assert {} == traces([EMAIL], [file])


def test_what_has_gone_out_since_is_not_sent_again(case: Relay, tmp_path: Path) -> None:
    """The replaced database knows; what it does not know a person is asked about."""
    kinds = {"note": OutboxKind.NOTE, "sent": OutboxKind.MESSAGE}
    with case.app.store.begin() as work:
        work.outbox.add([outbox_item(case, one, kind) for one, kind in kinds.items()])
        work.commit()
    file = backup(case.app, tmp_path / "b.db").file
    with case.app.store.begin() as work:
        now = case.clock.now()
        rows = work.outbox.claim("hub", now, now, kinds=[OutboxKind.MESSAGE])
        ends = [Settlement(id=one.id, state=OutboxState.DONE) for one in rows]
        work.outbox.settle(ends, rows[0].claim_token or "", now)
        work.commit()

    done = restored(case, file)

    assert (1, 0) == (done.taken_over.sent, done.taken_over.unsure)
    store = reopened(case)
    with store.read() as view:
        [left] = view.outbox.open_for([case.record("h1").record.id]).values()
    store.close()
    assert [("note", True)] == [(one.token, one.sent) for one in left]


def test_messages_of_which_nobody_knows_wait_for_a_person(
    case: Relay, tmp_path: Path
) -> None:
    """Sent twice or lost silently: neither.  A dead letter says so."""
    with case.app.store.begin() as work:
        work.outbox.add([outbox_item(case, "m", OutboxKind.MESSAGE)])
        work.commit()
    file = backup(case.app, tmp_path / "b.db").file
    case.app.store.close()
    case.app.store.path.unlink()

    done = restored(case, file)

    assert 1 == done.taken_over.unsure
    store = reopened(case)
    with store.read() as view:
        [letter] = view.dead_letters.list()
    store.close()
    assert "perhaps sent since" in letter.reason


def test_newer_tokens_are_kept(relay: Relay, tmp_path: Path) -> None:
    """A refresh token that a CRM takes once is worth more than the backup's."""
    relay.app.store.close()
    path, key, now = relay.app.store.path, b"k" * 32, relay.clock.now
    store = open_store(f"sqlite:///{path}", key=key)
    store.credentials("amo", now).save("oauth", {"refresh": "first"})
    store.close()
    file = backup(relay.app, tmp_path / "b.db").file
    relay.clock.advance(timedelta(hours=1))
    store = open_store(f"sqlite:///{path}", key=key)
    store.credentials("amo", now).save("oauth", {"refresh": "second"})
    store.close()

    done = restored(relay, file)

    store = open_store(f"sqlite:///{path}", key=key)
    held = store.credentials("amo", now).load("oauth")
    store.close()
    assert (1, {"refresh": "second"}) == (done.taken_over.tokens, held)


def test_another_installations_database_gives_nothing(
    case: Relay, relay_of: Callable[[], Relay], tmp_path: Path
) -> None:
    """Its forgotten people are other people's; it is said so."""
    other = relay_of()
    other.hub.create("h1", email=EMAIL, stage="lead")
    other.work()
    erase(other.app, wanted_record(other.app, other.record("h1").record.id), actor="d")
    erase(case.app, wanted_record(case.app, case.record("h2").record.id), actor="d")
    file = backup(case.app, tmp_path / "b.db").file

    done = restored(other, file)

    assert done.taken_over.other


# -- older schemas, and death in the middle --------------------------------------------


@pytest.mark.parametrize("schema", ["0001", "0002", "0003", "0004"])
def test_a_backup_of_an_older_leadstate_is_brought_up(
    relay: Relay, tmp_path: Path, schema: str
) -> None:
    """The file stays as it was; the database is of this version, its chain holds."""
    file = tmp_path / "older.db"
    engine = engines.writing(file)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
        connection.commit()
    engine.dispose()
    kept = file.read_bytes()

    done = restored(relay, file)

    assert (schema, kept) == (done.schema, file.read_bytes())
    store = reopened(relay)
    faults = store.integrity()
    with store.read() as view:
        rows = len(view.history.recent())
    store.close()
    assert (1, []) == (rows, faults)


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from leadstate.service.backup import backup, restore
from leadstate.store import open_store

what, database, file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
if what == "backup":
    store = open_store(f"sqlite:///{database}")
    backup(SimpleNamespace(store=store, signing_key=None), file, keep=2)
else:
    restore(file, database, identifying=("email",), actor="ada",
            now=datetime(2026, 1, 1, tzinfo=UTC))
"""


def killed(what: str, point: str, database: Path, file: Path) -> int:
    """Run a backup or a restore that dies at a commit point."""
    words = [sys.executable, "-c", CHILD, what, str(database), str(file)]
    env = os.environ | {"LEADSTATE_KILL_AT": point}
    return subprocess.run(words, env=env, check=False).returncode


@pytest.mark.parametrize("point", ["backup.after_copy", "backup.before_rename"])
def test_a_backup_that_dies_leaves_the_older_ones(
    case: Relay, tmp_path: Path, point: str
) -> None:
    """Killed in the middle, and made once more: two whole backups, no third file."""
    file = backup(case.app, tmp_path / "b.db").file
    whole = file.read_bytes()

    assert -signal.SIGKILL == killed("backup", point, case.app.store.path, file)

    older = [one for one in tmp_path.iterdir() if not one.name.endswith(".part")]
    assert [whole] == [one.read_bytes() for one in older]
    backup(case.app, file, keep=2)
    assert {"b.db", "b.db.1"} == {one.name for one in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "point",
    [
        "restore.after_copy",
        "restore.before_replace",
        "restore.after_aside",
        "restore.after_replace",
    ],
)
def test_a_restore_that_dies_leaves_one_database_or_the_other(
    case: Relay, tmp_path: Path, point: str
) -> None:
    """Killed anywhere, there is a whole database; the second try succeeds."""
    file = backup(case.app, tmp_path / "b.db").file
    case.hub.edit("h2", name="Later")
    case.work()
    case.app.store.close()

    assert -signal.SIGKILL == killed("restore", point, case.app.store.path, file)

    names = {True: None, False: "Later"}
    store = reopened(case)
    faults = store.integrity()
    store.close()
    found = case.record("h2").record.values.get("name")
    assert (names[point == "restore.after_replace"], []) == (found, faults)
    case.app.store.close()
    restored(case, file)
    assert None is case.record("h2").record.values.get("name")
    left = {one.name for one in case.app.store.path.parent.glob("*.part*")}
    assert set() == left
