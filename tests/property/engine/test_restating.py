"""Clocks that ended, judged once more by the calendars of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import event, given
from hypothesis import strategies as st
from sla_lives import (
    MINUTE,
    NOTHING,
    PLENTY,
    STEPS,
    any_sla,
    calendars,
    fire_due,
    lifecycle_of,
    starts,
    take,
    watch_of,
    without_warnings,
)

from leadstate.domain.clock import ClockState
from leadstate.domain.people import People
from leadstate.engine.restating import restated

if TYPE_CHECKING:
    from stopwatch import Watch

    from leadstate.domain.clock import SlaClock
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.sla import SLA, Calendar

Story = list[tuple[int, tuple[str, object]]]
calm_stories = st.lists(
    st.tuples(st.integers(1, 900), STEPS.filter(lambda one: one[0] != "hours")),
    max_size=10,
)


def lived(lifecycle: Lifecycle, start: datetime, story: Story) -> Watch:
    """Return a watch of a record that lived through a story and left at its end."""
    watch, now = watch_of(lifecycle, start), start
    watch.look(now)
    for minutes, step in story:
        now += minutes * MINUTE
        fire_due(watch, now - MINUTE / 2)
        take(watch, step, now)
        watch.look(now)
    watch.moves("won", now + 30 * MINUTE)
    watch.look(now + 30 * MINUTE)
    return watch


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    slas=st.lists(any_sla(), min_size=1, max_size=2),
    story=calm_stories,
)
def test_with_an_unchanged_calendar_what_was_kept_is_said_again(
    calendar: Calendar, start: datetime, slas: list[SLA], story: Story
) -> None:
    """All of a record together, and each clock alone."""
    watch = lived(lifecycle_of(calendar, *slas), start, story)
    clocks = tuple(watch.clocks.values())

    together = restated(watch.lifecycle, clocks, people=People())
    alone = [restated(watch.lifecycle, (one,), people=People())[0] for one in clocks]

    said = [_verdict(one) for one in clocks]
    assert said == [_verdict(one) for one in together]
    assert said == [_verdict(one) for one in alone]


@PLENTY
@given(
    calendar=calendars,
    other=calendars,
    start=starts,
    slas=st.lists(any_sla(), min_size=1, max_size=2),
    story=calm_stories,
    longer=st.integers(-30, 600),
)
def test_restated_clocks_are_as_if_today_had_always_been(
    calendar: Calendar,
    other: Calendar,
    start: datetime,
    slas: list[SLA],
    story: Story,
    longer: int,
) -> None:
    """Other hours and another time to keep, against a record that lived with them.

    A void clock is judged by nobody: it says again what was kept, whatever that was.
    """
    changed = [
        replace(one, within=max(MINUTE, one.within + timedelta(minutes=longer)))
        for one in slas
    ]
    today = lifecycle_of(other, *changed)
    before = lived(lifecycle_of(calendar, *slas), start, story)
    always = lived(today, start, story)

    kept = tuple(before.clocks.values())
    found = restated(today, kept, people=People())

    for one, its in zip(found, kept, strict=True):
        assert one == its or its.state is not ClockState.VOID
    before.clocks = {one.place: one for one in found}
    assert _as_it_ended(always) == _as_it_ended(before)
    turned = sum(one.state is not its.state
                 for one, its in zip(found, kept, strict=True))  # fmt: skip
    event(f"{turned} turned")


def _as_it_ended(watch: Watch) -> list[SlaClock]:
    return [_verdict(one) for one in without_warnings(watch)]


def _verdict(clock: SlaClock) -> SlaClock:
    """Return a clock as far as it says something about its SLA.

    Not when one that ended in time would have been due: a pause that news of its end
    overtook hid that, and nothing asks for it.  Nor what a void one would have begun
    with, since nothing adds it up; nor by which version it was judged.
    """
    clock = replace(clock, version="", within=None)
    if clock.state is ClockState.VOID:
        return replace(clock, carried=NOTHING)
    return clock if clock.used is None else replace(clock, due_at=clock.breached_at)
