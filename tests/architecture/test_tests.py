"""What holds for every test: its name is a promise, and a sentence tells it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.architecture.conftest import Source

FEWEST_WORDS = 3
A_BLINK = 0.1
"""Seconds to wait for what must not come: on a slow machine such a test says yes."""
WAITING = {"Client", "acquire", "communicate", "create_connection", "get", "join",
           "post", "result", "run", "stop", "urlopen", "wait"}  # fmt: skip


def promises_of(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the test functions of a file."""
    for node in ast.walk(source.tree):
        named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if named and node.name.startswith("test_"):
            yield node


def test_every_test_tells_its_promise_in_a_sentence(
    test_sources: tuple[Source, ...],
) -> None:
    """A docstring that ends with a full stop."""
    silent = [
        f"{source.name}:{test.lineno} {test.name}"
        for source in test_sources
        for test in promises_of(source)
        if not (ast.get_docstring(test) or "").endswith(".")
    ]

    assert [] == silent


def test_every_name_of_a_test_is_a_promise(test_sources: tuple[Source, ...]) -> None:
    """Words instead of numbers: `test_own_write_coming_back_is_dropped`."""
    vague = [
        f"{source.name}:{test.lineno} {test.name}"
        for source in test_sources
        for test in promises_of(source)
        if len(test.name.split("_")) <= FEWEST_WORDS or re.search(r"_\d$", test.name)
    ]

    assert [] == vague


def test_every_file_of_tests_holds_tests(test_sources: tuple[Source, ...]) -> None:
    """A file that is collected holds something, and no test hides elsewhere."""
    misplaced = [
        source.name
        for source in test_sources
        if source.path.name.startswith("test_") is not any(promises_of(source))
    ]

    assert [] == misplaced


def test_no_property_is_judged_by_how_quick_the_machine_is() -> None:
    """Neither a slow example nor one that is slow to draw is a fault."""
    shared = settings()

    assert None is shared.deadline
    assert HealthCheck.too_slow in shared.suppress_health_check


def test_no_test_replaces_our_own_code(test_sources: tuple[Source, ...]) -> None:
    """Doubles stand at the door only: no `mock` in any test."""
    mocked = [
        f"{source.name}:{node.lineno}"
        for source in test_sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.ImportFrom) and "mock" in (node.module or ""))
        or (
            isinstance(node, (ast.Import, ast.ImportFrom))
            and any("mock" in name.name for name in node.names)
        )
    ]

    assert [] == mocked


def waits_of(source: Source) -> Iterator[tuple[int, float]]:
    """Yield where a number says how long something is waited for."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in WAITING:
            continue
        limits = [
            *(it.value for it in node.keywords if (it.arg or "").startswith("timeout")),
            *(node.args[:1] if name in {"join", "wait"} else ()),
        ]
        for limit in limits:
            if isinstance(limit, ast.Constant) and type(limit.value) in {int, float}:
                yield node.lineno, limit.value


def test_no_test_has_a_patience_of_its_own(test_sources: tuple[Source, ...]) -> None:
    """Who waits for what surely comes takes `leadstate.testing.PATIENCE_SECONDS`."""
    hasty = [
        f"{source.name}:{line} {limit}"
        for source in test_sources
        for line, limit in waits_of(source)
        if limit > A_BLINK
    ]

    assert [] == hasty
