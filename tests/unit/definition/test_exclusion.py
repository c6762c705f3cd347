"""Automatic transitions are told apart where that is simple to prove."""

from __future__ import annotations

import pytest

from leadstate.definition import (
    check_workflow_text,
    load_workflow_text,
    parse_condition,
)
from leadstate.definition.exclusion import exclusive
from leadstate.domain.condition import AnyOf, AtLeast, FieldRef, Operator, Test

WORKFLOW = """\
workflow: demo
fields:
  email: {type: email, identity: true, personal: true}
  size: {type: integer}
  role: {type: choice, options: [owner, manager, other]}
  due: {type: date}
  seen: {type: datetime}
  tags: {type: tags}
  need: {type: text}
  ok: {type: boolean}
scores:
  fit: [{points: 1, when: ok}]
criteria:
  good: score.fit >= 40
stages:
  a: {initial: true}
  b: {kind: won}
transitions:
  go: {from: a, to: b, when: good}
"""
SIZE = FieldRef("size")
LIFECYCLE = load_workflow_text(WORKFLOW)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("size >= 50", "size < 50"),
        ("size > 50", "size <= 50"),
        ("size > 50", "size < 50"),
        ("size = 3", "size > 3"),
        ("size in [1, 2]", "size >= 3"),
        ("size = 1", "size = 2"),
        ("size is known", "size is unknown"),
        ("size > 1", "size is unknown"),
        ("role = owner", "role = manager"),
        ("role in [owner, manager]", "role = other"),
        ("role in [owner, manager]", "role not in [owner, manager]"),
        ("role = owner", "role != owner"),
        ("ok", "not ok"),
        ("due < 2026-01-01", "due >= 2026-01-01"),
        ("'spam' in tags", "'spam' not in tags"),
        ("need contains 'crm'", "not (need contains 'CRM')"),
        ("need starts with 'a'", "not (need starts with 'a')"),
        ("need ends with 'a'", "not (need ends with 'a')"),
        ("due within next 3 days", "not (due within next 7 days)"),
        ("good", "score.fit < 40"),
        ("good", "not good"),
        ("size > 9 and ok", "size < 5 and role = owner"),
        ("size < 5 or size > 9", "size = 7"),
        ("size = 7", "size < 5 or size > 9"),
        ("at least 2 of (ok, size > 3)", "size = 1"),
        ("at least 1 of (size > 3, size > 4)", "size = 1"),
    ],
)
def test_what_cannot_both_be_met_is_proved(one: str, two: str) -> None:
    """In either order."""
    first, second = (parse_condition(text, LIFECYCLE) for text in (one, two))

    assert exclusive(first, second)
    assert exclusive(second, first)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("size >= 50", "size <= 50"),
        ("size >= 50", "due < 2026-01-01"),
        ("size > 50", "size > 10"),
        ("size != 3", "size != 4"),
        ("size = 3", "size is known"),
        ("role = owner", "role in [owner, other]"),
        ("need contains 'crm'", "not (need contains 'erp')"),
        ("need contains 'crm'", "need starts with 'erp'"),
        ("due within next 7 days", "not (due within next 3 days)"),
        ("size < 5 or ok", "size = 7"),
        ("need = 'a'", "need contains 'b'"),
    ],
)
def test_what_can_both_be_met_is_never_proved_apart(one: str, two: str) -> None:
    """A proof that says too much would hide a mistake."""
    first, second = (parse_condition(text, LIFECYCLE) for text in (one, two))

    assert not exclusive(first, second)
    assert not exclusive(second, first)


def test_a_long_proof_is_given_up() -> None:
    """So that no file makes the check slow; it is then said by hand."""
    low, high = (
        AnyOf(tuple(Test(SIZE, Operator.EQ, (start + n,)) for n in range(80)))
        for start in (0, 1000)
    )

    assert not exclusive(low, high)


def test_a_group_of_one_is_that_one() -> None:
    """And a group that asks for some of many proves nothing."""
    low, high = Test(SIZE, Operator.LT, (1,)), Test(SIZE, Operator.GT, (5,))

    assert exclusive(AnyOf((low,)), high)
    assert not exclusive(AtLeast(2, (low, low, high)), high)


def test_texts_have_no_order() -> None:
    """No proof is made of what cannot be compared."""
    low, high = Test(SIZE, Operator.LT, ("a",)), Test(SIZE, Operator.GT, ("b",))

    assert not exclusive(low, high)


def _codes(transitions: str) -> set[str]:
    text = WORKFLOW.replace("  b: {kind: won}", "  b: {}\n  c: {}\n  d: {kind: won}")
    head = text.split("  go:")[0]
    moves = "  end: {from: any open, to: d}\n"
    return {one.code for one in check_workflow_text(head + moves + transitions)[1]}


def test_automatic_transitions_that_exclude_each_other_are_fine() -> None:
    """The guards say which one is right."""
    moves = (
        "  up: {from: a, to: b, automatic: true, when: good}\n"
        "  off: {from: a, to: c, automatic: true, when: score.fit < 40}\n"
    )

    assert "LS305" not in _codes(moves)


def test_a_later_transition_may_wait_for_the_others() -> None:
    """``else: true`` says so, where nothing can be proved."""
    moves = (
        "  up: {from: a, to: b, automatic: true, when: good}\n"
        "  off: {from: a, to: c, automatic: true, else: true, when: ok}\n"
    )

    assert not _codes(moves) & {"LS305", "LS318"}


def test_a_circle_whose_guards_exclude_each_other_is_fine() -> None:
    """Up when the score is high, down when it has decayed."""
    moves = (
        "  up: {from: a, to: b, automatic: true, when: good}\n"
        "  down: {from: b, to: a, automatic: true, when: score.fit < 30}\n"
        "  on: {from: b, to: c, automatic: true, when: score.fit > 90}\n"
    )

    assert "LS306" not in _codes(moves)


def test_a_circle_is_broken_by_any_two_of_its_steps() -> None:
    """Not only by the step it starts with."""
    moves = (
        "  one: {from: a, to: b, automatic: true, when: ok}\n"
        "  two: {from: b, to: c, automatic: true, when: size > 5}\n"
        "  three: {from: c, to: a, automatic: true, when: size < 5}\n"
    )

    assert "LS306" not in _codes(moves)


def test_a_long_circle_is_found() -> None:
    """And reported once, not once a step."""
    moves = (
        "  one: {from: a, to: b, automatic: true, when: ok}\n"
        "  two: {from: b, to: c, automatic: true, when: good}\n"
        "  three: {from: c, to: a, automatic: true, when: need is known}\n"
    )

    assert "LS306" in _codes(moves)
