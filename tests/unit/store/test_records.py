"""Records: typed values there and back, compare-and-set, finding and listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError, StatementError

from leadstate.domain.condition import FieldRef, Operator, Test
from leadstate.domain.record import Happening
from leadstate.domain.values import Unparsable
from leadstate.errors import VersionConflict
from leadstate.guards.sql import to_sql
from leadstate.store import EventRow, FieldChange, RecordChange, RecordStatus

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from leadstate.domain.record import Record
    from leadstate.guards import SqlColumns
    from leadstate.store import Store
    from tests.unit.store.conftest import Make

VALUES = {
    "email": "ann@example.com",
    "company_size": 50,
    "budget": 10_000.0,
    "tags": frozenset({"vip", "übersee"}),
    "decision_date": date(2026, 9, 30),
    "seen_at": datetime(2026, 3, 1, 7, 0, 0, 5, tzinfo=UTC),
    "need": None,
}


def test_a_record_comes_back_as_it_went_in(store: Store, make: type[Make]) -> None:
    """Every kind of value survives, to the microsecond, and so do the events."""
    new = make.new("r1", **VALUES)
    with store.begin() as work:
        work.records.add([new])
        work.events.add(
            [_event("r1", "demo", make.at(5)), _event("r1", "demo", make.noon)]
        )
        work.commit()

    with store.read() as view:
        row = view.records.get("r1", make.fields)

    happened = (Happening("demo", make.noon), Happening("demo", make.at(5)))
    assert row.record == replace(new.record, happenings=happened)
    assert (row.workflow, row.status, row.flag) == ("b2b", RecordStatus.ACTIVE, None)
    assert row.created_at == make.noon


def test_a_record_knows_how_it_came_to_its_stage(
    with_records: Store, make: type[Make]
) -> None:
    """From where, by which transition, and how often broken SLAs moved it."""
    moved = replace(
        make.new("r1", "mql").record,
        version=1,
        came_from="lead",
        entered_via="qualify",
        breach_moves=2,
    )
    with with_records.begin() as work:
        before = work.records.get("r1", make.fields).record
        work.records.update(
            [RecordChange(record=moved, expected_version=0, owner="ann")]
        )
        after = work.records.get("r1", make.fields)

    assert (None, None, 0) == (
        before.came_from,
        before.entered_via,
        before.breach_moves,
    )
    assert (moved, "ann") == (after.record, after.owner)


def test_a_value_that_did_not_parse_stays_visible(
    store: Store, make: type[Make]
) -> None:
    """The raw text is kept, so that a person can see what is wrong."""
    with store.begin() as work:
        work.records.add([make.new("r1", company_size=Unparsable("many"))])
        found = work.records.get("r1", make.fields)

    assert found.record.values == {"company_size": Unparsable("many")}


def test_a_field_that_the_lifecycle_lost_is_left_out(
    store: Store, make: type[Make]
) -> None:
    """A removed field does not get in the way of the new version."""
    fields = {"need": make.fields["need"]}
    with store.begin() as work:
        work.records.add([make.new("r1", company_size=5, need="crm")])

        assert work.records.get("r1", fields).record.values == {"need": "crm"}


def test_unknown_ids_are_left_out(with_records: Store, make: type[Make]) -> None:
    """Many are read in one go; what is not there is not in the answer."""
    with with_records.read() as view:
        found = view.records.get_many(["r2", "nobody", "r1"], make.fields)
        missing = view.records.get("nobody", make.fields)

    assert (set(found), missing) == ({"r1", "r2"}, None)


def test_a_record_is_added_once(with_records: Store, make: type[Make]) -> None:
    """The id is the identity."""
    with with_records.begin() as work, pytest.raises(IntegrityError):
        work.records.add([make.new("r1")])


def test_an_update_replaces_the_state(with_records: Store, make: type[Make]) -> None:
    """Position, values, status and flag change together."""
    moved = _moved(with_records, make, "r1", need="crm")
    change = replace(
        moved, status=RecordStatus.CLOSED, flag="look", flagged_at=make.at(9)
    )
    with with_records.begin() as work:
        work.records.update([change])
        work.commit()

    with with_records.read() as view:
        row = view.records.get("r1", make.fields)
    assert row.record == change.record
    assert (row.status, row.flag, row.flagged_at) == (
        RecordStatus.CLOSED,
        "look",
        make.at(9),
    )


def test_who_comes_second_decides_again(with_records: Store, make: type[Make]) -> None:
    """One stale version stops the whole batch, and nothing of it is written."""
    first, second = (_moved(with_records, make, id_) for id_ in ("r1", "r2"))
    with with_records.begin() as work:
        work.records.update([first])
        work.commit()

    stale = pytest.raises(VersionConflict, match="1 of 2 records moved")
    with with_records.begin() as work, stale:
        work.records.update([second, first])

    with with_records.read() as view:
        rows = view.records.get_many(["r1", "r2"], make.fields)
    assert {id_: row.record.version for id_, row in rows.items()} == {"r1": 1, "r2": 0}


def test_two_steps_of_one_record_fit_into_one_batch(
    with_records: Store, make: type[Make]
) -> None:
    """A later change may build on an earlier one of the same batch."""
    first = _moved(with_records, make, "r1")
    again = RecordChange(
        record=replace(first.record, stage="sal", version=2), expected_version=1
    )
    with with_records.begin() as work:
        work.records.update([first, again])
        found = work.records.get("r1", make.fields)

    assert (found.record.stage, found.record.version) == ("sal", 2)


def test_nothing_to_do_is_nothing_done(with_records: Store, make: type[Make]) -> None:
    """Empty batches are fine everywhere."""
    with with_records.begin() as work:
        work.records.add([])
        work.records.update([])
        assert work.history.append([]) == []
        assert work.inbox.add([]) == 0
        assert work.outbox.settle([], "token", make.noon) == []


def test_a_record_is_found_by_its_id_or_by_the_crm_s(
    with_records: Store, make: type[Make]
) -> None:
    """Paste what you have: the beginning of an id, or the CRM's number."""
    with with_records.begin() as work:
        work.links.save([make.link("4711", "r2"), make.link("4712")])
        found = [
            work.records.find(text) for text in ("r", "r3", "4711", "4712", "", "%")
        ]

    assert found == [["r1", "r2", "r3"], ["r3"], ["r2"], [], [], []]


