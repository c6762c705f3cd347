"""Checkpoints: signed, numbered, each naming the one before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from leadstate.store.chain import GENESIS, digest
from leadstate.store.checkpoints import Head, is_signed, line_of, public_key, read_body

if TYPE_CHECKING:
    from leadstate.store import Store
    from tests.unit.store.conftest import Make

SEED = b"s" * 32
FIRST = '{"leadstate_checkpoint":1,"number":1,"made_at":5,"before":"0","heads":[]}'


def test_each_checkpoint_names_the_one_before(
    with_records: Store, make: type[Make]
) -> None:
    """By the digest of what it says; the first one names none."""
    with with_records.begin() as work:
        one, two = (work.checkpoints.make(SEED, make.at(each)) for each in (0, 60))
        heads = work.checkpoints.last()
        said = [read_body(each.body) for each in (one, two)]
        work.commit()

    assert said[0] is not None
    assert said[1] is not None
    assert (1, GENESIS, 3) == (said[0].number, said[0].before, said[0].rows)
    assert (2, digest(one.body.encode())) == (said[1].number, said[1].before)
    assert (make.at(60), two) == (said[1].made_at, heads)
    assert is_signed(two.body, two.signature, two.key)
    assert public_key(SEED) == two.key


def test_a_checkpoint_holds_the_heads_of_lanes_that_have_rows(
    store: Store, make: type[Make]
) -> None:
    """Of an empty history it holds none."""
    with store.begin() as work:
        empty = read_body(work.checkpoints.make(SEED, make.noon).body)
        work.records.add([make.new("r1")])
        work.history.append([make.entry("r1"), make.entry("r1")])
        [head] = work.connection.exec_driver_sql(
            "SELECT lane, place, hash FROM chain_head"
        ).all()
        after = read_body(work.checkpoints.make(SEED, make.noon).body)
        rows = work.checkpoints.rows()
        work.commit()

    assert empty is not None
    assert after is not None
    assert ((), (Head(*head),), 2) == (empty.heads, after.heads, rows)


def test_a_line_to_keep_elsewhere_has_all_that_proves_it(
    store: Store, make: type[Make]
) -> None:
    """One line of JSON; the body in it is the text that was signed."""
    with store.begin() as work:
        made = work.checkpoints.make(SEED, make.noon)
    line = line_of(made)

    assert "\n" not in line
    assert json.loads(line) == {
        "number": 1,
        "body": made.body,
        "signature": made.signature,
        "key": made.key,
    }


@pytest.mark.parametrize(
    ("signature", "key"),
    [
        ("", ""),
        ("00", "00"),
        ("zz", "zz"),
        ("A", public_key(SEED)),
    ],
)
def test_what_is_no_signature_signs_nothing(signature: str, key: str) -> None:
    """Whatever stands there, the answer is no."""
    assert not is_signed("body", signature, key)


def test_a_signature_is_written_in_one_way(store: Store, make: type[Make]) -> None:
    """In capitals it is another text, and no longer the one that was kept."""
    with store.begin() as work:
        made = work.checkpoints.make(SEED, make.noon)

    assert not is_signed(made.body, made.signature.upper(), made.key)
    assert not is_signed(made.body, made.signature, made.key.upper())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "7",
        FIRST.replace(":1,", ":2,", 1),
        FIRST.replace("[]", "[[1]]"),
        FIRST.replace(":5", ":null"),
        FIRST.replace(":5", ":1e300"),
    ],
)
def test_another_format_is_not_guessed_at(body: str) -> None:
    """A later Leadstate may write more; this one then says that it cannot read it."""
    assert read_body(FIRST) is not None
    assert read_body(body) is None


def test_the_database_makes_its_key_once(store: Store) -> None:
    """The second question finds the first one's key; looking makes none."""
    with store.begin() as work:
        before = work.checkpoints.seed()
        seeds = {work.checkpoints.made_seed(), work.checkpoints.made_seed()}
        kept = work.checkpoints.seed()

    assert before is None
    assert {kept} == seeds
    assert kept is not None
    assert 32 == len(kept)


def test_checkpoints_are_read_in_portions(store: Store, make: type[Make]) -> None:
    """Behind a number, in order."""
    with store.begin() as work:
        made = [work.checkpoints.make(SEED, make.noon) for _ in range(3)]

        assert made[1:] == work.checkpoints.after(1)
        assert made[:2] == work.checkpoints.after(0, 2)
        assert [] == work.checkpoints.after(3)
