"""Verification says what does not hold, where, and how much hangs on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from chains import NOON, SEED, loaded, proven

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.store import NewRecord, open_store
from leadstate.store.chain import lane_of
from leadstate.store.checkpoints import CheckpointRow, public_key
from leadstate.store.verifying import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadstate.store.verifying import Proof

RECORDS = ("r1", "r2")
LANE = lane_of("r1")
KEY = public_key(SEED)
THIRD = "history_id = (SELECT id FROM history WHERE seq = 3)"


def row(record_id: str, **given: object) -> HistoryEntry:
    """Return a row of the history with a note."""
    columns: dict[str, object] = {
        "kind": HistoryKind.MOVED,
        "cause": Cause.MANUAL,
        "actor": "ann",
        "happened_at": NOON,
        "learnt_at": NOON,
        "from_stage": "lead",
        "to_stage": "mql",
        "note": "called],[back",
    }
    return HistoryEntry(record_id=record_id, **(columns | given))  # type: ignore[arg-type]


@pytest.fixture(name="content", scope="session")
def _content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ten rows of two records in turn, a checkpoint after the sixth."""
    path = tmp_path_factory.mktemp("verifying") / "chain.db"
    store = open_store(f"sqlite:///{path}")
    with store.begin() as work:
        work.records.add(
            [
                NewRecord(
                    record=Record(id=one, stage="mql"), workflow="b2b", created_at=NOON
                )
                for one in RECORDS
            ]
        )
        for number in range(5):
            if number == 3:
                work.checkpoints.make(SEED, NOON)
            work.history.append([row(one, reason="],[") for one in RECORDS])
        work.commit()
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as own:
        own.execute("PRAGMA journal_mode = DELETE")
        for (name,) in own.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            own.execute(f"DROP TRIGGER {name}")
        return own.serialize()


@pytest.fixture(name="db")
def _db(content: bytes) -> Iterator[sqlite3.Connection]:
    with closing(loaded(content)) as connection:
        yield connection


@pytest.fixture(name="after")
def _after(db: sqlite3.Connection) -> Callable[..., Proof]:
    """Return what is found after some statements."""

    def done(*statements: str) -> Proof:
        for one in statements:
            db.execute(one)
        return proven(db, KEY)

    return done


def told(proof: Proof) -> list[tuple[object, ...]]:
    """Return the faults without their words."""
    return [(one.part, one.lane, one.place, one.seq) for one in proof.faults]


def test_what_was_looked_at_is_counted(after: Callable[..., Proof]) -> None:
    """Rows, details and checkpoints, and what the last of these covers."""
    proof = after()

    assert (10, 10, 1, 0, 0) == (
        proof.rows,
        proof.details,
        proof.checkpoints,
        proof.kept,
        proof.total,
    )
    assert proof.last is not None
    assert 6 == proof.last.rows
    assert () == proof.broken


def test_an_edited_row_is_named_with_what_hangs_on_it(
    after: Callable[..., Proof],
) -> None:
    """Its lane, place and number; the rows behind it are not proven any more."""
    proof = after("UPDATE history SET actor = 'eve' WHERE seq = 5")

    assert [(Part.ROW, LANE, 3, 5)] == told(proof)
    assert "it does not fit its hash: a column was changed" == proof.faults[0].text
    assert "r1" == proof.faults[0].record_id
    [broken] = proof.broken
    assert (LANE, 3, 5, 2) == (broken.lane, broken.place, broken.seq, broken.behind)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM history WHERE seq = 5", "it follows place 2: 1 row is missing"),
        (
            "DELETE FROM history WHERE seq IN (3, 5)",
            "it follows place 1: 2 rows are missing",
        ),
        (
            "UPDATE history SET place = 0 WHERE seq = 5",
            "it follows place 2: it stands out of order, or twice",
        ),
        (
            "UPDATE history SET place = 'third' WHERE seq = 5",
            "its place is not a number",
        ),
    ],
)
def test_missing_and_misplaced_rows_are_told_apart(
    after: Callable[..., Proof], statement: str, said: str
) -> None:
    """The first row that does not follow says what is wrong."""
    first = after(statement).faults[0]

    assert (Part.PLACE, LANE, said) == (first.part, first.lane, first.text)


