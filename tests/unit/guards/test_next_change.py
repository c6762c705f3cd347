"""The next moment at which time alone turns a guard: days, moments, fading scores."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import log2
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from leadstate.domain.lifecycle import EventRule, PointRule, Score
from leadstate.domain.record import Happening, Record
from leadstate.domain.values import Unparsable
from leadstate.guards import Facts, compile_guard, compile_score, next_change_of
from leadstate.guards.next_change import HORIZON, STEPS, facts_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition
    from leadstate.domain.values import Value
    from leadstate.guards import CompiledScore, Guard

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MICROSECOND = timedelta(microseconds=1)
TWO_WEEKS = timedelta(days=14)


class Asked:
    """A guard held against one record in Berlin, at noon on the tenth of March."""

    def __init__(
        self,
        condition: Condition,
        values: dict[str, Value],
        happenings: tuple[Happening, ...] = (),
        *scores: CompiledScore,
    ) -> None:
        compiled = {each.score.name: each for each in scores}
        record = Record(id="1", stage="lead", values=values, happenings=happenings)
        self.guard: Guard = compile_guard(condition, compiled)
        self.facts = Facts.of(record, NOW, BERLIN)

    def turn(self, until: datetime | None = None) -> datetime | None:
        """Return the next turn."""
        return next_change_of(self.guard, self.facts, BERLIN, until=until)

    def around(self, moment: datetime) -> tuple[bool, bool]:
        """Return the answers just before a moment and at it."""
        before = facts_at(self.facts, moment - MICROSECOND, BERLIN)
        at = facts_at(self.facts, moment, BERLIN)
        return self.guard.allows(before), self.guard.allows(at)


def score(
    name: str = "interest",
    half_life: timedelta | None = TWO_WEEKS,
    at_most: float | None = None,
    rules: tuple[PointRule, ...] = (),
    **events: float | tuple[float, float],
) -> CompiledScore:
    """Build a score: event = points, or (points, cap)."""
    built = []
    for event, points in events.items():
        each, cap = points if isinstance(points, tuple) else (points, None)
        built.append(EventRule(event=event, points=each, at_most=cap))
    made = Score(
        name=name,
        label=name,
        rules=rules,
        events=tuple(built),
        half_life=half_life,
        at_most=at_most,
    )
    return compile_score(made)


def happened(event: str, *hours_ahead: float) -> tuple[Happening, ...]:
    """Return one happening for each number of hours from now."""
    return tuple(Happening(event, NOW + timedelta(hours=each)) for each in hours_ahead)


@pytest.mark.parametrize(
    ("text", "value", "turn"),
    [
        ("within next 90 days", date(2026, 7, 1), "2026-04-01T22:00"),
        ("not within next 90 days", date(2026, 7, 1), "2026-04-01T22:00"),
        ("within next 90 days", date(2026, 3, 28), "2026-03-28T23:00"),
        ("within next 90 days", date(2026, 3, 29), "2026-03-29T22:00"),
        ("within next 0 days", date(2026, 3, 10), "2026-03-10T23:00"),
        ("within next 90 days", date(2026, 3, 9), None),
        ("within last 30 days", date(2026, 3, 1), "2026-03-31T22:00"),
        ("not within last 30 days", date(2026, 3, 1), "2026-03-31T22:00"),
        ("within last 30 days", date(2026, 3, 12), "2026-03-11T23:00"),
        ("within last 30 days", date(2026, 2, 7), None),
        ("within next 90 days", date(1, 1, 1), None),
        ("within next 90 days", date(9999, 12, 31), None),
        ("within next 90 days", None, None),
        ("within next 90 days", Unparsable("soon"), None),
        ("before 2026-03-20", date(2026, 3, 12), None),
    ],
)
def test_a_day_turns_at_local_midnight(
    read: Callable[[str], Condition], text: str, value: Value, turn: str | None
) -> None:
    """Of the first day on which the answer is another one, summer time or not."""
    asked = Asked(read(f"decision_date {text}"), {"decision_date": value})

    expected = turn and datetime.fromisoformat(f"{turn}Z")
    assert expected == asked.turn()


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/New_York", date(2026, 3, 9), "2026-03-09T04:00"),
        ("Australia/Lord_Howe", date(2026, 4, 6), "2026-04-05T13:30"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30"),
    ],
)
def test_a_day_begins_where_the_clock_is_set_at_midnight(
    read: Callable[[str], Condition], zone: str, day: date, begins: str
) -> None:
    """A midnight may be skipped, or come twice: then the first one counts."""
    guard = compile_guard(read("decision_date within last 99 days"), {})
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    facts = Facts({"decision_date": day}, (), now, now.date())

    expected = datetime.fromisoformat(f"{begins}Z")
    assert expected == next_change_of(guard, facts, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "minutes", "turn"),
    [
        ("within last 1 hour", -30, timedelta(minutes=30) + MICROSECOND),
        ("not within last 1 hour", -30, timedelta(minutes=30) + MICROSECOND),
        ("within last 1 hour", -60, MICROSECOND),
        ("within last 1 hour", -61, None),
        ("within last 1 hour", 5, timedelta(minutes=5)),
        ("within next 2 hours", 180, timedelta(hours=1)),
        ("within next 2 hours", 120, timedelta(hours=2) + MICROSECOND),
        ("not within next 2 hours", 0, MICROSECOND),
        ("within next 2 hours", -1, None),
    ],
)
def test_a_moment_turns_to_the_microsecond(
    read: Callable[[str], Condition], text: str, minutes: int, turn: timedelta | None
) -> None:
    """Both ends of a span belong to it."""
    value = NOW + timedelta(minutes=minutes)
    asked = Asked(read(f"last_seen {text}"), {"last_seen": value})

    assert (None if turn is None else NOW + turn) == asked.turn()


@pytest.mark.parametrize("ahead", [timedelta(), MICROSECOND])
def test_a_turn_beyond_the_horizon_is_not_looked_for(
    read: Callable[[str], Condition], ahead: timedelta
) -> None:
    """Ten years are looked at, and not a microsecond more."""
    seen = NOW + HORIZON + timedelta(minutes=5) + ahead
    asked = Asked(read("last_seen within next 5 minutes"), {"last_seen": seen})

    assert (None if ahead else NOW + HORIZON) == asked.turn()


def test_what_lies_after_the_bound_is_not_looked_for(
    read: Callable[[str], Condition],
) -> None:
    """Whoever knows an earlier turn asks only for one that is not later."""
    seen = NOW + timedelta(hours=1)
    asked = Asked(read("last_seen within next 5 minutes"), {"last_seen": seen})

    turn = NOW + timedelta(minutes=55)
    assert turn == asked.turn(turn)
    assert asked.turn(turn - MICROSECOND) is None


@pytest.mark.parametrize(
    ("asked", "points"),
    [(">= 30", 30), ("< 30", 30), ("> 30", 30), ("<= 20", 20), ("!= 40", 40)],
)
def test_a_score_turns_as_it_fades_past_its_points(
    read: Callable[[str], Condition], asked: str, points: float
) -> None:
    """Where the exponential says, and on the side where the guard says so."""
    events = happened("demo", 0)
    held = Asked(read(f"score.interest {asked}"), {}, events, score(demo=40))

    turn = held.turn()
    assert turn is not None
    wanted = NOW + TWO_WEEKS * log2(40 / points)
    assert abs(turn - wanted) < timedelta(seconds=1)
    before, at = held.around(turn)
    assert before is not at


def test_a_score_has_just_so_many_points_for_a_while(
    read: Callable[[str], Condition],
) -> None:
    """A score is rounded, so that equality begins and ends."""
    events = happened("demo", 0)
    held = Asked(read("score.interest = 20"), {}, events, score(demo=40))

    begins = held.turn()
    assert begins is not None
    assert (False, True) == held.around(begins)
    held.facts = facts_at(held.facts, begins, BERLIN)
    ends = held.turn()
    assert ends is not None
    assert (True, False) == held.around(ends)
    assert begins <= NOW + TWO_WEEKS < ends < begins + timedelta(seconds=1)


@pytest.mark.parametrize("asked", ["> 0", ">= 0.0000004", ">= 0.0000005"])
def test_a_score_that_fades_to_nothing_is_nothing_in_the_end(
    read: Callable[[str], Condition], asked: str
) -> None:
    """Less than half of the last digit is none."""
    events = happened("demo", 0)
    held = Asked(read(f"score.interest {asked}"), {}, events, score(demo=40))

    turn = held.turn()
    assert turn is not None
    assert (True, False) == held.around(turn)
    assert abs(turn - (NOW + TWO_WEEKS * log2(40e6 / 0.5))) < timedelta(days=1)


def test_an_event_fades_from_its_cap_when_its_sum_is_there(
    read: Callable[[str], Condition],
) -> None:
    """Five visits of ten points, thirty at most, are thirty for a while."""
    events = happened("visit", 0, 0, 0, 0, 0)
    held = Asked(read("score.interest >= 30"), {}, events, score(visit=(10, 30)))

    turn = held.turn()
    assert turn is not None
    assert abs(turn - (NOW + TWO_WEEKS * log2(50 / 30))) < timedelta(seconds=1)
    assert (True, False) == held.around(turn)


def test_a_score_may_rise_and_fall_again_by_fading(
    read: Callable[[str], Condition],
) -> None:
    """While an event stands at its cap, the points that another takes fade alone."""
    events = (*happened("demo", 0, 0), *happened("unsubscribed", 0))
    interest = score(demo=(40, 30), unsubscribed=-15)
    held = Asked(read("score.interest >= 20"), {}, events, interest)

    rises = held.turn()
    assert rises is not None
    assert abs(rises - (NOW + TWO_WEEKS * log2(15 / 10))) < timedelta(seconds=1)
    assert (False, True) == held.around(rises)
    held.facts = facts_at(held.facts, rises, BERLIN)
    falls = held.turn()
    assert falls is not None
    assert abs(falls - (NOW + TWO_WEEKS * log2(65 / 20))) < timedelta(seconds=1)
    assert (True, False) == held.around(falls)


def test_a_score_above_its_cap_turns_when_it_is_below(
    read: Callable[[str], Condition],
) -> None:
    """The cap on the whole score hides that it fades, for a while."""
    events = happened("demo", 0, 0)
    held = Asked(read("score.interest >= 50"), {}, events, score(demo=40, at_most=50))

    turn = held.turn()
    assert turn is not None
    assert abs(turn - (NOW + TWO_WEEKS * log2(80 / 50))) < timedelta(seconds=1)
    assert (True, False) == held.around(turn)


def test_a_rule_of_a_score_is_turned_by_time(read: Callable[[str], Condition]) -> None:
    """A score of rules alone does not fade, but its rules may ask for days."""
    text = "decision_date within next 10 days"
    fit = score("fit", rules=(PointRule(points=25, condition=read(text), text=text),))
    held = Asked(read("score.fit >= 25"), {"decision_date": date(2026, 3, 22)}, (), fit)

    assert datetime(2026, 3, 11, 23, 0, tzinfo=UTC) == held.turn()


@pytest.mark.parametrize("half_life", [None, timedelta(), TWO_WEEKS])
def test_an_event_of_the_future_counts_from_its_moment(
    read: Callable[[str], Condition], half_life: timedelta | None
) -> None:
    """The clocks of two systems differ; what has not happened yet does not count."""
    events = (*happened("demo", 2), *happened("other", 1))
    interest = score(half_life=half_life, demo=40)
    held = Asked(read("score.interest >= 30"), {}, events, interest)

    assert NOW + timedelta(hours=2) == held.turn()


@pytest.mark.parametrize(
    ("interest", "hours"),
    [
        (score(half_life=None, demo=40), (0.0,)),
        (score(half_life=timedelta(), demo=40), (0.0,)),
        (score(demo=40), ()),
        (score(demo=20), (0.0,)),
    ],
    ids=["no half-life", "no time", "no event", "never there"],
)
def test_a_score_that_stays_on_its_side_never_turns(
    read: Callable[[str], Condition], interest: CompiledScore, hours: tuple[float, ...]
) -> None:
    """Nothing fades, or it fades further away."""
    held = Asked(read("score.interest >= 30"), {}, happened("demo", *hours), interest)

    assert held.turn() is None


def test_a_part_that_turns_does_not_turn_the_whole(
    read: Callable[[str], Condition],
) -> None:
    """What comes back is the moment at which the guard's own answer changes."""
    text = "at least 2 of (decision_date within next 9 days, need is known, "
    text += "last_seen within last 1 day)"
    values: dict[str, Value] = {
        "decision_date": date(2026, 3, 30),
        "need": "A CRM",
        "last_seen": NOW - timedelta(hours=1),
    }
    held = Asked(read(text), values)

    gone = NOW + timedelta(hours=23) + MICROSECOND
    assert gone == held.turn()
    held.facts = facts_at(held.facts, gone, BERLIN)
    assert datetime(2026, 3, 20, 23, 0, tzinfo=UTC) == held.turn()


def test_after_so_many_candidates_the_last_is_looked_at(
    read: Callable[[str], Condition],
) -> None:
    """Too early is harmless: somebody looks once more, and asks again."""
    minutes = [number / 60 for number in range(1, STEPS + 50)]
    events = happened("visit", *minutes)
    interest = score(half_life=None, visit=0.01)
    held = Asked(read("score.interest >= 30"), {}, events, interest)

    assert NOW + timedelta(minutes=STEPS) == held.turn()
