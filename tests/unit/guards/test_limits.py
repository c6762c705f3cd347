"""Hostile or careless text ends in a sentence, quickly, and never in a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.condition import AllOf
from leadstate.domain.lifecycle import Criterion
from leadstate.guards import (
    GuardError,
    all_of,
    any_of,
    at_least,
    none_of,
    read_condition,
    references,
)
from leadstate.guards.cursor import DEEPEST, MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadstate.domain.condition import Condition
    from leadstate.guards import NameScope


def code_of(text: str, scope: NameScope) -> str:
    """Return the code of the one mistake in a text."""
    with pytest.raises(GuardError) as caught:
        read_condition(text, scope)
    (mistake,) = caught.value.mistakes
    return mistake.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 20_000, "LS206"),
        ("(" * 19_999 + "x", "LS206"),
        ("all of (" * 2_000, "LS206"),
        ("not " * 4_999, "LS203"),
        ("[" * 20_000, "LS203"),
        ("x" * 1_000_000, "LS204"),
        ("'" * 19_999, "LS202"),
        ("need = '" + "a" * 19_000, "LS202"),
        ("company_size > 2**100000", "LS201"),
        ("technical_fit and " * 600 + "technical_fit", "LS205"),
        ("company_size > " + "9" * 10_000, "LS220"),
        ("budget > 0." + "9" * 10_000, "LS220"),
        ("decision_date within next " + "9" * 5_000 + " days", "LS224"),
        ("at least " + "9" * 5_000 + " of (need)", "LS203"),
    ],
)
def test_a_text_beyond_the_bounds_is_refused(
    scope: NameScope, text: str, code: str
) -> None:
    """Long, deep, wide and huge texts each have their own answer."""
    assert code == code_of(text, scope)


def test_a_text_at_the_bounds_is_read(scope: NameScope) -> None:
    """What is allowed really works: depth, and many nots."""
    need = read_condition("need", scope)

    assert need == read_condition("(" * DEEPEST + "need" + ")" * DEEPEST, scope)
    assert need == read_condition("not " * 4_998 + "need", scope)
    wide = read_condition(" and ".join(["need = x"] * (MOST - 1)), scope)
    assert isinstance(wide, AllOf)
    assert len(wide.parts) == MOST - 1


@pytest.mark.parametrize("build", [all_of, any_of, none_of, lambda p: at_least(1, p)])
def test_builders_refuse_a_tree_that_grows_too_deep(
    read: Callable[[str], Condition], build: Callable[[Iterable[Condition]], Condition]
) -> None:
    """Deeply nested groups of a file are refused before anything recurses into them."""

    def grow() -> None:
        tree = read("need = x")
        for _ in range(10_000):
            tree = build([tree])

    with pytest.raises(GuardError) as caught:
        grow()

    assert caught.value.mistakes[0].code == "LS206"


def test_builders_refuse_a_tree_that_grows_too_wide(
    read: Callable[[str], Condition],
) -> None:
    """A group of many parts is refused for their number."""
    with pytest.raises(GuardError) as caught:
        all_of([read("need = x")] * MOST)

    assert caught.value.mistakes[0].code == "LS205"


def test_criteria_that_multiply_are_refused(scope: NameScope) -> None:
    """Ten criteria that use the one before ten times ask a billion things."""

    def grow() -> None:
        grown = scope
        for number in range(10):
            name = f"level_{number - 1}" if number else "need"
            tree = read_condition(" or ".join([name] * 10), grown)
            level = Criterion(name=f"level_{number}", label="", condition=tree)
            grown = replace(grown, criteria={**grown.criteria, level.name: level})

    with pytest.raises(GuardError) as caught:
        grow()

    (mistake,) = caught.value.mistakes
    assert mistake.code == "LS205"
    assert mistake.length > 0


def test_references_of_an_unreadable_text_are_none() -> None:
    """Whoever asks early learns nothing; reading will say what is wrong."""
    assert frozenset() == references("need and (")


def test_references_are_the_names_that_stand_alone() -> None:
    """Fields that are compared are no references, nor are options in lists."""
    text = "budget and not (need or job_role in [a, b, c]) and at least 1 of (x, y = 1)"

    assert {"budget", "need", "x"} == references(text)