def test_a_row_of_another_lane_is_found_where_its_hash_fits(
    db: sqlite3.Connection, after: Callable[..., Proof]
) -> None:
    """A lane belongs to its records: nobody can begin one of their own."""
    from leadstate.store.chain import COVERED, GENESIS, linked

    named = ", ".join(COVERED)
    values = list(db.execute(f"SELECT {named} FROM history WHERE seq = 9").fetchone())
    values[:4] = [11, 15 - LANE, 1, "forged"]
    marks = ", ".join("?" for _ in range(len(COVERED) + 2))
    query = f"INSERT INTO history ({named}, hash, format) VALUES ({marks})"
    db.execute(query, [*values, linked(GENESIS, values), 2])

    found = [(one.part, one.text) for one in after().faults]

    assert (Part.LANE, f"its record belongs to lane {LANE}") in found


@pytest.mark.parametrize(
    ("statement", "part", "said"),
    [
        (
            f"UPDATE detail SET body = x'00' WHERE {THIRD}",
            Part.DETAIL,
            "its detail is not the one that was written",
        ),
        (
            f"UPDATE detail SET body = 'text' WHERE {THIRD}",
            Part.DETAIL,
            "its detail is not the one that was written",
        ),
        (
            f"DELETE FROM detail WHERE {THIRD}",
            Part.DETAIL,
            "its detail is gone, and no erasure of the record says why",
        ),
        (
            "INSERT INTO detail VALUES ('nobody', x'00')",
            Part.DETAIL,
            "a detail is stored for a row nobody that is not there",
        ),
        (
            "DELETE FROM subject_key WHERE record_id = 'r1'",
            Part.KEY,
            "the key of the record's details is gone, and no erasure says why",
        ),
        (
            "UPDATE subject_key SET key = zeroblob(16) WHERE record_id = 'r1'",
            Part.KEY,
            "the key of the record is another one",
        ),
        (
            "UPDATE subject_key SET key = 'text' WHERE record_id = 'r1'",
            Part.KEY,
            "the key of the record is another one",
        ),
        (
            "UPDATE chain_head SET place = 4",
            Part.HEAD,
            "the lane ends at place 5, and ought to end at 4",
        ),
        (
            "UPDATE chain_head SET hash = ''",
            Part.HEAD,
            "the last row of the lane is not the one that was written last",
        ),
        (
            f"DELETE FROM chain_head WHERE lane = {LANE}",
            Part.HEAD,
            "the lane ends at place 5, and ought to have no row",
        ),
        (
            "INSERT INTO chain_head VALUES (99, 1, '')",
            Part.HEAD,
            "the lane has no row, and ought to end at place 1",
        ),
        (
            "DROP TABLE chain_head",
            Part.DATABASE,
            "the database cannot be read further: no such table: chain_head",
        ),
        (
            "UPDATE checkpoint SET made_at = 0",
            Part.CHECKPOINT,
            "its number or time is not the one that was signed",
        ),
        (
            "UPDATE checkpoint SET signature = replace(signature, 'a', 'b')",
            Part.CHECKPOINT,
            "its signature does not hold: it was changed",
        ),
        (
            "UPDATE checkpoint SET key = 'ff'",
            Part.CHECKPOINT,
            "it is signed with ff..., no key that is known here",
        ),
        (
            "DELETE FROM checkpoint",
            Part.CHECKPOINT,
            "the newest ought to have the number 1",
        ),
    ],
)
def test_every_other_part_is_told_by_its_name(
    after: Callable[..., Proof], statement: str, part: Part, said: str
) -> None:
    """Details, keys, heads, checkpoints: each in its own words."""
    first = after(statement).faults[0]

    assert (part, said) == (first.part, first.text)


