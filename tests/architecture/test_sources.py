"""What holds for every file: its public names, its codes, its size."""

from __future__ import annotations

import ast
import importlib
import re
from typing import TYPE_CHECKING

from leadstate.definition import CODES
from leadstate.guards import MISTAKES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.architecture.conftest import Source

LONGEST = 600
CODE = re.compile(r"\bLS\d{3}\b")
REGISTERING = {"hookspec", "click.command", "click.group"}
OUTSIDE = ("/sandbox/", "/migrations/", "/payloads.py")
"""A program, a script, and shapes that are read through the shapes around them."""


def order(name: str) -> tuple[int, str]:
    """Return where a name stands: constants, then classes, then functions."""
    if name.isupper():
        return 0, name
    return (1 if name[:1].isupper() else 2), name


def stated(source: Source) -> list[str] | None:
    """Return what a module's `__all__` lists, or None when it has none."""
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and "__all__" in {
            target.id for target in node.targets if isinstance(target, ast.Name)
        }:
            return list(ast.literal_eval(node.value))
    return None


def defined(source: Source) -> Iterator[str]:
    """Yield public functions and classes; what is decorated is registered elsewhere."""
    for node in source.tree.body:
        plain = isinstance(node, ast.FunctionDef) and not any(
            isinstance(one, ast.Call) or ast.unparse(one) in REGISTERING
            for one in node.decorator_list
        )
        public = plain or isinstance(node, ast.ClassDef)
        if public and not node.name.startswith("_"):
            yield node.name


def module_of(source: Source) -> str:
    """Return the name under which a file is imported."""
    path = re.sub(r"^(plugins/\w+|demo)/", "", source.name).removesuffix(".py")
    return path.removesuffix("/__init__").replace("/", ".")


def test_public_names_are_listed_and_sorted(sources: tuple[Source, ...]) -> None:
    """`__all__` is what a module says: constants, classes, functions, each by name."""
    unsorted = {
        source.name: names
        for source in sources
        if (names := stated(source)) is not None and names != sorted(names, key=order)
    }

    assert {} == unsorted


def test_what_is_public_is_said(sources: tuple[Source, ...]) -> None:
    """A function or class without an underscore is in `__all__`, or should have one."""
    unsaid = {
        source.name: missing
        for source in sources
        if not any(part in source.name for part in OUTSIDE)
        and (missing := sorted(set(defined(source)) - set(stated(source) or ())))
    }

    assert {} == unsaid


def test_what_is_said_is_there(sources: tuple[Source, ...]) -> None:
    """Every name in an `__all__` can be imported."""
    absent = {
        source.name: missing
        for source in sources
        if (names := stated(source)) is not None
        and (
            missing := [
                name
                for name in names
                if not hasattr(importlib.import_module(module_of(source)), name)
            ]
        )
    }

    assert {} == absent


def test_every_code_that_is_used_has_a_meaning(sources: tuple[Source, ...]) -> None:
    """No line is printed with a code that the reference page does not explain."""
    known = set(CODES) | set(MISTAKES)

    unknown = {
        source.name: missing
        for source in sources
        if (missing := sorted(set(CODE.findall(source.text)) - known))
    }

    assert {} == unknown


def test_every_code_with_a_meaning_is_used(sources: tuple[Source, ...]) -> None:
    """No code is explained that nothing prints."""
    used: list[str] = [
        node.value
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    # once in its table, and at least once where it is reported
    assert [] == [code for code in [*CODES, *MISTAKES] if used.count(code) < 2]


def test_every_code_has_one_meaning_in_a_sentence() -> None:
    """The two tables share no code, and each meaning reads as a sentence."""
    assert set() == set(CODES) & set(MISTAKES)
    for code, meaning in {**CODES, **MISTAKES}.items():
        assert CODE.fullmatch(code)
        assert re.fullmatch(r"[A-Z].*\.", meaning)


def test_no_file_is_too_long(
    sources: tuple[Source, ...], test_sources: tuple[Source, ...]
) -> None:
    """A file that grows past this has more than one subject."""
    lengths = {
        source.name: source.text.count("\n") for source in (*sources, *test_sources)
    }

    long = {name: lines for name, lines in lengths.items() if lines > LONGEST}

    assert {} == {name: n for name, n in long.items() if name not in TABLES}


TABLES = {
    "tests/unit/definition/test_clock_mistakes.py",
    "tests/unit/definition/test_workflow_mistakes.py",
}
"""Long because they are one table: a case for each code."""


def test_every_file_begins_with_what_it_is_for(sources: tuple[Source, ...]) -> None:
    """A module says in its first sentence what lives there."""
    silent = [
        source.name
        for source in sources
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]

    assert [] == silent


def test_nothing_executes_text(sources: tuple[Source, ...]) -> None:
    """No workflow, value or webhook can become code."""
    found = [
        f"{source.name}:{node.lineno} {node.id}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name)
        and node.id in {"eval", "exec", "pickle", "__import__"}
    ]

    assert [] == found


def test_code_is_made_in_one_place(sources: tuple[Source, ...]) -> None:
    """Conditions alone are compiled; `test_agreement` holds that no text gets in."""
    found = {
        source.name
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id in {"compile", "FunctionType"}
    }

    assert {"leadstate/guards/compiler.py"} == found


def test_both_plugins_have_the_same_files(plugins: tuple[Path, ...]) -> None:
    """Who knows one knows the other; a part that grew is named after its whole."""
    parts = [{one.stem for one in plugin.glob("*.py")} for plugin in plugins]
    common = set.intersection(*parts)

    alone = {
        name
        for part in parts
        for name in part - common
        if name.split("_")[0] not in common
    }

    assert set() == alone
    assert {"adapter", "auth", "changes", "reading", "webhooks", "writing"} <= common