def test_records_are_listed_page_by_page(with_records: Store, make: type[Make]) -> None:
    """Filters narrow the list, the last id of a page leads to the next."""
    change = replace(_moved(with_records, make, "r2"), flag="look")
    with with_records.begin() as work:
        work.records.update([change])
        work.commit()

    with with_records.read() as view:

        def ids(**asked: object) -> list[str]:
            return [row.record.id for row in view.records.list(make.fields, **asked)]

        assert ids() == ["r1", "r2", "r3"]
        assert ids(limit=2) == ["r1", "r2"]
        assert ids(limit=2, after="r2") == ["r3"]
        assert ids(stage="mql") == ["r2"]
        assert ids(status=RecordStatus.CLOSED) == []
        assert ids(flagged=True) == ["r2"]
        assert ids(flagged=False, status=RecordStatus.ACTIVE) == ["r1", "r3"]


def test_records_are_counted_by_stage(with_records: Store, make: type[Make]) -> None:
    """Closed records are not counted unless asked for."""
    change = replace(_moved(with_records, make, "r2"), status=RecordStatus.CLOSED)
    with with_records.begin() as work:
        work.records.update([change])

        assert work.records.count_by_stage() == {"lead": 2}
        assert work.records.count_by_stage(status=None) == {"lead": 2, "mql": 1}
        assert work.of("other").records.count_by_stage() == {}


