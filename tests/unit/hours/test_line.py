"""Many spans at once are what one span at a time is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from leadstate.domain.sla import Calendar
from leadstate.hours import BusinessLine, compile_hours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
FIRST = datetime(2024, 12, 30, tzinfo=UTC)
LAST = datetime(2026, 11, 2, tzinfo=UTC)
DAY_AND_NIGHT = {0: ((0, 1440),), 4: ((1320, 1560),), 6: ((540, 750), (810, 1080))}


@pytest.mark.parametrize("hours", [{}, DAY_AND_NIGHT], ids=["never", "shifts"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_a_line_counts_as_the_hours_do(
    zone: str, hours: dict[int, tuple[tuple[int, int], ...]]
) -> None:
    """Over New Year, the changes of the clocks, and nights; on the edges, too."""
    chance = Random(11)
    exact = compile_hours(Calendar(name="any", timezone=zone, hours=hours))
    low, high = (FIRST - EPOCH) // MICRO, (LAST - EPOCH) // MICRO
    spans = [sorted(chance.choices(range(low, high), k=2)) for _ in range(300)]
    edges = [(one - EPOCH) // MICRO for one, _ in exact.openings(2025, 2025)]
    spans += [[one, one + 3_600_000_000] for one in edges] + [[low, low], [low, high]]

    line = BusinessLine(exact, FIRST, LAST)
    found = line.between([one for one, _ in spans], [one for _, one in spans])

    expected = [
        exact.elapsed(EPOCH + one * MICRO, EPOCH + other * MICRO) // MICRO
        for one, other in spans
    ]
    assert expected == found
