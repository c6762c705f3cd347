"""However a past is told, page by page, in any order, stopped anywhere: one history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reported_past import STAGE, STATUS, differences, remembering, reported, visits_of

from leadstate.service.past.backfill import backfill

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles import Desk

SHOWN = st.sampled_from(
    [
        {STAGE: "lead"},
        {STAGE: "marketingqualifiedlead"},
        {STAGE: "174913201", STATUS: "IN_PROGRESS"},
        {STATUS: "UNQUALIFIED"},
        {STATUS: ""},
        {STAGE: "other"},
        {"budget": "7"},
        {"budget": ""},
    ]
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["h1", "h2"]), st.integers(1, 9), SHOWN), max_size=9
)


def told(
    new_desk: Callable[..., Desk],
    changes: list[tuple[int, tuple[str, int, dict[str, str]]]],
    page: int,
    stops: list[int],
) -> list[object]:
    """Return what a history amounts to that is told this way; numbers name changes."""
    desk = new_desk()
    adapter = remembering(desk)
    for id_ in ("h1", "h2"):
        desk.take_in(id_, "mql")
    now = desk.clock.now()
    for number, (id_, days, properties) in changes:
        adapter.change(id_, now - timedelta(days=days), **properties)
        key = f"past-{number}"
        object.__setattr__(adapter.past[-1], "key", key)
    adapter.page = page
    for stop in stops:
        adapter.dies_after = adapter.pages + stop
        try:
            backfill(desk.app, desk.connected)
        except KeyboardInterrupt:
            continue
    adapter.dies_after = None
    backfill(desk.app, desk.connected)
    backfill(desk.app, desk.connected)
    assert [] == differences(desk)
    assert [] == desk.faults()
    found: list[object] = []
    for id_ in ("h1", "h2"):
        found += [
            (one.from_stage, one.to_stage, one.source_event, one.pass_number)
            for one in reported(desk, id_)
        ]
        found += [
            (
                one.stage,
                one.entered_at and now - one.entered_at,
                one.left_at and now - one.left_at,
                one.pass_number,
            )
            for one in visits_of(desk, id_)
        ]
    desk.app.close()
    return found


@pytest.mark.usefixtures("new_desk")
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    changes=CHANGES,
    chance=st.randoms(use_true_random=False),
    page=st.integers(1, 4),
    stops=st.lists(st.integers(0, 3), max_size=2),
)
def test_any_way_of_telling_gives_one_history(
    new_desk: Callable[..., Desk],
    changes: list[tuple[str, int, dict[str, str]]],
    chance: object,
    page: int,
    stops: list[int],
) -> None:
    """Order, pages and stops change nothing; a second run adds nothing."""
    numbered = list(enumerate(changes))
    shuffled = list(numbered)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert told(new_desk, numbered, 100, []) == told(new_desk, shuffled, page, stops)