def test_records_are_selected_by_a_condition_on_values_and_events(
    store: Store, make: type[Make]
) -> None:
    """A guard in SQL sees values, folded texts and events of active records."""
    sizes = {"r1": 10, "r2": 60, "r3": 70, "r4": 80}
    with store.begin() as work:
        work.records.add([make.new(id_, company_size=n) for id_, n in sizes.items()])
        work.events.add([_event("r3", "demo", make.noon)])
        known = work.records.get("r4", make.fields).record
        gone = _moved(store, make, "r4", known, company_size=80)
        work.records.update([replace(gone, status=RecordStatus.ERASED)])

        def large(columns: SqlColumns) -> ColumnElement[bool]:
            return columns.data["company_size"].as_integer() >= 50

        def seen(columns: SqlColumns) -> ColumnElement[bool]:
            at_noon = columns.event_at == 1_772_366_400_123_456
            return exists().where(columns.event_record_id == columns.record_id, at_noon)

        found = work.records.select_where(large, make.fields)
        page = work.records.select_where(large, make.fields, limit=1, after="r2")
        assert [row.record.id for row in found] == ["r2", "r3"]
        assert [row.record.id for row in page] == ["r3"]
        assert [
            row.record.id for row in work.records.select_where(seen, make.fields)
        ] == ["r3"]


def test_a_guard_of_the_criteria_language_selects_records(
    store: Store, make: type[Make]
) -> None:
    """What a guard asks in a workflow file can be asked of the whole table."""
    large = Test(FieldRef("company_size"), Operator.GE, (50,))
    asked = {"now": make.noon, "today": make.noon.date(), "scores": {}}
    with store.begin() as work:
        work.records.add([make.new("r1", company_size=49), make.new("r2")])
        work.records.add([make.new("r3", company_size=50)])
        found = work.records.select_where(
            lambda columns: to_sql(large, columns, **asked), make.fields
        )

    assert [row.record.id for row in found] == ["r3"]


def test_a_naive_time_is_refused(store: Store, make: type[Make]) -> None:
    """Nobody knows which moment it is."""
    naive = make.noon.replace(tzinfo=None)
    with store.begin() as work, pytest.raises(StatementError, match="offset-naive"):
        work.events.add([_event("r1", "demo", naive)])


def test_an_event_counts_once(with_records: Store, make: type[Make]) -> None:
    """The same name at the same moment, told twice, is one event."""
    with with_records.begin() as work:
        demo, later = (_event("r1", "demo", make.at(n)) for n in (0, 1))

        assert work.events.add([demo, later]) == 2
        assert work.events.add([demo, _event("r2", "demo", make.noon)]) == 1
        assert work.events.of(["r1", "r3"]) == {
            "r1": (Happening("demo", make.noon), Happening("demo", make.at(1)))
        }


def test_values_as_they_were_come_back_in_order(
    with_records: Store, make: type[Make]
) -> None:
    """Old and new, unknown times too."""
    changes = [
        FieldChange(
            record_id="r1",
            field="need",
            old=old,
            new=new,
            changed_at=changed_at,
            learnt_at=make.noon,
            source="hub",
        )
        for old, new, changed_at in ((None, "crm", None), ("crm", ["a"], make.at(1)))
    ]
    with with_records.begin() as work:
        work.field_changes.add(changes)

        assert work.field_changes.of("r1") == changes
        assert work.field_changes.of("r2") == []


def _event(record_id: str, name: str, at: datetime) -> EventRow:
    learnt_at = datetime(2026, 3, 1, tzinfo=UTC)
    return EventRow(
        record_id=record_id, name=name, at=at, source="hub", learnt_at=learnt_at
    )


def _moved(
    store: Store,
    make: type[Make],
    id_: str,
    known: Record | None = None,
    **values: object,
) -> RecordChange:
    if known is None:
        with store.read() as view:
            known = view.records.get(id_, make.fields).record
    new = replace(
        known,
        stage="mql",
        version=known.version + 1,
        stage_version=known.stage_version + 1,
        entered_at=make.at(60),
        values=values,
    )
    return RecordChange(record=new, expected_version=known.version)
