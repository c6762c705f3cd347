"""An office to ask about: Berlin, Monday to Friday, nine to five."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadstate.domain.sla import Calendar
from leadstate.hours import compile_hours

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.hours import Hours

NINE_TO_FIVE = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))


def calendar(**changes: Any) -> Calendar:
    """Return the office's calendar with some things changed."""
    given: dict[str, Any] = {
        "name": "office",
        "timezone": "Europe/Berlin",
        "hours": NINE_TO_FIVE,
    }
    return Calendar(**{**given, **changes})


@pytest.fixture(name="calendar_of", scope="session")
def _calendar_of() -> Callable[..., Calendar]:
    return calendar


@pytest.fixture(name="hours_of", scope="session")
def _hours_of() -> Callable[..., Hours]:
    """Compile the office's calendar with some things changed."""

    def compiled(*absences: Any, **changes: Any) -> Hours:
        return compile_hours(calendar(**changes), absences)

    return compiled


@pytest.fixture(name="office", scope="session")
def _office() -> Hours:
    return compile_hours(calendar())
