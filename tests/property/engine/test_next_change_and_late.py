"""Next turns and true times of records, held against walks in small steps."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leadstate.domain.condition import AllOf, AnyOf, AtLeast
from leadstate.domain.lifecycle import (
    EventRule,
    Field,
    Lifecycle,
    Score,
    Stage,
    StageKind,
    Transition,
)
from leadstate.domain.record import Happening, Record
from leadstate.domain.sla import SLA, Wake
from leadstate.domain.values import FieldType
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.late import qualifying_times
from leadstate.engine.next_change import next_change, next_changes
from leadstate.guards import NameScope, read_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.condition import Condition

NOW = datetime(2026, 4, 4, 22, 0, tzinfo=UTC)  # clocks are set 16 hours before or so
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
MICROSECOND = timedelta(microseconds=1)
WINDOW = timedelta(days=4)
KINDS = {"day": FieldType.DATE, "moment": FieldType.DATETIME, "size": FieldType.INTEGER}
FIELDS = {name: Field(name=name, type=kind, label=name) for name, kind in KINDS.items()}
INTEREST = Score(
    name="interest",
    label="Interest",
    events=(
        EventRule(event="demo", points=40, at_most=60),
        EventRule(event="visit", points=10),
    ),
    half_life=timedelta(hours=30),
)
SCOPE = NameScope(fields=FIELDS, scores=("interest",), timezone="UTC")
TESTS = [
    read_condition(text, SCOPE)
    for text in (
        "day within next 2 days",
        "day not within last 1 day",
        "moment within next 10 hours",
        "moment not within last 90 minutes",
        "score.interest >= 25",
        "score.interest < 12",
        "score.interest > 40",
        "size >= 50",
    )
]
EASY = read_condition("score.interest >= 8", SCOPE)
SOME = st.lists(st.sampled_from(TESTS), min_size=1, max_size=3).map(tuple)
GROUPS: st.SearchStrategy[Condition] = st.one_of(
    SOME.map(AllOf), SOME.map(AnyOf), SOME.map(lambda some: AtLeast(1, some))
)
CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from(TESTS),
    GROUPS,
    st.lists(GROUPS, min_size=2, max_size=3).map(lambda p: AtLeast(2, tuple(p))),
)
"""Any condition."""

WAITING: st.SearchStrategy[Condition] = st.one_of(
    st.just(EASY), CONDITIONS.map(lambda other: AllOf((EASY, other)))
)
"""Conditions that wait for a happening."""

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def moments(hours_back: int, hours_ahead: int) -> st.SearchStrategy[datetime]:
    """Moments around now: whole hours, and any microsecond."""
    back, ahead = -hours_back * HOUR, hours_ahead * HOUR
    whole = st.integers(-hours_back, hours_ahead).map(lambda number: number * HOUR)
    return (whole | st.timedeltas(back, ahead)).map(lambda each: NOW + each)


@st.composite
def lifecycles(
    draw: st.DrawFn, conditions: st.SearchStrategy[Condition] = CONDITIONS
) -> Lifecycle:
    """Two automatic transitions and a pause, or a wake-up, of any condition."""
    transitions = {
        name: Transition(
            name=name,
            label=name,
            sources=("a",),
            target="b",
            automatic=True,
            guard=draw(conditions),
        )
        for name in ("first", "second")
    }
    pause, wake = draw(st.none() | CONDITIONS), draw(st.none() | CONDITIONS)
    sla = SLA(name="sla", within=HOUR, calendar="always", pause=pause)
    stages = {
        "a": Stage(
            name="a",
            label="A",
            kind=StageKind.PARKED,
            initial=True,
            slas=(sla,),
            wake=Wake(to="b", when=wake),
        ),
        "b": Stage(name="b", label="B", kind=StageKind.WON),
    }
    zone = draw(st.sampled_from(ZONES))
    content = repr((transitions, stages, zone))
    return Lifecycle(
        name="any",
        title="Any",
        version=hashlib.sha256(content.encode()).hexdigest(),
        timezone=zone,
        fields=FIELDS,
        scores={"interest": INTEREST},
        criteria={},
        calendars={},
        stages=stages,
        transitions=transitions,
    )


NAMES = st.sampled_from(["demo", "visit", "call"])
HAPPENINGS = st.builds(Happening, NAMES, moments(72, 48))
DAYS = st.dates(date(2026, 3, 31), date(2026, 4, 10))


@st.composite
def records(
    draw: st.DrawFn, happenings: st.SearchStrategy[Happening] = HAPPENINGS
) -> Record:
    """A record in the stage that has everything."""
    values = {
        "day": draw(DAYS | st.none()),
        "moment": draw(moments(60, 60) | st.none()),
        "size": draw(st.sampled_from([None, 49, 50])),
    }
    found = draw(st.lists(happenings, min_size=1, max_size=5, unique=True))
    return Record(id="r", stage="a", values=values, happenings=tuple(found))


def answers(lifecycle: Lifecycle, record: Record, at: datetime) -> dict[str, bool]:
    """Return what each condition of the stage says at a moment."""
    compiled = compile_lifecycle(lifecycle)
    facts = compiled.facts(record, at)
    guards = {one.transition.name: one.guard for one in compiled.leaving["a"]}
    guards["pause"] = compiled.pauses.get(("a", "sla"))
    guards["wake"] = compiled.wakes.get("a")
    return {
        name: guard.allows(facts) for name, guard in guards.items() if guard is not None
    }


def walk(record: Record, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield moments in between: by the quarter, and where something happened."""
    moment = since
    while moment <= until:
        yield moment
        moment += QUARTER
    for _, at in record.happenings:
        if since <= at <= until:
            yield at


