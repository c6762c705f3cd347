"""What a guard would say if missing values were there, at best."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.conditions import parse_condition
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.receipt import Status
from leadstate.domain.values import Unparsable
from leadstate.engine.compiled import compile_lifecycle
from leadstate.guards import Facts
from leadstate.guards.what_if import MOST_FILLED, compile_what_if

if TYPE_CHECKING:
    from leadstate.guards.what_if import WhatIf

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFECYCLE = load_workflow_text(
    """\
workflow: gaps
fields:
  size: integer
  budget: money
  role: {type: choice, options: [owner, clerk]}
  need: text
  tags: tags
  seen: text
scores:
  fit:
    - {points: 25, when: size >= 50}
    - {points: 15, when: role = owner}
    - {points: -5, when: seen is known}
  capped:
    at_most: 20
    rules:
      - {points: 15, when: size >= 50}
      - {points: 15, when: role = owner}
stages: {lead: {initial: true}, won: {kind: won}}
transitions: {win: {from: lead, to: won}}
"""
)
BROKEN = Unparsable("some")


def asked(text: str) -> WhatIf:
    """Return what answers for a condition."""
    scores = compile_lifecycle(LIFECYCLE).scores
    return compile_what_if(parse_condition(text, LIFECYCLE), scores)


def facts(**values: object) -> Facts:
    """Return what is known of a record."""
    return Facts(values, (), NOW, NOW.date())  # type: ignore[arg-type]


def ways(text: str, **values: object) -> list[list[str]]:
    """Return the shortest ways out."""
    return [sorted(way) for way in asked(text).ways(facts(**values))]


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("budget >= 100", {}, [["budget"]]),
        ("budget >= 100", {"budget": 500.0}, []),
        ("budget >= 100", {"budget": 5.0}, []),
        ("budget >= 100", {"budget": BROKEN}, [["budget"]]),
        ("need is known", {}, [["need"]]),
        ("need is unknown", {"need": "a CRM"}, []),
        ("tags is unknown", {"tags": BROKEN}, []),
        ("budget >= 100 and need is known", {}, [["budget", "need"]]),
        ("budget >= 100 or need is known", {}, [["budget"], ["need"]]),
        ("budget >= 100 and need is known", {"need": "x"}, [["budget"]]),
        ("budget >= 100 and size > 1", {"size": 1}, []),
        ("not 'spam' in tags", {}, [["tags"]]),
    ],
    ids=[
        "missing",
        "met",
        "too small",
        "unreadable",
        "must be known",
        "must be unknown",
        "must be unknown and is broken",
        "both",
        "either",
        "one left",
        "a known value in the way",
        "tags",
    ],
)
def test_the_shortest_ways_out_are_found(
    text: str, values: dict[str, object], expected: list[list[str]]
) -> None:
    """Fields to fill in; none where it is met, or where filling would not do."""
    assert expected == ways(text, **values)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("score.fit >= 40", {}, [["role", "size"]]),
        ("score.fit >= 40", {"size": 60}, [["role"]]),
        ("score.fit >= 40", {"size": 6}, []),
        ("score.fit > 25", {"size": 60}, [["role"]]),
        ("score.fit > 40", {"size": 60}, []),
        ("score.fit >= 15", {"size": 6}, [["role"]]),
        ("score.fit >= 41", {}, []),
        ("score.fit < 0", {}, []),
        ("score.capped >= 20", {}, [["role", "size"]]),
        ("score.capped >= 21", {}, []),
        ("score.capped >= 15", {}, [["size"], ["role"]]),
    ],
    ids=[
        "both rules",
        "one rule earned",
        "one rule lost",
        "more than",
        "never more than",
        "the other rule",
        "out of reach",
        "filling never lowers",
        "up to the cap",
        "over the cap",
        "either rule",
    ],
)
def test_fields_that_weigh_into_a_score_open_it(
    text: str, values: dict[str, object], expected: list[list[str]]
) -> None:
    """A missing field counts with all the points that it could bring."""
    assert expected == ways(text, **values)


def test_of_a_group_any_that_are_needed_do() -> None:
    """Two of three missing answers are enough, whichever."""
    text = "budget >= 100 and (need is known or size > 1 or role = owner)"

    assert [["budget", "need"], ["budget", "role"], ["budget", "size"]] == sorted(
        ways(text)
    )


def test_gaps_say_what_is_missing_and_what_cannot_be_read() -> None:
    """Fields of the scores that are asked for are among them, others are not."""
    found = asked("score.fit >= 40 and budget >= 100").gaps(facts(budget=BROKEN))

    assert {
        "size": Status.MISSING,
        "role": Status.MISSING,
        "budget": Status.UNPARSABLE,
    } == found


def test_a_score_that_must_stay_low_has_no_gaps() -> None:
    """WhatIf in could only raise it."""
    assert {} == asked("score.fit < 10").gaps(facts())


def test_ways_that_need_very_many_fields_are_not_looked_for() -> None:
    """Nobody fills in five fields at a time; that it would open is still known."""
    text = "size > 1 and budget > 1 and role = owner and need is known and seen = x"
    what_if, nothing = asked(text), facts()

    assert MOST_FILLED < len(what_if.gaps(nothing))
    assert () == what_if.ways(nothing)
    assert what_if.opens(nothing, what_if.gaps(nothing))


def test_named_criteria_are_looked_into() -> None:
    """A guard in words is the same guard."""
    lifecycle = load_workflow_text(
        """\
workflow: named
fields: {budget: money}
criteria: {affords: {label: Budget, when: budget >= 100}}
stages: {lead: {initial: true}, won: {kind: won}}
transitions: {win: {from: lead, to: won, when: {at_least: 1, of: [affords]}}}
"""
    )
    condition = lifecycle.transitions["win"].guard
    assert condition is not None
    what_if = compile_what_if(condition, {})

    assert (frozenset({"budget"}),) == what_if.ways(facts())
