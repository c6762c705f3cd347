"""Scores: explicit rules, events that fade, caps, and the parts that explain them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.lifecycle import EventRule, PointRule, Score
from leadstate.domain.receipt import Contribution, Status
from leadstate.domain.record import Happening, Record
from leadstate.guards import Facts, GuardError, compile_guard, compile_score
from leadstate.guards.scores import rounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from leadstate.domain.condition import Condition
    from leadstate.domain.values import Value
    from leadstate.guards import CompiledScore


TWO_WEEKS = timedelta(days=14)


def rules(
    read: Callable[[str], Condition], *pairs: tuple[float, str]
) -> tuple[PointRule, ...]:
    """Build point rules from points and texts."""
    return tuple(
        PointRule(points=points, condition=read(text), text=text)
        for points, text in pairs
    )


@pytest.fixture(name="fit")
def _fit(read: Callable[[str], Condition]) -> Score:
    pairs = [(25, "company_size >= 50"), (15, "job_role in [owner, director]")]
    pairs.append((-20, "source = 'list'"))
    return Score(name="fit", label="Fit", rules=rules(read, *pairs))


def interest(
    half_life: timedelta | None = TWO_WEEKS,
    at_most: float | None = None,
    **events: float | tuple[float, float],
) -> CompiledScore:
    """Build a score of events: name = points, or (points, cap)."""
    built = []
    for name, points in events.items():
        each, cap = points if isinstance(points, tuple) else (points, None)
        built.append(EventRule(event=name, points=each, at_most=cap))
    return compile_score(
        Score(
            name="interest",
            label="Interest",
            events=tuple(built),
            half_life=half_life,
            at_most=at_most,
        )
    )


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ({}, 0.0),
        ({"company_size": 50}, 25.0),
        ({"company_size": 50, "job_role": "owner"}, 40.0),
        ({"company_size": 49, "source": "List"}, -20.0),
    ],
)
def test_rules_add_their_points_when_they_are_met(
    fit: Score, facts: Callable[..., Facts], values: dict[str, Value], points: float
) -> None:
    """What the lead tells counts in full, and a missing answer counts nothing."""
    assert points == compile_score(fit).value(facts(**values))


@pytest.mark.parametrize(
    ("days", "points"),
    [(0, 40.0), (14, 20.0), (28, 10.0), (7, 28.284271), (14_000, 0.0), (-1, 0.0)],
)
def test_an_event_counts_half_after_its_half_life(
    facts: Callable[..., Facts], now: datetime, days: float, points: float
) -> None:
    """Interest fades; what lies in the future does not count yet."""
    demo = Happening("demo", now - timedelta(days=days))

    assert points == interest(demo=40).value(facts(demo))


def test_without_a_half_life_events_do_not_fade(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """A download of last year counts as one of today."""
    old = Happening("demo", now - timedelta(days=365))

    assert interest(half_life=None, demo=40).value(facts(old)) == 40.0


def test_a_cap_holds_back_one_kind_of_event_after_decay(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """Ten visits to a page are not ten times the interest."""
    visits = [Happening("visit", now - TWO_WEEKS)] * 10
    score = interest(visit=(10, 30), demo=40)

    assert score.value(facts(*visits)) == 30.0
    assert score.value(facts(*visits[:2])) == 10.0
    assert score.value(facts(*visits, Happening("demo", now))) == 70.0


def test_events_that_no_rule_counts_are_ignored(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """Only declared behaviour makes points."""
    assert interest(demo=40).value(facts(Happening("other", now))) == 0.0


def test_the_parts_of_a_score_are_explained(
    fit: Score, facts: Callable[..., Facts]
) -> None:
    """Every rule is listed with what it gave and what it could give."""
    parts = compile_score(fit).explain(facts(company_size=50))

    assert [
        Contribution(text="company_size >= 50", points=25.0, of=25),
        Contribution(text="job_role in [owner, director]", points=0.0, of=15),
        Contribution(text="source = 'list'", points=0.0, of=-20),
    ] == [Contribution.of_data(part) for part in parts]


def test_events_are_explained_with_their_number(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """The reader sees how many events made the points, and the cap."""
    visits = [Happening("visit", now)] * 5 + [Happening("visit", now + TWO_WEEKS)]

    (part,) = interest(visit=(10, 30)).explain(facts(*visits))
    expected = Contribution(text="visit", points=30.0, of=30, count=5)
    assert expected == Contribution.of_data(part)


def test_a_cap_on_the_whole_score_is_a_part_of_its_own(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """The parts still sum to the value."""
    score = interest(at_most=100, demo=40, visit=30)
    happenings = [Happening("demo", now)] * 2 + [Happening("visit", now)] * 2

    parts = [Contribution.of_data(one) for one in score.explain(facts(*happenings))]
    assert 100.0 == score.value(facts(*happenings)) == sum(p.points for p in parts)
    assert Contribution(text="at most", points=-40.0, of=100) == parts[-1]


def test_a_score_below_its_cap_does_not_mention_it(
    facts: Callable[..., Facts], now: datetime
) -> None:
    """Nothing was held back."""
    assert len(interest(at_most=100, demo=40).explain(facts())) == 1


def test_a_rule_that_asks_for_a_score_is_refused(
    read: Callable[[str], Condition],
) -> None:
    """Scores do not build on scores, whoever built the tree."""
    score = Score(name="x", label="X", rules=rules(read, (1, "score.fit > 1")))

    with pytest.raises(GuardError, match="LS211"):
        compile_score(score)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("score.fit = 40", True),
        ("score.fit != 40", False),
        ("score.fit < 40", False),
        ("score.fit <= 40", True),
        ("score.fit > 39.5", True),
        ("score.fit >= 40", True),
        ("not score.fit >= 40", False),
        ("ideal", True),
    ],
)
def test_a_guard_can_ask_for_a_score(
    fit: Score,
    read: Callable[[str], Condition],
    facts: Callable[..., Facts],
    text: str,
    met: bool,  # noqa: FBT001 - the expected value
) -> None:
    """Scores are numbers and never missing."""
    guard = compile_guard(read(text), {"fit": compile_score(fit)})
    held = facts(company_size=50, job_role="owner")

    assert met is guard.allows(held)
    assert met is guard.examine(held).met
    assert met is guard.examine(held).finding().met


def test_a_test_on_a_score_explains_the_score(
    fit: Score, read: Callable[[str], Condition], facts: Callable[..., Facts]
) -> None:
    """Required, observed, and where every point came from."""
    compiled = compile_score(fit)
    guard = compile_guard(read("score.fit >= 40"), {"fit": compiled})
    held = facts(company_size=50)

    found = guard.examine(held).finding()
    assert (
        found.status,
        found.label,
        found.required,
        found.observed,
        found.field,
    ) == (Status.UNMET, "Fit", ">= 40", "25", "score.fit")
    parts = [Contribution.of_data(one) for one in compiled.explain(held)]
    assert tuple(parts) == found.contributions


def test_a_guard_on_an_unknown_score_is_refused(
    read: Callable[[str], Condition],
) -> None:
    """Compiling says so, not the first record."""
    with pytest.raises(GuardError, match="'fit'"):
        compile_guard(read("score.fit >= 40"), {})


def test_facts_compute_each_score_once(
    fit: Score, now: datetime, zone: ZoneInfo
) -> None:
    """Many guards ask for the same score of one record."""
    compiled = compile_score(fit)
    values = {"company_size": 50}
    record = Record(id="1", stage="lead", values=values)
    facts = Facts.of(record, now, zone)

    assert facts.score(compiled) == 25.0
    values["company_size"] = 1
    assert facts.score(compiled) == 25.0


def test_today_is_the_day_in_the_zone_of_the_lifecycle(zone: ZoneInfo) -> None:
    """Half past eleven at night in London is tomorrow in Berlin."""
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    record = Record(id="1", stage="lead")

    assert datetime(2026, 3, 11, tzinfo=UTC).date() == (
        Facts.of(record, late, zone).today
    )


def test_a_tie_rounds_the_same_way_in_whatever_order_it_was_added() -> None:
    """Databases add up in another order; a hair below a tie is still the tie."""
    tie = 4.5e-6

    assert rounded(tie) == rounded(tie - 1e-15) == rounded(tie + 1e-15) == 5e-6