def thorough(examples: int) -> settings:
    """Settings for lifecycles that take a while to draw."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


@thorough(150)
@given(lifecycles(), records())
def test_nothing_of_a_record_changes_before_its_next_change(
    lifecycle: Lifecycle, record: Record
) -> None:
    """Neither guards nor pauses nor wake-ups, and at the turn one of them does."""
    turn = next_change(lifecycle, record, now=NOW)
    event("turns" if turn else "never turns")
    until = NOW + WINDOW if turn is None else min(turn - MICROSECOND, NOW + WINDOW)

    now = answers(lifecycle, record, NOW)
    early = [
        at for at in walk(record, NOW, until) if answers(lifecycle, record, at) != now
    ]
    assert [] == early
    if turn is not None:
        assert answers(lifecycle, record, turn - MICROSECOND) == now
        assert answers(lifecycle, record, turn) != now


@thorough(100)
@given(lifecycles(), records())
def test_a_transition_turns_when_it_is_said_to(
    lifecycle: Lifecycle, record: Record
) -> None:
    """Each for itself; those that are not named do not turn."""
    found = next_changes(lifecycle, record, now=NOW)
    now = answers(lifecycle, record, NOW)

    for name in ("first", "second"):
        turn = found.get(name, NOW + WINDOW)
        until = min(turn - MICROSECOND, NOW + WINDOW)
        for at in walk(record, NOW, until):
            assert now[name] is answers(lifecycle, record, at)[name]
        if name in found:
            assert now[name] is not answers(lifecycle, record, turn)[name]


@thorough(300)
@given(
    lifecycles(WAITING),
    records(st.builds(Happening, NAMES, moments(72, 2))),
    st.sets(st.integers(0, 4), min_size=1),
    st.none() | moments(80, 0),
)
def test_a_late_move_is_dated_by_the_first_moment_it_was_due(
    lifecycle: Lifecycle, record: Record, late: set[int], earliest: datetime | None
) -> None:
    """Before it no automatic guard is met thanks to what came late; at it one is."""
    known = record.happenings
    fresh = [known[place] for place in late if place < len(known)]
    rest = tuple(one for one in known if one not in fresh)
    without = Record(id="r", stage="a", values=record.values, happenings=rest)

    def due(at: datetime) -> bool:
        some, others = (answers(lifecycle, each, at) for each in (record, without))
        return any(some[name] and not others[name] for name in ("first", "second"))

    times = qualifying_times(lifecycle, record, fresh, earliest=earliest, now=NOW)
    found = min(times.values(), default=None)
    event("late" if found else "not late")
    since = NOW - timedelta(hours=80) if earliest is None else earliest
    until = NOW if found is None else found - MICROSECOND
    before = [at for at in walk(record, since, until) if due(at)]
    assert [] == before
    assert found is None or (since <= found <= NOW and due(found))
