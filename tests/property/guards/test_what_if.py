"""WhatIf gaps agrees with the guard, and with trying out every set of fields."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from leadstate.definition.conditions import parse_condition
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.receipt import FindingKind, Status
from leadstate.domain.values import Unparsable
from leadstate.engine.compiled import compile_lifecycle
from leadstate.guards import Facts, compile_guard
from leadstate.guards.what_if import compile_what_if

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.receipt import Finding

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFECYCLE = load_workflow_text(
    """\
workflow: gaps
fields: {a: integer, b: integer, c: integer, d: integer}
scores:
  fit:
    - {points: 10, when: a > 5}
    - {points: 10, when: b > 5 and c > 5}
    - {points: -5, when: d > 5}
stages: {lead: {initial: true}, won: {kind: won}}
transitions: {win: {from: lead, to: won}}
"""
)
SCORES = compile_lifecycle(LIFECYCLE).scores
LEAVES = st.sampled_from(
    ["a > 5", "b > 5", "c > 5", "d > 5", "a is known", "b is unknown", "c <= 5",
     "score.fit >= 10", "score.fit >= 20", "score.fit < 5"]
)  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda first, word, second: f"({first} {word} {second})",
        inner,
        st.sampled_from(["and", "or"]),
        inner,
    ),
    max_leaves=6,
)
VALUES = st.dictionaries(
    st.sampled_from("abcd"), st.sampled_from([0, 9, Unparsable("?")])
)


@given(text=CONDITIONS, values=VALUES)
def test_nothing_filled_in_is_what_the_guard_says(
    text: str, values: dict[str, object]
) -> None:
    """And what the explanation calls missing or unreadable is a gap."""
    condition = parse_condition(text, LIFECYCLE)
    facts = Facts(values, (), NOW, NOW.date())  # type: ignore[arg-type]
    guard, what_if = (
        compile_guard(condition, SCORES),
        compile_what_if(condition, SCORES),
    )

    assert guard.allows(facts) is what_if.opens(facts)
    told = {
        one.field
        for one in leaves_of(guard.examine(facts).finding())
        if one.status in (Status.MISSING, Status.UNPARSABLE)
        and one.required != "is unknown"
    }
    assert told <= set(what_if.gaps(facts))


def leaves_of(finding: Finding) -> Iterator[Finding]:
    """Yield the tests of an explanation."""
    if finding.kind is FindingKind.TEST:
        yield finding
    for part in finding.parts:
        yield from leaves_of(part)


@given(text=CONDITIONS, values=VALUES)
def test_ways_are_the_smallest_sets_that_open(
    text: str, values: dict[str, object]
) -> None:
    """Every set of gaps is tried, and filling more never closes."""
    condition = parse_condition(text, LIFECYCLE)
    facts = Facts(values, (), NOW, NOW.date())  # type: ignore[arg-type]
    what_if = compile_what_if(condition, SCORES)
    gaps = sorted(what_if.gaps(facts))
    sets = [
        frozenset(some)
        for size in range(len(gaps) + 1)
        for some in combinations(gaps, size)
    ]
    opening = {one for one in sets if what_if.opens(facts, one)}

    smallest = {one for one in opening if not any(less < one for less in opening)}
    assert smallest - {frozenset()} == set(what_if.ways(facts))
    assert all(more in opening for one in opening for more in sets if one <= more)
