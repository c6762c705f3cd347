"""Reading text into trees, turning trees round, and looking into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Named,
    Operator,
    ScoreRef,
    Test,
)
from leadstate.domain.values import FieldType
from leadstate.guards import (
    all_of,
    any_of,
    at_least,
    compile_guard,
    negate,
    none_of,
    read_condition,
    render_condition,
    subjects,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition, Literal
    from leadstate.domain.values import Value
    from leadstate.guards import Facts, NameScope


def test_a_test_knows_the_type_and_the_label_of_its_field(
    read: Callable[[str], Condition],
) -> None:
    """A tree can be compiled and explained without the workflow beside it."""
    (subject,) = subjects(read("company_size >= 50"))

    assert isinstance(subject, FieldRef)
    assert FieldType.INTEGER is subject.type
    assert subject.label == "Company size"


def test_and_binds_closer_than_or(read: Callable[[str], Condition]) -> None:
    """As everywhere; parentheses say otherwise."""
    a, b, c = (read(f"company_size = {number}") for number in (1, 2, 3))

    loose = "company_size = 1 or company_size = 2 and company_size = 3"
    assert AnyOf((a, AllOf((b, c)))) == read(loose)
    tight = "(company_size = 1 or company_size = 2) and company_size = 3"
    assert AllOf((AnyOf((a, b)), c)) == read(tight)


def test_keywords_have_no_case(read: Callable[[str], Condition]) -> None:
    """RevOps may shout."""
    text = "NOT need IS KNOWN OR job_role IN [OWNER] AND SCORE.fit > 1"

    assert read(text) == read(text.lower())


def test_a_name_alone_is_the_criterion_and_with_a_test_the_field(
    read: Callable[[str], Condition],
) -> None:
    """A criterion may be called like the field that it is about."""
    named = read("budget")

    assert isinstance(named, Named)
    assert (named.criterion, named.label) == ("budget", "Budget")
    assert frozenset({FieldRef("budget")}) == subjects(read("budget > 5"))
    assert named.condition == read("budget >= 10000")


def test_a_negated_criterion_keeps_its_name(read: Callable[[str], Condition]) -> None:
    """The explanation can say "not Budget", with the turned tree below."""
    named = read("not budget")

    assert Named("budget", "Budget", read("budget < 10000"), negated=True) == named
    assert read("budget") == negate(named)


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("company_size = 1", "company_size != 1"),
        ("company_size < 1", "company_size >= 1"),
        ("company_size <= 1", "company_size > 1"),
        ("company_size in [1]", "company_size not in [1]"),
        ("need is known", "need is unknown"),
        ("need contains x", "need does not contain x"),
        ("need starts with x", "need does not start with x"),
        ("need ends with x", "need does not end with x"),
        ("x in tags", "x not in tags"),
        (
            "decision_date within next 1 day",
            "decision_date not within next 1 day",
        ),
        (
            "decision_date within last 1 day",
            "decision_date not within last 1 day",
        ),
        ("need = x and source = y", "need != x or source != y"),
        ("all of (need = x)", "any of (need != x)"),
        ("none of (need = x)", "any of (need = x)"),
        (
            "at least 3 of (budget, need, ideal, technical_fit)",
            "at least 2 of (not budget, not need, not ideal, not technical_fit)",
        ),
    ],
)
def test_not_is_pushed_down_to_the_tests(
    read: Callable[[str], Condition], text: str, opposite: str
) -> None:
    """A tree never holds a negation, so a missing value stays not met."""
    assert read(opposite) == read(f"not ({text})")
    assert read(text) == read(f"not ({opposite})")


def test_builders_make_the_groups_of_a_file(read: Callable[[str], Condition]) -> None:
    """Structured groups and text give the same trees."""
    a, b = read("need = x"), read("budget")

    assert AllOf((a, b)) == all_of([a, b]) == read("need = x and budget")
    assert AnyOf((a, b)) == any_of([a, b]) == read("need = x or budget")
    none = AllOf((negate(a), negate(b)))
    assert none == none_of([a, b]) == read("none of (need = x, budget)")
    assert AtLeast(1, (a, b)) == at_least(1, [a, b])


def test_subjects_are_found_inside_criteria(read: Callable[[str], Condition]) -> None:
    """Whoever asks what a guard looks at need not know the criteria."""
    tree = read("ideal and (need or at least 1 of (company_size > 5))")

    found = {ScoreRef("fit"), FieldRef("need"), FieldRef("company_size")}
    assert found == subjects(tree)


@pytest.mark.parametrize(
    "text",
    [
        "company_size >= 50",
        "company_size in [1, -2]",
        "rating = 0.5",
        "budget < 10000",
        "job_role in [owner, 'Team Lead', '1-10']",
        "need = 'it''s \"x\"'",
        "email ends with '@example.com'",
        "'spam' in tags",
        "'spam' not in tags",
        "technical_fit is true",
        "technical_fit is not false",
        "decision_date before 2026-01-31",
        "decision_date >= 2026-01-31",
        "last_seen after 2026-01-31T09:00:00Z",
        "last_seen < 2026-01-31T09:00:00.000500Z".replace("<", "before"),
        "decision_date within next 90 days",
        "last_seen within last 36 hours",
        "last_seen not within last 90 minutes",
        "last_seen within next 0 days",
        "score.fit >= 40",
        "need is unknown",
        "not budget or (ideal and need)",
        "at least 2 of (budget, need, ideal)",
        "all of (budget)",
        "any of ()",
    ],
)
def test_a_condition_is_shown_as_it_is_written(
    read: Callable[[str], Condition], text: str
) -> None:
    """People read a guard in the words that they would write it in."""
    assert text == render_condition(read(text))


def test_units_of_time_are_shown_in_days_where_they_fit(
    read: Callable[[str], Condition],
) -> None:
    """Two weeks are fourteen days; the tree keeps the length only."""
    text = render_condition(read("decision_date within next 2 weeks"))

    assert text == "decision_date within next 14 days"


@pytest.mark.parametrize(
    ("operator", "operand", "good", "bad"),
    [
        (Operator.GE, 50, 50, 49),
        (Operator.EQ, "x", "X", "y"),
        (Operator.EQ, True, True, False),
        (Operator.HAS, "x", frozenset({"x"}), frozenset({"y"})),
        (Operator.KNOWN, None, "x", None),
    ],
)
def test_a_tree_built_by_hand_takes_its_type_from_the_constants(
    facts: Callable[..., Facts],
    operator: Operator,
    operand: Literal | None,
    good: Value,
    bad: Value,
) -> None:
    """Code may write a test without looking up the field."""
    operands = () if operand is None else (operand,)
    guard = compile_guard(Test(FieldRef("it"), operator, operands), {})

    assert guard.allows(facts(it=good))
    assert not guard.allows(facts(it=bad))
    assert guard.examine(facts(it=good)).finding().label == "it"


def test_counts_out_of_range_have_an_answer_too(
    read: Callable[[str], Condition], facts: Callable[..., Facts]
) -> None:
    """A tree built by hand may ask for none, or for more than there are."""
    parts = (read("need = x"),)

    assert compile_guard(AtLeast(0, parts), {}).allows(facts())
    assert not compile_guard(AtLeast(2, parts), {}).allows(facts(need="x"))


def test_reading_needs_no_names_for_an_empty_scope(scope: NameScope) -> None:
    """The smallest scope reads the smallest condition."""
    assert AllOf(()) == read_condition("all of ()", type(scope)())
