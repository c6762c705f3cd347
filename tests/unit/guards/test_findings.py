"""The explanation of a guard: complete, readable, and a copy of its own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.lifecycle import EventRule, Score
from leadstate.domain.receipt import Finding, FindingKind, Status
from leadstate.domain.record import Happening
from leadstate.domain.values import Unparsable
from leadstate.guards import Facts, compile_guard, compile_score

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition
    from leadstate.domain.values import Value


def test_every_test_is_in_the_explanation(finding: Callable[..., Finding]) -> None:
    """Not only the first that failed, which is where the verdict stops."""
    found = finding("company_size > 5 and need = x and technical_fit", need="y")

    assert [part.status for part in found.parts] == [
        Status.MISSING,
        Status.UNMET,
        Status.MISSING,
    ]
    assert (found.kind, found.label, found.needed) == (FindingKind.ALL, "all of", None)


def test_a_test_says_what_is_required_and_what_is_there(
    finding: Callable[..., Finding],
) -> None:
    """Label, required, observed: the three things that a person asks for."""
    assert Finding(
        kind=FindingKind.TEST,
        status=Status.UNMET,
        label="Company size",
        required=">= 50",
        observed="12",
        field="company_size",
    ) == finding("company_size >= 50", company_size=12)


def test_a_criterion_stands_over_its_own_tree(finding: Callable[..., Finding]) -> None:
    """The label of the criterion first, its test below."""
    found = finding("budget", budget=500.0)

    assert (
        found.kind,
        found.label,
        found.criterion,
        found.status,
    ) == (FindingKind.CRITERION, "Budget", "budget", Status.UNMET)
    assert (found.parts[0].required, found.parts[0].observed) == (">= 10000", "500")


def test_a_negated_criterion_says_so(finding: Callable[..., Finding]) -> None:
    """And asks for the opposite below."""
    found = finding("not budget", budget=500.0)

    assert (found.label, found.status) == ("not Budget", Status.MET)
    assert found.parts[0].required == "< 10000"


def test_a_count_says_how_many_are_needed(finding: Callable[..., Finding]) -> None:
    """For the sentence "2 of 3"."""
    found = finding("at least 2 of (budget, need, technical_fit)")

    assert (
        found.kind,
        found.needed,
        found.label,
    ) == (FindingKind.AT_LEAST, 2, "at least 2 of 3")


def test_a_choice_of_parts_is_any_of(finding: Callable[..., Finding]) -> None:
    """The kind tells a group of alternatives from one of demands."""
    found = finding("budget or need")

    assert (found.kind, found.label) == (FindingKind.ANY, "any of")


@pytest.mark.parametrize(
    ("text", "value", "observed"),
    [
        ("company_size > 1", 1234567, "1234567"),
        ("rating > 1", 0.1, "0.1"),
        ("rating > 1", 1e-7, "0.0000001"),
        ("budget > 1", 10000.0, "10000"),
        ("budget > 1", 1e22, "10000000000000000000000"),
        ("need = x", "A sentence.", "A sentence."),
        ("need = x", "a" * 201, "a" * 200 + "…"),
        ("x in tags", frozenset({"b", "a"}), "a, b"),
        ("technical_fit", False, "false"),
        ("technical_fit is false", True, "true"),
        ("decision_date after 2026-01-01", date(2026, 3, 1), "2026-03-01"),
        (
            "last_seen after 2026-01-01",
            datetime(2026, 3, 1, 9, tzinfo=UTC),
            "2026-03-01T09:00:00Z",
        ),
        ("company_size > 1", Unparsable("about 50"), "about 50"),
        ("need is known", None, None),
    ],
)
def test_what_is_observed_is_readable(
    finding: Callable[..., Finding], text: str, value: Value, observed: str | None
) -> None:
    """Numbers are plain, sets are lists, and long text is cut."""
    words = [word for word in text.split() if word not in ("x", "in")]

    assert observed == finding(text, **{words[0]: value}).observed


def test_an_examination_is_a_copy(
    read: Callable[[str], Condition], facts: Callable[..., Facts], now: datetime
) -> None:
    """A record that changes later does not change the explanation."""
    score = Score(name="fit", label="", events=(EventRule(event="demo", points=40),))
    guard = compile_guard(
        read("need = x and score.fit >= 40"), {"fit": compile_score(score)}
    )
    values: dict[str, Value] = {"need": "x"}
    made = facts(Happening("demo", now))
    held = Facts(values, made.happenings, made.now, made.today)
    examined = guard.examine(held)
    before = examined.finding()

    values["need"] = "y"
    assert before == examined.finding()
    assert examined.met
    assert before.met
    assert before.parts[1].label == "fit"


def test_an_explanation_is_made_once(
    read: Callable[[str], Condition], facts: Callable[..., Facts]
) -> None:
    """Who writes it down, shows it and sends it asks for the same data."""
    examined = compile_guard(read("need = x"), {}).examine(facts(need="y"))

    assert examined.data() is examined.data()
    assert examined.finding() == Finding.of_data(examined.data())


def test_data_of_one_record_never_shows_in_that_of_another(
    read: Callable[[str], Condition], facts: Callable[..., Facts]
) -> None:
    """The words of a guard are shared, and what was seen is not."""
    guard = compile_guard(read("need = x and (budget or not 'spam' in tags)"), {})
    first = guard.examine(facts(need="x", tags=frozenset({"spam"})))
    before = json.dumps(first.data())

    guard.examine(facts(need="y", budget=20000.0, tags=frozenset())).data()

    assert before == json.dumps(first.data())


def test_a_guard_says_what_it_looks_at(read: Callable[[str], Condition]) -> None:
    """Fields of its scores count too, so that a copy is complete."""
    score = Score(name="fit", label="Fit")
    guard = compile_guard(
        read("need = x or score.fit > 1"), {"fit": compile_score(score)}
    )

    assert guard.fields == ("need",)
    assert not guard.counts_events
