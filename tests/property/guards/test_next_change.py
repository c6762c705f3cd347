"""The next turn of a guard is held against asking the guard again and again.

Conditions mix tests that time turns with tests that it does not; days and moments lie
around the days on which clocks are set, some of them with clocks set across midnight.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leadstate.domain.condition import FieldRef, Named, Operator, ScoreRef, Test
from leadstate.domain.lifecycle import EventRule, PointRule, Score
from leadstate.domain.record import Happening, Record
from leadstate.domain.values import FieldType, Unparsable
from leadstate.guards import (
    Facts,
    all_of,
    any_of,
    at_least,
    compile_guard,
    compile_score,
    negate,
    next_change_of,
    trees,
)
from leadstate.guards.next_change import HORIZON, facts_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.condition import Condition
    from leadstate.guards import CompiledScore, Guard

HOUR, DAY, MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(0, 0, 1)
CENTRES = {
    "Europe/Berlin": date(2026, 3, 29),
    "America/New_York": date(2026, 11, 1),
    "Australia/Lord_Howe": date(2026, 4, 5),  # half an hour
    "Africa/Cairo": date(2026, 4, 24),  # midnight is skipped
    "America/Scoresbysund": date(2026, 10, 25),  # midnight is repeated
    "America/St_Johns": date(2010, 11, 7),  # a day begins twice
    "Pacific/Apia": date(2011, 12, 30),  # a day is left out
}
SPANS = [each for each in Operator if "WITHIN" in each.name]
ORDER = [each for each in Operator if each.value in ("=", "!=", "<", "<=", ">", ">=")]
TINY = 3e-6
"""As close to a level the last digits of several events may wobble."""

WINDOW, STEP = timedelta(days=6), timedelta(minutes=30)


def moments(centre: date, days: int = 4) -> st.SearchStrategy[datetime]:
    """Moments around a day: whole hours, and any microsecond."""
    noon = datetime.combine(centre, time(12), UTC)
    span = timedelta(days=days)
    hours = int(span / HOUR)
    return st.integers(-hours, hours).map(
        lambda number: noon + number * HOUR
    ) | st.integers(-span // MICROSECOND, span // MICROSECOND).map(
        lambda number: noon + number * MICROSECOND
    )


@st.composite
def span_tests(draw: st.DrawFn) -> Test:
    """A test ``within`` on a day or a moment."""
    operator = draw(st.sampled_from(SPANS))
    kind = draw(st.sampled_from([FieldType.DATE, FieldType.DATETIME]))
    units = [DAY] if kind is FieldType.DATE else [DAY, HOUR, timedelta(minutes=1)]
    length = draw(st.sampled_from(units)) * draw(st.integers(0, 5))
    name = draw(st.sampled_from([f"{kind}_1", f"{kind}_2"]))
    return Test(FieldRef(name, kind), operator, (length,))


SCORE_TESTS = st.builds(
    lambda name, operator, points: Test(ScoreRef(name), operator, (points,)),
    st.sampled_from(["fit", "interest"]),
    st.sampled_from(ORDER),
    st.sampled_from([0.0, 5.0, 10.0, 20.0, 30.0, 33.333333, -7.5])
    | st.integers(-1000, 6000).map(lambda number: number / 100),
)
STILL = st.sampled_from(
    [
        Test(FieldRef("size", FieldType.INTEGER), Operator.GE, (50,)),
        Test(FieldRef("size", FieldType.INTEGER), Operator.UNKNOWN),
        Test(FieldRef("date_1", FieldType.DATE), Operator.LT, (date(2026, 4, 4),)),
    ]
)


def grown(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Trees over the leaves."""

    def group(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, min_size=1, max_size=3)
        counted = several.flatmap(
            lambda found: st.integers(1, len(found)).map(
                lambda needed: at_least(needed, found)
            )
        )
        named = parts.map(lambda inner: Named("criterion", "A criterion", inner))
        groups = [several.map(build) for build in (all_of, any_of)]
        return st.one_of(*groups, counted, named, parts.map(negate))

    return st.recursive(leaves, group, max_leaves=5)


TREES = grown(span_tests() | SCORE_TESTS | STILL)
RULES = grown(span_tests() | STILL)


