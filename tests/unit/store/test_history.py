"""History: in order, with receipts, and append-only whatever anybody tries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from leadstate.domain.history import Cause, HistoryKind
from leadstate.store.chain import COVERED, GENESIS, lane_of, linked

if TYPE_CHECKING:
    from leadstate.store import Store
    from tests.unit.store.conftest import Make


def test_an_entry_comes_back_as_it_was_appended(
    with_records: Store, make: type[Make]
) -> None:
    """With its receipt, and with its place in the whole history as id."""
    entry = make.entry(
        "r1",
        "mql",
        kind=HistoryKind.MOVED,
        cause=Cause.OUTSIDE,
        happened_at=None,
        from_stage="lead",
        transition="qualify",
        reason="timing",
        note="Ann moved it.",
        answer="flag",
        source="hub",
        source_event="e1",
        pass_number=2,
        workflow_version="w1",
        receipt={"met": False, "missing": ["budget"]},
    )
    with with_records.begin() as work:
        work.history.append([entry])
        found = work.history.of("r1")

    assert found[-1] == replace(entry, id=4)


def test_a_record_s_history_is_told_oldest_first(
    with_records: Store, make: type[Make]
) -> None:
    """A limit keeps the newest entries, in the same order."""
    entries = [make.entry("r1", stage) for stage in ("mql", "sal", "sql")]
    with with_records.begin() as work:
        work.history.append(entries)
        stages = [entry.to_stage for entry in work.history.of("r1")]
        last = [entry.to_stage for entry in work.history.of("r1", limit=2)]

    assert (stages, last) == (["lead", "mql", "sal", "sql"], ["sal", "sql"])


def test_ids_sort_as_the_entries_do(with_records: Store, make: type[Make]) -> None:
    """By time, then by place; and they never repeat."""
    batch = [make.entry("r1", learnt_at=make.at(place // 50)) for place in range(100)]
    with with_records.begin() as work:
        ids = work.history.append(batch)
        again = work.history.append([make.entry("r1", learnt_at=make.at(2))])

    assert sorted({*ids, *again}) == [*ids, *again]


def test_the_newest_entries_of_all_records_come_first(with_records: Store) -> None:
    """What happened lately, for the front page."""
    with with_records.read() as view:
        assert [entry.record_id for entry in view.history.recent(2)] == ["r3", "r2"]


def test_entries_are_counted_by_what_they_say(
    with_records: Store, make: type[Make]
) -> None:
    """Transition, kind and answer together."""
    moved = make.entry("r1", kind=HistoryKind.MOVED, transition="win", answer="flag")
    with with_records.begin() as work:
        work.history.append([moved, moved])

        assert work.history.counts() == {
            (None, "entered", None): 3,
            ("win", "moved", "flag"): 2,
        }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history SET actor = 'nobody' WHERE record_id = 'r1'",
        "UPDATE history SET seq = 99 WHERE record_id = 'r1'",
        "DELETE FROM history",
        "DELETE FROM history WHERE record_id = 'r1'",
        "INSERT OR REPLACE INTO history SELECT * FROM history",
        "REPLACE INTO history SELECT * FROM history WHERE record_id = 'r1'",
        "UPDATE OR REPLACE history SET id = (SELECT max(id) FROM history)",
        "UPDATE detail SET body = '{}'",
        "REPLACE INTO detail SELECT history_id, '{}' FROM detail",
        """INSERT INTO detail SELECT history_id, '{}' FROM detail WHERE true
           ON CONFLICT DO UPDATE SET body = '{}'""",
    ],
)
def test_history_is_append_only(
    with_records: Store, make: type[Make], statement: str
) -> None:
    """No SQL changes or removes a row, and the message says why."""
    with with_records.begin() as work:
        work.history.append([make.entry("r1", receipt={"met": True})])
        work.commit()
    before = _everything(with_records)

    with (
        pytest.raises(IntegrityError, match="history is append-only"),
        with_records.begin() as work,
    ):
        work.connection.exec_driver_sql(statement)

    assert _everything(with_records) == before


@pytest.mark.parametrize("statement", ["DELETE FROM detail", "DELETE FROM subject_key"])
def test_what_tells_of_a_person_can_be_shredded(
    with_records: Store, make: type[Make], statement: str
) -> None:
    """Without its details, or the key to them, the history row stays."""
    told = make.entry("r1", note="Ann asked", receipt={"email": "ann@example.com"})
    with with_records.begin() as work:
        work.history.append([told])
        work.connection.exec_driver_sql(statement)
        work.commit()

    with with_records.read() as view:
        left = view.history.of("r1")[-1]
        assert ("", {}) == (left.note, left.receipt)


def test_what_tells_of_a_person_is_noise_in_the_database(
    with_records: Store, make: type[Make]
) -> None:
    """Notes and receipts are kept sealed, and read back as they were."""
    told = make.entry("r1", note="Ann asked", receipt={"email": "ann@example.com"})
    with with_records.begin() as work:
        work.history.append([told])
        work.commit()

    with with_records.read() as view:
        back = view.history.of("r1")[-1]
    assert ("Ann asked", {"email": "ann@example.com"}) == (back.note, back.receipt)
    assert not any("nn asked" in str(row) for row in _everything(with_records))


def test_a_note_about_the_installation_can_be_read(
    with_records: Store, make: type[Make]
) -> None:
    """It is about nobody: there is no key that could be destroyed."""
    told = make.entry("", kind=HistoryKind.APPLIED, note="version 2", to_stage=None)
    with with_records.begin() as work:
        work.history.append([told])
        work.commit()

    with with_records.read() as view:
        (back, *_) = view.history.recent(1)
        assert ("", "version 2") == (back.record_id, back.note)


def test_every_row_is_linked_to_the_one_before_it_in_its_lane(
    with_records: Store, make: type[Make]
) -> None:
    """Two records in two lanes: each hash is made of its own predecessor's."""
    for record_id in ("r1", "r2", "r1"):
        with with_records.begin() as work:
            work.history.append([make.entry(record_id), make.entry("r3")])
            work.commit()

    with with_records.read() as view:
        names = ", ".join(COVERED)
        rows = view.connection.exec_driver_sql(
            f"SELECT hash, {names} FROM history ORDER BY seq"
        ).all()
        heads = view.connection.exec_driver_sql("SELECT * FROM chain_head").all()
    last: dict[int, tuple[int, str]] = {}
    for hash_, *row in rows:
        lane, place = row[1], row[2]
        before = last.get(lane, (0, GENESIS))
        assert (before[0] + 1, linked(before[1], row)) == (place, hash_)
        assert lane_of(row[4]) == lane
        last[lane] = place, hash_
    assert {(lane, *end) for lane, end in last.items()} == set(map(tuple, heads))


def test_pages_tell_everything_in_order(with_records: Store, make: type[Make]) -> None:
    """However small the pages are; closed details stay closed."""
    with with_records.begin() as work:
        work.history.append(
            [make.entry("r1", note=f"n{number}") for number in range(5)]
        )
        work.commit()

    with with_records.read() as view:
        pages = list(view.history.pages(size=2))
        closed = list(view.history.pages(size=100, details=False))
        entries = [entry for page in pages for entry in page]
        assert entries[::-1] == view.history.recent(100)
    assert {2} >= {len(page) for page in pages[:-1]}
    assert [e.id for e in entries] == [e.id for page in closed for e in page]
    assert {""} == {entry.note for page in closed for entry in page}


def _everything(store: Store) -> list[object]:
    with store.read() as view:
        return [
            *view.connection.exec_driver_sql("SELECT * FROM history"),
            *view.connection.exec_driver_sql("SELECT * FROM detail"),
        ]
