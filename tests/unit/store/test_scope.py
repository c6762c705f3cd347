"""A view of one workflow: what it costs, and what of the installation it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.domain.history import HistoryKind
from leadstate.store import NewRecord, Portion, Store
from leadstate.store.reports.selection import Selection
from leadstate.store.reports.stays import Stays
from leadstate.store.reports.trips import Trips
from leadstate.store.rows import PastRow

if TYPE_CHECKING:
    from leadstate.store import View
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture(name="shared")
def _shared(with_records: Store, make: type[Make]) -> Store:
    """Three records of b2b, and one of another workflow."""
    other = NewRecord(
        record=make.new("d1").record, workflow="deals", created_at=make.noon
    )
    with with_records.begin() as work:
        work.records.add([other])
        work.commit()
    return with_records


def _steps(view: View, plans: type[Plans], make: type[Make]) -> list[str]:
    """Return how reports read visits."""
    its = Selection(as_of=make.noon, since=make.at(-60), until=make.noon)
    with plans(view) as asked:
        Stays(view.connection, view.workflow).lengths(its, "lead")
        Trips(view.connection, view.workflow).paths(its)
    return [step for step in asked.steps if " visit " in step]


def test_reports_of_the_only_workflow_read_what_reports_of_all_do(
    with_records: Store, plans: type[Plans], make: type[Make]
) -> None:
    """Nothing but the indexes that were made for them."""
    with with_records.read() as view:
        expected = _steps(view, plans, make)
        found = _steps(view.of("b2b"), plans, make)

    assert expected == found
    assert all("COVERING INDEX" in step for step in found)


def test_passes_of_one_of_several_are_read_in_the_order_of_their_story(
    shared: Store, plans: type[Plans], make: type[Make]
) -> None:
    """From the index alone: a path is right only when its stages come in order."""
    with shared.read() as view:
        found = _steps(view.of("b2b"), plans, make)

    assert "SCAN visit USING COVERING INDEX ix_visit_trip" in found


@pytest.mark.parametrize(
    "reader", ["history_rows", "visit_rows", "record_rows", "field_change_rows"]
)
def test_pages_of_one_of_several_are_found_by_key(
    shared: Store, plans: type[Plans], reader: str
) -> None:
    """Nothing is sorted, however many rows the others have."""
    with shared.read() as view:
        with plans(view) as asked:
            list(getattr(view.of("b2b").extracts, reader)(Portion(), 2))

        assert [] == [step for step in asked.steps if "ORDER BY" in step]


def test_lists_of_one_of_several_go_by_the_id(
    shared: Store, plans: type[Plans], make: type[Make]
) -> None:
    """A page reads no more than itself, and what lies between its records."""
    with shared.read() as view:
        with plans(view) as asked:
            view.of("b2b").records.list(make.fields, after="r1")

        [used] = [step for step in asked.steps if " record " in step]
        assert used.endswith("(id>?)")


def test_a_workflow_tells_of_the_installation_and_of_no_other_workflow(
    store: Store, make: type[Make]
) -> None:
    """Which version of another one is in force is not its own past."""
    with store.begin() as work:
        for name in ("b2b", "deals"):
            work.workflows.apply(f"{name}-1", name, name, "", make.noon)
        work.history.append(
            [
                make.entry("", kind=HistoryKind.PEOPLE),
                make.entry("", kind=HistoryKind.APPLIED, workflow_version="b2b-1"),
                make.entry("", kind=HistoryKind.APPLIED, workflow_version="deals-1"),
            ]
        )

        found = work.of("b2b").history.recent()

    assert ["b2b-1", ""] == [one.workflow_version for one in found]


def test_what_a_source_tells_waits_for_each_workflow_apart(store: Store) -> None:
    """One that has read it all takes nothing away from one that is still at it."""
    row = PastRow(source="hub", record_id="", external_id="1", key="")
    with store.begin() as work:
        b2b, deals = work.of("b2b").past_changes, work.of("deals").past_changes

        assert [1, 1, 0] == [one.add([row]) for one in (b2b, deals, b2b)]
        b2b.clear("hub")

        assert (0, []) == b2b.strangers("hub", limit=9)
        assert (1, ["1"]) == deals.strangers("hub", limit=9)
