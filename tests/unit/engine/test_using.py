"""Business time that a clock has used up, and when so much will be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stopwatch import moment

from leadstate.domain.clock import BREACH, Pause, SlaClock
from leadstate.domain.sla import SLA, Calendar, Warn
from leadstate.engine.using import due_marks, moment_of, used_time
from leadstate.hours import compile_hours

HOUR = timedelta(hours=1)
OFFICE = compile_hours(
    Calendar(
        name="office",
        timezone="UTC",
        hours=dict.fromkeys(range(5), ((9 * 60, 17 * 60),)),
    )
)
CLOSED = compile_hours(Calendar(name="closed", timezone="UTC", hours={}))
WARNING = SLA(
    name="call",
    within=4 * HOUR,
    calendar="office",
    warnings=(Warn("50%", 2 * HOUR), Warn("1 hour", 3 * HOUR)),
)


def clock(
    started: str | None = "10 10:00",
    *pauses: tuple[str, str | None],
    carried: timedelta = timedelta(0),
) -> SlaClock:
    """Return a clock with pauses, given as start and end."""
    return SlaClock(
        record_id="r",
        sla="call",
        stage="sal",
        stage_version=1,
        started_at=moment(started) if started else None,
        carried=carried,
        pauses=tuple(
            Pause(moment(start), moment(end) if end else None) for start, end in pauses
        ),
    )


@pytest.mark.parametrize(
    ("one", "now", "used"),
    [
        (clock(), "10 10:00", 0),
        (clock(), "10 12:30", 2.5),
        (clock(), "11 10:00", 8),
        (clock(), "10 09:30", 0),
        (clock(None), "10 12:00", 0),
        (clock(carried=3 * HOUR), "10 12:00", 5),
        (clock(None, carried=3 * HOUR), "10 12:00", 3),
        (clock("10 10:00", ("10 11:00", None)), "10 16:00", 1),
        (clock("10 10:00", ("10 11:00", "10 12:00")), "10 13:00", 2),
        (clock("10 10:00", ("10 11:00", "10 12:00")), "10 11:30", 1),
        (clock("10 10:00", ("10 11:00", "10 12:00")), "10 10:30", 0.5),
        (clock("10 10:00", ("10 14:00", None)), "10 12:00", 2),
        (
            clock("10 10:00", ("10 12:00", "10 15:00"), ("10 11:00", "10 13:00")),
            "10 16:00",
            2,
        ),
        (
            clock("10 10:00", ("10 11:00", None), ("10 12:00", "10 13:00")),
            "10 16:00",
            1,
        ),
    ],
)
def test_time_counts_while_the_clock_runs(one: SlaClock, now: str, used: float) -> None:
    """From its start, without pauses, within the hours, earlier stays included."""
    assert used * HOUR == used_time(OFFICE, one, moment(now))


@pytest.mark.parametrize(
    ("one", "after", "due"),
    [
        (clock(), 4, "10 14:00"),
        (clock(), 7, "10 17:00"),
        (clock(), 7.5, "11 09:30"),
        (clock(None), 4, None),
        (clock(carried=3 * HOUR), 4, "10 11:00"),
        (clock(carried=4 * HOUR), 4, "10 10:00"),
        (clock(carried=5 * HOUR), 4, "10 10:00"),
        (clock("10 18:00", carried=4 * HOUR), 4, "10 18:00"),
        (clock("10 10:00", ("10 12:00", None)), 4, None),
        (clock("10 10:00", ("10 12:00", None)), 2, "10 12:00"),
        (clock("10 10:00", ("10 12:00", None)), 1, "10 11:00"),
        (clock("10 10:00", ("10 12:00", "10 13:00")), 4, "10 15:00"),
        (clock("10 10:00", ("10 10:00", "10 13:00")), 4, "10 17:00"),
        (clock("10 10:00", ("10 10:00", None)), 4, None),
        (clock("10 10:00", ("10 10:00", None), carried=4 * HOUR), 4, "10 10:00"),
    ],
)
def test_so_much_time_is_over_at_a_moment(
    one: SlaClock, after: float, due: str | None
) -> None:
    """None while it stands still before that; inside a stretch that has ended, too."""
    expected = moment(due) if due else None

    assert expected == moment_of(OFFICE, one, after * HOUR)


def test_nothing_is_due_where_nothing_opens() -> None:
    """No time passes, and none ever will."""
    assert timedelta(0) == used_time(CLOSED, clock(), moment("20 10:00"))
    assert None is moment_of(CLOSED, clock(), HOUR)
    assert [] == list(due_marks(CLOSED, WARNING, clock()))


def test_marks_are_the_warnings_and_the_breach() -> None:
    """Each with its moment, in the order of the SLA."""
    assert [
        ("50%", moment("10 12:00")),
        ("1 hour", moment("10 13:00")),
        (BREACH, moment("10 14:00")),
    ] == list(due_marks(OFFICE, WARNING, clock()))


def test_marks_behind_a_pause_that_lasts_have_no_moment() -> None:
    """What came before it has one."""
    paused = clock("10 10:00", ("10 12:30", None))

    assert [("50%", moment("10 12:00"))] == list(due_marks(OFFICE, WARNING, paused))
