"""What is sealed opens in its own row, for its own record, while there is a key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from traces import traces

from leadstate.store import ConflictItem, FieldChange, Forgetting

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Make
    from leadstate.store import Store

SECRET = "sealed-value-4711"


def change(make: type[Make], *, personal: bool, record_id: str = "r1") -> FieldChange:
    return FieldChange(
        record_id=record_id,
        field="name",
        old=f"{SECRET} before",
        new=[SECRET, None, 7],
        changed_at=make.noon,
        learnt_at=make.noon,
        source="hub",
        personal=personal,
    )


def conflict(
    make: type[Make], *, personal: bool, record_id: str = "r1"
) -> ConflictItem:
    return ConflictItem(
        record_id=record_id,
        what="name",
        connection="hub",
        kept_from="amo",
        rule="newest",
        kept=f"{SECRET} kept",
        dropped=f"{SECRET} dropped",
        kept_at=None,
        dropped_at=make.noon,
        at=make.noon,
        personal=personal,
    )


def test_personal_values_come_back_as_they_were(
    with_records: Store, make: type[Make]
) -> None:
    """Sealed or open, nobody who reads sees a difference but the mark."""
    changes = [change(make, personal=one) for one in (True, False)]
    told = [conflict(make, personal=one) for one in (True, False)]

    with with_records.begin() as work:
        work.field_changes.add(changes)
        work.conflicts.add(told)
        work.commit()

    with with_records.read() as view:
        assert changes == view.field_changes.of("r1")
        found = view.conflicts.list("r1")[::-1]
        assert [(one.kept, one.dropped, one.personal) for one in told] == [
            (one.kept, one.dropped, one.personal) for one in found
        ]
        assert view.conflicts.get(found[0].id) == found[0]


def test_personal_values_lie_in_the_file_as_noise(
    with_records: Store, make: type[Make], tmp_path: Path
) -> None:
    """A byte scan finds the open ones, and none of the sealed ones."""

    def left(*, personal: bool) -> dict[str, list[str]]:
        with with_records.begin() as work:
            work.field_changes.add([change(make, personal=personal)])
            work.conflicts.add([conflict(make, personal=personal)])
            work.commit()
        return traces([SECRET], tmp_path.iterdir())

    assert {} == left(personal=True)
    assert {} != left(personal=False)


@pytest.mark.parametrize("table", ["field_change", "conflict"])
def test_a_body_that_is_moved_opens_nowhere(
    with_records: Store, make: type[Make], table: str
) -> None:
    """Not in another row of the same record, and not in another record's."""
    with with_records.begin() as work:
        work.field_changes.add([change(make, personal=True)] * 2)
        work.conflicts.add([conflict(make, personal=True)] * 2)
        query = f"UPDATE {table} SET sealed = (SELECT sealed FROM {table} WHERE id = 1)"
        work.connection.exec_driver_sql(query)
        work.commit()

    with with_records.read() as view:
        pairs = {
            "field_change": [(one.old, one.new) for one in view.field_changes.of("r1")],
            "conflict": [
                (one.kept, one.dropped) for one in view.conflicts.list()[::-1]
            ],
        }[table]
    assert [True, False] == [pair != (None, None) for pair in pairs]


def test_without_the_key_the_values_are_gone(
    with_records: Store, make: type[Make]
) -> None:
    """The row says that there was something, and another record's still opens."""
    with with_records.begin() as work:
        work.conflicts.add([conflict(make, personal=True, record_id="r1")])
        work.conflicts.add([conflict(make, personal=True, record_id="r2")])
        work.connection.exec_driver_sql(
            "DELETE FROM subject_key WHERE record_id = 'r1'"
        )
        work.commit()

    with with_records.read() as view:
        [mine] = view.conflicts.list("r1")
        [theirs] = view.conflicts.list("r2")
    assert (None, None, True) == (mine.kept, mine.dropped, mine.personal)
    assert f"{SECRET} kept" == theirs.kept


def test_an_erasure_keeps_conflicts_and_their_numbers(
    with_records: Store, make: type[Make]
) -> None:
    """A number that a person wrote down never means another conflict."""
    with with_records.begin() as work:
        work.conflicts.add([conflict(make, personal=False)])
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.conflicts.add([conflict(make, personal=True, record_id="r2")])
        work.commit()

    with with_records.read() as view:
        after, before = view.conflicts.list()
    assert (1, 2) == (before.id, after.id)
    assert (None, None) == (before.kept, before.dropped)


def test_moved_rows_leave_no_stale_copy(
    with_records: Store, make: type[Make], tmp_path: Path
) -> None:
    """Pages that were split a thousand times hold nothing of deleted rows."""
    texts = [
        f"stale-{number:05}-" + "x" * (number * 37 % 700) for number in range(2000)
    ]
    with with_records.begin() as work:
        for number, text in enumerate(texts):
            row = (f"{number * 7919 % 2003}-{number}", text[:60], "r1")
            work.connection.exec_driver_sql(
                "INSERT INTO identity VALUES ('b2b', ?, ?, ?)", row
            )
            record = f"x{number * 104729 % 2003:04}"
            work.records.add([make.new(record, need=text)])
        work.commit()
    with with_records.begin() as work:
        work.connection.exec_driver_sql("DELETE FROM identity")
        work.connection.exec_driver_sql("UPDATE record SET data = '{}', folded = '{}'")
        work.erasure.want_wiping(make.noon)
        work.commit()

    assert with_records.wipe()

    kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert 0 == kept.count(b"stale-")


def test_a_wiping_waits_for_whoever_reads(
    with_records: Store, make: type[Make], tmp_path: Path
) -> None:
    """It says that it could not, stays asked for, and is done when they are gone."""
    with with_records.begin() as work:
        work.identities.add({"r1": {"email": SECRET}})
        work.commit()
    with with_records.read() as view:
        view.records.count_by_stage()
        with with_records.begin() as work:
            work.erasure.forget(Forgetting(record_id="r1"), make.noon)
            work.commit()
        tried = with_records.wipe()

    assert not tried
    assert with_records.wipe()
    assert {} == traces([SECRET], tmp_path.iterdir())


def test_nothing_is_wiped_unasked(with_records: Store) -> None:
    """Writing the file anew costs time; without an erasure nobody pays it."""
    before = with_records.path.stat().st_mtime_ns

    assert with_records.wipe()

    assert before == with_records.path.stat().st_mtime_ns


def test_who_was_forgotten_is_recognised_and_nobody_is_named(
    with_records: Store, make: type[Make], tmp_path: Path
) -> None:
    """By objects and by values, with the latest moment; strangers are strangers."""
    place, value = ("hub", "contacts", "7"), f"{SECRET}@person.example"
    later = make.noon + timedelta(days=1)
    with with_records.begin() as work:
        assert {} == work.forgotten.among([place], [value]).objects
        work.forgotten.add("r1", [place], [value], make.noon)
        work.forgotten.add("r1", [], [value], later)
        work.commit()

    with with_records.read() as view:
        found = view.forgotten.among([place, ("hub", "contacts", "8")], [value, "x"])
        nobody = view.forgotten.among()
        assert 1 == view.forgotten.count()
    assert ({place: make.noon}, {value: later}) == (found.objects, found.values)
    assert ({}, {}) == (nobody.objects, nobody.values)
    assert {} == traces([value], tmp_path.iterdir())
