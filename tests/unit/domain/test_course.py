"""A course is told in the time of the workflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadstate.domain.course import Course, Occurrence, spoken
from leadstate.domain.decision import Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Record

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOON, "Tue 2026-03-10 13:00"),
        (NOON + timedelta(hours=11), "Wed 2026-03-11 00:00"),
        (NOON + timedelta(days=26), "Sun 2026-04-05 14:00"),
    ],
)
def test_a_moment_is_said_in_the_zone_of_people(moment: datetime, said: str) -> None:
    """With its weekday, because business hours go by it."""
    assert said == spoken(moment, ZoneInfo("Europe/Berlin"))


def test_a_story_has_a_line_for_everything_that_happened() -> None:
    """And each name of a kind stands once among its names."""
    warned = Occurrence(at=NOON, kind=HistoryKind.WARNED, name="accept", text="soon")
    remark = Occurrence(at=NOON, kind=None, name="accept", text="is due")
    course = Course(
        record=Record(id="1", stage="mql"),
        decision=Stay("mql"),
        occurrences=(remark, warned, warned),
        until=NOON,
    )

    assert ("accept",) == course.names(HistoryKind.WARNED)
    assert () == course.names(HistoryKind.BREACHED)
    assert (
        "Tue 2026-03-10 12:00: is due",
        "Tue 2026-03-10 12:00: soon",
        "Tue 2026-03-10 12:00: soon",
    ) == course.story()
