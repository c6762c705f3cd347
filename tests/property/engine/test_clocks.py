"""Whatever the SLA, its hours and its pauses: clocks against a walk by minutes.

And laws that need no oracle: looking twice changes nothing, nothing comes early, and
news may come in any order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import event, given
from hypothesis import strategies as st
from sla_lives import (
    MINUTE,
    NOTHING,
    PLENTY,
    STEPS,
    TICK,
    WALK,
    any_sla,
    calendars,
    fire_due,
    gaps,
    learns,
    lifecycle_of,
    offsets,
    pauses_of,
    starts,
    stories,
    take,
    watch_of,
    without_warnings,
)
from stopwatch import Watch

from leadstate.domain.clock import BREACH, ClockState, Pause, SlaClock, TimerKind
from leadstate.domain.history import HistoryKind
from leadstate.domain.people import People
from leadstate.domain.record import Record
from leadstate.domain.sla import SLA, Calendar, Reentry
from leadstate.engine.clock_changes import clock_changes
from leadstate.engine.clocks import hours_of
from leadstate.engine.using import used_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.engine.clocks import Ticked


# -- against a walk --------------------------------------------------------------------


class Walk:
    """A clock as somebody would run it who looks every minute, with a stopwatch."""

    def __init__(self, calendar: Calendar, start: datetime) -> None:
        self.start = start
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.timezone)

    def is_open(self, at: datetime) -> bool:
        """Whether the clocks there show a time within the hours of a day."""
        wall = at.astimezone(self.zone)
        minute = wall.hour * 60 + wall.minute
        today = self.calendar.hours[wall.weekday()]
        yesterday = self.calendar.hours[(wall.weekday() - 1) % 7]
        return any(one <= minute < other for one, other in today) or any(
            one <= minute + 1440 < other for one, other in yesterday
        )

    def used(self, pauses: Sequence[Pause], carried: timedelta) -> list[timedelta]:
        """Return what is used up after so many minutes."""
        counted = [NOTHING]
        for number in range(WALK):
            at = self.start + number * MINUTE
            still = any(
                one.start <= at and (one.end is None or at < one.end) for one in pauses
            )
            counted.append(MINUTE if not still and self.is_open(at) else NOTHING)
        return [carried + one for one in accumulate(counted)]


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    sla=any_sla(start=None, until="touched", pause=None, on_reentry=Reentry.KEEP),
    gaps=st.lists(gaps, max_size=3),
    carried=st.integers(0, 600).map(lambda number: number * MINUTE),
    ended=st.integers(0, WALK).map(lambda number: number * MINUTE),
)
def test_clocks_agree_with_a_walk_through_every_minute(
    calendar: Calendar,
    start: datetime,
    sla: SLA,
    gaps: list[tuple[timedelta, timedelta | None]],
    carried: timedelta,
    ended: timedelta,
) -> None:
    """What is due when, what is used up in the end, and whether it was kept."""
    pauses = pauses_of(start, gaps)
    used = Walk(calendar, start).used(pauses, carried)
    reached = {
        mark: start + minutes * MINUTE
        for mark, after in [*((w.text, w.after) for w in sla.warnings),
                            (BREACH, sla.within)]
        if (minutes := next((n for n, one in enumerate(used) if one >= after), None))
        is not None
    }  # fmt: skip
    watch = watch_of(lifecycle_of(calendar, sla), start)
    _leave_behind(watch, carried)

    armed = _armed_in_turn(watch, start, pauses)

    end = start + WALK * MINUTE
    on_the_way = {mark: at for mark, at in armed.items() if at <= end}
    # Shares of a time that are no whole minutes are over within the minute.
    assert set(reached) == set(on_the_way)
    for mark, at in on_the_way.items():
        assert reached[mark] - MINUTE < at <= reached[mark]
    if BREACH in reached:
        assert reached[BREACH] == on_the_way[BREACH]

    learns(watch, "touched", start + ended)
    watch.look(end)
    clock = watch.clock()
    assert used[ended // MINUTE] == clock.used
    late = BREACH in reached and reached[BREACH] <= start + ended
    assert (ClockState.MISSED if late else ClockState.MET) is clock.state
    assert all(one.end is not None for one in clock.pauses)
    event(f"{clock.state}, {min(len(pauses), 2)} pauses")


def _leave_behind(watch: Watch, carried: timedelta) -> None:
    """Let an earlier stay of the pass have used up so much."""
    earlier = watch.record.entered_at
    watch.clocks[0, "call"] = SlaClock(
        record_id="r",
        sla="call",
        stage="sal",
        stage_version=0,
        entered_at=earlier,
        started_at=earlier,
        ended_at=earlier,
        used=carried,
    )


def _armed_in_turn(
    watch: Watch, start: datetime, pauses: tuple[Pause, ...]
) -> dict[str, datetime]:
    """Return each mark with the moment of its timer, as one timer after the other."""
    watch.look(start)
    watch.pauses(*pauses)
    armed: dict[str, datetime] = {}
    while timers := [one for one in watch.look(start).timers if one.sla]:
        (timer,) = timers
        mark = timer.mark or BREACH
        assert mark not in armed
        assert timer.due_at >= max(armed.values(), default=start)
        armed[mark] = timer.due_at
        clock = watch.clock()
        watch.clocks[1, "call"] = replace(clock, fired=clock.fired | {mark})
        if mark == BREACH:
            break
    return armed


# -- laws ------------------------------------------------------------------------------


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    slas=st.lists(any_sla(), min_size=1, max_size=2),
    story=stories,
    entering=st.booleans(),
)
def test_looking_twice_changes_nothing(
    calendar: Calendar,
    start: datetime,
    slas: list[SLA],
    story: list[tuple[int, tuple[str, object]]],
    *,
    entering: bool,
) -> None:
    """Same moment or a later one: without news and before a timer, nothing changes.

    And whatever happened, each clock has one timer at most, and every state fits.
    """
    watch, now = watch_of(lifecycle_of(calendar, *slas), start), start + MINUTE
    watch.look(now, entering=entering)
    for minutes, step in story:
        now += minutes * MINUTE
        take(watch, step, now)
        first = watch.look(now)
        again = watch.look(now)

        assert ((), ()) == (again.clocks, again.missed)
        assert first.timers == again.timers
        keys = [one.key for one in again.timers]
        clocks = [one.sla for one in again.timers if one.sla]
        assert len(keys) == len(set(keys))
        assert len(clocks) == len(set(clocks))
        assert {watch.record.stage_version} >= {
            one.stage_version for one in again.timers
        }
        _hold_together(watch, now)

        soonest = min((one.due_at for one in again.timers), default=now + 9 * MINUTE)
        if soonest > now:
            later = watch.look(soonest - TICK)
            assert ((), again.timers) == (later.clocks, later.timers)
    event(f"{len(watch.clocks)} clocks")


def _hold_together(watch: Watch, now: datetime) -> None:
    """Every clock is what its state says."""
    for clock in watch.clocks.values():
        here = clock.stage_version == watch.record.stage_version
        assert here or clock.ended_at is not None
        if clock.ended_at is not None:
            assert None is clock.paused
            assert clock.ended_at <= now
            assert (clock.state is ClockState.VOID) is (clock.used is None)
        if clock.state is ClockState.MET:
            assert clock.due_at is None or clock.ended_at < clock.due_at  # type: ignore[operator]
        if clock.state in (ClockState.MISSED, ClockState.BREACHED):
            assert BREACH in clock.fired
            assert clock.breached_at == clock.due_at


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    slas=st.lists(any_sla(), min_size=1, max_size=2),
    story=stories,
)
def test_nothing_comes_early(
    calendar: Calendar,
    start: datetime,
    slas: list[SLA],
    story: list[tuple[int, tuple[str, object]]],
) -> None:
    """When a timer is due all its time is used up, and not a tick before."""
    watch, now = watch_of(lifecycle_of(calendar, *slas), start), start
    watch.look(now)
    for minutes, step in story:
        now += minutes * MINUTE
        take(watch, step, now)
        for timer in watch.look(now).timers:
            if timer.kind in (TimerKind.WARN, TimerKind.BREACH):
                _is_exact(watch, timer.sla, timer.mark, timer.due_at)
            elif timer.kind is TimerKind.LOOK:
                assert timer.due_at > now


def _is_exact(watch: Watch, name: str, mark: str, due: datetime) -> None:
    stage = watch.lifecycle.stages[watch.record.stage]
    sla = next(one for one in stage.slas if one.name == name)
    after = next((w.after for w in sla.warnings if w.text == mark), sla.within)
    clock = watch.clock(name)
    hours = hours_of(watch.lifecycle, stage, sla, None, People())

    assert clock.started_at is not None
    assert used_time(hours, clock, due) >= after
    if due > clock.started_at:
        assert used_time(hours, clock, due) == after
        assert used_time(hours, clock, due - TICK) < after


LATE = st.one_of(
    st.tuples(st.just("touched"), st.integers(0, 2000).map(lambda n: n * MINUTE)),
    st.tuples(st.just("hours"), calendars),
)


class Told(Watch):
    """A watch that counts the breaches that were told, less those withdrawn."""

    def __init__(self, lifecycle: Lifecycle, record: Record) -> None:
        super().__init__(lifecycle, record)
        self.counts: Counter[tuple[int, str]] = Counter()
        self.withdrawn = 0
        self.broken: set[tuple[int, str]] = set()

    def look(self, now: str | datetime, **how: object) -> Ticked:  # type: ignore[override]
        """Look, and count."""
        assert isinstance(now, datetime)
        self.counts.update(self._broken() - self.broken)  # timers told it
        before = dict(self.clocks)
        ticked = super().look(now, **how)  # type: ignore[arg-type]
        for news in clock_changes(ticked, before, zone=ZoneInfo("UTC"), now=now):
            withdrawn = news.kind is HistoryKind.WITHDRAWN
            self.withdrawn += withdrawn
            if withdrawn or news.kind is HistoryKind.BREACHED:
                self.counts[news.clock.place] += -1 if withdrawn else 1
        self.broken = self._broken()
        return ticked

    def _broken(self) -> set[tuple[int, str]]:
        return {one.place for one in self.clocks.values() if one.breached_at}


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    slas=st.lists(any_sla(until="touched"), min_size=1, max_size=2),
    story=st.lists(
        st.tuples(st.integers(1, 2000), st.one_of(LATE, STEPS)), min_size=3, max_size=12
    ),
)
def test_breaches_told_less_those_withdrawn_are_those_that_stand(
    calendar: Calendar,
    start: datetime,
    slas: list[SLA],
    story: list[tuple[int, tuple[str, object]]],
) -> None:
    """Whatever is learnt late, whatever calendar is corrected."""
    lifecycle = lifecycle_of(calendar, *slas)
    record = Record(id="r", stage="sal", stage_version=1, entered_at=start)
    watch, now = Told(lifecycle, record), start
    watch.look(now)
    for minutes, step in story:
        now += minutes * MINUTE
        fire_due(watch, now)
        take(watch, step, now)
        watch.look(now)

        stands = {one.place for one in watch.clocks.values() if one.breached_at}
        assert dict.fromkeys(stands, 1) == dict(+watch.counts)
        assert min(watch.counts.values(), default=0) >= 0
    event(f"{min(watch.withdrawn, 2)} withdrawn")


EVENTS = st.lists(st.tuples(st.sampled_from(["asked", "touched"]), offsets), max_size=5)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[SLA, list[tuple[str, timedelta]], list[int]]:
    """An SLA, what happened, and the order in which it is learnt.

    Moves are learnt in their own order, events in any; a number is how many are learnt
    at once.  An SLA that keeps time over stays has no event that ends it: the time
    that a stay carries is settled when it ends.  No event is of the moment of a move.
    """
    sla = draw(any_sla(pause=None))
    if sla.on_reentry is Reentry.KEEP:
        sla = replace(sla, until=None)
    news = draw(EVENTS)
    moves = sorted(
        draw(st.lists(offsets.map(lambda one: one + MINUTE / 2), max_size=2))
    )
    places = sorted(draw(st.lists(st.integers(0, len(news)), min_size=2, max_size=2)))
    for place, at, stage in reversed(
        list(zip(places, moves, ("lead", "sal"), strict=False))
    ):
        news.insert(place, (stage, at))
    batches = draw(st.lists(st.integers(1, 3), min_size=len(news) + 1))
    return sla, news, batches


@PLENTY
@given(
    calendar=calendars,
    start=starts,
    script=scripts(),
    gaps=st.lists(st.tuples(offsets, offsets), max_size=2),
)
def test_news_may_come_in_any_order(
    calendar: Calendar,
    start: datetime,
    script: tuple[SLA, list[tuple[str, timedelta]], list[int]],
    gaps: list[tuple[timedelta, timedelta]],
) -> None:
    """One by one, while timers fire, or all events when all is over: the same clocks.

    Warnings apart: who was warned of what turned out to be nothing was warned.
    """
    sla, news, batches = script
    lifecycle, pauses = lifecycle_of(calendar, sla), pauses_of(start, gaps)
    end = start + WALK * MINUTE
    one_by_one, at_once = (watch_of(lifecycle, start) for _ in range(2))
    for watch in (one_by_one, at_once):
        watch.look(start)
        watch.pauses(*pauses)
        watch.look(start)

    now, rest = start, list(news)
    for size in batches:
        batch, rest = rest[:size], rest[size:]
        now = max([now, *(start + offset for _, offset in batch)])
        for one in batch:
            _comes(one_by_one, one, start, now)
        fire_due(one_by_one, now)
    for one in sorted(news, key=lambda one: one[0] not in lifecycle.stages):
        _comes(at_once, one, start, end)

    fire_due(one_by_one, end)
    fire_due(at_once, end)

    assert without_warnings(at_once) == without_warnings(one_by_one)
    event(f"{sorted(one.state for one in at_once.clocks.values())}")


def _comes(
    watch: Watch, news: tuple[str, timedelta], start: datetime, now: datetime
) -> None:
    """Let a move be committed, or something that happened be learnt."""
    name, offset = news
    if name in watch.lifecycle.stages:
        watch.moves(name, start + offset)
        watch.look(now)
    else:
        learns(watch, name, start + offset)
