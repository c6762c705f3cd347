"""SLAs, hours and lives of records of any kind, for properties of clocks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from stopwatch import Watch, with_slas

from leadstate.domain.clock import BREACH, Pause, SlaClock
from leadstate.domain.record import Happening, Record
from leadstate.domain.sla import SLA, Calendar, Reentry, Warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.domain.lifecycle import Lifecycle

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
NOTHING = timedelta(0)
WALK = 5 * 1440
"""Minutes that the oracle walks; what is due later is due later for both."""

DAYS = (
    date(2026, 3, 27),  # Berlin goes to summer time on the 29th
    date(2026, 4, 3),  # Lord Howe goes half an hour back on the 5th
    date(2026, 6, 10),
)
ZONES = ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York")
BASE = with_slas(
    "call: {within: 4h, calendar: office, pause: waiting is true}",
    wake="{after: 2 days, on: due_on, before: 1 day, when: waiting is true, to: lead}",
)
TEMPLATE = BASE.stages["sal"].slas[0]

spans = st.tuples(st.integers(0, 1380), st.integers(30, 720)).map(
    lambda one: (one[0], sum(one))
)
days = st.one_of(
    st.just(((540, 1020),)),
    st.just(()),
    st.lists(spans, max_size=2).map(lambda found: tuple(sorted(found))),
)
calendars = st.builds(
    Calendar,
    name=st.just("any"),
    timezone=st.sampled_from(ZONES),
    hours=st.fixed_dictionaries(dict.fromkeys(range(7), days)),
)
lengths = st.integers(1, 1500).map(lambda number: number * MINUTE)
starts = st.tuples(st.sampled_from(DAYS), st.integers(0, 2 * 1440)).map(
    lambda one: datetime.combine(one[0], time(), UTC) + one[1] * MINUTE
)
offsets = st.integers(0, 3 * 1440).map(lambda number: number * MINUTE)
gaps = st.tuples(offsets, st.none() | st.integers(0, 900).map(lambda n: n * MINUTE))
PLENTY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def any_sla(draw: st.DrawFn, **fixed: object) -> SLA:
    """Any SLA of the stage ``sal``, in the hours of ``any``."""
    within = draw(lengths)
    shares = draw(st.sets(st.integers(1, 99), max_size=3))
    after = {within * share / 100: f"{share}%" for share in sorted(shares)}
    drawn: dict[str, object] = {
        "start": draw(st.sampled_from([None, "asked"])),
        "until": draw(st.sampled_from([None, "touched"])),
        "on_reentry": draw(st.sampled_from(Reentry)),
        "pause": draw(st.sampled_from([None, TEMPLATE.pause])),
    }
    return replace(
        TEMPLATE,
        within=within,
        calendar="any",
        warnings=tuple(Warn(text, moment) for moment, text in after.items()),
        **(drawn | fixed),
    )


def lifecycle_of(calendar: Calendar, *slas: SLA) -> Lifecycle:
    """Return a lifecycle whose stage ``sal`` has these SLAs."""
    named = tuple(
        replace(sla, name=f"call{number or ''}") for number, sla in enumerate(slas)
    )
    stages = {**BASE.stages, "sal": replace(BASE.stages["sal"], slas=named)}
    content = repr((calendar, named))
    return replace(
        BASE,
        calendars={**BASE.calendars, "any": calendar},
        stages=stages,
        version=hashlib.sha256(content.encode()).hexdigest(),
    )


def watch_of(lifecycle: Lifecycle, entered: datetime) -> Watch:
    """Return a watch of a record that entered ``sal`` then."""
    record = Record(id="r", stage="sal", stage_version=1, entered_at=entered)
    return Watch(lifecycle, record)


def learns(watch: Watch, name: str, at: datetime) -> None:
    """Let the record have behaved."""
    known = (*watch.record.happenings, Happening(name, at))
    happenings = tuple(sorted(known, key=lambda one: one.at))
    watch.record = replace(watch.record, happenings=happenings)


def pauses_of(start: datetime, found: Sequence[tuple[timedelta, timedelta | None]]
              ) -> tuple[Pause, ...]:  # fmt: skip
    """Return pauses that a person made."""
    return tuple(
        Pause(
            start + offset,
            None if length is None else start + offset + length,
            by="ann",
        )
        for offset, length in found
    )


STEPS = st.one_of(
    st.tuples(st.just("asked"), offsets),
    st.tuples(st.just("touched"), offsets),
    st.tuples(st.just("waiting"), st.booleans()),
    st.tuples(st.just("stage"), st.sampled_from(["sal", "lead", "nurture", "won"])),
    st.tuples(st.just("fire"), st.none()),
    st.tuples(st.just("hours"), calendars),
    st.tuples(st.just("hand"), st.booleans()),
)


def take(watch: Watch, step: tuple[str, object], now: datetime) -> None:
    """Let one thing happen, as the service would bring it."""
    name, what = step
    match name, what:
        case (("asked" | "touched"), timedelta()):
            learns(watch, name, now - what)
        case "waiting", _:
            watch.becomes(waiting=what)  # type: ignore[arg-type]
        case "stage", str():
            watch.moves(what, now)
        case "hours", Calendar():
            slas = watch.lifecycle.stages["sal"].slas
            watch.lifecycle = lifecycle_of(what, *slas)
        case "hand", _:
            by_hand(watch, now, stop=bool(what))
        case _:
            fire_due(watch, now)


def by_hand(watch: Watch, now: datetime, *, stop: bool) -> None:
    """Let a person stop every clock of the stay, or let them go on."""
    for key, clock in watch.clocks.items():
        mine = [one for one in clock.pauses if one.by and one.end is None]
        if clock.ended_at is not None or stop == bool(mine):
            continue
        pauses = (
            (*clock.pauses, Pause(now, by="ann"))
            if stop
            else tuple(replace(o, end=now) if o in mine else o for o in clock.pauses)
        )
        watch.clocks[key] = replace(clock, pauses=pauses)


def fire_due(watch: Watch, now: datetime) -> None:
    """Let every timer of a clock that is due fire."""
    while due := [
        one for one in watch.look(now).timers if one.sla and one.due_at <= now
    ]:
        for timer in due:
            key, mark = (timer.stage_version, timer.sla), timer.mark or BREACH
            fired = watch.clocks[key].fired | {mark}
            broken = timer.due_at if mark == BREACH else watch.clocks[key].breached_at
            watch.clocks[key] = replace(
                watch.clocks[key], fired=fired, breached_at=broken
            )


stories = st.lists(st.tuples(st.integers(1, 900), STEPS), max_size=8)


def without_warnings(watch: Watch) -> list[SlaClock]:
    return [
        replace(one, fired=one.fired & {BREACH})
        for _, one in sorted(watch.clocks.items())
    ]
