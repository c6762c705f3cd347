"""Values and behaviour of a record, with one more of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadstate.domain.record import Happening, Record
from leadstate.engine.case import with_event, with_value

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
CALLED = Happening("called", NOON)


def _record(*happenings: Happening) -> Record:
    return Record(id="r", stage="lead", values={"hot": True}, happenings=happenings)


def test_another_value_takes_the_place_of_the_one_before() -> None:
    """The record itself stays as it is."""
    record = _record()

    assert {"hot": False} == with_value(record, "hot", value=False)
    assert {"hot": True} == record.values


def test_no_value_takes_the_field_away() -> None:
    """What is absent and what is empty are one."""
    assert {} == with_value(_record(), "hot", None)


def test_an_event_that_came_late_stands_where_it_happened() -> None:
    """Oldest first; those of one moment by their names, as the store has them."""
    earlier = NOON - timedelta(days=1)

    found = with_event(_record(CALLED), "demo", earlier)
    beside = with_event(_record(CALLED), "assigned", NOON)

    assert (Happening("demo", earlier), CALLED) == found
    assert (Happening("assigned", NOON), CALLED) == beside


def test_an_event_of_one_name_counts_once_a_moment() -> None:
    """As in the store: whoever is given a lead twice at once was given it once."""
    assert (CALLED,) == with_event(_record(CALLED), "called", NOON)
