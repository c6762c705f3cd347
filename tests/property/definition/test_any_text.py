"""Whatever a file holds, the answer is a lifecycle or lines of mistakes, and soon."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from effort import at_most_calls
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leadstate.definition import (
    check_binding_text,
    check_scenarios_text,
    check_workflow_text,
    dot,
    load_workflow,
    load_workflow_text,
    mermaid,
    parse_condition,
)
from leadstate.errors import WorkflowError

WORKFLOWS = Path(__file__).parents[3] / "workflows"
TEXTS = {
    kind: (WORKFLOWS / f"b2b_lifecycle{kind}.yaml").read_text("utf-8")
    for kind in ("", ".hubspot", ".scenarios")
}
LIFECYCLE = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")
PIECES = [
    *"{}[]:,-#&*!|>'\"%@`?~\n\t ",
    "\n  ",
    "<<: ",
    "\r\n",
    "\u2028",
    "\x00",
    "null",
    "no",
    "lead",
    "any open",
    "when: ",
    "score.fit",
    "{all: [",
    "0",
    "-1",
    "1e400",
    "9" * 30,
    "é",
    "\U0001d538",
]
SETTINGS = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def _check(text: str | bytes) -> None:
    lifecycle, problems = check_workflow_text(text)
    assert all(str(problem).isprintable() for problem in problems)
    if lifecycle is None:
        with pytest.raises(WorkflowError):
            load_workflow_text(text)
    else:
        assert mermaid(lifecycle)
        assert dot(lifecycle)
    check_binding_text(text, LIFECYCLE)
    check_scenarios_text(text, LIFECYCLE)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a shipped file with a few pieces cut, doubled, moved or put in."""
    text = TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.sampled_from([0, 1, 3, 12, 80])))
        piece = draw(st.sampled_from([*PIECES, text[at:end], ""]))
        text = text[:at] + piece + text[end:]
    return text


@SETTINGS
@given(st.text(st.characters(), max_size=300))
def test_any_text_ends_in_lines(text: str) -> None:
    """No other exception, ever."""
    _check(text)


@SETTINGS
@given(st.binary(max_size=300))
def test_any_bytes_end_in_lines(data: bytes) -> None:
    """Files are bytes, and not all of them are text."""
    _check(data)


@SETTINGS
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_heap_of_signs_ends_in_lines(text: str) -> None:
    """The signs of YAML in every order."""
    _check(text)


@settings(SETTINGS, max_examples=200)
@given(mutated())
def test_any_change_of_a_shipped_file_ends_in_lines(text: str) -> None:
    """What people do to a file while they edit it."""
    _check(text)


@settings(SETTINGS, max_examples=60)
@given(st.integers(0, 2**32))
def test_lines_of_a_shipped_file_may_stand_anywhere(seed: int) -> None:
    """Lines deleted, doubled and exchanged."""
    order = random.Random(seed)
    for text in TEXTS.values():
        lines = text.splitlines()
        for _ in range(order.randint(1, 3)):
            line = order.randrange(len(lines))
            match order.randrange(3):
                case 0:
                    del lines[line]
                case 1:
                    lines.insert(line, order.choice(lines))
                case _:
                    other = order.randrange(len(lines))
                    lines[line], lines[other] = lines[other], lines[line]
        _check("\n".join(lines))


@SETTINGS
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map("".join))
@example("score.fit >= 40 and not (")
def test_any_condition_typed_by_hand_ends_in_lines(text: str) -> None:
    """At the command line, too."""
    with contextlib.suppress(WorkflowError):
        assert parse_condition(text, LIFECYCLE) is not None


@settings(SETTINGS, max_examples=60)
@given(st.integers(0, 2**32))
def test_looks_never_change_the_version(seed: int) -> None:
    """Blank lines and comments between the lines, in any number."""
    order = random.Random(seed)
    lines = []
    for line in TEXTS[""].splitlines():
        lines += ["  " * order.randint(0, 9), "# note"][: order.randint(0, 2)]
        lines.append(line + " " * order.randint(0, 3))

    assert load_workflow_text("\n".join(lines)).version == LIFECYCLE.version


def _wide(section: str, count: int) -> str:
    rows = "".join(f"  x{number}: {{x{number}: y}}\n" for number in range(count))
    return TEXTS[""].replace(f"\n{section}:\n", f"\n{section}:\n{rows}", 1)


BOMBS = {
    "brackets": "a: " + "[" * 100_000,
    "braces": "{" * 100_000,
    "question marks": "? " * 60_000,
    "dashes": "- " * 60_000,
    "aliases": "a: &a [" + "*a," * 50_000,
    "keys": "".join(f"k{number}: v\n" for number in range(20_000)),
    "quotes": "'" * 100_000,
    "lines": "\n" * 250_000,
    "comments": "#" * 250_000,
    "words": "x " * 120_000,
    "colons": "a: " * 80_000,
    "a long condition": TEXTS[""].replace(
        "company_size >= 50", "company_size >= 50 or " * 9_000 + "x"
    ),
    "a deep condition": TEXTS[""].replace("need is known", "(" * 100_000),
    "fields": _wide("fields", 6_000),
    "criteria": _wide("criteria", 6_000),
    "stages": _wide("stages", 6_000),
    "transitions": _wide("transitions", 6_000),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_no_more_than_a_large_file(text: str) -> None:
    """However it is made."""
    with at_most_calls(3_000_000):
        _, problems = check_workflow_text(text)

    assert problems


def test_many_automatic_transitions_cost_no_more_than_their_bound() -> None:
    """The proofs have a bound, each of them and all of them."""
    tests = " or ".join(f"company_size = {number} or budget = 1" for number in range(9))
    rows = "".join(
        f"  x{number}: {{from: lead, to: mql, automatic: true, else: false,"
        f" when: ({tests}) and budget > 1}}\n"
        for number in range(250)
    )
    text = TEXTS[""].replace("\ntransitions:\n", f"\ntransitions:\n{rows}")

    with at_most_calls(9_000_000):
        check_workflow_text(text)
