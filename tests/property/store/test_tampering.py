"""Tamper evidence: whatever is done to a chain behind its back is found, twice."""

from __future__ import annotations

from contextlib import closing, suppress
from random import Random
from typing import TYPE_CHECKING

import pytest
from chains import SEED, Chain, chain, faults_offline, loaded, proven, script

from leadstate.store.chain import COVERED, FORMAT, GENESIS, LANES, linked
from leadstate.store.checkpoints import public_key

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    Attack = Callable[[sqlite3.Connection, Random], None]

CHAINS = 6
EACH = 80
ODD = (None, "", "x", "A", 0, -1, 1, 99, 1.5, b"\x00", b"\xff", "]")
_COLUMNS = ", ".join(COVERED)


@pytest.fixture(name="chains", scope="session")
def _chains(tmp_path_factory: pytest.TempPathFactory) -> list[Chain]:
    folder = tmp_path_factory.mktemp("chains")
    return [chain(folder, number) for number in range(CHAINS)]


@pytest.fixture(name="verifier", scope="session")
def _verifier() -> ModuleType:
    return script()


@pytest.fixture(name="file", scope="session")
def _file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports") / "history.jsonl"


class Pointless(Exception):
    """Nothing was changed, or there is nothing to change."""


def needs(condition: object) -> None:
    """Give an attack up that changes nothing."""
    if not condition:
        raise Pointless


def attacked(
    chains: list[Chain], attack: Attack
) -> Iterator[tuple[Chain, sqlite3.Connection]]:
    """Yield chains to each of which an attack was made in another way."""
    random, made = Random(attack.__name__), 0
    while made < EACH:
        one = random.choice(chains)
        with closing(one.attacked()) as db, suppress(Pointless):
            attack(db, random)
            made += 1
            yield one, db


def difference(one: Chain, db: sqlite3.Connection) -> str:
    """Return what an attack changed."""
    with closing(one.attacked()) as before:
        then, now = [set(each.iterdump()) for each in (before, db)]
    return "\n".join(["was:", *sorted(then - now), "is:", *sorted(now - then)])


def numbers(db: sqlite3.Connection, table: str) -> list[int]:
    """Return the rowids of a table."""
    return [one for (one,) in db.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]


def pick(db: sqlite3.Connection, random: Random, table: str, where: str = "1") -> int:
    """Return one row of a table."""
    rows = db.execute(f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid")
    found = [one for (one,) in rows]
    needs(found)
    return random.choice(found)


def two(db: sqlite3.Connection, random: Random, table: str) -> list[int]:
    """Return two rows of a table."""
    return random.sample(numbers(db, table), 2)


def edit(
    db: sqlite3.Connection, random: Random, table: str, columns: tuple[str, ...]
) -> None:
    """Change one value: to something odd, to another case, to the next number."""
    row, column = pick(db, random, table), random.choice(columns)
    [[before]] = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,))
    new = near(before) if random.random() < 0.3 else random.choice(ODD)
    db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, row))
    [[after]] = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,))
    needs((type(before), before) != (type(after), after))


def near(value: object) -> object:
    """Return what is hardest to tell from a value."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\x00"
    if isinstance(value, str):
        return value.swapcase() if value.swapcase() != value else f"{value} "
    return "None"


def swap(
    db: sqlite3.Connection, table: str, columns: tuple[str, ...], pair: list[int]
) -> None:
    """Exchange columns of two rows."""
    named = ", ".join(columns)
    query = f"SELECT {named} FROM {table} WHERE rowid = ?"
    one, other = [db.execute(query, (row,)).fetchone() for row in pair]
    needs(one != other)
    marks = ", ".join(f"{name} = ?" for name in columns)
    for values, row in ((other, pair[0]), (one, pair[1])):
        db.execute(f"UPDATE {table} SET {marks} WHERE rowid = ?", (*values, row))


# -- what an attacker does -------------------------------------------------------------


def edits_a_row(db: sqlite3.Connection, random: Random) -> None:
    edit(db, random, "history", (*COVERED, "hash", "format"))


def deletes_a_row(db: sqlite3.Connection, random: Random) -> None:
    db.execute("DELETE FROM history WHERE rowid = ?", (pick(db, random, "history"),))


def inserts_a_row(db: sqlite3.Connection, random: Random) -> None:
    """A copy of a row, somewhere: in its lane's place, behind it, or in between."""
    row = pick(db, random, "history")
    db.execute("INSERT INTO history SELECT * FROM history WHERE rowid = ?", (row,))
    [[new]] = db.execute("SELECT max(rowid) FROM history")
    column = random.choice(["seq", "place", "lane", "id", "actor"])
    value = random.randint(0, 60)
    db.execute(f"UPDATE history SET {column} = ? WHERE rowid = ?", (value, new))


