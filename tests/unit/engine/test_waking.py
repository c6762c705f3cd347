"""When a parked record lets go, and the timer for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from stopwatch import Watch, moment, with_slas

from leadstate.domain.clock import Timer, TimerKind
from leadstate.engine.waking import wake_moment

if TYPE_CHECKING:
    from leadstate.domain.values import Value

AFTER = "{after: 3 days, to: lead}"
ON = "{on: due_on, before: 2 days, to: lead}"
AT = "{on: call_at, to: lead}"
WHEN = "{when: waiting is true, to: lead}"


def parked(wake: str, entered: str | None = "02 10:00", **values: Value) -> Watch:
    """Return a watch of a parked record."""
    return Watch.of(with_slas(wake=wake), entered, stage="nurture", **values)


def wakes(watch: Watch, now: str = "03 10:00") -> datetime | None:
    """Return when it lets go."""
    return wake_moment(
        watch.lifecycle, watch.record, now=moment(now), since=moment("01 00:00")
    )


def test_a_record_sleeps_so_long_after_it_was_parked() -> None:
    """Elapsed time, day and night; since it is known where its entry is not."""
    assert moment("05 10:00") == wakes(parked(AFTER))
    assert moment("04 00:00") == wakes(parked(AFTER, None))


def test_a_stage_without_a_wake_up_lets_nobody_go() -> None:
    """Whatever its record has."""
    watch = parked(AFTER)
    watch.moves("lead", "03 10:00")

    assert None is wakes(watch)


@pytest.mark.parametrize(
    ("wake", "values", "expected"),
    [
        (ON, {"due_on": date(2026, 3, 20)}, datetime(2026, 3, 17, 23, tzinfo=UTC)),
        # Summer time began in between: midnight there is an hour earlier.
        (ON, {"due_on": date(2026, 4, 1)}, datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (AT, {"call_at": moment("20 15:30")}, moment("20 15:30")),
        (ON, {"due_on": date(2026, 3, 3)}, moment("02 10:00")),
        (ON, {"due_on": date(2026, 3, 2)}, None),
        (ON, {"due_on": date(2025, 3, 20)}, None),
        (AT, {"call_at": moment("02 10:00")}, None),
        (AT, {"call_at": moment("02 10:01")}, moment("02 10:01")),
        (ON, {"due_on": None}, None),
        (ON, {}, None),
        (ON, {"due_on": "soon"}, None),
        (WHEN, {"due_on": date(2026, 3, 20)}, None),
    ],
    ids=[
        "so long before a date",
        "in summer",
        "at a moment",
        "too close to wait",
        "today",
        "long over",
        "as it was parked",
        "a minute later",
        "no date",
        "never had one",
        "unreadable",
        "another wake-up",
    ],
)
def test_a_date_lets_a_record_go(
    wake: str, values: dict[str, Value], expected: datetime | None
) -> None:
    """Days begin where the workflow is at home; what was over is no plan."""
    assert expected == wakes(parked(wake, **values))


def test_a_condition_lets_a_record_go_at_once() -> None:
    """Whenever somebody looks and it is met."""
    assert moment("03 10:00") == wakes(parked(WHEN, waiting=True))
    assert None is wakes(parked(WHEN, waiting=False))


def test_the_earliest_of_several_counts() -> None:
    """After a time, before a date, or on a condition."""
    wake = (
        "{after: 10 days, on: due_on, before: 2 days, when: waiting is true, to: lead}"
    )
    late, soon = date(2026, 3, 30), date(2026, 3, 8)

    assert moment("12 10:00") == wakes(parked(wake, due_on=late))
    assert moment("05 23:00") == wakes(parked(wake, due_on=soon))
    assert moment("03 10:00") == wakes(parked(wake, due_on=soon, waiting=True))
    assert moment("12 10:00") == wakes(parked(wake))


# -- its timer -------------------------------------------------------------------------


def test_a_parked_record_has_one_timer_to_wake() -> None:
    """Of this stay: moving makes it void."""
    watch = parked(AFTER)

    watch.look("02 10:00")

    assert Timer(
        record_id="r",
        kind=TimerKind.WAKE,
        due_at=moment("05 10:00"),
        stage_version=1,
    ) == watch.timer(TimerKind.WAKE)
    assert [("wake", moment("05 10:00"))] == watch.armed()


def test_a_record_of_unknown_entry_sleeps_since_it_is_known() -> None:
    """It has no clocks, and wakes."""
    watch = parked(AFTER, None)

    watch.look("02 10:00")

    assert [("wake", moment("04 00:00"))] == watch.armed()


def test_a_wake_up_that_was_missed_is_due_when_it_was() -> None:
    """After a downtime it fires at once, dated as it should have been."""
    watch = parked(AFTER)

    watch.look("09 10:00")

    assert [("wake", moment("05 10:00"))] == watch.armed()


def test_a_wake_up_that_could_not_be_made_is_tried_a_day_later() -> None:
    """Not at once, over and over; and not before it is due."""
    watch = parked(AFTER)

    watch.look("05 10:00", asleep=True)
    assert [("wake", moment("06 10:00"))] == watch.armed()

    watch.look("02 12:00", asleep=True)
    assert [("wake", moment("05 10:00"))] == watch.armed()


def test_a_date_that_is_moved_moves_the_wake_up() -> None:
    """Later, earlier, or away."""
    watch = parked(ON, due_on=date(2026, 3, 20))
    watch.look("02 10:00")
    for value, armed in (
        (date(2026, 3, 25), [("wake", moment("22 23:00"))]),
        (date(2026, 3, 10), [("wake", moment("07 23:00"))]),
        (None, []),
    ):
        watch.becomes(due_on=value)
        watch.look("03 10:00")

        assert armed == watch.armed()


def test_a_condition_that_time_turns_is_looked_at_then() -> None:
    """The wake-up is armed by that look."""
    watch = parked(
        "{when: due_on within next 5 days, to: lead}", due_on=date(2026, 3, 20)
    )
    watch.look("02 10:00")
    assert [("look", moment("14 23:00"))] == watch.armed()

    watch.look("14 23:00")

    assert ("wake", moment("14 23:00")) in watch.armed()


def test_a_record_that_is_awake_has_no_wake_up() -> None:
    """Nor has one whose workflow lets it go no more."""
    watch = parked(AFTER)
    watch.look("02 10:00")
    stages = watch.lifecycle.stages
    awake = replace(stages["nurture"], wake=None)
    changed = replace(
        watch.lifecycle, stages={**stages, "nurture": awake}, version="no wake-up"
    )

    watch.moves("lead", "03 10:00")
    assert () == watch.look("03 10:00").timers

    other = parked(AFTER)
    other.lifecycle = changed
    assert () == other.look("02 10:00").timers


def test_a_parked_stage_keeps_its_slas() -> None:
    """A clock and a wake-up have a timer each."""
    watch = parked(AFTER)
    stages = watch.lifecycle.stages
    slas = with_slas("call: {within: 4h, calendar: office}").stages["sal"].slas
    asleep = replace(stages["nurture"], slas=slas)
    watch.lifecycle = replace(
        watch.lifecycle, stages={**stages, "nurture": asleep}, version="SLAs asleep"
    )

    watch.look("02 10:00")

    hours = timedelta(hours=4)
    assert [
        ("breach:call", moment("02 10:00") + hours),
        ("wake", moment("05 10:00")),
    ] == watch.armed()
