"""Random chains with checkpoints, and both verifiers on any database.

An attacker has the file: no trigger, no unique index and no foreign key is in the way.
"""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.sqlite import dialect

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.service.audit.exporting import history_lines
from leadstate.store import NewRecord, open_store
from leadstate.store.checkpoints import line_of
from leadstate.store.sqlite.raw import SqliteRaw
from leadstate.store.verifying import KeptLine, Proof, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from sqlalchemy import ClauseElement

    from leadstate.store import Store, Work
    from leadstate.store.checkpoints import CheckpointRow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEED = b"s" * 32
SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "verify_history.py"
ERASED = "erased"
_TABLES = ("history", "detail", "chain_head", "checkpoint")


def script() -> ModuleType:
    """Return the verifier that imports nothing of Leadstate, as a module."""
    spec = importlib.util.spec_from_file_location("verify_history", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True, repr=False)
class Chain:
    """A database as bytes, as its owner left it and as an attacker opens it.

    Attributes:
        key: The public key of its checkpoints.
        kept: Its checkpoints, as they were kept elsewhere.
    """

    sound: bytes
    open: bytes
    key: str
    kept: tuple[CheckpointRow, ...]

    def attacked(self) -> sqlite3.Connection:
        """Return the database in memory, with nothing that refuses a change."""
        return loaded(self.open)


def loaded(content: bytes) -> sqlite3.Connection:
    """Return a database of these bytes, in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(content)
    return connection


def chain(folder: Path, number: int) -> Chain:
    """Return a random chain of some 40 rows with three checkpoints."""
    random = Random(number)
    path = folder / f"chain-{number}.db"
    store = open_store(f"sqlite:///{path}")
    records = [f"r{number}-{one}" for one in range(random.randint(3, 6))]
    with store.begin() as work:
        work.records.add([_record(one) for one in records])
        work.commit()
    kept = [_grown(store, random, records, hour) for hour in range(3)]
    with store.begin() as work:
        _append(work, random, records, 4)
        _erase(work, records[0])
        work.commit()
    store.close()
    sound, opened = _contents(path)
    return Chain(sound, opened, kept[0].key, tuple(kept))


def _record(id_: str) -> NewRecord:
    return NewRecord(
        record=Record(id=id_, stage="lead"), workflow="b2b", created_at=NOON
    )


def _grown(
    store: Store, random: Random, records: Sequence[str], hour: int
) -> CheckpointRow:
    with store.begin() as work:
        for _ in range(random.randint(2, 4)):
            _append(work, random, records, random.randint(1, 6))
        made = work.checkpoints.make(SEED, NOON + timedelta(hours=hour))
        work.commit()
    return made


def _append(work: Work, random: Random, records: Sequence[str], number: int) -> None:
    # Each lane that a record or the installation has gets a row at once.
    ids = [*records, ""] if random.random() < 0.5 else random.choices(records, k=number)
    work.history.append([_entry(random, id_) for id_ in ids])


def _entry(random: Random, id_: str) -> HistoryEntry:
    return HistoryEntry(
        record_id=id_,
        kind=HistoryKind.MOVED if id_ else HistoryKind.CONFIGURED,
        cause=random.choice(list(Cause)),
        actor=random.choice(["ann", "Jürgen", "],[", ""]),
        happened_at=random.choice([None, NOON]),
        learnt_at=NOON + timedelta(seconds=random.random()),
        from_stage=random.choice([None, "lead"]),
        to_stage="mql" if id_ else None,
        note=random.choice(["", "called back"]),
        receipt=random.choice([{}, {"met": True}]),
    )


def _erase(work: Work, id_: str) -> None:
    """Forget a person, as far as the chain is concerned."""
    entry = _entry(Random(0), id_)
    work.history.append(
        [HistoryEntry(**{**_columns(entry), "kind": HistoryKind.ERASED, "note": ""})]
    )
    run = work.connection.exec_driver_sql
    mine = "SELECT id FROM history WHERE record_id = ?"
    run(f"DELETE FROM detail WHERE history_id IN ({mine})", (id_,))
    run("DELETE FROM subject_key WHERE record_id = ?", (id_,))


def _columns(entry: HistoryEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def _contents(path: Path) -> tuple[bytes, bytes]:
    with closing(sqlite3.connect(path, isolation_level=None)) as own:
        own.execute("PRAGMA journal_mode = DELETE")
        sound = own.serialize()
    with closing(loaded(sound)) as connection:
        for table in _TABLES:
            run = connection.execute
            run(f"CREATE TABLE plain AS SELECT * FROM {table}")
            run(f"DROP TABLE {table}")
            run(f"ALTER TABLE plain RENAME TO {table}")
        run("INSERT INTO sqlite_sequence SELECT 'checkpoint', max(id) FROM checkpoint")
        return sound, connection.serialize()


class DriverRaw(SqliteRaw):
    """What lies in a database that is open without SQLAlchemy, uncommitted rows too."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def _run(self, statement: ClauseElement, values: dict[str, Any]) -> sqlite3.Cursor:
        compiled = statement.compile(dialect=dialect())
        bound = compiled.construct_params(values)
        given = [bound[name] for name in compiled.positiontup or ()]
        return self._driver.execute(str(compiled), given)


# -- both verifiers --------------------------------------------------------------------


def proven(
    connection: sqlite3.Connection, key: str, kept: Sequence[CheckpointRow] = ()
) -> Proof:
    """Return what `leadstate audit verify` finds."""
    lines = [
        KeptLine(where=f"kept:{number}", row=row) for number, row in enumerate(kept)
    ]
    return verify(DriverRaw(connection), keys={key}, kept=lines)


def faults_offline(
    verifier: ModuleType,
    connection: sqlite3.Connection,
    file: Path,
    key: str,
    kept: Sequence[CheckpointRow] = (),
) -> list[tuple[object, ...]]:
    """Return what the script finds in an export of the database."""
    lines = history_lines(DriverRaw(connection), key)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    told = [("kept", json.loads(line_of(row))) for row in kept]
    found: list[tuple[object, ...]] = verifier.verify(file, told, [key])[0].listed
    return found