def appends_a_row_that_fits(db: sqlite3.Connection, random: Random) -> None:
    """Rightly linked, but the head was not moved."""
    row = pick(db, random, "history")
    [[lane, record]] = db.execute(
        "SELECT lane, record_id FROM history WHERE rowid = ?", (row,)
    )
    [[seq]] = db.execute("SELECT max(seq) FROM history")
    ends = "SELECT max(place) FROM history WHERE lane = ?"
    [[place]] = db.execute(ends, (lane,))
    last = f"SELECT {_COLUMNS}, hash FROM history WHERE lane = ? AND place = ?"
    *values, before = db.execute(last, (lane, place)).fetchone()
    forged = dict(zip(COVERED, values, strict=True))
    forged |= {"seq": seq + 1, "place": place + 1, "id": "forged", "detail": None}
    forged |= {"record_id": record}
    added = [*forged.values(), linked(before, list(forged.values())), FORMAT]
    marks = ", ".join("?" for _ in added)
    query = f"INSERT INTO history ({_COLUMNS}, hash, format) VALUES ({marks})"
    db.execute(query, added)


def swaps_rows(db: sqlite3.Connection, random: Random) -> None:
    """Of one lane or two: their places, their numbers, or what they say."""
    told = tuple(one for one in (*COVERED, "hash") if one not in {"seq", "place"})
    columns = random.choice([("place",), ("seq",), told, ("hash",)])
    swap(db, "history", columns, two(db, random, "history"))


def swaps_rows_between_lanes(db: sqlite3.Connection, random: Random) -> None:
    pair = two(db, random, "history")
    query = "SELECT lane FROM history WHERE rowid = ?"
    lanes = {db.execute(query, (row,)).fetchone() for row in pair}
    needs(len(lanes) == 2)
    swap(db, "history", ("lane", "place"), pair)


def cuts_the_end(db: sqlite3.Connection, random: Random) -> None:
    """All lanes from a row on, or one lane; heads stay."""
    row = pick(db, random, "history")
    one_lane = "lane = (SELECT lane FROM history WHERE rowid = :row) AND "
    where = random.choice(["", one_lane])
    db.execute(f"DELETE FROM history WHERE {where} rowid >= :row", {"row": row})


def cuts_the_end_and_moves_heads(db: sqlite3.Connection, random: Random) -> None:
    """Only checkpoints can show it: below the last one's heads."""
    cut_and_move(db, pick_marked(db, random))


def computes_anew(db: sqlite3.Connection, random: Random) -> None:
    """A row is changed, every hash behind it and the head are computed again."""
    row = pick_marked(db, random)
    change = random.choice(["actor", "reason", "to_stage"])
    db.execute(f"UPDATE history SET {change} = 'forged' WHERE rowid = ?", (row,))
    link_anew(db)


def edits_a_detail(db: sqlite3.Connection, random: Random) -> None:
    edit(db, random, "detail", ("history_id", "body"))


def moves_details(db: sqlite3.Connection, random: Random) -> None:
    """Takes one away, exchanges two, or writes one where none was."""
    what = random.choice(["delete", "swap", "stray", "add"])
    if what == "delete":
        db.execute("DELETE FROM detail WHERE rowid = ?", (pick(db, random, "detail"),))
    elif what == "swap":
        swap(db, "detail", ("body",), two(db, random, "detail"))
    elif what == "stray":
        db.execute("INSERT INTO detail VALUES ('nobody', x'00')")
    else:
        row = pick(db, random, "history", "detail IS NULL")
        query = "INSERT INTO detail SELECT id, x'007b7d' FROM history WHERE rowid = ?"
        db.execute(query, (row,))


def changes_heads(db: sqlite3.Connection, random: Random) -> None:
    what = random.choice(["edit", "delete", "swap", "double", "add"])
    row = pick(db, random, "chain_head")
    if what == "edit":
        edit(db, random, "chain_head", ("lane", "place", "hash"))
    elif what == "delete":
        db.execute("DELETE FROM chain_head WHERE rowid = ?", (row,))
    elif what == "swap":
        swap(db, "chain_head", ("place", "hash"), two(db, random, "chain_head"))
    elif what == "double":
        query = "INSERT INTO chain_head SELECT * FROM chain_head WHERE rowid = ?"
        db.execute(query, (row,))
    else:
        free = "SELECT count(*) FROM chain_head WHERE lane = ?"
        lane = random.randint(0, LANES)
        needs(db.execute(free, (lane,)).fetchone() == (0,))
        db.execute("INSERT INTO chain_head VALUES (?, 1, ?)", (lane, GENESIS))


def edits_a_checkpoint(db: sqlite3.Connection, random: Random) -> None:
    columns = ("id", "made_at", "body", "signature", "key")
    edit(db, random, "checkpoint", columns)


def moves_checkpoints(db: sqlite3.Connection, random: Random) -> None:
    """Takes one away, exchanges two, writes one twice, or signs one with its own."""
    what = random.choice(["delete", "swap", "double", "forge"])
    row = pick(db, random, "checkpoint")
    if what == "delete":
        db.execute("DELETE FROM checkpoint WHERE rowid = ?", (row,))
    elif what == "swap":
        swap(db, "checkpoint", ("id",), two(db, random, "checkpoint"))
    elif what == "double":
        query = "INSERT INTO checkpoint SELECT * FROM checkpoint WHERE rowid = ?"
        db.execute(query, (row,))
    else:
        by = public_key(b"a" * 32)
        db.execute("UPDATE checkpoint SET key = ? WHERE rowid = ?", (by, row))


