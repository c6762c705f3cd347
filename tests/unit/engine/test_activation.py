"""Clocks under another version of the workflow: nobody is charged for a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from stopwatch import moment, with_slas

from leadstate.domain.clock import BREACH, ClockState, TimerKind
from leadstate.domain.effect import SlaChanged
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import (
    Changed,
    PauseClocks,
    Reclock,
    ResumeClocks,
    TimerDue,
)
from leadstate.engine.case import Case
from leadstate.engine.consequences import run

if TYPE_CHECKING:
    from leadstate.domain.clock import SlaClock
    from leadstate.domain.effect import Effect
    from leadstate.domain.signal import Signal

OFFICE = "call: {{within: {within}, calendar: office}}"
WARNED = "call: {{within: {within}, calendar: office, warn_at: {warn}}}"
CARE = moment("09 09:00")


class Account:
    """One record in ``sal``, under care since Monday morning, and its clocks."""

    def __init__(self, sla: str, entered: str = "10 10:00") -> None:
        self.effects: tuple[Effect, ...] = ()
        record = Record(
            id="r", stage="sal", stage_version=1, entered_at=moment(entered)
        )
        self.case = Case(record=record, since=CARE)
        self.now = entered
        self.workflow = with_slas(sla)
        self.take(entered)

    def take(self, now: str, *signals: Signal) -> None:
        """Let signals come; none is another look."""
        at = moment(now)
        asked = signals or (Reclock(at=at, stage_version=1),)
        found = run(self.workflow, self.case, asked, now=at)
        self.case, self.effects = found.case, found.effects

    def becomes(self, sla: str, at: str, now: str | None = None) -> None:
        """Let another version of the SLA come into force, and a look be taken."""
        self.workflow = with_slas(sla) if sla else with_slas()
        self.case = replace(self.case, in_force=moment(at))
        self.take(now or at)

    def clock(self, sla: str = "call") -> SlaClock:
        """Return the clock of an SLA."""
        [found] = [one for one in self.case.clocks if one.sla == sla]
        return found

    @property
    def told(self) -> list[str]:
        """What the last look told of SLAs."""
        return [str(one.kind) for one in self.effects if isinstance(one, SlaChanged)]

    def armed(self) -> list[tuple[str, str]]:
        """Return the timers of SLAs: key, and day with hour."""
        timers = (one for one in self.case.timers if one.sla)
        return [(one.key, f"{one.due_at:%d %H:%M}") for one in timers]


def sla(within: str, warn: str = "") -> str:
    """Return an SLA in office hours, from nine to five."""
    text = WARNED if warn else OFFICE
    return text.format(within=within, warn=warn)


@pytest.mark.parametrize(
    ("new", "at", "due"),
    [
        ("4h", "10 11:00", "10 15:00"),  # the new one's whole time from then on
        ("4h", "10 15:00", "11 10:00"),  # what the old one left is less: three hours
        ("7h", "10 10:30", "11 09:30"),  # a look at once changes little
        ("6h", "10 10:00", "10 16:00"),  # at its very start it is due at its new time
    ],
)
def test_a_tightened_sla_leaves_what_the_old_one_left_or_all_of_the_new_one(
    new: str, at: str, due: str
) -> None:
    """Whichever is less; the clock keeps its start."""
    account = Account(sla("8h"))

    account.becomes(sla(new), at)

    clock = account.clock()
    assert (moment("10 10:00"), moment(due)) == (clock.started_at, clock.due_at)
    assert [] == account.told


def test_it_does_not_matter_when_somebody_looks_after_the_activation() -> None:
    """News may come before the clocks are computed anew, or long after it."""
    soon, late = Account(sla("8h")), Account(sla("8h"))

    soon.becomes(sla("4h"), "10 15:00")
    late.becomes(sla("4h"), "10 15:00", now="11 09:30")

    assert soon.clock().due_at == late.clock().due_at
    late.take("11 09:40", Changed(at=moment("11 09:40")))
    assert soon.clock().due_at == late.clock().due_at


def test_a_loosened_sla_only_moves_later() -> None:
    """What was left of a tightened one is not taken away by loosening it."""
    account = Account(sla("8h"))
    account.becomes(sla("2h"), "10 16:00")
    assert moment("11 10:00") == account.clock().due_at

    account.becomes(sla("3h"), "10 16:30")
    assert moment("11 10:00") == account.clock().due_at

    account.becomes(sla("10h"), "10 16:45")
    assert moment("11 12:00") == account.clock().due_at


def test_versions_that_leave_an_sla_alone_change_nothing_of_it() -> None:
    """However many there are, and also where it was tightened before."""
    account = Account(sla("8h"))
    account.becomes(sla("4h"), "10 15:00")
    due = account.clock().due_at

    for hour in ("10 15:30", "10 16:30", "11 09:15"):
        account.workflow = replace(account.workflow, version=f"another at {hour}")
        account.case = replace(account.case, in_force=moment(hour))
        account.take(hour)
        assert due == account.clock().due_at


def test_what_fell_due_by_the_old_one_is_broken_when_it_was_due() -> None:
    """The service was down; a new version cannot take a breach away, nor move it."""
    account = Account(sla("2h"))

    account.becomes(sla("1h"), "10 14:00")
    assert [("breach:call", "10 12:00")] == account.armed()

    due = TimerDue(
        at=moment("10 12:00"), stage_version=1, kind=TimerKind.BREACH, sla="call"
    )
    account.take("10 14:00", due)
    assert (["breached"], moment("10 12:00")) == (
        account.told,
        account.clock().breached_at,
    )


def test_an_sla_loosened_after_its_breach_was_not_broken_after_all() -> None:
    """By its new time it is not due yet."""
    account = Account(sla("2h"))
    due = TimerDue(
        at=moment("10 12:00"), stage_version=1, kind=TimerKind.BREACH, sla="call"
    )
    account.take("10 12:00", due)

    account.becomes(sla("8h"), "10 14:00")

    assert ["withdrawn"] == account.told
    assert moment("11 10:00") == account.clock().due_at


def test_another_calendar_makes_nothing_due_before_it_was_in_force() -> None:
    """Eight office hours became eight hours by day and night: that is tightened."""
    account = Account(sla("8h"))

    account.becomes("call: {within: 8h, calendar: always}", "11 08:00")

    # Two hours of the office were left; by day and night all of them are counted.
    assert moment("11 10:00") == account.clock().due_at


def test_a_warning_comes_so_long_before_the_breach_as_the_new_sla_says() -> None:
    """The clock was tightened with three hours left."""
    account = Account(sla("8h"))

    account.becomes(sla("4h", "1 hour"), "10 15:00")

    # An hour before ten on Wednesday is the end of Tuesday, in office hours.
    assert [("warn:call:1 hour", "10 17:00")] == account.armed()


@pytest.mark.parametrize("warn", ["50%", "[25%, 50%]"])
def test_a_warning_that_would_have_come_before_stays_quiet(warn: str) -> None:
    """A new warning warns of nothing that was before it."""
    account = Account(sla("8h"))

    account.becomes(sla("8h", warn), "10 15:00")

    assert [("breach:call", "11 10:00")] == account.armed()
    assert [] == account.told


def test_a_warning_that_was_due_by_the_old_version_is_given() -> None:
    """The service was down when it was due, and came back with another version."""
    account = Account(sla("8h", "50%"))

    account.becomes(sla("9h", "50%"), "10 15:00")

    assert ("warn:call:50%", "10 14:30") in account.armed()


def test_a_clock_that_stands_still_keeps_what_is_left() -> None:
    """When it goes on, the old SLA's rest counts, or the new one's time."""
    account = Account(sla("8h"))
    pausing = PauseClocks(reason="a fair", actor="ann", at=moment("10 13:00"))
    account.take("10 13:00", pausing)

    account.becomes(sla("2h"), "10 14:00")
    assert (None, ClockState.PAUSED) == (account.clock().due_at, account.clock().state)
    account.becomes(sla("90 minutes"), "10 15:00")

    account.take("11 09:00", ResumeClocks(actor="ann", at=moment("11 09:00")))
    assert moment("11 10:30") == account.clock().due_at


def test_an_sla_that_is_new_to_the_stage_starts_with_its_activation() -> None:
    """The record has been there for a week; nobody had promised anything."""
    account = Account("", entered="03 10:00")
    assert () == account.case.clocks

    account.becomes(sla("4h", "50%"), "10 11:00", now="10 11:05")

    clock = account.clock()
    assert (moment("10 11:00"), moment("10 15:00")) == (clock.started_at, clock.due_at)
    assert (moment("03 10:00"), False) == (clock.entered_at, clock.measured)
    assert [("warn:call:50%", "10 13:00")] == account.armed()


def test_a_clock_that_waits_starts_no_earlier_than_its_new_version() -> None:
    """An SLA from an event became one from the entry, which was long ago."""
    account = Account("call: {within: 4h, calendar: office, start: asked}", "09 10:00")
    assert ClockState.WAITING is account.clock().state

    account.becomes(sla("4h"), "10 11:00")

    clock = account.clock()
    assert (moment("10 11:00"), moment("10 15:00")) == (clock.started_at, clock.due_at)


def test_another_start_moves_no_clock_that_runs() -> None:
    """It keeps its start, also where the new version's event was earlier."""
    account = Account("call: {within: 4h, calendar: office, start: asked}")
    asked, called = (
        Happening(*one)
        for one in (("asked", moment("10 12:00")), ("called", moment("10 11:00")))
    )
    record = replace(account.case.record, happenings=(called, asked))
    account.case = replace(account.case, record=record)
    account.take("10 12:00")

    account.becomes("call: {within: 4h, calendar: office, start: called}", "10 13:00")

    assert moment("10 12:00") == account.clock().started_at


def test_clocks_from_before_this_was_kept_go_on_as_they_were() -> None:
    """Nobody knows by which version they were judged; nothing has changed for them."""
    account = Account(sla("4h"))
    [clock] = account.case.clocks
    old = replace(clock, counts_from=None, version="", within=None)
    account.case = replace(account.case, clocks=(old,))

    account.take("10 12:00")

    assert clock.due_at == account.clock().due_at
    assert frozenset() == account.clock().fired - {BREACH}


def test_time_that_is_left_is_counted_in_the_slas_own_hours() -> None:
    """Three hours on Friday afternoon end on Monday."""
    account = Account(sla("8h"), entered="13 10:00")

    account.becomes(sla("4h"), "13 15:00")

    assert moment("16 10:00") == account.clock().due_at
    assert timedelta(hours=3) == account.clock().grace


def test_an_sla_that_the_new_version_has_not_ends_with_it() -> None:
    """Nobody has to keep it any more."""
    account = Account(sla("8h"))

    account.becomes("", "10 12:00")

    clock = account.clock()
    assert (ClockState.VOID, moment("10 12:00")) == (clock.state, clock.ended_at)