@st.composite
def scores(draw: st.DrawFn, *, fade: bool = False) -> dict[str, CompiledScore]:
    """A score of rules, and one of rules and events that fade, or may fade."""
    points = st.sampled_from([25.0, 10.0, 40.0, -15.0, 33.333333])
    caps = st.none() | st.sampled_from([30.0, 12.5, 100.0])
    lives = st.sampled_from([14 * DAY, DAY, 7 * HOUR])
    rules = tuple(
        PointRule(points=draw(points), condition=condition, text="rule")
        for condition in draw(st.lists(RULES, max_size=2))
    )
    events = tuple(
        EventRule(event=name, points=draw(points), at_most=draw(caps))
        for name in ("demo", "visit")
    )
    fit = Score(name="fit", label="Fit", rules=rules)
    interest = Score(
        name="interest",
        label="Interest",
        rules=rules[:1],
        events=events,
        half_life=draw(lives if fade else st.none() | lives),
        at_most=draw(caps),
    )
    return {each.name: compile_score(each) for each in (fit, interest)}


class Case:
    """A guard, a record now, and the zone."""

    def __init__(self, guard: Guard, facts: Facts, zone: ZoneInfo) -> None:
        self.guard, self.facts, self.zone = guard, facts, zone

    def __repr__(self) -> str:
        facts = self.facts
        scores = [score.score for score in self.guard.scores.values()]
        held = (facts.now, facts.values, facts.happenings, self.zone, scores)
        return f"{self.guard.condition}\n{held}"

    def at(self, moment: datetime) -> bool:
        """Return the guard's answer at a moment."""
        return self.guard.allows(facts_at(self.facts, moment, self.zone))

    def steps(self, until: datetime) -> Iterator[datetime]:
        """Yield moments after now: every half hour, and around what may matter."""
        moment = self.facts.now
        while (moment := moment + STEP) <= until:
            yield moment
        for each in self._edges():
            if self.facts.now < each <= until:
                yield each

    def _edges(self) -> Iterator[datetime]:
        tests = [*trees.tests_in(self.guard.condition)]
        lengths = {test.operands[0] for test in tests if test.operands}
        values = self.facts.values.values()
        ends = [value for value in values if isinstance(value, datetime)]
        spans = [length for length in lengths if isinstance(length, timedelta)]
        for value in [*ends, *(at for _, at in self.facts.happenings)]:
            for ahead in (DAY * 0, *spans, *(-span for span in spans)):
                for beside in (-MICROSECOND, DAY * 0, MICROSECOND):
                    yield value + ahead + beside

    def settled(self, moment: datetime) -> bool:
        """Return whether no score wobbles around a level by its last digit."""
        facts = facts_at(self.facts, moment, self.zone)
        return not any(
            abs(facts.score(self.guard.scores[test.subject.name]) - points) <= TINY
            for test in trees.tests_in(self.guard.condition)
            if isinstance(test.subject, ScoreRef)
            and mixed(self.guard.scores[test.subject.name].score)
            and isinstance(points := test.operands[0], float)
        )


def mixed(score: Score) -> bool:
    """Return whether some of its events add points and others take some."""
    return len({rule.points > 0 for rule in score.events}) > 1


@st.composite
def held(draw: st.DrawFn) -> tuple[Facts, ZoneInfo]:
    """A record around a day on which clocks are set."""
    name = draw(st.sampled_from(list(CENTRES)))
    centre, zone = CENTRES[name], ZoneInfo(name)
    days = st.integers(-6, 6).map(lambda number: centre + number * DAY)
    strange = st.sampled_from([None, Unparsable("soon"), 7])
    values = {
        "date_1": draw(days),
        "date_2": draw(days | strange),
        "datetime_1": draw(moments(centre)),
        "datetime_2": draw(moments(centre) | strange),
        "size": draw(st.sampled_from([None, 49, 50])),
    }
    events = st.sampled_from(["demo", "visit", "other"])
    happened = st.builds(Happening, events, moments(centre))
    found = tuple(draw(st.lists(happened, max_size=5)))
    record = Record(id="r", stage="s", values=values, happenings=found)
    now = draw(moments(centre, 2))
    return Facts.of(record, now, zone), zone


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any guard, and a record."""
    facts, zone = draw(held())
    return Case(compile_guard(draw(TREES), draw(scores())), facts, zone)


@st.composite
def decaying_cases(draw: st.DrawFn) -> Case:
    """A test on a score that decays, for just the points that it has at some moment."""
    (facts, zone), compiled = draw(held()), draw(scores(fade=True))
    moment = facts.now + draw(st.timedeltas(MICROSECOND, WINDOW))
    points = facts_at(facts, moment, zone).score(compiled["interest"])
    test = Test(ScoreRef("interest"), draw(st.sampled_from(ORDER)), (points,))
    return Case(compile_guard(test, compiled), facts, zone)


def thorough(examples: int) -> settings:
    """Settings for cases that take a while to draw."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


