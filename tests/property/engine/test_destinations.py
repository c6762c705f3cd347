"""`destinations` always says what `decide` says, over any lifecycle and any record.

Lifecycles hold loops, self-loops, transitions without a guard, several automatic ways
out of one stage, and scores; records hold missing and unparsable values, and stages
that the lifecycle does not have.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadstate.definition.workflow import load_workflow
from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.lifecycle import (
    EventRule,
    Field,
    Lifecycle,
    PointRule,
    Score,
    Stage,
    StageKind,
    Transition,
)
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed
from leadstate.domain.values import FieldType, Unparsable
from leadstate.engine.decide import CASCADE_BOUND, decide
from leadstate.engine.destinations import destinations
from leadstate.guards import NameScope, read_condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.domain.condition import Condition

NOW = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)  # already the 30th in Berlin
SHIPPED = Path(__file__).parents[3] / "workflows" / "b2b_lifecycle.yaml"
STAGES = ("a", "b", "c", "d", "e")
FIELDS = {
    name: Field(name=name, type=kind, label=name, options=("owner", "director"))
    for name, kind in (
        ("size", FieldType.INTEGER),
        ("role", FieldType.CHOICE),
        ("need", FieldType.TEXT),
        ("tags", FieldType.TAGS),
        ("due", FieldType.DATE),
        ("fits", FieldType.BOOLEAN),
    )
}
SCORES = {
    "fit": Score(
        name="fit",
        label="Fit",
        rules=(
            PointRule(
                points=25,
                condition=read_condition("size >= 50", NameScope(fields=FIELDS)),
                text="size >= 50",
            ),
        ),
    ),
    "interest": Score(
        name="interest",
        label="Interest",
        events=(EventRule(event="demo", points=40, at_most=60),),
        half_life=timedelta(days=7),
    ),
}
SCOPE = NameScope(fields=FIELDS, scores=tuple(SCORES))
ON_VALUES = [
    "size >= 50",
    "size < 50 or size is unknown",
    "role in [owner, director]",
    "need contains 'crm'",
    "'spam' in tags",
    "not 'spam' in tags",
    "due within next 10 days",
    "due not within last 10 days",
    "fits is true",
    "fits is unknown",
    "at least 2 of (size >= 50, role = owner, need is known)",
]
ON_SCORES = ["score.fit >= 25", "score.interest >= 30", "score.interest < 30"]


def read(texts: Iterable[str]) -> list[Condition]:
    return [read_condition(text, SCOPE) for text in texts]


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Any small lifecycle, with or without scores."""
    scored = draw(st.booleans())
    guards = st.sampled_from(read(ON_VALUES + (ON_SCORES if scored else [])))
    transitions = [
        Transition(
            name=f"t{number}",
            label=f"t{number}",
            sources=tuple(draw(st.lists(st.sampled_from(STAGES), min_size=1,
                                        max_size=3, unique=True))),
            target=draw(st.sampled_from(STAGES)),
            automatic=draw(st.sampled_from([True, True, True, False])),
            guard=draw(st.none() | guards),
        )
        for number in range(draw(st.integers(0, 9)))
    ]  # fmt: skip
    return lifecycle_of(transitions, SCORES if scored else {})


def lifecycle_of(
    transitions: Iterable[Transition], scores: dict[str, Score]
) -> Lifecycle:
    found = {one.name: one for one in transitions}
    version = hashlib.sha256(repr((found, scores)).encode()).hexdigest()
    return Lifecycle(
        name="any",
        title="Any",
        version=version,
        timezone="Europe/Berlin",
        fields=FIELDS,
        scores=scores,
        criteria={},
        calendars={},
        stages={
            name: Stage(
                name=name, label=name, kind=StageKind.OPEN, initial=name == STAGES[0]
            )
            for name in STAGES
        },
        transitions=found,
    )