def test_details_of_somebody_who_was_erased_may_be_gone(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """An erasure that stands in the chain says why, for rows before it and its own."""
    path = tmp_path / "erased.db"
    path.write_bytes(db.serialize())
    store = open_store(f"sqlite:///{path}")
    with store.begin() as work:
        work.history.append([row("r1", kind=HistoryKind.ERASED)])
        mine = "(SELECT id FROM history WHERE record_id = 'r1')"
        run = work.connection.exec_driver_sql
        run(f"DELETE FROM detail WHERE history_id IN {mine}")
        run("DELETE FROM subject_key WHERE record_id = 'r1'")
        work.commit()
    store.close()
    with closing(sqlite3.connect(path)) as own:
        assert () == proven(own, KEY).faults

        own.execute("DELETE FROM detail")
        found = [(one.part, one.record_id, one.text) for one in proven(own, KEY).faults]

    said = "the details of 5 rows from here on are gone, and no erasure of the record"
    assert [(Part.DETAIL, "r2", f"{said} says why")] == found


@pytest.mark.parametrize(
    "value", ["x'ff'", "CAST(x'ff' AS TEXT)", "9e999", "'],['", "NULL"]
)
@pytest.mark.parametrize("column", ["reason", "record_id", "happened_at", "hash"])
def test_what_no_row_holds_is_a_fault_like_any_other(
    db: sqlite3.Connection, after: Callable[..., Proof], column: str, value: str
) -> None:
    """Bytes, texts that are no UTF-8, numbers that are none: nothing breaks off."""
    if (column, value) in {("reason", "'],['"), ("hash", "NULL")}:
        value = "'other'"

    proof = after(f"UPDATE history SET {column} = {value} WHERE seq = 5")

    assert (Part.ROW, LANE, 3, 5) in told(proof)
    assert 10 == proof.rows


def test_faults_are_counted_beyond_those_that_are_listed(
    db: sqlite3.Connection, after: Callable[..., Proof]
) -> None:
    """A hundred are named; the number is that of all."""
    marks = ", ".join(f"('stray{number}', x'00')" for number in range(150))

    proof = after(f"INSERT INTO detail VALUES {marks}")

    assert (100, 150) == (len(proof.faults), proof.total)


def test_a_cut_is_told_by_the_checkpoint_that_covers_it(
    after: Callable[..., Proof],
) -> None:
    """Even when the heads were moved: the place it knows, and what fits still."""
    proof = after(
        "DELETE FROM detail WHERE history_id IN (SELECT id FROM history WHERE seq > 4)",
        "DELETE FROM history WHERE seq > 4",
        "UPDATE chain_head SET place = 2, hash = (SELECT hash FROM history WHERE "
        "history.lane = chain_head.lane AND place = 2)",
    )

    assert {(Part.CHECKPOINT, 3)} == {(one.part, one.place) for one in proof.faults}
    assert (
        f"it knows lane {LANE} up to place 3, which is not there any more; by "
        "checkpoints, no earlier place is proven"
    ) in [one.text for one in proof.faults]


def test_checkpoints_kept_elsewhere_are_compared(db: sqlite3.Connection) -> None:
    """The same ones are counted; others are told, and whether rows still fit them."""
    query = "SELECT id, body, signature, key FROM checkpoint"
    [own] = [
        CheckpointRow(number=number, body=body, signature=signature, key=key)
        for number, body, signature, key in db.execute(query)
    ]
    other = CheckpointRow(number=2, body=own.body, signature=own.signature, key=KEY)
    forged = CheckpointRow(number=1, body=own.body, signature="00", key=KEY)

    same = proven(db, KEY, [own])
    found = proven(db, KEY, [other, forged])
    db.execute("DELETE FROM checkpoint")
    db.execute("DELETE FROM sqlite_sequence")
    gone = proven(db, KEY, [own])

    assert ((), 1) == (same.faults, same.kept)
    assert [
        "kept:0: its number is not the one that was signed",
        "kept:1: its signature does not hold: it was changed",
    ] == [one.text for one in found.faults]
    assert ["kept:0: the database has none of this number"] == [
        one.text for one in gone.faults
    ]