@thorough(400)
@given(cases() | decaying_cases())
def test_a_guard_changes_first_at_its_next_change(case: Case) -> None:
    """No answer before the moment differs from now, and the answer at it does."""
    now = case.facts.now
    turn = next_change_of(case.guard, case.facts, case.zone)
    event("turns" if turn else "never turns")
    answer = case.at(now)
    until = now + WINDOW if turn is None else min(turn - MICROSECOND, now + WINDOW)
    early = [
        moment
        for moment in case.steps(until)
        if case.at(moment) is not answer and case.settled(moment)
    ]

    assert [] == early
    assert turn is None or now < turn <= now + HORIZON
    assert turn is None or case.at(turn) is not answer
    assert turn is None or case.at(turn - MICROSECOND) is answer or mixed_up(case)


def mixed_up(case: Case) -> bool:
    """Return whether some score of the case adds and takes points."""
    return any(mixed(score.score) for score in case.guard.scores.values())


@thorough(100)
@given(cases(), st.lists(st.integers(0, 3653), max_size=30))
def test_a_guard_that_never_turns_is_the_same_years_later(
    case: Case, days: list[int]
) -> None:
    """Following every turn to the last one leads to the answer of all the years."""
    moment, now = case.facts.now, case.facts.now
    for _ in range(100):
        facts = facts_at(case.facts, moment, case.zone)
        turn = next_change_of(case.guard, facts, case.zone)
        if turn is None:
            break
        moment = turn

    answer = case.at(moment)
    later = [moment + day * DAY for day in days if moment + day * DAY < now + HORIZON]
    assert [] == [at for at in later if case.at(at) is not answer and case.settled(at)]


@thorough(60)
@given(cases(), st.timedeltas(MICROSECOND, WINDOW))
def test_a_bound_on_time_leaves_out_later_changes(case: Case, ahead: timedelta) -> None:
    """Up to the bound the answer is the same as without it."""
    until = case.facts.now + ahead
    turn = next_change_of(case.guard, case.facts, case.zone)

    found = next_change_of(case.guard, case.facts, case.zone, until=until)
    expected = turn if turn is not None and turn <= until else None
    assert expected == found or (found is not None and mixed_up(case))


@pytest.mark.parametrize("zone", CENTRES)
def test_a_day_begins_when_the_local_date_changes(zone: str) -> None:
    """Found by walking by the minute over five days, clocks set or not."""
    place, centre = ZoneInfo(zone), CENTRES[zone]
    start = datetime.combine(centre - 2 * DAY, time(12), UTC)
    walk = [start + number * timedelta(minutes=1) for number in range(5 * 24 * 60)]
    today = Test(FieldRef("day", FieldType.DATE), Operator.WITHIN_NEXT, (0 * DAY,))
    guard = compile_guard(today, {})
    for number in range(-1, 3):
        facts = Facts({"day": centre + number * DAY}, (), start, centre - 2 * DAY)
        answers = [guard.allows(facts_at(facts, at, place)) for at in walk]
        changes = [
            walk[index]
            for index in range(1, len(walk))
            if answers[index] is not answers[index - 1]
        ]
        found, moment = [], next_change_of(guard, facts_at(facts, start, place), place)
        while moment is not None:
            found.append(moment)
            moment = next_change_of(guard, facts_at(facts, moment, place), place)

        assert changes == found