ATTACKS: tuple[Attack, ...] = (
    edits_a_row,
    deletes_a_row,
    inserts_a_row,
    appends_a_row_that_fits,
    swaps_rows,
    swaps_rows_between_lanes,
    cuts_the_end,
    cuts_the_end_and_moves_heads,
    computes_anew,
    edits_a_detail,
    moves_details,
    changes_heads,
    edits_a_checkpoint,
    moves_checkpoints,
)


def pick_marked(db: sqlite3.Connection, random: Random) -> int:
    """Return a row that the last checkpoint covers."""
    heads = "SELECT value FROM checkpoint, json_each(body, '$.heads') "
    last = f"{heads} WHERE checkpoint.id = 3"
    covered = (
        f"EXISTS (SELECT 1 FROM ({last}) WHERE json_extract(value, '$[0]') = lane "
        "AND json_extract(value, '$[1]') >= place)"
    )
    return pick(db, random, "history", covered)


def cut_and_move(db: sqlite3.Connection, row: int) -> None:
    """Cut all lanes from a row on, and make everything look as if it ended there."""
    gone = "SELECT id FROM history WHERE rowid >= ?"
    db.execute(f"DELETE FROM detail WHERE history_id IN ({gone})", (row,))
    db.execute("DELETE FROM history WHERE rowid >= ?", (row,))
    db.execute("DELETE FROM chain_head")
    db.execute(
        "INSERT INTO chain_head SELECT lane, max(place), hash FROM history "
        "GROUP BY lane"
    )


def link_anew(db: sqlite3.Connection) -> None:
    """Compute every hash again, and the heads."""
    heads: dict[int, tuple[int, str]] = {}
    for row, *values in db.execute(
        f"SELECT rowid, {_COLUMNS} FROM history ORDER BY seq"
    ).fetchall():
        lane, place = values[1], values[2]
        hash_ = linked(heads.get(lane, (0, GENESIS))[1], values)
        heads[lane] = place, hash_
        db.execute("UPDATE history SET hash = ? WHERE rowid = ?", (hash_, row))
    db.execute("DELETE FROM chain_head")
    db.executemany(
        "INSERT INTO chain_head VALUES (?, ?, ?)",
        [(lane, *head) for lane, head in heads.items()],
    )


# -- the promises ----------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_every_tampering_is_found(
    chains: list[Chain], verifier: ModuleType, file: Path, attack: Attack
) -> None:
    """By the database's own verification, and by the script on an export."""
    for one, db in attacked(chains, attack):
        here = proven(db, one.key).total
        there = len(faults_offline(verifier, db, file, one.key))

        assert (True, True) == (here > 0, there > 0), difference(one, db)


@pytest.mark.parametrize("attack", [cuts_the_end_and_moves_heads, computes_anew])
def test_what_was_kept_elsewhere_shows_a_history_made_anew(
    chains: list[Chain], verifier: ModuleType, file: Path, attack: Attack
) -> None:
    """Rows, heads and checkpoints all fit each other again; the copies do not."""

    def anew(db: sqlite3.Connection, random: Random) -> None:
        attack(db, random)
        db.execute("DELETE FROM checkpoint")
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'checkpoint'")

    unseen = 0
    for one, db in attacked(chains, anew):
        unseen += not proven(db, one.key).total
        here = proven(db, one.key, one.kept).total
        there = len(faults_offline(verifier, db, file, one.key, one.kept))

        assert (True, True) == (here > 0, there > 0), difference(one, db)
    assert unseen  # without the copies


@pytest.mark.parametrize("number", range(CHAINS))
def test_a_clean_chain_is_never_reported(
    chains: list[Chain], verifier: ModuleType, file: Path, number: int
) -> None:
    """Neither the database as it is, nor with its rules taken away."""
    one = chains[number]
    for content in (one.sound, one.open):
        with closing(loaded(content)) as db:
            proof = proven(db, one.key, one.kept)

            assert ((), 3, 3) == (proof.faults, proof.checkpoints, proof.kept)
            assert [] == faults_offline(verifier, db, file, one.key, one.kept)


def test_chains_have_what_can_be_attacked(chains: list[Chain]) -> None:
    """Several lanes, details, rows of no record, and somebody who was erased."""
    for one in chains:
        with closing(loaded(one.sound)) as db:
            [[lanes]] = db.execute("SELECT count(*) FROM chain_head")
            [[erased]] = db.execute(
                "SELECT count(*) FROM history WHERE kind = 'erased'"
            )
            [[gone]] = db.execute(
                "SELECT count(*) FROM history WHERE detail IS NOT NULL AND id NOT IN "
                "(SELECT history_id FROM detail)"
            )

            assert lanes > 2
            assert (1, True) == (erased, gone > 0)
            assert public_key(SEED) == one.key
