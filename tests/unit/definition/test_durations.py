"""Lengths of time and moments are read as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadstate.definition import duration_text, read_duration, read_moment


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("8h", timedelta(hours=8)),
        ("4 hours", timedelta(hours=4)),
        ("90 minutes", timedelta(minutes=90)),
        ("1.5 h", timedelta(minutes=90)),
        ("30 days", timedelta(days=30)),
        ("2 weeks", timedelta(weeks=2)),
        ("1 day 12h 5 s", timedelta(days=1, hours=12, seconds=5)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    """Several of them may follow each other."""
    assert read_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8",
        "h",
        "4:30:00",
        "1 month",
        "5m",
        "0 days",
        "-1 h",
        "8h x",
        "9" * 9 + "w",
        "1 s " * 20,
    ],
)
def test_everything_else_is_no_length_of_time(text: str) -> None:
    """No guess is made: ``5m`` could be minutes or months."""
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", timedelta(0)),
        ("2 days ago", timedelta(days=-2)),
        ("in 3 hours", timedelta(hours=3)),
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-12-24T09:00+01:00", datetime(2026, 12, 24, 8, tzinfo=UTC)),
        ("yesterday", None),
        ("x ago", None),
        ("in x", None),
        ("0001-01-01T00:00+14:00", None),
    ],
)
def test_a_moment_is_relative_or_fixed(
    text: str, moment: datetime | timedelta | None
) -> None:
    """Relative ones are lengths of time, to be added to "now"."""
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=8), "8 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=1.5), "1.5 seconds"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_whole_unit(
    length: timedelta, text: str
) -> None:
    """As a person would say it."""
    assert duration_text(length) == text
