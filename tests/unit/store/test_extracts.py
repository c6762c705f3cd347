"""Whole tables page by page: every row once, by key, and never the whole in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadstate.domain.history import HistoryKind
from leadstate.store import FieldChange, Forgetting, Portion, Store

if TYPE_CHECKING:
    from tests.unit.store.conftest import Make, Plans

READERS = ("history_rows", "visit_rows", "record_rows", "field_change_rows")
TABLES = ("history", "visits", "records", "field-changes")


@pytest.fixture(name="stored")
def _stored(with_records: Store, make: type[Make]) -> Store:
    """Three records, five rows of history each, three field changes each."""
    with with_records.begin() as work:
        for number in range(4):
            work.history.append(
                [
                    make.entry(
                        f"r{one}",
                        "mql",
                        kind=HistoryKind.REFUSED,
                        from_stage="lead",
                        happened_at=make.at(60 * (4 - number)),
                        note=f"note {number}",
                    )
                    for one in (1, 2, 3)
                ]
            )
            work.field_changes.add(
                [
                    FieldChange(
                        record_id=f"r{one}",
                        field="need",
                        old=None,
                        new=str(number),
                        changed_at=make.at(number) if number else None,
                        learnt_at=make.at(number),
                    )
                    for one in (1, 2, 3)
                ]
            )
        work.commit()
    return with_records


@pytest.mark.parametrize("size", [1, 2, 3, 15, 1000])
@pytest.mark.parametrize("reader", READERS)
def test_pages_hold_every_row_once(stored: Store, reader: str, size: int) -> None:
    """Whatever a page holds, the rows are the same, in the order of the key."""
    with stored.read() as view:
        pages = list(getattr(view.extracts, reader)(Portion(), size))
        [whole] = getattr(view.extracts, reader)(Portion(), 1_000)

    assert list(whole) == [row for page in pages for row in page]
    assert sorted(whole, key=lambda row: row[0]) == list(whole)
    assert all(0 < len(page) <= size for page in pages)


@pytest.mark.parametrize("reader", READERS)
def test_pages_are_found_by_key(stored: Store, plans: type[Plans], reader: str) -> None:
    """The last page costs what the first does: nothing is sorted, nothing skipped."""
    with stored.read() as view:
        with plans(view) as asked:
            list(getattr(view.extracts, reader)(Portion(), 2))

        assert all(step.startswith("SEARCH") for step in asked.steps)


@pytest.mark.parametrize(
    "given",
    [{}, {"since": 2}, {"until": 2}, {"since": 1, "until": 200}, {"stages": ("lead",)}],
    ids=str,
)
@pytest.mark.parametrize(("table", "reader"), list(zip(TABLES, READERS, strict=True)))
def test_the_count_is_that_of_the_pages(
    stored: Store, make: type[Make], table: str, reader: str, given: dict[str, Any]
) -> None:
    """Progress that ends at 100 %."""
    moments = {name: make.at(one) for name, one in given.items() if name != "stages"}
    portion = Portion(**(given | moments))
    with stored.read() as view:
        pages = list(getattr(view.extracts, reader)(portion, 4))

        assert sum(map(len, pages)) == view.extracts.count(table, portion)


def test_stories_are_told_in_the_order_of_time(stored: Store) -> None:
    """Each record as a whole, and not in the order in which it was learnt."""
    with stored.read() as view:
        pages = list(view.extracts.stories(Portion(), 2))

    assert [["r1"] * 5 + ["r2"] * 5, ["r3"] * 5] == [
        [row.record_id for row in page] for page in pages
    ]
    for record_id in ("r1", "r2", "r3"):
        times = [
            row.happened_at
            for page in pages
            for row in page
            if row.record_id == record_id
        ]
        assert sorted(times) == times


def test_stories_are_about_records(stored: Store, make: type[Make]) -> None:
    """What was said about the installation is in the history, and in no story."""
    with stored.begin() as work:
        work.history.append([make.entry("", kind=HistoryKind.APPLIED)])
        work.commit()
    with stored.read() as view:
        told = [row for page in view.extracts.stories(Portion(), 9) for row in page]

        assert 15 == len(told)
        assert 16 == view.extracts.count("history", Portion())
        assert [("entered", "lead"), ("refused", "mql")] == [
            (kind, stage) for kind, stage, _ in view.extracts.activities(Portion())
        ]


def test_kinds_narrow_the_history(stored: Store) -> None:
    """Only rows that say one of the wanted things."""
    portion = Portion(kinds=(HistoryKind.ENTERED,))
    with stored.read() as view:
        [page] = view.extracts.history_rows(portion, 99)

        assert ["entered"] * 3 == [row.kind for row in page]
        assert 3 == view.extracts.count("history", portion)


def test_details_are_opened_for_a_page(stored: Store) -> None:
    """Notes by the ids of the rows; rows without one are not there."""
    with stored.read() as view:
        [page] = view.extracts.history_rows(Portion(), 99)
        details = view.extracts.details(page)

    assert [f"note {number}" for number in range(4) for _ in range(3)] == [
        details[row.id]["note"] for row in page if row.id in details
    ]


def test_details_of_the_forgotten_stay_closed(stored: Store, make: type[Make]) -> None:
    """Without the person's key there is nothing to open."""
    with stored.begin() as work:
        work.erasure.forget(Forgetting(record_id="r1"), make.noon)
        work.commit()
    with stored.read() as view:
        [page] = view.extracts.history_rows(Portion(), 99)
        details = view.extracts.details(page)

    assert {"r2", "r3"} == {row.record_id for row in page if row.id in details}


def test_owners_kinds_and_stages_are_listed(stored: Store, make: type[Make]) -> None:
    """Who owns records, what they are linked to, and where they have been."""
    with stored.begin() as work:
        work.links.save([make.link("7", "r1"), make.link("8")])
        work.commit()
    with stored.read() as view:
        assert [("hub", "contacts")] == view.extracts.object_kinds()
        assert {"lead"} == view.extracts.stages()
        assert {} == view.extracts.owners(["r1", "r2"])


def test_an_entry_that_nobody_knows_is_no_stay(stored: Store) -> None:
    """A stage that a record was in since nobody knows when has no moment to tell."""
    with stored.read() as view:
        known = view.extracts.stays(["r1"])
        visits = view.visits.of("r1")

    expected = [(one.entered_at, one.stage) for one in visits if one.entered_at]
    assert expected == known.get("r1", [])