VALUES = {
    "size": st.integers(0, 100),
    "role": st.sampled_from(["owner", "director"]),
    "need": st.sampled_from(["a CRM", "crm", "nothing"]),
    "tags": st.frozensets(st.sampled_from(["spam", "vip"]), min_size=1),
    "due": st.dates(date(2026, 3, 10), date(2026, 4, 20)),
    "fits": st.booleans(),
}
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["demo", "other"]),
        st.integers(-30 * 24, 24).map(lambda hours: NOW + timedelta(hours=hours)),
    ),
    max_size=4,
).map(tuple)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record: values typed, missing, absent or unparsable."""
    return Record(
        id="r",
        stage=draw(st.sampled_from([*STAGES, "gone"])),
        values={
            name: draw(value | st.none() | st.just(Unparsable("?")))
            for name, value in VALUES.items()
            if draw(st.booleans())
        },
        happenings=draw(HAPPENINGS),
    )


def decided(lifecycle: Lifecycle, record: Record) -> str:
    """Return where `decide` leaves the record."""
    decision = decide(lifecycle, record, Changed(at=NOW), now=NOW)
    match decision:
        case Move():
            return decision.target
        case Stay() | Orphaned():
            return decision.stage


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lifecycle=lifecycles(), some=st.lists(records(), min_size=1, max_size=12))
def test_destinations_ends_where_decide_ends(
    lifecycle: Lifecycle, some: list[Record]
) -> None:
    """One after the other, so that nothing of one record leaks into the next."""
    expected = [(record, decided(lifecycle, record)) for record in some]

    assert expected == list(destinations(lifecycle, some, now=NOW))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sizes=st.lists(st.none() | st.integers(0, 400), min_size=1, max_size=8),
       demos=st.lists(st.integers(-20, 1), max_size=3),
       stage=st.sampled_from(["lead", "mql", "won"]))  # fmt: skip
def test_destinations_agrees_on_the_shipped_workflow(
    sizes: list[int | None], demos: list[int], stage: str
) -> None:
    """The workflow that people start from, with its scores and its date fields."""
    lifecycle = load_workflow(SHIPPED)
    happenings = tuple(
        Happening("demo_requested", NOW + timedelta(days=day)) for day in sorted(demos)
    )
    some = [
        Record(
            id=str(number),
            stage=stage,
            values={"company_size": size, "job_role": "owner"},
            happenings=happenings,
        )
        for number, size in enumerate(sizes)
    ]
    expected = [(record, decided(lifecycle, record)) for record in some]

    assert expected == list(destinations(lifecycle, some, now=NOW))


@pytest.mark.parametrize("length", [1, 2, 5])
def test_an_endless_cascade_stops_at_the_same_bound(length: int) -> None:
    """A ring of unguarded transitions is cut after as many steps as in `decide`."""
    ring = STAGES[:length]
    lifecycle = lifecycle_of(
        [
            Transition(
                name=f"t{place}",
                label="",
                sources=(stage,),
                target=ring[(place + 1) % length],
                automatic=True,
            )
            for place, stage in enumerate(ring)
        ],
        {},
    )
    record = Record(id="r", stage=ring[0])
    expected = ring[CASCADE_BOUND % length]

    assert [(record, expected)] == list(destinations(lifecycle, [record], now=NOW))
    assert expected == decided(lifecycle, record)


def test_records_are_taken_one_by_one() -> None:
    """A backtest over millions of records holds one of them in memory."""
    taken: list[int] = []

    def many() -> Iterable[Record]:
        for number in range(3):
            taken.append(number)
            yield Record(id=str(number), stage="a")

    found = destinations(lifecycle_of([], {}), many(), now=NOW)
    next(found)

    assert taken == [0]


def test_a_record_in_an_unknown_stage_stays_in_it() -> None:
    """As `decide` does, which calls it orphaned."""
    record = Record(id="r", stage="gone")

    assert [(record, "gone")] == list(
        destinations(lifecycle_of([], {}), [record], now=NOW)
    )
