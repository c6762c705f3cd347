"""Rows of the history: when it happened, was learnt, and was decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadstate.cli.entries import entry_data, print_entry
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MOVED = HistoryEntry(
    record_id="r",
    kind=HistoryKind.MOVED,
    cause=Cause.AUTOMATIC,
    actor="leadstate",
    happened_at=NOON,
    learnt_at=NOON,
    from_stage="lead",
    to_stage="mql",
    transition="qualify",
)
HEAD = "2026-03-10 12:00:00 UTC  moved lead -> mql (qualify), automatic by leadstate"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (MOVED, []),
        (
            replace(MOVED, learnt_at=NOON + timedelta(hours=3)),
            ["learnt 2026-03-10 15:00:00 UTC"],
        ),
        (
            replace(MOVED, qualified_at=NOON - timedelta(hours=3)),
            ["qualified since 2026-03-10 09:00:00 UTC"],
        ),
        (
            replace(MOVED, receipt={"asked_at": "2026-03-10T10:00:00+00:00"}),
            ["asked for 2026-03-10 10:00:00 UTC"],
        ),
        (replace(MOVED, receipt={"asked_at": "at noon"}), []),
        (replace(MOVED, receipt={"asked_at": "2026-03-10T10:00:00"}), []),
        (replace(MOVED, receipt={"asked_at": ["2026"]}), []),
        (replace(MOVED, learnt_at=NOON + timedelta(seconds=2)), []),
        (replace(MOVED, happened_at=None), []),
    ],
    ids=[
        "one",
        "learnt",
        "qualified",
        "asked for",
        "forged",
        "of no zone",
        "no text",
        "a webhook's way",
        "unknown",
    ],
)
def test_other_times_of_a_row_are_told_where_they_are_others(
    entry: HistoryEntry, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Seconds are what every webhook takes; a person sees minutes."""
    print_entry(entry)

    first, *told = capsys.readouterr().out.splitlines()
    assert (HEAD, said) == (first, [one.strip() for one in told])


def test_the_data_of_a_row_have_every_time() -> None:
    """To the microsecond, whether they differ or not."""
    entry = replace(MOVED, qualified_at=NOON - timedelta(microseconds=1))

    found = entry_data(entry)

    assert (NOON, NOON, NOON - timedelta(microseconds=1)) == (
        found["happened_at"],
        found["learnt_at"],
        found["qualified_at"],
    )
